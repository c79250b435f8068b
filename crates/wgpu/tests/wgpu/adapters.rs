//! Finding adapters, or none.

use std::env;
use std::process::Command;

use zemosaic_wgpu::{AdapterKind, AllocatorOptions, Unavailable, WgpuBackend, adapters, choose};

/// Set in the second process.
const INSIDE: &str = "ZEMOSAIC_WGPU_INSIDE";

/// The adapter of this machine; reports the skipped test if there is none.
pub fn open(test: &str) -> Option<WgpuBackend> {
    match choose(None, true) {
        Ok(facts) => {
            let opened = WgpuBackend::open(facts.index, AllocatorOptions::default());
            Some(opened.expect("an adapter that was listed opens"))
        }
        Err(Unavailable::NoAdapter) => {
            eprintln!("{test}: skipped 1: no adapter");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn facts_tell_what_there_is() {
    let Some(backend) = open("facts_tell_what_there_is") else {
        return;
    };
    let all = adapters().expect("there is one");
    for (i, facts) in all.iter().enumerate() {
        assert_eq!(facts.index, i);
        assert!(
            !facts.name.is_empty() && !facts.driver.is_empty(),
            "{facts:?}"
        );
        assert!(["vulkan", "metal", "dx12"].contains(&facts.api));
        assert!(facts.limits.largest_binding() >= 128 << 20, "{facts:?}");
        if let Some(memory) = facts.memory {
            assert!(memory.free <= memory.total && memory.total > 0);
        }
    }
    // Software comes last.
    let kinds: Vec<bool> = all
        .iter()
        .map(|f| f.kind == AdapterKind::Software)
        .collect();
    assert!(kinds.is_sorted());
    assert_eq!(backend.facts().name, all[0].name);
}

#[test]
fn software_is_used_only_when_asked_for() {
    if open("software_is_used_only_when_asked_for").is_none() {
        return;
    }
    for facts in adapters().expect("there is one") {
        let chosen = choose(Some(facts.index), false);
        match facts.kind {
            AdapterKind::Discrete | AdapterKind::Hardware => {
                assert_eq!(chosen.map(|f| f.index), Ok(facts.index));
            }
            AdapterKind::Software => {
                let name = facts.name;
                assert_eq!(chosen, Err(Unavailable::OnlySoftware { name }));
            }
        }
    }
    let error = choose(Some(99), true).expect_err("nobody has a hundred");
    assert_eq!(error.code(), "wgpu_no_such_adapter");
    let opened = WgpuBackend::open(99, AllocatorOptions::default());
    assert_eq!(opened.err().map(|e| e.code()), Some("wgpu_no_such_adapter"));
}

#[test]
fn no_driver_is_one_clear_line() {
    if env::var_os(INSIDE).is_some() {
        let error = adapters().expect_err("a loader that is shown no driver finds no adapter");
        println!("said: {error}");
        assert_eq!(error, Unavailable::NoAdapter);
        assert_eq!(choose(None, true), Err(Unavailable::NoAdapter));
        let opened = WgpuBackend::open(0, AllocatorOptions::default());
        assert_eq!(opened.err(), Some(Unavailable::NoAdapter));
        return;
    }
    if cfg!(not(target_os = "linux")) {
        return eprintln!("no_driver_is_one_clear_line: skipped 1: needs a Vulkan loader");
    }
    let nowhere = "/nonexistent/icd.json";
    let me = env::current_exe().expect("a test has a file");
    let out = Command::new(me)
        .args(["--exact", "adapters::no_driver_is_one_clear_line"])
        .args(["--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .env("VK_DRIVER_FILES", nowhere)
        .env("VK_ICD_FILENAMES", nowhere)
        .output()
        .expect("a second process");
    let text = [out.stdout, out.stderr].map(|t| String::from_utf8_lossy(&t).into_owned());
    let text = text.concat();
    assert!(out.status.success() && text.contains("1 passed"), "{text}");
    let said = text.lines().find(|l| l.contains("said: "));
    assert!(
        said.is_some_and(|l| l.contains("install the driver")),
        "{text}"
    );
}
