//! The part of a turned tile that rows of the output cross.

/// The part of a tile between two parallel lines: from column `slope * row + from` to `slope * row + to`, tile px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    slope: f64,
    from: f64,
    to: f64,
}

impl Band {
    /// The narrowest one of a slope (columns per row) that holds a box of half-open ranges.
    pub(super) fn around(slope: f64, columns: [u32; 2], rows: [u32; 2]) -> Self {
        let [low, high] = shift(slope, rows);
        Self {
            slope,
            from: f64::from(columns[0]) - high,
            to: f64::from(columns[1]) - low,
        }
    }

    /// The same, wider by `margin` px on either side.
    pub(super) fn widened(self, margin: f64) -> Self {
        Self {
            from: self.from - margin,
            to: self.to + margin,
            ..self
        }
    }

    /// One that holds both; `None` if their slopes differ.
    pub(super) fn with(self, other: Self) -> Option<Self> {
        (self.slope == other.slope).then(|| Self {
            slope: self.slope,
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        })
    }

    /// The part of the half-open range `columns` that it meets in these rows.
    pub(super) fn columns(self, columns: [u32; 2], rows: [u32; 2]) -> [u32; 2] {
        let [low, high] = shift(self.slope, rows);
        let inside = |x: f64| x.clamp(f64::from(columns[0]), f64::from(columns[1])) as u32;
        [
            inside((low + self.from).floor()),
            inside((high + self.to).ceil()),
        ]
    }
}

/// By how many columns a line of this slope is shifted over these rows: least and most.
fn shift(slope: f64, rows: [u32; 2]) -> [f64; 2] {
    let [a, b] = rows.map(|row| slope * f64::from(row));
    [a.min(b), a.max(b)]
}

#[cfg(test)]
mod tests {
    use super::Band;

    #[test]
    fn a_band_holds_its_boxes_and_little_else() {
        for slope in [1.7, -1.7, 0.0] {
            let place = |i: u32| {
                let x = (1000.0 + slope * f64::from(100 * i)) as u32;
                ([x, x + 80], [100 * i, 100 * i + 100])
            };
            let boxes: Vec<_> = (0..5).map(place).collect();
            let bands = boxes.iter().map(|(x, y)| Band::around(slope, *x, *y));
            let band = bands.reduce(|a, b| a.with(b).expect("one slope"));
            let band = band.expect("boxes");
            for (x, y) in boxes {
                let held = band.columns([0, 5000], y);
                assert!(held[0] <= x[0] && held[1] >= x[1], "{slope}: {held:?}");
                assert!(held[1] - held[0] < 80 + 4 * 175, "{slope}: {held:?}");
                let one = band.columns([0, 5000], [y[0], y[0] + 1]);
                assert!(one[1] - one[0] <= held[1] - held[0]);
            }
            assert_eq!(band.columns([0, 10], [0, 1]), [10, 10]);
            assert_eq!(band.with(Band { slope: 9.0, ..band }), None);
        }
    }
}
