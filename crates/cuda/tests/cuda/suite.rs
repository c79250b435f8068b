//! The matrix of kernels, rules and scenes, with the CPU's bits.

use zemosaic_coadd::Kernel;
use zemosaic_testscene::Tolerance;
use zemosaic_testscene::suite::Check;

use crate::chunks::{on_cuda, open};
use crate::fake::on_fake;

fn run(test: &str, kernel: Kernel, check: Check) {
    if !Kernel::ON_DEVICES.contains(&kernel) {
        return eprintln!("{test}: skipped 1: {kernel:?} is for the CPU only");
    }
    on_fake(test, &[], || {
        let mut backend = open();
        check(&Tolerance::NONE, &mut |scene, kernel, chunk| {
            on_cuda(scene, &mut backend, kernel, chunk)
        });
    });
}

zemosaic_testscene::suite!(run);
