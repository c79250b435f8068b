// The pixel that holds the position: crates/coadd/src/sample/nearest.rs.
#pragma once
#include "bilinear.cuh"

struct Nearest {
    static DEVICE bool sample(const Launch &, const Run &run, u32 k, const Tile &tile, const float *plane,
                              u32 &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        Tap tap = tap_at(tile, plane, at.column + (at.fx >= 0.5f), at.row + (at.fy >= 0.5f), fault);
        if (!tap.valid) return false;
        out.value = plane[tap.at];
        out.weigh(tile.variances ? variance(at, tile, plane, fault) : 1.0f, tile.alphas ? tile.alphas[tap.at] : 1.0f);
        out.whole = true;
        return true;
    }

    // Interpolated, because the pixel may lie half a pixel off the position.
    static DEVICE float variance(const Place &at, const Tile &tile, const float *plane, u32 &fault) {
        Four four;
        four.find(at, tile, plane, fault);
        return four.mean(tile.variances);
    }
};
