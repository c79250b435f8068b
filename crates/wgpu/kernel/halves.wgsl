// Two halves of a pixel's samples, where one may be spoiled: crates/coadd/src/stack/halves.rs.

// Keeps only the tight half of an even number of samples if the other half is far away and scattered.
fn split(left: Stretch) -> Stretch {
    if (len(left) < SPLIT_FROM || len(left) % 2u == 1u) {
        return left;
    }
    let half = left.first + len(left) / 2u;
    let below = ranked(half - 1u) - ranked(left.first);
    let above = ranked(left.end - 1u) - ranked(half);
    let gap = ranked(half) - ranked(half - 1u);
    let tight = floored(min(below, above), middle(left));
    let limit = SPLIT_AT * tight;
    if (!is_finite(limit) || !(min(gap, max(below, above)) > limit)) {
        return left;
    }
    if (below < above) {
        return Stretch(left.first, half);
    }
    return Stretch(half, left.end);
}
