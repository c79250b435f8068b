//! How much two outputs may differ.

use zemosaic_coadd::Combine;

use crate::Output;

/// How much a backend may differ from the reference.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Relative to the largest |tile value| around a pixel, and to its coverage; 0 requires the same bits.
    pub error: f64,
    /// Fraction of all pixels in which a rule that rejects may decide differently.
    pub strays: f64,
}

impl Tolerance {
    /// The same bits.
    pub const NONE: Self = Self {
        error: 0.0,
        strays: 0.0,
    };

    /// Compares `found` with `expected`; `magnitudes` are the largest |tile values| around each pixel. Returns how many
    /// numbers differ at all.
    ///
    /// # Panics
    /// Beyond the tolerance, or if a pixel is covered on only one side.
    pub fn assert_near(
        &self,
        found: &Output,
        expected: &Output,
        magnitudes: &[f32],
        combine: Combine,
        what: &str,
    ) -> usize {
        assert_eq!(found.covered, expected.covered, "{what}: covered");
        assert_eq!(found.dead, expected.dead, "{what}: dead in one channel");
        let rejects = matches!(combine, Combine::Winsorized | Combine::KappaSigma);
        let strays = if rejects { self.strays } else { 0.0 };
        let allowed = (strays * magnitudes.len() as f64) as usize;
        let mut differ = 0;
        let mut compare = |a: &[u32], b: &[u32], size: &dyn Fn(usize) -> f32, name: &str| {
            let mut far = 0;
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                if a == b {
                    continue;
                }
                let [a, b] = [*a, *b].map(f32::from_bits);
                let place = || format!("{what}: {name} of pixel {at}: {a:e} is not {b:e}");
                assert!(
                    a.is_nan() == b.is_nan() && (name != "coverage" || a > 0.0 && b > 0.0),
                    "{}",
                    place()
                );
                differ += 1;
                let error = f64::from(a - b).abs();
                far += usize::from(self.error == 0.0 || error > self.error * f64::from(size(at)));
                assert!(far <= allowed, "{}, {:e} around it", place(), size(at));
            }
        };
        for (channel, (a, b)) in found.values.iter().zip(&expected.values).enumerate() {
            compare(a, b, &|at| magnitudes[at], &format!("channel {channel}"));
        }
        let weight = |at: usize| f32::from_bits(expected.coverage[at]);
        compare(&found.coverage, &expected.coverage, &weight, "coverage");
        for (at, (a, b)) in found.alpha.iter().zip(&expected.alpha).enumerate() {
            let same = a == b || self.error > 0.0 && a.abs_diff(*b) <= 1 && *a > 0 && *b > 0;
            assert!(same, "{what}: alpha of pixel {at}: {a} is not {b}");
            differ += usize::from(a != b);
        }
        differ
    }
}
