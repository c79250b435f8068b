//! Prints the shared numbers in the languages of devices.

use super::all;

/// A shared number, for printing.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub name: &'static str,
    /// Lines of its comment.
    pub comment: Vec<&'static str>,
    pub value: Value,
}

/// The type and value of a shared number in a kernel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Signed(i32),
    Unsigned(u32),
    Float(f32),
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Signed(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Unsigned(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Unsigned(value as u32)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::Float(value)
    }
}

const HEAD: &str = "\
// Numbers that the CPU shares, printed from crates/coadd/src/constants.rs: not to be edited.
// ZEMOSAIC_WRITE=1 cargo test -p zemosaic-coadd constants
";

/// What `cuda/kernel/constants.cuh` must be.
pub(super) fn cuda() -> String {
    let declare = |constant: &Constant| {
        let value = match constant.value {
            Value::Signed(value) => value.to_string(),
            Value::Unsigned(value) => format!("{value}u"),
            Value::Float(value) => format!("{value:?}f"),
        };
        // With constexpr each would become a variable in every module.
        format!("#define {} {value}", constant.name)
    };
    print("#pragma once\n", declare)
}

/// What `wgpu/kernel/constants.wgsl` must be.
pub(super) fn wgsl() -> String {
    let declare = |constant: &Constant| {
        let (kind, value) = match constant.value {
            Value::Signed(value) => ("i32", format!("{value}i")),
            Value::Unsigned(value) => ("u32", format!("{value}u")),
            Value::Float(value) => ("f32", format!("{value:?}f")),
        };
        format!("const {}: {kind} = {value};", constant.name)
    };
    print("", declare)
}

/// Each constant under its comment. Rust prints the shortest digits that are read back as the same float.
fn print(pragma: &str, declare: impl Fn(&Constant) -> String) -> String {
    let mut text = [HEAD, pragma].concat();
    for constant in all() {
        text.push('\n');
        for line in &constant.comment {
            text.extend(["//", line, "\n"]);
        }
        text.extend([&*declare(&constant), "\n"]);
    }
    text
}
