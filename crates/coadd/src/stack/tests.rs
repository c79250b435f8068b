//! The results of the rules, in every lane.

use super::*;

#[derive(Debug, PartialEq)]
struct Weighed {
    value: f32,
    weight: f32,
}

/// Puts the samples into one lane, with weight 2, and other samples into all other lanes.
fn reduce(combine: Combine, values: &[f32]) -> Weighed {
    let mut stack = Stack::default();
    let mut results = Vec::new();
    for mine in 0..LANES {
        stack.begin(values.len());
        for (i, value) in values.iter().enumerate() {
            let (mut row, mut weights) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                row[lane] = (i * i + 31 * lane) as f32;
                weights[lane] = if i < lane { 1.0 } else { 0.0 };
            }
            (row[mine], weights[mine]) = (*value, 2.0);
            stack.push(&row, &weights);
        }
        let [value, weight] = stack.reduce(combine);
        results.push(Weighed {
            value: value[mine],
            weight: weight[mine],
        });
    }
    let first = results.remove(0);
    assert!(results.iter().all(|other| *other == first), "{results:?}");
    first
}

#[test]
fn few_samples_follow_their_own_rules() {
    for combine in [Combine::KappaSigma, Combine::Winsorized] {
        assert_eq!(reduce(combine, &[7.0]).value, 7.0);
        assert_eq!(reduce(combine, &[7.0, 9.0]).value, 8.0);
        assert_eq!(reduce(combine, &[7.0, 9000.0, 8.0]).value, 8.0);
    }
    assert_eq!(
        reduce(Combine::Median, &[1.0, 2.0, 4.0, 9.0]),
        Weighed {
            value: 3.0,
            weight: 8.0
        }
    );
    let four = reduce(Combine::KappaSigma, &[10.0, 10.2, 9.9, 500.0]);
    assert!((four.value - 10.033).abs() < 1e-3 && four.weight == 6.0);
    assert_eq!(
        reduce(Combine::KappaSigma, &[10.0, 11.0, 9.0, 10.0]).weight,
        8.0
    );
    assert_eq!(Stack::default().reduce(Combine::Median)[1], [0.0; LANES]);
}

#[test]
fn outliers_go_and_good_samples_stay() {
    let mut values: Vec<f32> = (0..19)
        .map(|i| 100.0 + ((i * 7) % 19) as f32 * 0.5)
        .collect();
    let mean = values.iter().sum::<f32>() / 19.0;
    for combine in [Combine::KappaSigma, Combine::Winsorized] {
        assert_eq!(
            reduce(combine, &values).weight,
            38.0,
            "{combine:?} rejects nothing"
        );
    }
    values.push(60_000.0);
    values.push(-5000.0);
    for combine in [Combine::KappaSigma, Combine::Winsorized] {
        let out = reduce(combine, &values);
        assert_eq!(out.weight, 38.0, "{combine:?} rejects both");
        assert!((out.value - mean).abs() < 1e-3);
    }
}

#[test]
fn of_two_halves_the_scattered_one_goes_and_two_levels_stay() {
    for combine in [Combine::KappaSigma, Combine::Winsorized] {
        let kept = |values: &[f32]| {
            let out = reduce(combine, values);
            (out.value, out.weight)
        };
        let trails = [798.0, -1.0, 2.0, 1935.0, 2.0, 1836.0];
        assert_eq!(kept(&trails), (1.0, 6.0), "{combine:?}");
        let below = trails.map(|v| -v);
        assert_eq!(kept(&below), (-1.0, 6.0), "{combine:?}");
        let levels = [100.0, 101.0, 102.0, 900.0, 902.0, 903.0];
        assert_eq!(kept(&levels).1, 12.0, "{combine:?}");
        let near = [0.0, 1.0, 2.0, 16.0, 20.0, 40.0];
        assert_eq!(kept(&near).1, 12.0, "{combine:?}");
        let loose = [100.0, 101.0, 102.0, 900.0, 902.0, 914.0];
        assert_eq!(kept(&loose).1, 12.0, "{combine:?}");
    }
}

#[test]
fn a_median_is_the_middle_value_beside_the_sound_half() {
    let median = |values: &[f32]| reduce(Combine::Median, values);
    let trails = [798.0, -1.0, 3.0, 1935.0, 2.0, 1836.0];
    assert_eq!(median(&trails).value, 3.0);
    assert_eq!(median(&trails).weight, 12.0);
    assert_eq!(median(&trails.map(|v| -v)).value, -3.0);
    let levels = [100.0, 101.0, 102.0, 900.0, 902.0, 903.0];
    assert_eq!(median(&levels).value, 501.0);
    let seven = [798.0, -1.0, 3.0, 1935.0, 2.0, 1836.0, 40.0];
    assert_eq!(median(&seven).value, 40.0);
}

#[test]
fn equal_samples_are_never_rejected() {
    for combine in [Combine::KappaSigma, Combine::Winsorized, Combine::Median] {
        assert_eq!(
            reduce(combine, &[1234.5; 9]),
            Weighed {
                value: 1234.5,
                weight: 18.0
            }
        );
    }
}
