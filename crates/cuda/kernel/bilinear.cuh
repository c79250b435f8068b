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

// The value of a plane at a place whose lower left tap has this index.
DEVICE float lerp_at(const float *plane, u32 first, const Tile &tile, const Place &at) {
    const float *low = plane + first, *high = low + tile.pitch;
    return lerp(low[0], low[1], high[0], high[1], at.fx, at.fy);
}

// Everything but the value, for a sample with all its taps.
DEVICE void whole(const Tile &tile, u32 first, const Place &at, Sample &out) {
    out.weigh(tile.variances ? lerp_at(tile.variances, first, tile, at) : 1.0f,
              tile.alphas ? lerp_at(tile.alphas, first, tile, at) : 1.0f);
    out.whole = true;
}

// The taps of linear interpolation.
struct Four {
    // Lower left, lower right, upper left, upper right. A tap with a share of 0 is that of its neighbour with a share,
    // because it may lie outside what the device holds.
    Tap a, b, c, d;
    float fx, fy;
    float valid;  // the share of the taps with values: 1 only if they all have one

    // False if too small a share is valid.
    DEVICE bool find(const Place &at, const Tile &tile, const float *plane, u32 &fault) {
        fx = at.fx;
        fy = at.fy;
        a = tap_at(tile, plane, at.column, at.row, fault);
        b = fx == 0.0f ? a : tap_at(tile, plane, at.column + 1, at.row, fault);
        c = fy == 0.0f ? a : tap_at(tile, plane, at.column, at.row + 1, fault);
        d = fx == 0.0f ? c : fy == 0.0f ? b : tap_at(tile, plane, at.column + 1, at.row + 1, fault);
        valid = is_whole() ? 1.0f : sum(1.0f, 1.0f, 1.0f, 1.0f);
        return valid >= LEAST_VALID;
    }

    DEVICE bool is_whole() const { return a.valid && b.valid && c.valid && d.valid; }

    // The share x value of the valid taps.
    DEVICE float sum(float at_a, float at_b, float at_c, float at_d) const {
        float gx = 1.0f - fx, gy = 1.0f - fy, sum = 0.0f;
        if (a.valid) sum += gx * gy * at_a;
        if (b.valid) sum += fx * gy * at_b;
        if (c.valid) sum += gx * fy * at_c;
        if (d.valid) sum += fx * fy * at_d;
        return sum;
    }

    // The mean of a plane over the valid taps.
    DEVICE float mean(const float *plane) const {
        float at_a = plane[a.at], at_b = plane[b.at], at_c = plane[c.at], at_d = plane[d.at];
        return is_whole() ? lerp(at_a, at_b, at_c, at_d, fx, fy) : sum(at_a, at_b, at_c, at_d) / valid;
    }

    // Everything but the value and `whole`, for a sample with these taps.
    DEVICE void weigh(const Tile &tile, Sample &out) const {
        out.weigh(tile.variances ? mean(tile.variances) : 1.0f, tile.alphas ? mean(tile.alphas) : 1.0f);
        out.weight *= valid;
    }
};

struct Bilinear {
    static DEVICE bool sample(const Launch &, const Run &run, u32 k, const Tile &tile, const float *plane,
                              u32 &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        return plain(at, tile, plane, out) || careful(at, tile, plane, fault, out);
    }

    // All taps; false if the device does not hold them all or one has no value.
    static DEVICE bool plain(const Place &at, const Tile &tile, const float *plane, Sample &out) {
        u32 x = (u32)(at.column - tile.column), y = (u32)(at.row - tile.row);
        if (x >= tile.columns || x + 1 >= tile.columns || y >= tile.rows || y + 1 >= tile.rows) return false;
        u32 first = y * tile.pitch + x;
        out.value = lerp_at(plane, first, tile, at);
        if (!is_finite(out.value)) return false;
        whole(tile, first, at, out);
        return true;
    }

    // One pixel by the full rules.
    static DEVICE bool careful(const Place &at, const Tile &tile, const float *plane, u32 &fault, Sample &out) {
        Four four;
        if (!four.find(at, tile, plane, fault)) return false;
        out.value = four.mean(plane);
        four.weigh(tile, out);
        out.whole = four.is_whole();
        return true;
    }
};
