// Linear over 2x2 pixels: crates/coadd/src/sample/bilinear.rs.
#pragma once
#include "sample.cuh"

// Taps in order: lower left, lower right, upper left, upper right.
DEVICE float lerp(float a, float b, float c, float d, float fx, float fy) {
    float below = a + fx * (b - a);
    float above = c + fx * (d - c);
    return below + fy * (above - below);
}

// Whole-pixel range, inclusive, that certainly holds floor of every position of the run.
DEVICE void bounds(const Run &run, int axis, int &low, int &high) {
    long long a = offset_of(run, axis, 0), b = offset_of(run, axis, run.len - 1);
    long long e = run.e[axis] < 0 ? -(long long)run.e[axis] : (long long)run.e[axis];
    long long bulge = e * (long long)(run.len * run.len) / 8 + 1;
    low = run.base[axis] + (int)(((a < b ? a : b) - bulge) >> FRACTION_BITS);
    high = run.base[axis] + (int)(((a > b ? a : b) + bulge) >> FRACTION_BITS);
}

// True when the CPU takes the whole run by plain interpolation: all taps inside, all samples finite.
// Matters only to pixels with a fraction of exactly 0 on one axis, where the two ways round apart.
DEVICE bool goes_plain(const Run &run, const Tile &tile, const float *plane) {
    int x0, x1, y0, y1;
    bounds(run, 0, x0, x1);
    bounds(run, 1, y0, y1);
    if (x0 < 0 || x1 >= tile.width - 1 || y0 < 0 || y1 >= tile.height - 1) return false;
    for (u32 k = 0; k < run.len; k++) {
        Place at;
        u32 i, unheld = 0;
        if (!place(run, k, tile, at)) return false;
        if (!held(tile, at.column, at.row, &unheld, i)) return false;
        if (!held(tile, at.column + 1, at.row + 1, &unheld, i)) return false;
        i -= tile.pitch + 1;
        float v = lerp(plane[i], plane[i + 1], plane[i + tile.pitch], plane[i + tile.pitch + 1], at.fx, at.fy);
        if (!is_finite(v)) return false;
    }
    return true;
}

struct Bilinear {
    static DEVICE bool sample(const Run &run, u32 k, const Tile &tile, const float *plane,
                              u32 *fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        float gx = 1.0f - at.fx, gy = 1.0f - at.fy;
        float share[4] = {gx * gy, at.fx * gy, gx * at.fy, at.fx * at.fy};
        float value[4];
        float valid = 0.0f, weight = 0.0f, sum = 0.0f, opacity = 0.0f;
        bool all = true;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int column = at.column + (i & 1), row = at.row + (i >> 1);
            value[i] = 0.0f;
            // A tap of no share may be beyond what the device holds.
            if (share[i] == 0.0f || !in_tile(tile, column, row)) {
                all = false;
                continue;
            }
            Tap tap = tap_at(tile, plane, column, row, fault);
            value[i] = tap.value;
            all = all && tap.valid;
            if (!tap.valid) continue;
            valid += share[i];
            weight += share[i] * tap.weight;
            sum += share[i] * tap.weight * tap.value;
            opacity += share[i] * tap.alpha;
        }
        bool on_axis = (at.fx == 0.0f) != (at.fy == 0.0f);
        if (!tile.weights && (all || (on_axis && goes_plain(run, tile, plane)))) {
            if (!all) {
                u32 i;
                if (!held(tile, at.column, at.row, fault, i)) return false;
                value[0] = plane[i];
                value[1] = plane[i + 1];
                value[2] = plane[i + tile.pitch];
                value[3] = plane[i + tile.pitch + 1];
            }
            out.value = lerp(value[0], value[1], value[2], value[3], at.fx, at.fy);
            out.weight = 1.0f;
            out.alpha = 1.0f;
            return true;
        }
        if (!(valid >= LEAST_VALID && weight > 0.0f)) return false;
        out.value = sum / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
        return true;
    }
};
