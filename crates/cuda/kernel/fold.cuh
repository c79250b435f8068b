// Rules that need one sample of a pixel at a time: crates/coadd/src/fold.rs.
#pragma once
#include "sample.cuh"

// What a pixel holds.
struct Fold {
    const Launch &job;
    float sum;    // a sum, or a sample
    float total;  // its weight: 0 before the first sample, negative while there are only partial samples
    // For a mean the first sample, from which the sum counts; for a sum what rounding took from it.
    float aside;

    DEVICE Fold(const Launch &job, u32) : job(job) {}

    DEVICE void begin() { sum = total = aside = 0.0f; }

    DEVICE void put(float value, float weight, bool whole, u32 &) { fold(value, weight, whole); }

    // A whole sample replaces partial ones; a partial one counts only if there is no whole one.
    DEVICE void fold(float value, float weight, bool whole) {
        if (!whole && total > 0.0f) return;
        float signed_weight = whole ? weight : -weight;
        bool begins = total == 0.0f || (whole && total < 0.0f);
        if (job.rule == RULE_MEAN) {
            aside = begins ? value : aside;
            sum = (begins ? 0.0f : sum) + weight * (value - aside);
            total = (begins ? 0.0f : total) + signed_weight;
            return;
        }
        bool replaces = begins;
        if (!begins) {
            if (job.rule == RULE_SUM) {
                two_sum(value);
                total += signed_weight;
                return;
            }
            replaces = job.rule == RULE_MIN ? value < sum : job.rule == RULE_MAX ? value > sum : job.rule == RULE_LAST;
        }
        if (replaces) {
            sum = value;
            total = signed_weight;
            aside = 0.0f;
        }
    }

    // Adds to the sum, and to `aside` what rounding took (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
    DEVICE void two_sum(float value) {
        float next = sum + value;
        float of_value = next - sum;
        float of_sum = next - of_value;
        aside += (sum - of_sum) + (value - of_value);
        sum = next;
    }

    DEVICE void reduce(float &value, float &weight) const {
        float whole = total < 0.0f ? -total : total;
        value = job.rule == RULE_MEAN ? aside + sum / whole : job.rule == RULE_SUM ? sum + aside : sum;
        weight = total;
    }
};
