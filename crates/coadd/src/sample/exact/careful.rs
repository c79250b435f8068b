//! One output pixel of the exact kernel by the full rules: at edges, beside pixels without data, and where it is large.

use crate::job::Window;
use crate::sample::area::{Shared, share};
use crate::sample::quad::{MOST_SPAN, Quads};
use crate::sample::{LEAST_VALID, Maps, Sample, tap_at};

/// The share that a large pixel lacks because of rounding.
const LEAST_LOST: f64 = 1.0 / (1u32 << 20) as f64;
/// The share that a whole pixel may lack.
const MOST_LOST: f32 = 0.1;

/// One small pixel by the full rules; `None` where too little of it has data.
pub(super) fn careful(quad: &Quads<1>, window: &Window, plane: &[f32]) -> Option<Sample> {
    let span = quad.span.map(|of| of[0] as usize);
    let mut shared = [[0.0; 1]; MOST_SPAN * MOST_SPAN];
    let shared = &mut shared[..span[0] * span[1]];
    quad.share(span, shared);
    let tap =
        |[x, y]: [i32; 2]| tap_inside(window, plane, [quad.base[0][0] + x, quad.base[1][0] + y]);
    // The areas that it shares, and with which taps.
    let parts = || {
        let met = shared.iter().enumerate().filter(|(_, area)| area[0] > 0.0);
        met.map(|(i, area)| (area[0], tap([i % span[0], i / span[0]].map(|n| n as i32))))
    };
    let middle = tap(quad.middles().map(|of| of[0]));
    let first = middle.or_else(|| parts().find_map(|(_, tap)| tap))?;
    let (mut valid, mut lost) = (0.0, 0.0);
    for (area, tap) in parts() {
        *(if tap.is_some() { &mut valid } else { &mut lost }) += area;
    }
    let mean = |of: &[f32]| {
        let mut sum = 0.0;
        for (area, tap) in parts() {
            sum += tap.map_or(0.0, |at| area * (of[at] - of[first]));
        }
        of[first] + sum / valid
    };
    let maps = [window.variances, window.alphas].map(|map| map.map_or(1.0, mean));
    sample(
        mean(plane),
        maps,
        [valid, lost, quad.signed_areas()[0].abs()],
    )
}

/// One large pixel by the full rules; `None` where too little of it has data.
pub(super) fn large(corners: &[[f64; 2]; 4], window: &Window, plane: &[f32]) -> Option<Sample> {
    let (mut value, mut variance, mut opacity) = (0.0, 0.0, 0.0);
    let (mut valid, mut lost) = (0.0, 0.0);
    let Shared { total, inside } =
        share(corners, window.tile(), |[column, row], area| {
            match tap_at(window, plane, column as i32, row as i32) {
                Some(at) => {
                    let of = |map: Option<&[f32]>| map.map_or(1.0, |map| f64::from(map[at]));
                    value += area * f64::from(plane[at]);
                    variance += area * of(window.variances);
                    opacity += area * of(window.alphas);
                    valid += area;
                }
                None => lost += area,
            }
        })?;
    if total - inside > LEAST_LOST * total {
        lost += total - inside;
    }
    let [value, variance, opacity] = [value, variance, opacity].map(|sum| (sum / valid) as f32);
    sample(
        value,
        [variance, opacity],
        [valid, lost, total].map(|area| area as f32),
    )
}

/// The sample of a pixel from means over its valid part, and the areas of this part, of what lacks data, and of all.
fn sample(
    value: f32,
    [variance, alpha]: [f32; 2],
    [valid, lost, total]: [f32; 3],
) -> Option<Sample> {
    let share = if lost == 0.0 { 1.0 } else { valid / total };
    // False where areas are not numbers, too.
    (total > 0.0 && valid >= LEAST_VALID * total).then(|| Sample {
        value,
        weight: Maps { variance, alpha }.weight() * share,
        alpha,
        whole: lost <= MOST_LOST * total,
    })
}

/// Index in its window of a tap with a value; `None` where it has none, or lies outside the tile.
fn tap_inside(window: &Window, plane: &[f32], at: [i32; 2]) -> Option<usize> {
    let [width, height] = window.tile().map(|n| n as i32);
    let inside = (0..width).contains(&at[0]) && (0..height).contains(&at[1]);
    inside
        .then(|| tap_at(window, plane, at[0], at[1]))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_outside_the_tile_is_lost() {
        let square = |x: f64, y: f64| [[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0]];
        let values = vec![5.0; 144];
        let sample = |corners| {
            let window = Window {
                first_row: 0,
                rows: 12,
                stride: 12,
                first_column: 0,
                width: 12,
                height: 12,
                values: vec![&values],
                variances: None,
                alphas: None,
            };
            let small = careful(&Quads::of(&corners)?, &window, &values);
            let large = large(&corners, &window, &values);
            assert_eq!(small, large, "{corners:?}");
            small
        };
        let whole = sample(square(3.5, 10.0)).expect("inside");
        assert_eq!((whole.value, whole.weight, whole.whole), (5.0, 1.0, true));
        let half = sample(square(-1.0, 4.0)).expect("half of it inside");
        assert_eq!((half.value, half.weight, half.whole), (5.0, 0.5, false));
        assert_eq!(sample(square(-1.9985, 4.0)), None, "less than a thousandth");
        assert_eq!(sample(square(40.0, 4.0)), None);
        assert_eq!(sample([[3.0, 3.0]; 4]), None, "a point covers nothing");
        // A contact that comes only from the rounding of positions does not count.
        let nearly = sample(square(-1e-8, 10.0 + 1e-8)).expect("inside");
        assert!(nearly.whole);
        assert!(Quads::of(&[[f64::NAN; 2]; 4]).is_none());
        assert!(Quads::of(&square(-3e9, 4.0)).is_none());
        assert!(Quads::of(&[[0.0, 0.0], [9.0, 0.0], [9.0, 1.0], [0.0, 1.0]]).is_none());
    }
}
