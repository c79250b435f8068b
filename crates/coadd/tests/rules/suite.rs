//! The matrix of kernels, rules and scenes, on the CPU. The CPU is its own reference, so this checks chunks, coverage and
//! the definition of the rules.

use zemosaic_coadd::Kernel;
use zemosaic_testscene::suite::Check;
use zemosaic_testscene::{Scene, Tolerance};

fn run(_: &str, _: Kernel, check: Check) {
    check(&Tolerance::NONE, &mut Scene::on_cpu_in_chunks);
}

zemosaic_testscene::suite!(run);
