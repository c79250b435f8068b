//! The grey of a value, looked up where it is certain: the curve itself takes twenty times as long.

use rayon::prelude::*;

/// Greys above black.
const STEPS: usize = 255;
/// How far from a change of grey, in greys, a value is certain: rounding errors of the curve are a millionth of this.
const CERTAIN: f64 = 1e-9;

/// Where each grey begins, for a curve that never falls. Values are compared by [`key`].
pub(crate) struct Tones<F> {
    curve: F,
    /// From here on a value is surely above grey `n`.
    surely: Box<[u32; STEPS]>,
    /// From here on it may be.
    maybe: Box<[u32; STEPS]>,
    /// The greys that are sure for the least value of each part of all values, and at last for the largest: a search begins
    /// and ends with these, which mostly differ by one or two.
    begin: Vec<u8>,
}

/// Bits of a value's key that number its part.
const PART_BITS: u32 = 18;

impl<F: Fn(f32) -> f64 + Sync> Tones<F> {
    /// `curve` gives the brightness of a value, 0..1.
    pub(crate) fn new(curve: F) -> Tones<F> {
        let first = |level: f64| {
            let (mut low, mut high) = (key(f32::MIN), key(f32::MAX) + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                if 255.0 * curve(value(middle)) >= level {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            low
        };
        let edges = |margin: f64| {
            let mut keys = Box::new([0; STEPS]);
            keys.par_iter_mut()
                .enumerate()
                .for_each(|(n, key)| *key = first(n as f64 + 0.5 + margin));
            keys
        };
        let (surely, maybe) = (edges(CERTAIN), edges(-CERTAIN));
        let mut tone = 0;
        let begin = (0..=1u64 << PART_BITS).map(|part| {
            let least = part << (u32::BITS - PART_BITS);
            while surely
                .get(tone)
                .is_some_and(|from| least >= u64::from(*from))
            {
                tone += 1;
            }
            tone as u8
        });
        Tones {
            begin: begin.collect(),
            curve,
            surely,
            maybe,
        }
    }

    /// What the curve gives, rounded.
    #[inline]
    pub(crate) fn of(&self, value: f32) -> u8 {
        let key = key(value);
        let part = (key >> (u32::BITS - PART_BITS)) as usize;
        let (mut tone, mut most) = (self.begin[part].into(), self.begin[part + 1].into());
        while tone < most {
            let middle = usize::midpoint(tone, most);
            if key >= self.surely[middle] {
                tone = middle + 1;
            } else {
                most = middle;
            }
        }
        let doubtful = self.maybe.get(tone).is_some_and(|from| key >= *from);
        if doubtful || !value.is_finite() {
            return byte((self.curve)(value));
        }
        tone as u8
    }
}

/// A brightness of 0..1 as a byte, rounded.
#[inline]
pub(crate) fn byte(shade: f64) -> u8 {
    let exact = (255.0 * shade).clamp(0.0, 255.0);
    let below = exact as u8;
    below + u8::from(exact - f64::from(below) >= 0.5)
}

/// Whether the byte of a brightness would be the same if that were off by a rounding error or two.
#[inline]
pub(crate) fn is_certain(shade: f64) -> bool {
    let grey = 255.0 * shade;
    ((grey - f64::from(grey as u8)) - 0.5).abs() > CERTAIN
}

/// A number that is larger for larger values.
fn key(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

fn value(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 0 {
        !key
    } else {
        key & !(1 << 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded() {
        let near = |n: f64| [n, n.next_down(), n.next_up()];
        for shade in
            (-3..520)
                .flat_map(|n| near(f64::from(n) / 510.0))
                .chain([f64::NAN, 1e30, -1e30])
        {
            let rounded = (255.0 * shade).round().clamp(0.0, 255.0) as u8;
            assert_eq!(byte(shade), rounded, "{shade}");
        }
        assert!(is_certain(0.4 / 255.0) && is_certain(77.0 / 255.0) && !is_certain(76.5 / 255.0));
    }

    #[test]
    fn keys_are_in_order() {
        let values = [
            f32::MIN,
            -2.0,
            -1e-40,
            -0.0,
            0.0,
            1e-40,
            1.0,
            1.000_000_1,
            f32::MAX,
        ];
        assert!(values.windows(2).all(|two| key(two[0]) < key(two[1])));
        assert!(
            values
                .iter()
                .all(|v| value(key(*v)).to_bits() == v.to_bits())
        );
    }

    #[test]
    fn every_tone_is_that_of_the_curve() {
        type Curve = Box<dyn Fn(f32) -> f64 + Sync>;
        let curves: [Curve; 5] = [
            Box::new(|v| (f64::from(v) * 900.0).asinh() / 900.0_f64.asinh()),
            Box::new(|v| f64::from(v) / 65_535.0),
            Box::new(|v| (f64::from(v) - 1000.0) / 30.0),
            Box::new(|_| 0.16),
            // Steps that end exactly on a change of grey.
            Box::new(|v| ((f64::from(v) * 255.0).floor() + 0.5) / 255.0),
        ];
        for (n, curve) in curves.iter().enumerate() {
            let tones = Tones::new(curve);
            let wide = (0..20_000).map(|k| (k as f32 - 10_000.0) * 0.7);
            let fine = (0..60_000).map(|k| k as f32 / 59_999.0);
            let near = (0..20_000).map(|k| 985.0 + k as f32 * 0.003);
            let odd = [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                -0.0,
                f32::MIN,
                f32::MAX,
            ];
            for v in wide.chain(fine).chain(near).chain(odd) {
                assert_eq!(tones.of(v), byte(curve(v)), "curve {n} at {v}");
            }
        }
    }
}
