// One sample of one tile: the same arithmetic, in the same order, as crates/coadd/src/sample/.
#pragma once
#include "types.cuh"

struct Sample {
    float value, weight, alpha;
    bool whole;  // every tap with a share is valid
};

// Everything but the value, for a sample whose taps are all valid on a tile without maps.
DEVICE void whole_and_opaque(Sample &out) {
    out.weight = 1.0f;
    out.alpha = 1.0f;
    out.whole = true;
}

// A tap under the rules: value, map weight x opacity, opacity.
struct Tap {
    float value, weight, alpha;
    bool valid;
};

struct Place {
    int column, row;
    int x, y;  // fractions in fixed point
    float fx, fy;
};

// Also false for NaN.
DEVICE bool is_finite(float v) { return fabsf(v) <= LARGEST; }

// Offset of pixel k from the run's base, in fixed point. Unsigned, because overflow is intended.
DEVICE int offset(const Run &run, int axis, u32 k) {
    u32 triangle = k * (k - 1) / 2;
    return (int)((u32)run.p[axis] + k * (u32)run.d[axis] + triangle * (u32)run.e[axis]);
}

// Where pixel k of the run falls; false outside [-0.5, n - 0.5) of the tile.
DEVICE bool place(const Run &run, u32 k, const Tile &tile, Place &at) {
    int x = offset(run, 0, k), y = offset(run, 1, k);
    int near_x = run.base[0] + ((int)((u32)x + HALF) >> FRACTION_BITS);
    int near_y = run.base[1] + ((int)((u32)y + HALF) >> FRACTION_BITS);
    if (near_x < 0 || near_x >= tile.width || near_y < 0 || near_y >= tile.height) return false;
    at.column = run.base[0] + (x >> FRACTION_BITS);
    at.row = run.base[1] + (y >> FRACTION_BITS);
    at.x = x & FRACTION_MASK;
    at.y = y & FRACTION_MASK;
    at.fx = (float)at.x * FRACTION_STEP;
    at.fy = (float)at.y * FRACTION_STEP;
    return true;
}

DEVICE bool in_tile(const Tile &tile, int column, int row) {
    return column >= 0 && column < tile.width && row >= 0 && row < tile.height;
}

// Index of a tile pixel in the plane. If the device does not hold the pixel, the plan is wrong.
DEVICE bool held(const Tile &tile, int column, int row, bool &fault, u32 &at) {
    u32 x = (u32)(column - tile.column), y = (u32)(row - tile.row);
    if (x >= tile.columns || y >= tile.rows) {
        fault = true;
        return false;
    }
    at = y * tile.pitch + x;
    return true;
}

DEVICE Tap tap_at(const Tile &tile, const float *plane, int column, int row, bool &fault) {
    Tap tap;
    u32 at;
    tap.valid = false;
    tap.value = tap.weight = tap.alpha = 0.0f;
    if (!held(tile, column, row, fault, at)) return tap;
    tap.value = plane[at];
    if (!is_finite(tap.value)) return tap;
    tap.weight = tile.weights ? tile.weights[at] : 1.0f;
    tap.alpha = tile.alphas ? tile.alphas[at] : 1.0f;
    tap.valid = tap.weight > 0.0f;
    return tap;
}
