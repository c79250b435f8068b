//! Averages rows of any width down to a small plane, one row at a time.

/// How the pixels of one axis are distributed over the fewer pixels of the picture.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The share of one source pixel that falls into `first`; the rest falls into the next pixel.
#[derive(Clone, Copy)]
struct Share {
    first: usize,
    fraction: f64,
}

impl Axis {
    fn share(self, index: usize) -> Share {
        // Integers up to the last division, so that a pixel that ends on a border never spills over it.
        let (from, to) = (self.from as u128, self.to as u128);
        let start = index as u128 * to;
        let first = start / from;
        let inside = ((first + 1) * from - start).min(to);
        Share {
            first: first as usize,
            fraction: inside as f64 / to as f64,
        }
    }
}

/// A reduced plane: area-weighted means of the finite pixels, NaN where there are none.
pub(crate) struct Reduced {
    pub(crate) values: Vec<f32>,
    /// Fraction of the area of each reduced pixel that is covered, 0..1.
    pub(crate) cover: Vec<f32>,
}

/// Collects the rows of one plane in order.
pub(crate) struct Reducer {
    columns: Axis,
    shares: Vec<Share>,
    rows: Axis,
    next_row: usize,
    /// Sums and weights of the current row and of the one after it.
    sums: [Vec<f64>; 2],
    weights: [Vec<f64>; 2],
    done: Reduced,
}

impl Reducer {
    pub(crate) fn new(columns: Axis, rows: Axis) -> Self {
        let size = columns.to * rows.to;
        let empty = || [vec![0.0; columns.to], vec![0.0; columns.to]];
        Self {
            columns,
            shares: (0..columns.from)
                .map(|column| columns.share(column))
                .collect(),
            rows,
            next_row: 0,
            sums: empty(),
            weights: empty(),
            done: Reduced {
                values: Vec::with_capacity(size),
                cover: Vec::with_capacity(size),
            },
        }
    }

    pub(crate) fn push(&mut self, row: &[f32]) {
        let Share { first, fraction } = self.rows.share(self.next_row);
        while self.done.values.len() < first * self.columns.to {
            self.finish_row();
        }
        self.next_row += 1;
        for (slot, part) in [fraction, 1.0 - fraction].into_iter().enumerate() {
            if part > 0.0 {
                accumulate(
                    &self.shares,
                    row,
                    part,
                    &mut self.sums[slot],
                    &mut self.weights[slot],
                );
            }
        }
    }

    fn finish_row(&mut self) {
        let area = (self.columns.from as f64 / self.columns.to as f64)
            * (self.rows.from as f64 / self.rows.to as f64);
        for (&sum, &weight) in self.sums[0].iter().zip(&self.weights[0]) {
            self.done.values.push(if weight > 0.0 {
                (sum / weight) as f32
            } else {
                f32::NAN
            });
            self.done.cover.push((weight / area).min(1.0) as f32);
        }
        self.sums.swap(0, 1);
        self.weights.swap(0, 1);
        self.sums[1].fill(0.0);
        self.weights[1].fill(0.0);
    }

    pub(crate) fn finish(mut self) -> Reduced {
        while self.done.values.len() < self.columns.to * self.rows.to {
            self.finish_row();
        }
        self.done
    }
}

fn accumulate(shares: &[Share], row: &[f32], part: f64, sums: &mut [f64], weights: &mut [f64]) {
    for (&value, &Share { first, fraction }) in row.iter().zip(shares) {
        if !value.is_finite() {
            continue;
        }
        let value = f64::from(value);
        let weight = part * fraction;
        sums[first] += weight * value;
        weights[first] += weight;
        // What is left of the last column is at most a rounding error.
        if fraction < 1.0 && first + 1 < sums.len() {
            let weight = part - weight;
            sums[first + 1] += weight * value;
            weights[first + 1] += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduce(width: usize, to: usize, rows: &[&[f32]], rows_to: usize) -> Reduced {
        let mut reducer = Reducer::new(
            Axis { from: width, to },
            Axis {
                from: rows.len(),
                to: rows_to,
            },
        );
        for row in rows {
            reducer.push(row);
        }
        reducer.finish()
    }

    #[test]
    fn whole_boxes_are_plain_means_of_what_is_there() {
        let reduced = reduce(
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
        let reduced = reduce(3, 2, &[&[1.0, 4.0, 7.0]], 1);
        assert_eq!(reduced.values, [2.0, 6.0]);
        let reduced = reduce(1, 1, &[&[1.0], &[4.0], &[7.0]], 2);
        assert_eq!(reduced.values, [2.0, 6.0]);
        assert_eq!(reduced.cover, [1.0, 1.0]);
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let rows: &[&[f32]] = &[&[1.0, 2.0, 3.0], &[4.0, f32::NAN, 6.0]];
        let reduced = reduce(3, 3, rows, 2);
        assert_eq!(reduced.cover, [1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        assert!(reduced.values[4].is_nan());
        assert_eq!(reduced.values[5], 6.0);
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
}
