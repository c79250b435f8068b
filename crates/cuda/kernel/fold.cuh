// Rules that need one sample of a pixel at a time: crates/coadd/src/fold.rs.
#pragma once
#include "sample.cuh"

// What a pixel holds.
struct Held {
    float sum;    // a sum, or a sample
    float total;  // its weight: 0 before the first sample; but for a mean negative while there are only partial samples
    // For a mean the first sample, from which the sum counts; for a sum what rounding took from it.
    float aside;
};

struct Fold {
    const Launch &job;
    Held held;
    // A mean's partial samples.
    Held partial;

    DEVICE Fold(const Launch &job, u32) : job(job) {}

    DEVICE void begin() { held = partial = Held{0.0f, 0.0f, 0.0f}; }

    DEVICE void put(float value, float weight, bool whole, u32 &) { fold(value, weight, whole); }

    // A whole sample replaces partial ones; a partial one counts only if there is no whole one.
    DEVICE void fold(float value, float weight, bool whole) {
        if (job.rule == RULE_MEAN) {
            mean(value, weight, whole);
            return;
        }
        if (!whole && held.total > 0.0f) return;
        float signed_weight = whole ? weight : -weight;
        bool begins = held.total == 0.0f || (whole && held.total < 0.0f);
        bool replaces = begins;
        if (!begins) {
            if (job.rule == RULE_SUM) {
                two_sum(value);
                held.total += signed_weight;
                return;
            }
            replaces = job.rule == RULE_MIN   ? value < held.sum
                       : job.rule == RULE_MAX ? value > held.sum
                                              : job.rule == RULE_LAST;
        }
        if (replaces) held = Held{value, signed_weight, 0.0f};
    }

    // Whole and partial samples are kept apart until all are there.
    DEVICE void mean(float value, float weight, bool whole) {
        Held next = whole ? held : partial;
        next.aside = next.total == 0.0f ? value : next.aside;
        next.sum += weight * (value - next.aside);
        next.total += weight;
        held = whole ? next : held;
        partial = whole ? partial : next;
    }

    // Adds to the sum, and to `aside` what rounding took (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
    DEVICE void two_sum(float value) {
        float next = held.sum + value;
        float of_value = next - held.sum;
        float of_sum = next - of_value;
        held.aside += (held.sum - of_sum) + (value - of_value);
        held.sum = next;
    }

    // The whole samples of a mean, together with the partial ones if these outweigh them.
    DEVICE Held joined() const {
        if (partial.total <= OUTWEIGHS * held.total) return held;
        float aside = held.total == 0.0f ? partial.aside : held.aside;
        float more = partial.sum + partial.total * (partial.aside - aside);
        return Held{held.sum + more, held.total + partial.total, aside};
    }

    DEVICE void reduce(float &value, float &weight) const {
        if (job.rule == RULE_MEAN) {
            Held all = joined();
            value = all.aside + all.sum / all.total;
            weight = all.total;
        } else {
            value = job.rule == RULE_SUM ? held.sum + held.aside : held.sum;
            weight = held.total;
        }
    }
};
