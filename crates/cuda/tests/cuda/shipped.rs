//! The PTX that ships, interpreted by the fake driver: the CPU's bits, without a fault.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::sets;

use crate::chunks::{assert_same, on_cuda, open};
use crate::fake::on_fake;

#[test]
fn property_the_shipped_ptx_gives_the_same_bits() {
    let test = "shipped::property_the_shipped_ptx_gives_the_same_bits";
    on_fake(test, &[("FAKE_CUDA_PTX", "1")], || {
        let mut backend = open();
        for (name, mut scene, least) in [
            ("brief", sets::brief(), 1200),
            ("twenty", sets::twenty(), 200),
        ] {
            for kernel in Kernel::ON_DEVICES {
                for rule in Combine::ALL {
                    scene.combine = rule;
                    let expected = scene.on_cpu(kernel);
                    assert!(expected.covered >= least, "{name}: {}", expected.covered);
                    let found = on_cuda(&scene, &mut backend, kernel, scene.size[1]);
                    assert_same(
                        &found,
                        &expected,
                        &format!("{name} by {kernel:?} and {rule:?}"),
                    );
                }
            }
        }
    });
}
