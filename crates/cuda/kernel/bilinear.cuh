// Linear interpolation over 2x2 pixels: crates/coadd/src/sample/bilinear.rs.
#pragma once
#include "sample.cuh"

// Taps in order: lower left, lower right, upper left, upper right. If the result is finite, a tap with a share of 0
// can only have changed the sign of a zero, which `finish` drops.
DEVICE float lerp(float a, float b, float c, float d, float fx, float fy) {
    float below = a + fx * (b - a);
    float above = c + fx * (d - c);
    return below + fy * (above - below);
}

struct Bilinear {
    static DEVICE bool sample(const Launch &, const Run &run, u32 k, const Tile &tile, const float *plane,
                              bool &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        return plain(at, tile, plane, out) || careful(at, tile, plane, fault, out);
    }

    // All taps of a tile without maps; false if the device does not hold them all or one has no value.
    static DEVICE bool plain(const Place &at, const Tile &tile, const float *plane, Sample &out) {
        u32 x = (u32)(at.column - tile.column), y = (u32)(at.row - tile.row);
        if (tile.weights || x >= tile.columns || x + 1 >= tile.columns || y >= tile.rows || y + 1 >= tile.rows)
            return false;
        const float *low = plane + (y * tile.pitch + x), *high = low + tile.pitch;
        out.value = lerp(low[0], low[1], high[0], high[1], at.fx, at.fy);
        whole_and_opaque(out);
        return is_finite(out.value);
    }

    // One pixel by the full rules.
    static DEVICE bool careful(const Place &at, const Tile &tile, const float *plane, bool &fault, Sample &out) {
        float gx = 1.0f - at.fx, gy = 1.0f - at.fy;
        float valid = 0.0f, weight = 0.0f, sum = 0.0f, opacity = 0.0f;
        float values[4];
        out.whole = true;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int column = at.column + (i & 1), row = at.row + (i >> 1);
            float share = (i & 1 ? at.fx : gx) * (i >> 1 ? at.fy : gy);
            if (share == 0.0f) {
                // It may lie outside what the device holds: its neighbour with a share is read instead.
                values[i] = at.fy == 0.0f && i > 1 ? values[i - 2] : values[i - 1];
                continue;
            }
            Tap tap;
            tap.valid = false;
            tap.value = 0.0f;
            if (in_tile(tile, column, row)) tap = tap_at(tile, plane, column, row, fault);
            values[i] = tap.value;
            if (!tap.valid) {
                out.whole = false;
                continue;
            }
            valid += share;
            weight += share * tap.weight;
            sum += share * tap.weight * tap.value;
            opacity += share * tap.alpha;
        }
        if (out.whole && !tile.weights) {
            out.value = lerp(values[0], values[1], values[2], values[3], at.fx, at.fy);
            whole_and_opaque(out);
            return true;
        }
        if (!(valid >= LEAST_VALID && weight > 0.0f)) return false;
        out.value = sum / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
        return true;
    }
};
