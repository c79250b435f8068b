//! A small seeded generator, so that no library update can change a fixture.

/// `SplitMix64` (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 17).
pub(crate) struct Random {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of `SplitMix64`: a bijection of 64 bits that looks random.
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Random {
    /// A separate stream for each path of numbers, so that rows can be made in any order.
    pub(crate) fn new(seed: u64, path: &[u64]) -> Self {
        let state = path.iter().fold(mix(seed), |state, &step| {
            mix(state.wrapping_add(GOLDEN) ^ step.wrapping_mul(GOLDEN))
        });
        Self { state }
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform in (0, 1): never 0, so that its logarithm is finite.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// An index in 0..length; `length` must not be 0.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        ((self.uniform() * length as f64) as usize).min(length - 1)
    }

    /// Two independent standard normal deviates (Box and Muller 1958).
    pub(crate) fn normal_pair(&mut self) -> [f64; 2] {
        let radius = libm::sqrt(-2.0 * libm::log(self.uniform()));
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * self.uniform());
        [radius * cos, radius * sin]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_path_and_repeat_by_seed() {
        let first = |seed, path: &[u64]| Random::new(seed, path).bits();
        assert_eq!(first(1, &[2, 3]), first(1, &[2, 3]));
        assert_ne!(first(1, &[2, 3]), first(1, &[3, 2]));
        assert_ne!(first(1, &[2]), first(2, &[2]));
        assert_ne!(first(1, &[0]), first(1, &[0, 0]));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::new(7, &[]);
        let count = 100_000;
        let (mut uniform, mut normal, mut square) = (0.0, 0.0, 0.0);
        for _ in 0..count {
            uniform += random.uniform();
            for value in random.normal_pair() {
                normal += value;
                square += value * value;
            }
        }
        let count = f64::from(count);
        assert!((uniform / count - 0.5).abs() < 0.005);
        assert!((normal / (2.0 * count)).abs() < 0.01);
        assert!((square / (2.0 * count) - 1.0).abs() < 0.02);
    }
}
