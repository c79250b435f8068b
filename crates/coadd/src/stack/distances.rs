//! The median distance of ranked samples from a centre.

use super::lanes::{LANES, Lanes, Stretch, bits, larger};
use super::ranked::Ranked;

/// Samples from which on searching, lane by lane, is faster than sorting side by side.
const SEARCHED_FROM: usize = 48;

/// A buffer, reused for the next pixels.
#[derive(Debug, Default)]
pub(super) struct Distances {
    sorted: Ranked,
}

impl Distances {
    /// The two middle distances of each stretch's numbers from its centre; they are the same if its length is odd.
    #[inline(always)]
    pub fn middle(&mut self, ranked: &Ranked, stretch: &Stretch, centre: &Lanes) -> [Lanes; 2] {
        if ranked.rows().len() < SEARCHED_FROM {
            self.sort(ranked, stretch, centre)
        } else {
            search(ranked, stretch, centre)
        }
    }

    #[inline(always)]
    fn sort(&mut self, ranked: &Ranked, stretch: &Stretch, centre: &Lanes) -> [Lanes; 2] {
        self.sorted.begin(ranked.rows().len());
        for (row, values) in ranked.rows().iter().enumerate() {
            let (row, mut distances, mut held) = (row as i32, [0.0; LANES], [0; LANES]);
            for lane in 0..LANES {
                distances[lane] = (values[lane] - centre[lane]).abs();
                held[lane] = bits((stretch.first[lane] <= row) & (row < stretch.end[lane]));
            }
            self.sorted.push(&distances, &held);
        }
        self.sorted.rank();
        let mut end = [0; LANES];
        for lane in 0..LANES {
            end[lane] = stretch.len(lane);
        }
        self.sorted.middle(&Stretch {
            first: [0; LANES],
            end,
        })
    }
}

#[inline(always)]
fn search(ranked: &Ranked, stretch: &Stretch, centre: &Lanes) -> [Lanes; 2] {
    let (mut below, mut above) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        let len = stretch.len(lane) as usize;
        let rows = &ranked.rows()[stretch.first[lane] as usize..][..len];
        let reach = |count: usize| reach(rows, lane, centre[lane], count);
        above[lane] = reach(len / 2 + 1);
        let is_odd = len % 2 == 1;
        below[lane] = if is_odd { above[lane] } else { reach(len / 2) };
    }
    [below, above]
}

/// How far from `centre` one must go to meet `count` of a lane's ascending numbers; 0 if there are fewer.
///
/// The nearest ones are neighbours, so that nothing needs sorting: the lowest that belongs to them is found by halving.
#[inline(always)]
fn reach(rows: &[Lanes], lane: usize, centre: f32, count: usize) -> f32 {
    if count == 0 || count > rows.len() {
        return 0.0;
    }
    let (mut first, mut last) = (0, rows.len() - count);
    while first < last {
        let at = usize::midpoint(first, last);
        let (low, next) = (rows[at][lane], rows[at + count][lane]);
        if centre - low > next - centre {
            first = at + 1;
        } else {
            last = at;
        }
    }
    let (low, high) = (rows[first][lane], rows[first + count - 1][lane]);
    larger((low - centre).abs(), (high - centre).abs())
}

#[cfg(test)]
mod tests {
    use super::super::ranked::tests::ranked;
    use super::*;

    #[test]
    fn searching_and_sorting_give_the_same() {
        // In lanes that agree about their stretch, and in lanes that do not and have numbers more than once.
        for (apart, numbers) in [(0, 97), (1, 23)] {
            let number = |row: usize, lane: usize| ((row * 7919 + lane * 31) % numbers) as f32;
            let ranked = ranked(40, |row, lane| Some(number(row, lane)));
            let stretch = Stretch {
                first: std::array::from_fn(|lane| (lane % 5 * apart) as i32),
                end: std::array::from_fn(|lane| 40 - (lane % 7 * apart) as i32),
            };
            let centre = std::array::from_fn(|lane| numbers as f32 * (0.3 + 0.03 * lane as f32));
            let ways = [
                search(&ranked, &stretch, &centre),
                Distances::default().sort(&ranked, &stretch, &centre),
            ];
            for (lane, centre) in centre.iter().enumerate() {
                let range = stretch.first[lane] as usize..stretch.end[lane] as usize;
                let off = |row: &Lanes| (row[lane] - centre).abs();
                let mut distances: Vec<f32> = ranked.rows()[range].iter().map(off).collect();
                distances.sort_by(f32::total_cmp);
                let half = distances.len() / 2;
                let odd = distances.len() % 2;
                for [below, above] in &ways {
                    assert_eq!(above[lane], distances[half], "lane {lane}");
                    assert_eq!(below[lane], distances[half - 1 + odd], "lane {lane}");
                }
            }
        }
    }
}
