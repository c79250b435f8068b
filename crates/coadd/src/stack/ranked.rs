//! Sorted samples of neighbouring pixels, one pixel per lane.

use zemosaic_room::reserve;

use super::PURPOSE;
use super::lanes::{Bits, LANES, Lanes, Places, Stretch, bits, either};

/// A key that sorts after all numbers.
const NONE: u32 = i32::MAX as u32;

/// Numbers in ascending order, lane by lane; a lane may have fewer than another.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    keys: Vec<Places>,
    values: Vec<Lanes>,
}

impl Ranked {
    /// Begins the next numbers, with room for this many rows.
    #[inline(always)]
    pub fn begin(&mut self, rows: usize) {
        self.keys.clear();
        self.values.clear();
        reserve(&mut self.keys, rows, PURPOSE);
        reserve(&mut self.values, rows, PURPOSE);
    }

    /// Adds a number in each lane whose bits are set: finite, or positive infinity.
    #[inline(always)]
    pub fn push(&mut self, values: &Lanes, held: &Bits) {
        let mut keys = [0; LANES];
        for lane in 0..LANES {
            let key = key(values[lane]) as u32;
            keys[lane] = (key & held[lane] | NONE & !held[lane]) as i32;
        }
        self.keys.push(keys);
    }

    /// Ranks what has been pushed.
    #[inline(always)]
    pub fn rank(&mut self) {
        sort(&mut self.keys);
        for keys in &self.keys {
            let mut values = [0.0; LANES];
            for lane in 0..LANES {
                values[lane] = value(keys[lane]);
            }
            self.values.push(values);
        }
    }

    /// The number at one place in each lane; 0 if there is no such place.
    #[inline(always)]
    pub fn at(&self, places: &Places) -> Lanes {
        let mut found = [0.0; LANES];
        for (row, values) in self.values.iter().enumerate() {
            for lane in 0..LANES {
                let here = bits(places[lane] == row as i32);
                found[lane] = either(here, values[lane], found[lane]);
            }
        }
        found
    }

    /// The two middle numbers of each stretch; they are the same if its length is odd.
    #[inline(always)]
    pub fn middle(&self, stretch: &Stretch) -> [Lanes; 2] {
        let (mut below, mut above) = ([0; LANES], [0; LANES]);
        for lane in 0..LANES {
            let len = stretch.len(lane);
            above[lane] = stretch.first[lane] + len / 2;
            below[lane] = above[lane] - (1 - len % 2);
        }
        [self.at(&below), self.at(&above)]
    }

    /// The least and the largest number of each stretch.
    #[inline(always)]
    pub fn ends(&self, stretch: &Stretch) -> [Lanes; 2] {
        let mut last = stretch.end;
        for place in &mut last {
            *place -= 1;
        }
        [self.at(&stretch.first), self.at(&last)]
    }

    /// Each stretch without the numbers at either end that lie farther than `limit` from `centre`.
    #[inline(always)]
    pub fn within(&self, stretch: &Stretch, centre: &Lanes, limit: &Lanes) -> Stretch {
        let (mut first, mut end) = ([i32::MAX; LANES], [0; LANES]);
        for (row, values) in self.values.iter().enumerate() {
            let row = row as i32;
            for lane in 0..LANES {
                let held = stretch.first[lane] <= row && row < stretch.end[lane];
                let near = (values[lane] - centre[lane]).abs() <= limit[lane];
                first[lane] = first[lane].min(if held & near { row } else { i32::MAX });
                end[lane] = end[lane].max(if held & near { row + 1 } else { 0 });
            }
        }
        for lane in 0..LANES {
            first[lane] = first[lane].min(end[lane]);
        }
        Stretch { first, end }
    }

    /// The four smallest numbers of each lane; 0 where there are fewer rows.
    #[inline(always)]
    pub fn first_four(&self) -> [Lanes; 4] {
        let mut four = [[0.0; LANES]; 4];
        for (row, values) in four.iter_mut().zip(&self.values) {
            *row = *values;
        }
        four
    }

    /// The ranked numbers, row by row.
    #[inline(always)]
    pub fn rows(&self) -> &[Lanes] {
        &self.values
    }
}

/// An integer that sorts in the order of the values, with -0 below 0.
#[inline(always)]
fn key(value: f32) -> i32 {
    turned(value.to_bits() as i32)
}

#[inline(always)]
fn value(key: i32) -> f32 {
    f32::from_bits(turned(key) as u32)
}

/// Reverses the order of negative numbers, because the bits of negative floats sort the wrong way.
#[inline(always)]
fn turned(bits: i32) -> i32 {
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

/// Sorts each lane by the same comparisons: Batcher's merge exchange (Knuth, The Art of Computer Programming 3,
/// 5.2.2, algorithm M).
#[inline(always)]
fn sort(rows: &mut [Places]) {
    let n = rows.len();
    if n < 2 {
        return;
    }
    let top = n.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            for begin in (r..n - d).step_by(2 * p) {
                for low in begin..(begin + p).min(n - d) {
                    exchange(rows, low, low + d);
                }
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

#[inline(always)]
fn exchange(rows: &mut [Places], low: usize, high: usize) {
    let (a, b) = (rows[low], rows[high]);
    let (mut least, mut most) = (a, b);
    for lane in 0..LANES {
        least[lane] = a[lane].min(b[lane]);
        most[lane] = a[lane].max(b[lane]);
    }
    rows[low] = least;
    rows[high] = most;
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::stack) fn ranked(
        rows: usize,
        number: impl Fn(usize, usize) -> Option<f32>,
    ) -> Ranked {
        let mut ranked = Ranked::default();
        ranked.begin(rows);
        for row in 0..rows {
            let numbers: [_; LANES] = std::array::from_fn(|lane| number(row, lane));
            let held = numbers.map(|n| bits(n.is_some()));
            ranked.push(&numbers.map(Option::unwrap_or_default), &held);
        }
        ranked.rank();
        ranked
    }

    #[test]
    fn every_lane_is_sorted_whatever_the_number() {
        for n in 0..40 {
            let number = |row: usize, lane: usize| {
                let mixed = (row * 7919 + lane * 104_729 + n) % 23;
                (mixed > 2).then_some(mixed as f32 - 11.0)
            };
            let ranked = ranked(n, number);
            for lane in 0..LANES {
                let mut expected: Vec<f32> = (0..n).filter_map(|row| number(row, lane)).collect();
                expected.sort_unstable_by(f32::total_cmp);
                let got: Vec<f32> = ranked.rows().iter().map(|row| row[lane]).collect();
                assert_eq!(got[..expected.len()], expected, "{n} numbers, lane {lane}");
            }
        }
    }

    #[test]
    fn zeros_keep_their_signs() {
        let ranked = ranked(3, |row, _| Some([0.0, -0.0, -1.0][row]));
        let bits: Vec<u32> = ranked.rows().iter().map(|row| row[5].to_bits()).collect();
        assert_eq!(bits, [-1.0f32, -0.0, 0.0].map(f32::to_bits));
    }

    #[test]
    fn the_middle_is_found_where_lanes_differ() {
        let ranked = ranked(LANES, |row, lane| (row <= lane).then_some(row as f32));
        let whole = Stretch {
            first: [0; LANES],
            end: std::array::from_fn(|lane| lane as i32 + 1),
        };
        let [below, above] = ranked.middle(&whole);
        assert_eq!(below, std::array::from_fn(|lane| (lane / 2) as f32));
        assert_eq!(above, std::array::from_fn(|lane| lane.div_ceil(2) as f32));
    }
}
