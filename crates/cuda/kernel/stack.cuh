// Rules that need all samples of a pixel at once: crates/coadd/src/stack.rs, Stack::reduce.
//
// Rejection leaves an interval of values, so samples are sorted once and never moved: what is left is
// a stretch of the sorted ones. Clipping is monotonic, so the median of what is clipped is the clipped
// median.
#pragma once
#include "sample.cuh"

#define KAPPA 3.0f
#define MAD_TO_SIGMA 1.4826f
#define WINSOR_AT 1.5f
#define WINSOR_TO_SIGMA 1.134f
#define CONVERGED 5e-4f
#define ROUNDING (4.0f * 1.1920929e-7f)
#define MOST_ROUNDS 50
#define SPLIT_FROM 6
#define SPLIT_AT 8.0f

// Bits that sort as the floats do, -0 below 0.
DEVICE int order(float v) {
    u32 bits = bits_of_float(v);
    return (int)(bits ^ ((u32)((int)bits >> 31) >> 1));
}

DEVICE float larger(float a, float b) { return a > b ? a : b; }
DEVICE float clipped(float v, float low, float high) { return v < low ? low : v > high ? high : v; }
DEVICE void in_order(float &a, float &b) {
    if (order(a) <= order(b)) return;
    float c = a;
    a = b;
    b = c;
}

// Deviation is never taken for less than the rounding of the values.
DEVICE float floored(float deviation, float median) { return larger(deviation, fabsf(median) * ROUNDING); }

// The samples of one pixel, in tile order; whole ones replace partial ones.
struct Stack {
    const Launch &job;
    float *mine;  // the pixel's first value
    u32 count;
    float total;
    bool partial;

    DEVICE Stack(const Launch &job, u32 pixel) : job(job), mine(job.stack + pixel) {}

    DEVICE float &value_of(u32 i) const { return mine[(u64)i * job.stack_pixels]; }
    DEVICE float &weight_of(u32 i) const { return value_of(job.depth + i); }
    // A median sorts the values themselves.
    DEVICE float &ranked(u32 i) const { return value_of(job.rule == RULE_MEDIAN ? i : 2 * job.depth + i); }

    DEVICE void clear() {
        count = 0;
        total = 0.0f;
        partial = false;
    }

    DEVICE void add(float value, float weight, bool whole, bool &fault) {
        // What overflowed has no place among the others.
        if (!is_finite(value) || !(weight > 0.0f)) return;
        if (whole && partial) clear();
        if (!whole && count > 0 && !partial) return;
        if (count == job.depth) {
            fault = true;
            return;
        }
        partial = !whole;
        total += weight;
        value_of(count) = value;
        if (job.rule != RULE_MEDIAN) weight_of(count) = weight;
        count++;
    }

    DEVICE void result(float &value, float &coverage) {
        value = coverage = 0.0f;
        if (count == 0) return;
        u32 skipped = count;
        float low = -LARGEST, high = LARGEST;
        if (count == 4 && job.rule == RULE_KAPPA_SIGMA) {
            skipped = farthest();
        } else if (count > 2 || job.rule == RULE_MEDIAN) {
            sort();
            if (count == 3 || job.rule == RULE_MEDIAN) {
                value = median();
                coverage = total;
                return;
            }
            u32 first = 0, end = count;
            reject(first, end);
            if (first >= end) return;
            low = ranked(first);
            high = ranked(end - 1);
        }
        mean(low, high, skipped, value, coverage);
    }

    // Copies the values and sorts them, by Shell's method with Knuth's gaps.
    DEVICE void sort() {
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
                    if (order(before) <= order(moved)) break;
                    ranked(to) = before;
                }
                ranked(to) = moved;
            }
        }
    }

    // Median of the sorted values first..end.
    DEVICE float middle(u32 first, u32 end) const {
        u32 half = first + (end - first) / 2;
        return (end - first) % 2 == 1 ? ranked(half) : 0.5f * ranked(half - 1) + 0.5f * ranked(half);
    }

    // Median of all: of an even number with a half that is spoiled the middle value beside the other half.
    DEVICE float median() const {
        u32 first = 0, end = count;
        split(first, end);
        if (end - first == count) return middle(0, count);
        return ranked(first == 0 ? end - 1 : first);
    }

    // Median of their distances to `median`: the largest distance is at one end, time and again.
    DEVICE float middle_distance(u32 first, u32 end, float median) const {
        u32 left = end - first, half = left / 2;
        bool odd = left % 2 == 1;
        end--;
        float below = fabsf(ranked(first) - median), above = fabsf(ranked(end) - median), upper = 0.0f;
#pragma unroll 1
        for (;; left--) {
            float most = larger(below, above);
            if (left == half + 1) {
                if (odd) return most;
                upper = most;
            }
            if (left == half) return 0.5f * most + 0.5f * upper;
            if (below > above)
                below = fabsf(ranked(++first) - median);
            else
                above = fabsf(ranked(--end) - median);
        }
    }

    // Leaves of the sorted values first..end those that are not rejected.
    DEVICE void reject(u32 &first, u32 &end) const {
#pragma unroll 1
        for (int round = 0; round < MOST_ROUNDS; round++) {
            float median, deviation;
            if (job.rule == RULE_WINSORIZED) {
                winsorized(first, end, median, deviation);
            } else {
                median = middle(first, end);
                deviation = floored(MAD_TO_SIGMA * middle_distance(first, end, median), median);
            }
            float limit = KAPPA * deviation;
            u32 before = end - first;
#pragma unroll 1
            while (first < end && !(fabsf(ranked(first) - median) <= limit)) first++;
#pragma unroll 1
            while (first < end && !(fabsf(ranked(end - 1) - median) <= limit)) end--;
            if (end - first == before) {
                split(first, end);
                return;
            }
            if (end - first < 3) return;
        }
    }

    // Of an even number the tight half stays, where the other is far off and scattered.
    DEVICE void split(u32 &first, u32 &end) const {
        u32 left = end - first, half = first + left / 2;
        if (left < SPLIT_FROM || left % 2 == 1) return;
        float below = ranked(half - 1) - ranked(first), above = ranked(end - 1) - ranked(half);
        float tight = floored(below < above ? below : above, middle(first, end));
        float gap = ranked(half) - ranked(half - 1);
        float wide = larger(below, above);
        if (!((gap < wide ? gap : wide) > SPLIT_AT * tight)) return;
        if (below < above)
            end = half;
        else
            first = half;
    }

    DEVICE void winsorized(u32 first, u32 end, float &median, float &deviation) const {
        float low = -LARGEST, high = LARGEST;
        u32 half = first + (end - first) / 2;
        bool odd = (end - first) % 2 == 1;
        float upper = ranked(half), lower = odd ? upper : ranked(half - 1);
        // Round 0 clips nothing.
#pragma unroll 1
        for (int round = 0; round <= MOST_ROUNDS; round++) {
            float a = clipped(lower, low, high), b = clipped(upper, low, high);
            median = odd ? b : 0.5f * a + 0.5f * b;
            float next = spread(first, end, low, high);
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
        deviation = floored(deviation, median);
    }

    // Standard deviation of the samples that are left, clipped, summed in tile order.
    DEVICE float spread(u32 first, u32 end, float low, float high) const {
        float least = ranked(first), most = ranked(end - 1), n = (float)(end - first), mean = 0.0f, sum = 0.0f;
        // The mean, then the squares of what is off it.
#pragma unroll 1
        for (int pass = 0; pass < 2; pass++) {
            if (pass == 1) mean = sum / n;
            sum = 0.0f;
#pragma unroll 1
            for (u32 i = 0; i < count; i++) {
                float v = value_of(i);
                if (!(v >= least && v <= most)) continue;
                v = clipped(v, low, high);
                float off = v - mean;
                sum += pass == 0 ? v : off * off;
            }
        }
        return sqrtf(sum / larger(n - 1.0f, 1.0f));
    }

    // Of four samples the one that lies farthest outside the other three; 4 if none does.
    DEVICE u32 farthest() const {
        float v[4];
#pragma unroll
        for (u32 i = 0; i < 4; i++) v[i] = value_of(i);
        u32 worst = 4;
        float most = 0.0f;
#pragma unroll
        for (u32 i = 0; i < 4; i++) {
            float a = v[i == 0 ? 1 : 0], b = v[i <= 1 ? 2 : 1], c = v[i == 3 ? 2 : 3];
            in_order(a, b);
            in_order(b, c);
            in_order(a, b);
            float mean = (a + b + c) / 3.0f;
            float squares = (a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean);
            float ratio = fabsf(v[i] - b) / floored(sqrtf(squares / 2.0f), b);
            if (ratio > KAPPA && (worst == 4 || ratio > most)) {
                worst = i;
                most = ratio;
            }
        }
        return worst;
    }

    // Weighted mean of the samples from `low` to `high`, without the one numbered `skipped`.
    DEVICE void mean(float low, float high, u32 skipped, float &value, float &coverage) const {
        float sum = 0.0f, weight = 0.0f;
#pragma unroll 1
        for (u32 i = 0; i < count; i++) {
            float v = value_of(i);
            if (i == skipped || !(v >= low && v <= high)) continue;
            float w = weight_of(i);
            sum += w * v;
            weight += w;
        }
        if (!(weight > 0.0f)) return;
        value = sum / weight;
        coverage = weight;
    }
};
