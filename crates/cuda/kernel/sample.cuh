// One sample of one tile: the same arithmetic, in the same order, as crates/coadd/src/sample/.
#pragma once
#include "types.cuh"

struct Sample {
    float value, weight, alpha;
    bool whole;  // so few taps are missing that it counts like the samples of other tiles

    // What the maps say about it: the harmonic mean of the weights x the opacity.
    DEVICE void weigh(float variance, float opacity) {
        weight = 1.0f / variance * opacity;
        alpha = opacity;
    }
};

struct Place {
    int column, row;
    int x, y;  // fractions in fixed point
    float fx, fy;
};

DEVICE float larger(float a, float b) { return a > b ? a : b; }

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
DEVICE bool held(const Tile &tile, int column, int row, u32 &fault, u32 &at) {
    u32 x = (u32)(column - tile.column), y = (u32)(row - tile.row);
    if (x >= tile.columns || y >= tile.rows) {
        fault |= FAULT_MISSING;
        return false;
    }
    at = y * tile.pitch + x;
    return true;
}

// A tap: its index in a plane, and whether it has a value.
struct Tap {
    u32 at;
    bool valid;
};

DEVICE Tap tap_at(const Tile &tile, const float *plane, int column, int row, u32 &fault) {
    Tap tap = {0, false};
    if (in_tile(tile, column, row) && held(tile, column, row, fault, tap.at)) tap.valid = is_finite(plane[tap.at]);
    return tap;
}
