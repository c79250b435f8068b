//! Two halves of a pixel's samples, where one may be spoiled.

use super::floored;
use super::lanes::{LANES, Stretch, any, bits, halfway, larger, smaller};
use super::ranked::Ranked;
use crate::constants::{SPLIT_AT, SPLIT_FROM};

/// Keeps only the tight half of an even number of samples if the other half is far away and scattered.
///
/// Deviations do not help there, because they need a majority. A second level of the sky is not scattered, so it stays.
#[inline(always)]
pub(super) fn split(ranked: &Ranked, left: &Stretch) -> Stretch {
    let may = left.where_len(|len| (len >= SPLIT_FROM as i32) & (len % 2 == 0));
    if !any(&may) {
        return *left;
    }
    let (mut lower, mut upper) = (*left, *left);
    for lane in 0..LANES {
        let half = left.first[lane] + left.len(lane) / 2;
        (lower.end[lane], upper.first[lane]) = (half, half);
    }
    let ([least, low], [high, most]) = (ranked.ends(&lower), ranked.ends(&upper));
    let (mut below_stays, mut above_stays) = ([0; LANES], [0; LANES]);
    for lane in 0..LANES {
        let (below, above) = (low[lane] - least[lane], most[lane] - high[lane]);
        let gap = high[lane] - low[lane];
        let middle = halfway(low[lane], high[lane]);
        let tight = floored(smaller(below, above), middle);
        let far = smaller(gap, larger(below, above)) > SPLIT_AT * tight;
        below_stays[lane] = may[lane] & bits(far & (below < above));
        above_stays[lane] = may[lane] & bits(far & (below >= above));
    }
    let mut kept = *left;
    kept.take(&lower, &below_stays);
    kept.take(&upper, &above_stays);
    kept
}
