// Turns what a pixel holds into a value, a coverage and an opacity: crates/coadd/src/accumulate.rs, Block::finish.
#pragma once
#include "sample.cuh"

// NaN and no coverage if there is no sample or a sum overflowed. The weight of partial samples is negative.
DEVICE void finish(const Launch &job, float held, float total, float &value, float &coverage) {
    total = total < 0.0f ? -total : total;
    value = job.rule == RULE_MEAN ? held / total : held;
    bool valid = is_finite(value) && total > 0.0f && is_finite(total);
    // Adding 0 removes the sign of zeros.
    value = valid ? value + 0.0f : float_of_bits(NAN_BITS);
    coverage = valid ? total : 0.0f;
}

// Opacity byte of a covered pixel: never 0.
DEVICE u8 to_alpha(float opacity) {
    float scaled = (opacity < 1.0f ? opacity : 1.0f) * 255.0f;
    u32 rounded = (u32)(scaled + 0.5f);
    return (u8)(rounded < 1 ? 1 : rounded);
}
