//! What every backend must make of every scene with every kernel and every rule: one matrix for all backends.

use zemosaic_coadd::{Combine, Kernel};

use crate::{Output, Scene, Tolerance, sets};

/// A scene, the rows of a chunk (besides one chunk of all rows), and the least number of covered pixels.
type Entry = (&'static str, fn() -> Scene, u32, u64);

/// Every scene.
pub const SCENES: [Entry; 10] = [
    ("mixed", sets::mixed, 100, 200_000),
    ("colour", sets::colour, 45, 60_000),
    ("whole pixels", sets::whole_pixels, 7, 15_000),
    ("halves", sets::halves, 64, 15_000),
    ("heap", sets::heap, 1, 400),
    ("deep", sets::deep, 33, 30_000),
    ("crowd", sets::crowd, 64, 20_000),
    ("crossed", sets::crossed, 40, 15_000),
    ("small", sets::small, 45, 20_000),
    ("sparse", sets::sparse, 100, 50_000),
];

/// Makes a scene with a kernel in chunks of this many rows.
pub type Make<'a> = &'a mut dyn FnMut(&Scene, Kernel, u32) -> Output;
/// A check of a backend that may differ by at most this much.
pub type Check<'a> = &'a dyn Fn(&Tolerance, Make);

/// Checks every scene with every rule and this kernel, in one chunk and in several.
///
/// # Panics
/// If a backend differs from the CPU by more than `tolerance`, if chunks change a bit, if coverage, alpha and values
/// are inconsistent, or if two rules give the same.
pub fn assert_kernel(kernel: Kernel, tolerance: &Tolerance, make: Make) {
    let mut cases = 0;
    for (name, scene, chunk, least) in SCENES {
        let mut scene = scene();
        let magnitudes = scene.magnitudes(kernel);
        let mut made: Vec<(Combine, Output)> = Vec::new();
        let mut differ = 0;
        for rule in Combine::ALL {
            scene.combine = rule;
            let what = format!("{name} by {kernel:?} and {rule:?}");
            let expected = scene.on_cpu(kernel);
            let found = make(&scene, kernel, scene.size[1]);
            assert!(found.covered >= least, "{what}: {} covered", found.covered);
            differ += tolerance.assert_near(&found, &expected, &magnitudes, rule, &what);
            assert_goes_together(&found, &what);
            let parts = make(&scene, kernel, chunk);
            assert!(parts == found, "{what}: chunks of {chunk} change it");
            made.push((rule, found));
            cases += 1;
        }
        // With one sample per pixel all rules agree.
        if name == "deep" {
            for (i, (rule, one)) in made.iter().enumerate() {
                let same = made[..i].iter().find(|(_, other)| other == one);
                assert!(
                    same.is_none(),
                    "{rule:?} is {:?}",
                    same.map(|(other, _)| other)
                );
            }
        }
        println!("{name} by {kernel:?}: {differ} numbers differ");
    }
    println!(
        "{kernel:?}: {cases} cases of {} scenes and {} rules",
        SCENES.len(),
        Combine::ALL.len()
    );
}

/// Coverage is finite and not negative; coverage 0, alpha 0 and NaN in every channel go together.
fn assert_goes_together(out: &Output, what: &str) {
    for (at, weight) in out.coverage.iter().enumerate() {
        let weight = f32::from_bits(*weight);
        let dead = out
            .values
            .iter()
            .all(|plane| f32::from_bits(plane[at]).is_nan());
        let good = weight.is_finite() && weight >= 0.0 && (weight == 0.0) == dead;
        assert!(
            good && (weight == 0.0) == (out.alpha[at] == 0),
            "{what}: pixel {at}"
        );
    }
}

/// The tests of a backend: one for each kernel, and one that compares the rules with their definition.
///
/// `$run(test, kernel, check)` calls the [`Check`] with a function that makes scenes on the backend, or prints `test: skipped 1: reason`.
#[macro_export]
macro_rules! suite {
    ($run:path) => {
        $crate::suite!($run, nearest, Nearest);
        $crate::suite!($run, bilinear, Bilinear);
        $crate::suite!($run, bicubic, Bicubic);
        $crate::suite!($run, lanczos3, Lanczos3);
        $crate::suite!($run, lanczos4, Lanczos4);
        $crate::suite!($run, exact, Exact);

        #[test]
        fn rules_are_what_their_definition_says() {
            let test = "suite::rules_are_what_their_definition_says";
            $run(
                test,
                zemosaic_coadd::Kernel::Bilinear,
                &$crate::assert_definition,
            );
        }
    };
    ($run:path, $test:ident, $kernel:ident) => {
        #[test]
        fn $test() {
            let kernel = zemosaic_coadd::Kernel::$kernel;
            let test = concat!("suite::", stringify!($test));
            $run(
                test,
                kernel,
                &|tolerance: &$crate::Tolerance, make: $crate::suite::Make| {
                    $crate::suite::assert_kernel(kernel, tolerance, make);
                },
            );
        }
    };
}
