//! Reduced planes, bit for bit.

use super::*;
use std::convert::Infallible;

fn reduced(width: usize, to: usize, rows: &[&[f32]], rows_to: usize) -> Reduced {
    let columns = Axis { from: width, to };
    let down = Axis {
        from: rows.len(),
        to: rows_to,
    };
    let read = |wanted: Range<usize>, values: &mut [f32]| {
        for (row, out) in wanted.zip(values.chunks_mut(width)) {
            out.copy_from_slice(rows[row]);
        }
        Ok::<_, Infallible>(())
    };
    reduce(columns, down, read).unwrap()
}

/// The definition: every pixel of the mosaic added to each row of the picture by its share, then to each column.
fn slow(width: usize, to: usize, rows: &[&[f32]], rows_to: usize) -> Reduced {
    let (across, down) = (
        Axis { from: width, to },
        Axis {
            from: rows.len(),
            to: rows_to,
        },
    );
    // Of each line its pixels' values and weights.
    let mut lines = vec![vec![[0.0; 2]; width]; rows_to];
    for (y, row) in rows.iter().enumerate() {
        for (line, part) in shares(down, y) {
            for (sums, value) in lines[line].iter_mut().zip(*row) {
                if value.is_finite() {
                    sums[0] += part * f64::from(*value);
                    sums[1] += part;
                }
            }
        }
    }
    let mut sums = vec![[0.0; 2]; to * rows_to];
    for (y, line) in lines.iter().enumerate() {
        for (x, pixel) in line.iter().enumerate() {
            for (column, part) in shares(across, x) {
                for i in 0..2 {
                    sums[y * to + column][i] += part * pixel[i];
                }
            }
        }
    }
    let area = (width as f64 / to as f64) * (rows.len() as f64 / rows_to as f64);
    let (values, cover) = sums.into_iter().map(|sums| mean(sums, area)).unzip();
    Reduced { values, cover }
}

/// Where a pixel of an axis lies in the picture, and how much of it.
fn shares(axis: Axis, at: usize) -> impl Iterator<Item = (usize, f64)> {
    let Share { first, fraction } = axis.share(at);
    let shares = [(first, fraction), (first + 1, 1.0 - fraction)];
    shares
        .into_iter()
        .filter(move |(place, part)| *part > 0.0 && *place < axis.to)
}

#[test]
fn every_bit_is_that_of_the_definition() {
    for (width, to, height, rows_to) in [
        (7, 3, 5, 2),
        (100, 99, 90, 89),
        (61, 20, 40, 13),
        (64, 16, 48, 12),
        (50, 50, 20, 20),
        (1000, 7, 3, 1),
        (33, 1, 300, 9),
        (205, 103, 411, 207),
    ] {
        let pixels: Vec<f32> = (0..width * height)
            .map(|n| match (n * 7919) % 101 {
                0 => f32::NAN,
                1 => f32::INFINITY,
                2 => -0.0,
                k => (k as f32 - 50.0).powi(3) * 0.1,
            })
            .collect();
        let rows: Vec<&[f32]> = pixels.chunks(width).collect();
        let (fast, slow) = (
            reduced(width, to, &rows, rows_to),
            slow(width, to, &rows, rows_to),
        );
        let bits = |of: &[f32]| of.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let name = format!("{width} x {height} to {to} x {rows_to}");
        assert_eq!(bits(&fast.values), bits(&slow.values), "{name}");
        assert_eq!(bits(&fast.cover), bits(&slow.cover), "{name}");
    }
}

#[test]
fn whole_boxes_are_plain_means_of_what_is_there() {
    let reduced = reduced(
        4,
        2,
        &[
            &[1.0, 2.0, f32::NAN, f32::NAN],
            &[3.0, 4.0, f32::INFINITY, 8.0],
        ],
        1,
    );
    assert_eq!(reduced.values, [2.5, 8.0]);
    assert_eq!(reduced.cover, [1.0, 0.25]);
}

#[test]
fn pixels_on_a_border_are_shared_by_area() {
    assert_eq!(reduced(3, 2, &[&[1.0, 4.0, 7.0]], 1).values, [2.0, 6.0]);
    let reduced = reduced(1, 1, &[&[1.0], &[4.0], &[7.0]], 2);
    assert_eq!(reduced.values, [2.0, 6.0]);
    assert_eq!(reduced.cover, [1.0, 1.0]);
}

#[test]
fn the_same_size_is_the_same_picture() {
    let rows: &[&[f32]] = &[&[1.0, 2.0, 3.0], &[4.0, f32::NAN, 6.0]];
    let reduced = reduced(3, 3, rows, 2);
    assert_eq!(reduced.cover, [1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
    assert!(reduced.values[4].is_nan());
    assert_eq!(reduced.values[5], 6.0);
}

#[test]
fn the_first_error_is_told() {
    let (columns, rows) = (
        Axis {
            from: 600_000,
            to: 10,
        },
        Axis { from: 400, to: 200 },
    );
    let read = |rows: Range<usize>, _: &mut [f32]| {
        if rows.end > 100 {
            Err(rows.start)
        } else {
            Ok(())
        }
    };
    let error = reduce(columns, rows, read).err();
    assert!(error.is_some_and(|row| row <= 100), "{error:?}");
}

#[test]
fn every_share_adds_up() {
    for (from, to) in [(7, 3), (2049, 2048), (40_000, 2048), (5, 5), (1, 1)] {
        let axis = Axis { from, to };
        let mut area = vec![0.0; to + 1];
        for index in 0..from {
            let Share { first, fraction } = axis.share(index);
            area[first] += fraction;
            area[first + 1] += 1.0 - fraction;
        }
        let expected = from as f64 / to as f64;
        assert!(
            area[..to].iter().all(|sum| (sum - expected).abs() < 1e-9),
            "{from} {to}"
        );
        assert!(area[to].abs() < 1e-12);
    }
}
