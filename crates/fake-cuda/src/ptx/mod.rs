//! An interpreter of PTX: the kernels as they ship, one instruction after another.
//!
//! It knows the instructions that the shipped PTX uses; a module with any other is refused. Arithmetic is IEEE: rounded
//! to nearest, even, and never contracted. A launch ends with a fault at an access outside of every allocation or
//! off its alignment, at a read of a register or of device memory that was never written, and at the use of a result
//! that the source's language does not define (a shift by the width or more, a conversion out of range, a division by 0).
//!
//! `words` -> `source` (statements) -> `decode` (compact instructions) -> `launch` -> `thread`.

mod access;
mod arithmetic;
mod decode;
mod float;
mod integer;
mod launch;
mod operands;
mod program;
mod source;
mod thread;
mod types;
mod words;

pub(crate) use launch::PtxLaunch;
pub(crate) use program::Program;

/// Why a text is not interpreted.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub line: u32,
    pub why: String,
}

impl Refusal {
    fn new(line: u32, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { line, why }
    }
}

/// The kernel of this name in a module's text; `None` if it has none.
pub(crate) fn load(text: &str, name: &str) -> Result<Option<Program>, Refusal> {
    let words = words::words(text)?;
    match source::entry(&words, name)? {
        Some(source) => decode::program(name, &source).map(Some),
        None => Ok(None),
    }
}
