// Reduces a pixel's samples by a rule: crates/coadd/src/stack.rs, Stack::reduce.
//
// Rejection leaves an interval of values, so the remaining samples are a stretch of the ranked ones. Clipping is
// monotonic, so the median of clipped values is the clipped median.
#pragma once
#include "halves.cuh"

struct Centre {
    float median, deviation;
};

// Median of all. Any number between the two middle values is a median of an even number; if one half is
// spoiled, this is the one next to the other half.
DEVICE float median(const Stack &stack) {
    Stretch all = {0, stack.count}, left = split(stack, all);
    if (left.len() == all.len()) return stack.middle(all);
    return stack.ranked(left.first == 0 ? left.end - 1 : left.first);
}

// Median of the distances from `median`: the largest remaining distance is always at one end.
DEVICE float median_distance(const Stack &stack, Stretch left, float median) {
    u32 len = left.len(), half = len / 2, first = left.first, last = left.end - 1;
    bool odd = len % 2 == 1;
    float below = fabsf(stack.ranked(first) - median), above = fabsf(stack.ranked(last) - median), upper = 0.0f;
#pragma unroll 1
    for (;; len--) {
        float most = larger(below, above);
        if (len == half + 1) {
            if (odd) return most;
            upper = most;
        }
        if (len == half) return halfway(most, upper);
        if (below > above)
            below = fabsf(stack.ranked(++first) - median);
        else
            above = fabsf(stack.ranked(--last) - median);
    }
}

// Median and deviation (1.4826 MAD) of the remaining samples.
DEVICE Centre centre(const Stack &stack, Stretch left) {
    float median = stack.middle(left);
    return {median, floored(MAD_TO_SIGMA * median_distance(stack, left, median), median)};
}

// The power of two by which values between two bounds are divided before they are squared, and a quarter of it:
// crates/coadd/src/reduce.rs, Scale.
struct Scale {
    float down_by, up_by;

    DEVICE Scale(float least, float most) {
        // A quarter, because the difference itself may be too large for a number.
        u32 exponent = bits_of_float(0.25f * most - 0.25f * least) & EXPONENT_BITS;
        exponent = exponent > LEAST_NORMAL_BITS ? exponent : LEAST_NORMAL_BITS;
        down_by = float_of_bits(TWICE_ONE_BITS - exponent);
        up_by = float_of_bits(exponent);
    }

    // A value's difference from the least one, below 2.
    DEVICE float down(float value, float least) const { return (0.25f * value - 0.25f * least) * down_by; }

    // A deviation of such differences in the unit of the values.
    DEVICE float up(float deviation) const { return deviation * up_by * 4.0f; }
};

// Sample standard deviation of the remaining samples, clipped, summed in tile order.
DEVICE float standard_deviation(const Stack &stack, Stretch left, float low, float high) {
    float least = stack.ranked(left.first), most = stack.ranked(left.end - 1), n = (float)left.len();
    float from = clipped(least, low, high);
    Scale scale(from, clipped(most, low, high));
    float mean = 0.0f, sum = 0.0f;
    // First the mean, then the squares of the differences from it.
#pragma unroll 1
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) mean = sum / n;
        sum = 0.0f;
#pragma unroll 1
        for (u32 i = 0; i < stack.count; i++) {
            float v = stack.value_of(i);
            if (!(v >= least && v <= most)) continue;
            v = scale.down(clipped(v, low, high), from);
            float off = v - mean;
            sum += pass == 0 ? v : off * off;
        }
    }
    return scale.up(sqrtf(sum / larger(n - 1.0f, 1.0f)));
}

// Median and deviation of the remaining samples, after outliers have repeatedly been clipped.
DEVICE Centre winsorized_centre(const Stack &stack, Stretch left) {
    float low = -LARGEST, high = LARGEST, median = 0.0f, deviation = 0.0f;
    u32 half = left.first + left.len() / 2;
    bool odd = left.len() % 2 == 1;
    float above = stack.ranked(half), below = odd ? above : stack.ranked(half - 1);
    // Round 0 clips nothing.
#pragma unroll 1
    for (u32 round = 0; round <= MOST_ROUNDS; round++) {
        float lower = clipped(below, low, high), upper = clipped(above, low, high);
        median = odd ? upper : halfway(lower, upper);
        float next = standard_deviation(stack, left, low, high);
        if (round > 0) {
            next = WINSOR_TO_SIGMA * next;
            float change = fabsf(next - deviation);
            deviation = next;
            if (change <= CONVERGED * deviation) break;
        }
        deviation = next;
        low = clipped(low, median - WINSOR_AT * deviation, median + WINSOR_AT * deviation);
        high = clipped(high, median - WINSOR_AT * deviation, median + WINSOR_AT * deviation);
    }
    return {median, floored(deviation, median)};
}

// Of three values in ascending order.
DEVICE float deviation_of_three(float a, float b, float c) {
    Scale scale(a, c);
    float least = a;
    a = scale.down(a, least), b = scale.down(b, least), c = scale.down(c, least);
    float mean = (a + b + c) / 3.0f;
    float squares = (a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean);
    return scale.up(sqrtf(squares / 2.0f));
}

// True when a value lies far outside three others, which are in order.
DEVICE bool is_far(float value, float a, float b, float c) {
    return fabsf(value - b) / floored(deviation_of_three(a, b, c), b) > KAPPA;
}

// The rest of four samples: all but the one that lies far outside the other three, if any does. Only the least or
// the largest can.
DEVICE Stretch reject_of_four(const Stack &stack) {
    float a = stack.ranked(0), b = stack.ranked(1), c = stack.ranked(2), d = stack.ranked(3);
    return {is_far(a, b, c, d) ? 1u : 0u, is_far(d, a, b, c) ? 3u : 4u};
}

// The samples that remain after repeated rejection beyond KAPPA deviations.
DEVICE Stretch reject(const Stack &stack) {
    Stretch left = {0, stack.count};
    if (stack.job.rule == RULE_KAPPA_SIGMA && stack.count == 4) return reject_of_four(stack);
#pragma unroll 1
    for (u32 round = 0; round < MOST_ROUNDS; round++) {
        Centre at = stack.job.rule == RULE_WINSORIZED ? winsorized_centre(stack, left) : centre(stack, left);
        float limit = KAPPA * at.deviation;
        u32 before = left.len();
#pragma unroll 1
        while (left.len() > 0 && !(fabsf(stack.ranked(left.first) - at.median) <= limit)) left.first++;
#pragma unroll 1
        while (left.len() > 0 && !(fabsf(stack.ranked(left.end - 1) - at.median) <= limit)) left.end--;
        if (left.len() == before) return split(stack, left);
        if (left.len() < FEW) break;
    }
    return left;
}

// Weighted mean of the samples from `low` to `high`, in tile order, and their weight. Differences from the first one are
// summed, which stay exact at any level.
DEVICE void mean(const Stack &stack, float low, float high, float &value, float &weight) {
    float sum = 0.0f, total = 0.0f, first = 0.0f;
#pragma unroll 1
    for (u32 i = 0; i < stack.count; i++) {
        float v = stack.value_of(i);
        if (!(v >= low && v <= high)) continue;
        float w = stack.weight_of(i);
        first = total == 0.0f ? v : first;
        sum += w * (v - first);
        total += w;
    }
    if (!(total > 0.0f)) return;
    value = first + sum / total;
    weight = total;
}

DEVICE void Stack::reduce(float &value, float &weight) const {
    value = weight = 0.0f;
    if (count == 0) return;
    float low = -LARGEST, high = LARGEST;
    if (count >= FEW || job.rule == RULE_MEDIAN) {
        rank();
        if (count == FEW || job.rule == RULE_MEDIAN) {
            value = median(*this);
            weight = total;
            return;
        }
        Stretch left = reject(*this);
        if (left.len() == 0) return;
        low = ranked(left.first);
        high = ranked(left.end - 1);
    }
    mean(*this, low, high, value, weight);
}
