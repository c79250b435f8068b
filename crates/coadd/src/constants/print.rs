//! The shared numbers in the languages of devices.

use super::{Constant, Value, all};

const HEAD: &str = "\
// Numbers that the CPU shares, printed from crates/coadd/src/constants.rs: not to be edited. ZEMOSAIC_WRITE=1
// makes the test that compares this file write it.
";

/// What `cuda/kernel/constants.cuh` must be.
pub fn cuda() -> String {
    let declare = |constant: &Constant| {
        let (kind, value) = match constant.value {
            Value::Signed(value) => ("int", value.to_string()),
            Value::Unsigned(value) => ("unsigned", format!("{value}u")),
            Value::Float(value) => ("float", format!("{value:?}f")),
        };
        format!("constexpr {kind} {} = {value};", constant.name)
    };
    print("#pragma once\n", declare)
}

/// What `wgpu/kernel/constants.wgsl` must be.
pub fn wgsl() -> String {
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
