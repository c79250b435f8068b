// Kernels that are a product of one function of columns and one of rows, over N x N pixels:
// crates/coadd/src/sample/separable.rs.
//
// The CPU has another path for runs without a gap, whose samples have the same bits: there, taps with a share of 0 add
// zeros; here they are left out, so each pixel is computed by itself. The CPU sums rows and keeps one sum per
// column; here columns come one after another, each summed in the same order.
#pragma once
#include "bilinear.cuh"

// Weights of the taps along one axis, between two phases of the table.
template <int N>
struct TapWeights {
    const float *low;
    float rest;

    DEVICE TapWeights(const float *table, int fraction) {
        low = table + (u32)(fraction >> STEP_BITS) * N;
        rest = (float)(fraction & STEP_MASK) * STEP;
    }

    DEVICE float at(int tap) const { return low[tap] + rest * (low[N + tap] - low[tap]); }
};

template <int N>
struct Separable {
    static DEVICE bool sample(const Launch &job, const Run &run, u32 k, const Tile &tile, const float *plane,
                              bool &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        TapWeights<N> x(job.table, at.x), y(job.table, at.y);
        bool made = tile.weights ? !tile.alphas && weighted(tile, plane, at, x, y, out)
                                 : plain(tile, plane, at, x, y, out);
        if (made || careful(tile, plane, at, x, y, fault, out)) return true;
        // The rest of the kernel would ring.
        if (!Bilinear::careful(at, tile, plane, fault, out)) return false;
        out.whole = false;
        return true;
    }

    // Index of the lowest left tap; false if the device does not hold all taps.
    static DEVICE bool footprint(const Tile &tile, const Place &at, u32 &first) {
        u32 x = (u32)(at.column - (N / 2 - 1) - tile.column), y = (u32)(at.row - (N / 2 - 1) - tile.row);
        if (x >= tile.columns || x + N > tile.columns || y >= tile.rows || y + N > tile.rows) return false;
        first = y * tile.pitch + x;
        return true;
    }

    // All taps of a tile without maps; false if one has no value.
    static DEVICE bool plain(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &x,
                             const TapWeights<N> &y, Sample &out) {
        u32 first;
        if (!footprint(tile, at, first)) return false;
        const float *from = plane + first;
        float shares[N], sum = 0.0f;
#pragma unroll
        for (int j = 0; j < N; j++) shares[j] = y.at(j);
#pragma unroll 1
        for (int i = 0; i < N; i++) {
            float column = 0.0f;
#pragma unroll
            for (int j = 0; j < N; j++) column += shares[j] * from[j * tile.pitch + i];
            sum += column * x.at(i);
        }
        out.value = sum;
        whole_and_opaque(out);
        return is_finite(sum);
    }

    // All taps of a tile with a map; false if one has no value or no weight.
    static DEVICE bool weighted(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &x,
                                const TapWeights<N> &y, Sample &out) {
        u32 first;
        if (!footprint(tile, at, first)) return false;
        const float *from = plane + first, *maps = tile.weights + first;
        float shares[N], value = 0.0f, weight = 0.0f;
#pragma unroll
        for (int j = 0; j < N; j++) shares[j] = y.at(j);
#pragma unroll 1
        for (int i = 0; i < N; i++) {
            float values = 0.0f, weights = 0.0f, least = LARGEST;
#pragma unroll
            for (int j = 0; j < N; j++) {
                float map = maps[j * tile.pitch + i];
                least = map < least ? map : least;
                map = shares[j] * map;
                weights += map;
                values += map * from[j * tile.pitch + i];
            }
            if (!(least > 0.0f)) return false;
            float share = x.at(i);
            value += values * share;
            weight += weights * share;
        }
        if (!is_finite(value) || !(weight > 0.0f)) return false;
        out.value = value / weight;
        out.weight = weight;
        out.alpha = 1.0f;
        out.whole = true;
        return true;
    }

    static DEVICE Tap get(const Tile &tile, const float *plane, int column, int row, bool &fault) {
        Tap none;
        none.valid = false;
        none.value = none.weight = none.alpha = 0.0f;
        return in_tile(tile, column, row) ? tap_at(tile, plane, column, row, fault) : none;
    }

    // One pixel by the full rules; false if too little of the kernel is valid.
    static DEVICE bool careful(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &along,
                               const TapWeights<N> &up, bool &fault, Sample &out) {
        if (!get(tile, plane, at.column + (at.fx >= 0.5f), at.row + (at.fy >= 0.5f), fault).valid) return false;
        float value = 0.0f, weight = 0.0f, valid = 0.0f, opacity = 0.0f;
        out.whole = true;
#pragma unroll 1
        for (int i = 0; i < N; i++) {
            float x = along.at(i), values = 0.0f, weights = 0.0f, valids = 0.0f, opacities = 0.0f;
            // A tap with a share of 0 may lie outside what the device holds.
            if (x == 0.0f) continue;
#pragma unroll 1
            for (int j = 0; j < N; j++) {
                float y = up.at(j);
                if (y == 0.0f) continue;
                Tap tap = get(tile, plane, at.column + i - (N / 2 - 1), at.row + j - (N / 2 - 1), fault);
                if (!tap.valid) {
                    out.whole = false;
                    continue;
                }
                float map = y * tap.weight;
                weights += map;
                values += map * tap.value;
                valids += y;
                opacities += y * tap.alpha;
            }
            value += values * x;
            weight += weights * x;
            valid += valids * x;
            opacity += opacities * x;
        }
        if (out.whole && !tile.weights) {
            out.value = value;
            whole_and_opaque(out);
            return true;
        }
        if (!(valid >= HALF_VALID && weight > 0.0f)) return false;
        out.value = value / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
        return true;
    }
};
