// Turns what a pixel holds into a value, a coverage and an opacity: crates/coadd/src/accumulate.rs, Block::finish.
#pragma once
#include "sample.cuh"

// NaN and no coverage if there is no sample or a sum overflowed. The weight of partial samples is negative.
DEVICE void finish(float &value, float &weight, u32 &fault) {
    float total = weight < 0.0f ? -weight : weight;
    bool valid = is_finite(value) && total > 0.0f && is_finite(total);
    if (!valid && !(total == 0.0f)) fault |= FAULT_OVERFLOW;
    // Adding 0 removes the sign of zeros.
    value = valid ? value + 0.0f : float_of_bits(NAN_BITS);
    weight = valid ? total : 0.0f;
}

// Opacity byte of a covered pixel: never 0.
DEVICE u8 to_alpha(float opacity) {
    float scaled = (opacity < 1.0f ? opacity : 1.0f) * 255.0f;
    u32 rounded = (u32)(scaled + 0.5f);
    return (u8)(rounded < 1 ? 1 : rounded);
}
