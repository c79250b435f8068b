//! Compares the rules, computed side by side and sample by sample, with their definition.

use zemosaic_testscene::drawn;

use super::*;
use crate::fold::{Held, Weighed};
use crate::stack::{LANES, Stack};

/// How many tiles overlap.
const DEPTHS: [usize; 24] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 23, 31, 32, 33, 40, 57, 80,
];

fn pixel(number: u32, depth: usize) -> Vec<Option<PixelSample>> {
    let sample = |(value, weight, whole)| PixelSample {
        value,
        // Not a power of two, so that products round.
        weight: 1.7 * weight,
        whole,
    };
    drawn(number, depth)
        .into_iter()
        .map(|s| s.map(sample))
        .collect()
}

/// As when a block is finished.
fn finished(value: f32, weight: f32) -> [u32; 2] {
    let good = value.is_finite() && weight > 0.0 && weight.is_finite();
    if good {
        [value + 0.0, weight]
    } else {
        [f32::NAN, 0.0]
    }
    .map(f32::to_bits)
}

#[track_caller]
fn assert_defined(combine: Combine, got: [u32; 2], samples: &[Option<PixelSample>], what: &str) {
    let there: Vec<_> = samples.iter().flatten().copied().collect();
    let expected = reduce(combine, &there);
    assert!(
        got == expected.map(f32::to_bits),
        "{combine:?} {what}: {:?} is not {expected:?} of {there:?}",
        got.map(f32::from_bits),
    );
}

#[test]
fn property_stacks_are_what_the_definition_says() {
    let mut stack = Stack::default();
    for depth in DEPTHS {
        for group in 0..60 {
            let first = group * LANES as u32;
            let pixels: [_; LANES] = std::array::from_fn(|lane| pixel(first + lane as u32, depth));
            for combine in Combine::ALL.into_iter().filter(|rule| rule.needs_stack()) {
                stack.begin(depth);
                for tile in 0..depth {
                    let samples = pixels.each_ref().map(|lane| lane[tile]);
                    let sign = |s: PixelSample| if s.whole { s.weight } else { -s.weight };
                    stack.push(
                        &samples.map(|s| s.map_or(0.0, |s| s.value)),
                        &samples.map(|s| s.map_or(0.0, sign)),
                    );
                }
                let [values, weights] = stack.reduce(combine);
                for (lane, samples) in pixels.iter().enumerate() {
                    let got = finished(values[lane], weights[lane]);
                    assert_defined(combine, got, samples, &format!("{depth} deep, lane {lane}"));
                }
            }
        }
    }
}

#[test]
fn property_folds_are_what_the_definition_says() {
    for depth in DEPTHS {
        for number in 0..500 {
            let samples = pixel(number, depth);
            for combine in Combine::ALL.into_iter().filter(|rule| !rule.needs_stack()) {
                let mut held = Held::default();
                for s in samples.iter().flatten() {
                    let (value, weight) = (s.value, s.weight);
                    held = combine.fold(held, Weighed { value, weight }, s.whole);
                }
                assert_defined(
                    combine,
                    finished(combine.value_of(held), held.total.abs()),
                    &samples,
                    &format!("{depth} deep"),
                );
            }
        }
    }
}

#[test]
fn samples_of_every_kind_are_drawn() {
    let (mut rejected, mut halved, mut partial, mut tied, mut overflowed) = (0, 0, 0, 0, 0);
    for number in 0..2000 {
        let there: Vec<_> = pixel(number, 12).into_iter().flatten().collect();
        let [_, all] = reduce(Combine::Median, &there);
        let [_, left] = reduce(Combine::KappaSigma, &there);
        rejected += usize::from(left < all);
        halved += usize::from(tight_half(&ascending(&there)).is_some());
        partial += usize::from(!there.is_empty() && there.iter().all(|s| !s.whole));
        tied += usize::from(ascending(&there).windows(2).any(|two| two[0] == two[1]));
        overflowed += usize::from(all > 0.0 && reduce(Combine::Mean, &there)[0].is_nan());
    }
    let counts = [rejected, halved, partial, tied, overflowed];
    assert!(counts.iter().all(|n| *n > 20), "{counts:?}");
}

fn of(values: impl IntoIterator<Item = f32>) -> Vec<PixelSample> {
    let sample = |value| PixelSample {
        value,
        weight: 1.0,
        whole: true,
    };
    values.into_iter().map(sample).collect()
}

/// Noise of 1 around 0.
fn noise(i: u32) -> f32 {
    [0.3, -1.1, 0.7, 1.9, -0.4, -1.6, 0.1, 0.9, -0.8, 0.0, 1.2][i as usize * 7 % 11]
}

#[test]
fn units_do_not_change_what_is_rejected() {
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        for depth in [4, 5, 12, 13] {
            let spoiled = |i: u32| 100.0 + 3.0 * noise(i) + if i == 3 { 900.0 } else { 0.0 };
            let counts = |unit: f32| reduce(combine, &of((0..depth).map(|i| unit * spoiled(i))));
            let [expected, coverage] = counts(1.0);
            for power in [-110, -60, -20, 30, 100, 115] {
                let unit = 2f32.powi(power);
                assert_eq!(
                    counts(unit),
                    [unit * expected, coverage],
                    "{combine:?} of {depth} times 2^{power}"
                );
            }
        }
    }
}

#[test]
fn fill_values_are_rejected_however_large() {
    for combine in [Combine::Winsorized, Combine::KappaSigma] {
        for fill in [1e5, 1e20, 3e38, -3.402_823e38] {
            let sample = |i| if i == 3 { fill } else { 100.0 + noise(i) };
            let [value, coverage] = reduce(combine, &of((0..12).map(sample)));
            assert!(
                (value - 100.0).abs() < 1.0,
                "{combine:?} keeps {fill}: {value}"
            );
            assert_eq!(coverage, 11.0, "{combine:?} of {fill}");
        }
    }
}

#[test]
fn means_and_sums_are_as_accurate_as_the_data_at_any_level() {
    for (depth, level) in [(400, 1e6), (2000, 1e6), (2000, -3e4)] {
        let values = || (0..depth).map(|i| level + noise(i));
        let exact = values().map(f64::from).sum::<f64>();
        let [mean, _] = reduce(Combine::Mean, &of(values()));
        let ulp = f64::from(level.abs() * f32::EPSILON);
        assert!(
            (f64::from(mean) - exact / f64::from(depth)).abs() <= ulp,
            "{mean}"
        );
        let [sum, _] = reduce(Combine::Sum, &of(values()));
        assert_eq!(sum, exact as f32);
    }
}
