//! Reruns a test in a process whose dynamic loader finds the fake driver.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Set in the second process.
const INSIDE: &str = "ZEMOSAIC_CUDA_ON_FAKE";

/// True if tests are to run on the machine's own driver.
fn on_a_real_card() -> bool {
    env::var_os("ZEMOSAIC_CUDA_REAL").is_some()
}

/// Runs `body` on the fake driver with these variables; `test` is the test's full name.
///
/// With a real card it runs there instead, unless a variable needs the fake driver.
pub fn on_fake(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) {
    on_fakes(test, &[variables], body);
}

/// Like [`on_fake`], once for each set of variables.
pub fn on_fakes(test: &str, sets: &[&[(&str, &str)]], body: impl FnOnce()) {
    if is_inside() {
        return body();
    }
    if on_a_real_card() {
        if sets.iter().any(|s| s.is_empty()) {
            return body();
        }
        return eprintln!("{test}: skipped 1: needs the fake driver");
    }
    let folder = folder();
    for variables in sets {
        again(test, &folder, variables);
    }
}

/// Runs the test in a new process that looks for the driver in `folder` first.
pub fn again(test: &str, folder: &Path, variables: &[(&str, &str)]) {
    let me = env::current_exe().expect("a test has a file");
    let mut command = Command::new(me);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(INSIDE, "1").env("LD_LIBRARY_PATH", folder);
    for name in env::vars()
        .map(|v| v.0)
        .filter(|n| n.starts_with("FAKE_CUDA_"))
    {
        command.env_remove(name);
    }
    let out = command
        .envs(variables.iter().copied())
        .output()
        .expect("a second process");
    let text = [out.stdout, out.stderr]
        .map(|t| String::from_utf8_lossy(&t).into_owned())
        .concat();
    assert!(
        out.status.success() && text.contains("1 passed"),
        "{test} with {variables:?}: {}\n{text}",
        out.status
    );
}

/// True in the second process, for tests that call [`again`] themselves.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// A folder with the fake driver under the names of the real one.
fn folder() -> PathBuf {
    let built = env::current_exe().expect("a test has a file");
    let built = built.with_file_name("libfake_cuda.so");
    assert!(
        built.exists(),
        "cargo builds {} with this test",
        built.display()
    );
    named_folder("fake", &built)
}

/// A folder that holds `library` as the driver's library.
pub fn named_folder(name: &str, library: &Path) -> PathBuf {
    static LINKS: AtomicU32 = AtomicU32::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder to write to");
    for name in ["libcuda.so", "libcuda.so.1"] {
        // Created elsewhere and renamed into place, because other tests do the same at the same time.
        let number = LINKS.fetch_add(1, Ordering::Relaxed);
        let beside = folder.join(format!("{name}.{}-{number}", std::process::id()));
        std::os::unix::fs::symlink(library, &beside).expect("a link");
        fs::rename(&beside, folder.join(name)).expect("a link in place");
    }
    folder
}
