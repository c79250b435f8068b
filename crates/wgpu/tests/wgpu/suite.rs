//! The matrix of kernels, rules and scenes: the same pixels as on the CPU, within rounding.

use zemosaic_coadd::Kernel;
use zemosaic_testscene::suite::Check;

use crate::adapters::open;
use crate::chunks::{TOLERANCE, on_wgpu};

fn run(test: &str, kernel: Kernel, check: Check) {
    if !Kernel::ON_DEVICES.contains(&kernel) {
        return eprintln!("{test}: skipped 1: {kernel:?} is for the CPU only");
    }
    let Some(mut backend) = open(test) else {
        return;
    };
    check(&TOLERANCE, &mut |scene, kernel, chunk| {
        on_wgpu(scene, &mut backend, kernel, chunk)
    });
}

zemosaic_testscene::suite!(run);
