// The pixel that holds the position: crates/coadd/src/sample/nearest.rs.
#pragma once
#include "sample.cuh"

struct Nearest {
    static DEVICE bool sample(const Launch &, const Run &run, u32 k, const Tile &tile, const float *plane,
                              bool &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        int column = at.column + (at.fx >= 0.5f), row = at.row + (at.fy >= 0.5f);
        Tap tap = tap_at(tile, plane, column, row, fault);
        if (!tap.valid) return false;
        out.value = tile.weights ? tap.weight * tap.value / tap.weight : tap.value;
        out.weight = tap.weight;
        out.alpha = tap.alpha;
        out.whole = true;
        return true;
    }
};
