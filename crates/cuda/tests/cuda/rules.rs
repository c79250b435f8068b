//! Rules that keep a stack, in more than one launch.

use zemosaic_coadd::{Combine, Kernel};
use zemosaic_testscene::Scene;
use zemosaic_testscene::sets::{self, STACKS};

use crate::chunks::{ORDERS, assert_same, on_cuda, open};
use crate::fake::on_fakes;

#[test]
fn stacks_in_parts_and_in_pieces() {
    // Many parts, and so many overlapping tiles that a launch makes only part of a block.
    on_fakes("rules::stacks_in_parts_and_in_pieces", &ORDERS, || {
        let backend = &mut open();
        let mut assert_rules = |mut scene: Scene, rules: &[Combine], chunks: &[u32]| {
            for rule in rules {
                scene.combine = *rule;
                let expected = scene.on_cpu(Kernel::Bilinear);
                for chunk in chunks {
                    let found = on_cuda(&scene, backend, Kernel::Bilinear, *chunk);
                    assert_same(&found, &expected, &format!("{rule:?} in chunks of {chunk}"));
                }
            }
        };
        let rules = [Combine::Median, Combine::KappaSigma];
        assert_rules(sets::tall(), &rules, &[8200, 5000]);
        assert_rules(sets::heap(), &STACKS, &[1, 32, 64]);
    });
}
