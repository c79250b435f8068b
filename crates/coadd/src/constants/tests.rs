//! Kernels have the same numbers as Rust, and the list has every rule and kernel that is selected by number.

use std::path::Path;

use zemosaic_testscene::assert_golden;

use super::print::{Value, cuda, wgsl};
use super::*;

fn number(name: &str) -> Option<u32> {
    let found = all().into_iter().find(|constant| constant.name == name)?;
    match found.value {
        Value::Unsigned(number) => Some(number),
        _ => None,
    }
}

#[test]
fn every_rule_and_every_kernel_of_devices_has_its_number() {
    // `KappaSigma` is RULE_KAPPA_SIGMA.
    let named = |prefix: &str, variant: &str| {
        let mut name = prefix.to_owned();
        for (i, letter) in variant.char_indices() {
            if i > 0 && letter.is_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    };
    for rule in Combine::ALL {
        let name = named("RULE_", &format!("{rule:?}"));
        assert_eq!(number(&name), Some(rule.number()), "{name}");
    }
    for kernel in Kernel::ON_DEVICES {
        let name = named("KERNEL_", &format!("{kernel:?}"));
        assert_eq!(number(&name), Some(kernel.number()), "{name}");
    }
    let prefixed = |prefix: &str| all().iter().filter(|c| c.name.starts_with(prefix)).count();
    assert_eq!(prefixed("RULE_"), Combine::ALL.len());
    assert_eq!(prefixed("KERNEL_"), Kernel::ON_DEVICES.len());
}

#[test]
fn kernels_have_these_numbers() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert_golden(&crates.join("cuda/kernel/constants.cuh"), &cuda());
    assert_golden(&crates.join("wgpu/kernel/constants.wgsl"), &wgsl());
}
