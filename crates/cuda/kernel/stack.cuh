// The samples of a pixel, for rules that need all of them at once: crates/coadd/src/stack.rs.
//
// They are ranked once and never moved, because rejection leaves a stretch of the ranked ones.
#pragma once
#include "sample.cuh"

// Places first..end of the ranked samples.
struct Stretch {
    u32 first, end;
    DEVICE u32 len() const { return end - first; }
};

DEVICE float smaller(float a, float b) { return a < b ? a : b; }
DEVICE float clipped(float v, float low, float high) { return v < low ? low : v > high ? high : v; }
// The mean of two; halved first, because their sum may overflow.
DEVICE float halfway(float a, float b) { return 0.5f * a + 0.5f * b; }
// A deviation, but at least the rounding of the values.
DEVICE float floored(float deviation, float median) { return larger(deviation, fabsf(median) * ROUNDING); }

// An integer that sorts in the order of the values, with -0 below 0.
DEVICE int key(float v) {
    u32 bits = bits_of_float(v);
    return (int)(bits ^ ((u32)((int)bits >> 31) >> 1));
}

// The samples, in tile order; whole samples replace partial ones.
struct Stack {
    const Launch &job;
    float *mine;  // the pixel's first value
    u32 count;
    float total;
    bool partial;

    DEVICE Stack(const Launch &job, u32 pixel) : job(job), mine(job.stack + pixel) {}

    DEVICE float &value_of(u32 i) const { return mine[(u64)i * job.stack_pixels]; }
    DEVICE float &weight_of(u32 i) const { return value_of(job.depth + i); }
    // For a median the values themselves are sorted.
    DEVICE float &ranked(u32 i) const { return value_of(job.rule == RULE_MEDIAN ? i : 2 * job.depth + i); }

    DEVICE void begin() {
        count = 0;
        total = 0.0f;
        partial = false;
    }

    DEVICE void put(float value, float weight, bool whole, u32 &fault) {
        // A sample that overflowed cannot be ranked among the others.
        if (!is_finite(value)) {
            fault |= FAULT_OVERFLOW;
            return;
        }
        push(value, weight, whole, fault);
    }

    DEVICE void push(float value, float weight, bool whole, u32 &fault) {
        if (whole && partial) begin();
        if (!whole && count > 0 && !partial) return;
        if (count == job.depth) {
            fault |= FAULT_MISSING;
            return;
        }
        partial = !whole;
        total += weight;
        value_of(count) = value;
        if (job.rule != RULE_MEDIAN) weight_of(count) = weight;
        count++;
    }

    // Copies the values and sorts them, by Shell's method with Knuth's gaps.
    DEVICE void rank() const {
        if (job.rule != RULE_MEDIAN) {
#pragma unroll 1
            for (u32 i = 0; i < count; i++) ranked(i) = value_of(i);
        }
        u32 gap = 1;
#pragma unroll 1
        while (gap < count / 3) gap = 3 * gap + 1;
#pragma unroll 1
        for (; gap > 0; gap /= 3) {
#pragma unroll 1
            for (u32 i = gap; i < count; i++) {
                float moved = ranked(i);
                u32 to = i;
#pragma unroll 1
                for (; to >= gap; to -= gap) {
                    float before = ranked(to - gap);
                    if (key(before) <= key(moved)) break;
                    ranked(to) = before;
                }
                ranked(to) = moved;
            }
        }
    }

    // Median of a stretch.
    DEVICE float middle(Stretch left) const {
        u32 half = left.first + left.len() / 2;
        return left.len() % 2 == 1 ? ranked(half) : halfway(ranked(half - 1), ranked(half));
    }

    // Value and weight by the rule: reduce.cuh.
    DEVICE void reduce(float &value, float &weight) const;
};
