//! The checked-in PTX is what its source makes, and assembles without spills.

use std::path::Path;
use std::process::Command;

#[test]
fn golden_ptx_is_reproducible() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernel/build.py");
    let python = std::env::var("ZEMOSAIC_PYTHON").unwrap_or_else(|_| "python3".into());
    let Ok(out) = Command::new(python).arg(script).arg("--check").output() else {
        return eprintln!("skipped 1: there is no Python to run kernel/build.py");
    };
    let text = [out.stdout, out.stderr]
        .map(|t| String::from_utf8_lossy(&t).into_owned())
        .concat();
    match out.status.code() {
        Some(0) => eprintln!("{text}"),
        Some(3) => eprintln!("skipped 1: {}", text.trim()),
        _ => panic!("{text}"),
    }
}

#[test]
fn the_ptx_has_what_is_loaded_and_no_fused_multiply_add() {
    let ptx = include_str!("../kernel/kernel.ptx");
    for kernel in ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos4"] {
        for kind in ["coadd", "stack"] {
            assert!(
                ptx.contains(&format!(".entry {kind}_{kernel}(")),
                "{kernel}"
            );
        }
    }
    assert!(ptx.contains(".target sm_75"));
    // Without a rounding mode the driver's compiler may fuse them.
    for bad in ["add.f32", "sub.f32", "mul.f32"] {
        assert!(!ptx.contains(bad), "{bad} may be fused");
    }
    for bad in ["fma.", "mad.f", ".f64", ".ftz", ".approx"] {
        assert!(!ptx.contains(bad), "{bad} changes bits");
    }
}
