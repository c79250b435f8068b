// Two halves of a pixel's samples, where one may be spoiled: crates/coadd/src/stack/halves.rs.
#pragma once
#include "stack.cuh"

// Keeps only the tight half of an even number of samples if the other half is far away and scattered.
DEVICE Stretch split(const Stack &stack, Stretch left) {
    if (left.len() < SPLIT_FROM || left.len() % 2 == 1) return left;
    u32 half = left.first + left.len() / 2;
    float below = stack.ranked(half - 1) - stack.ranked(left.first);
    float above = stack.ranked(left.end - 1) - stack.ranked(half);
    float gap = stack.ranked(half) - stack.ranked(half - 1);
    float tight = floored(smaller(below, above), stack.middle(left));
    if (!(smaller(gap, larger(below, above)) > SPLIT_AT * tight)) return left;
    if (below < above)
        left.end = half;
    else
        left.first = half;
    return left;
}
