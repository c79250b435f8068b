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
    long long a = offset(run, axis, 0), b = offset(run, axis, run.len - 1);
    long long e = run.e[axis] < 0 ? -(long long)run.e[axis] : (long long)run.e[axis];
    long long bulge = e * (long long)(run.len * run.len) / 8 + 1;
    low = run.base[axis] + (int)(((a < b ? a : b) - bulge) >> FRACTION_BITS);
    high = run.base[axis] + (int)(((a > b ? a : b) + bulge) >> FRACTION_BITS);
}

// The four taps by plain interpolation; false when the device does not hold them all.
DEVICE bool plain(const Tile &tile, const float *plane, const Place &at, float &value, bool &finite) {
    u32 x = (u32)(at.column - tile.column), y = (u32)(at.row - tile.row);
    if (x >= tile.columns || x + 1 >= tile.columns || y >= tile.rows || y + 1 >= tile.rows) return false;
    const float *low = plane + (y * tile.pitch + x), *high = low + tile.pitch;
    float a = low[0], b = low[1], c = high[0], d = high[1];
    value = lerp(a, b, c, d, at.fx, at.fy);
    // One tap that is not finite makes the sum so too; the sum of finite ones may overflow.
    finite = is_finite(value) || (is_finite(a) && is_finite(b) && is_finite(c) && is_finite(d));
    return true;
}

// True when the CPU takes the whole run by plain interpolation: all taps inside, all samples finite.
// Matters only to pixels with a fraction of exactly 0 on one axis, where the two ways round apart.
DEVICE bool goes_plain(const Run &run, const Tile &tile, const float *plane) {
    int x0, x1, y0, y1;
    bounds(run, 0, x0, x1);
    bounds(run, 1, y0, y1);
    if (x0 < 0 || x1 >= tile.width - 1 || y0 < 0 || y1 >= tile.height - 1) return false;
#pragma unroll 1
    for (u32 k = 0; k < run.len; k++) {
        Place at;
        float value;
        bool finite;
        if (!place(run, k, tile, at) || !plain(tile, plane, at, value, finite)) return false;
        if (!is_finite(value)) return false;
    }
    return true;
}

struct Bilinear {
    static DEVICE bool sample(const Launch &, const Run &run, u32 k, const Tile &tile, const float *plane,
                              bool &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        bool finite;
        if (!tile.weights && (at.x == 0) != (at.y == 0) && plain(tile, plane, at, out.value, finite) &&
            finite && goes_plain(run, tile, plane)) {
            whole_and_opaque(out);
            return true;
        }
        return careful(at, tile, plane, fault, out);
    }

    // One pixel by the full rules.
    static DEVICE bool careful(const Place &at, const Tile &tile, const float *plane, bool &fault, Sample &out) {
        bool finite;
        if (!tile.weights && at.x != 0 && at.y != 0 && plain(tile, plane, at, out.value, finite) && finite) {
            whole_and_opaque(out);
            return true;
        }
        float gx = 1.0f - at.fx, gy = 1.0f - at.fy;
        float valid = 0.0f, weight = 0.0f, sum = 0.0f, opacity = 0.0f;
        out.whole = true;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int column = at.column + (i & 1), row = at.row + (i >> 1);
            float share = (i & 1 ? at.fx : gx) * (i >> 1 ? at.fy : gy);
            // A tap of no share may be beyond what the device holds.
            if (share == 0.0f) continue;
            Tap tap;
            tap.valid = false;
            if (in_tile(tile, column, row)) tap = tap_at(tile, plane, column, row, fault);
            if (!tap.valid) {
                out.whole = false;
                continue;
            }
            valid += share;
            weight += share * tap.weight;
            sum += share * tap.weight * tap.value;
            opacity += share * tap.alpha;
        }
        if (!(valid >= LEAST_VALID && weight > 0.0f)) return false;
        out.value = sum / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
        return true;
    }
};
