// Rules that need one sample of a pixel at a time: crates/coadd/src/fold.rs.
#pragma once
#include "sample.cuh"

// What a pixel holds: a sum or a sample, and its weight. The weight is 0 before the first sample, and
// negative while there are only partial samples. A whole sample replaces those; a partial one counts only
// if there is no whole one.
struct Fold {
    const Launch &job;
    float held, total;

    DEVICE Fold(const Launch &job, u32) : job(job) {}

    DEVICE void begin() { held = total = 0.0f; }

    DEVICE void put(float value, float weight, bool whole, bool &) { fold(value, weight, whole); }

    DEVICE void fold(float value, float weight, bool whole) {
        if (job.rule == RULE_MEAN) {
            float part = weight * value;
            if (whole) {
                held = (total < 0.0f ? 0.0f : held) + part;
                total = (total > 0.0f ? total : 0.0f) + weight;
            } else if (total <= 0.0f) {
                held += part;
                total -= weight;
            }
            return;
        }
        if (!whole && total > 0.0f) return;
        float signed_weight = whole ? weight : -weight;
        bool replaces;
        if (total == 0.0f || (whole && total < 0.0f)) {
            replaces = true;
        } else if (job.rule == RULE_SUM) {
            held += value;
            total += signed_weight;
            return;
        } else if (job.rule == RULE_MIN) {
            replaces = value < held;
        } else if (job.rule == RULE_MAX) {
            replaces = value > held;
        } else {
            replaces = job.rule == RULE_LAST;
        }
        if (replaces) {
            held = value;
            total = signed_weight;
        }
    }

    DEVICE void reduce(float &value, float &weight) const {
        value = held;
        weight = total;
    }
};
