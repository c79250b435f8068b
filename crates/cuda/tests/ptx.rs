//! The committed PTX is made from the sources beside it, and assembles without spills.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PTX: &str = include_str!("../kernel/kernel.ptx");
const REGISTERS: &str = include_str!("../kernel/registers.txt");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kernel")
}

/// As `build.py` reads a file: a checkout may have different line ends.
fn unix(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[test]
fn golden_ptx_is_made_from_these_sources() {
    let made_from = |name: &str| {
        let ending = Path::new(name).extension();
        ending.is_some_and(|e| e == "cuh" || e == "cu")
            || ["options.txt", "requirements.txt"].contains(&name)
    };
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("the kernels' folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| made_from(name))
        .collect();
    names.sort_unstable();
    let mut checksum = crc32fast::Hasher::new();
    for name in names {
        checksum.update(format!("{name}\n").as_bytes());
        let text = fs::read(folder().join(&name)).expect("a source");
        checksum.update(unix(&text).as_bytes());
    }
    let expected = format!("// sources {:08x}", checksum.finalize());
    assert_eq!(
        PTX.lines().next(),
        Some(&*expected),
        "a kernel has changed: regenerate kernel.ptx with crates/cuda/kernel/build.py"
    );
}

#[test]
fn golden_registers_are_those_of_this_ptx_and_none_is_spilled() {
    let head = format!(
        "kernel.ptx {:08x}, ",
        crc32fast::hash(unix(PTX.as_bytes()).as_bytes())
    );
    assert!(
        REGISTERS.starts_with(&head),
        "kernel.ptx has changed: regenerate registers.txt with crates/cuda/kernel/build.py"
    );
    let rows: Vec<Vec<&str>> = REGISTERS
        .lines()
        .skip(2)
        .map(|line| line.split_whitespace().collect())
        .collect();
    // Seven architectures.
    assert_eq!(rows.len(), 7 * PTX.matches(".entry ").count());
    for row in rows {
        assert_eq!(row[3..], ["0", "0", "0"], "{row:?}");
    }
}

/// Lets `build.py` regenerate and compare it; counts as skipped if its tools are missing.
fn check(test: &str, what: &str) {
    let python = std::env::var("ZEMOSAIC_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut build = Command::new(python);
    build.arg(folder().join("build.py")).args(["--check", what]);
    let Ok(out) = build.output() else {
        return eprintln!("{test}: skipped 1: there is no Python to run kernel/build.py");
    };
    let text = unix(&[out.stdout, out.stderr].concat());
    match out.status.code() {
        Some(0) => {}
        Some(3) => eprintln!("{test}: skipped 1: {}", text.trim()),
        _ => panic!("{text}"),
    }
}

#[test]
fn golden_ptx_is_reproducible() {
    check("golden_ptx_is_reproducible", "ptx");
}

#[test]
fn golden_registers_are_reproducible() {
    check("golden_registers_are_reproducible", "registers");
}

#[test]
fn the_ptx_has_what_is_loaded_and_no_fused_multiply_add() {
    for kernel in ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos4"] {
        for kind in ["coadd", "stack"] {
            assert!(
                PTX.contains(&format!(".entry {kind}_{kernel}(")),
                "{kernel}"
            );
        }
    }
    assert!(PTX.contains(".target sm_75"));
    // Without a rounding mode the driver's compiler may fuse these instructions.
    for bad in ["add.f32", "sub.f32", "mul.f32"] {
        assert!(!PTX.contains(bad), "{bad} may be fused");
    }
    for bad in ["fma.", "mad.f", ".f64", ".ftz", ".approx"] {
        assert!(!PTX.contains(bad), "{bad} changes bits");
    }
}
