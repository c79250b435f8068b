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
                              u32 &fault, Sample &out) {
        Place at;
        if (!place(run, k, tile, at)) return false;
        TapWeights<N> x(job.table, at.x), y(job.table, at.y);
        return plain(tile, plane, at, x, y, out) || careful(tile, plane, at, x, y, fault, out);
    }

    // All taps; false if the device does not hold them all or one has no value.
    static DEVICE bool plain(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &x,
                             const TapWeights<N> &y, Sample &out) {
        u32 left = (u32)(at.column - (N / 2 - 1) - tile.column), low = (u32)(at.row - (N / 2 - 1) - tile.row);
        if (left >= tile.columns || left + N > tile.columns || low >= tile.rows || low + N > tile.rows) return false;
        u32 first = low * tile.pitch + left;
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
        if (!is_finite(sum)) return false;
        whole(tile, first + (N / 2 - 1) * (tile.pitch + 1), at, out);
        return true;
    }

    // One pixel by the full rules.
    static DEVICE bool careful(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &x,
                               const TapWeights<N> &y, u32 &fault, Sample &out) {
        Four four;
        if (!four.find(at, tile, plane, fault)) return false;
        u32 lost = 0;
        bool found = value(tile, plane, at, x, y, fault, out.value, lost);
        // The rest of the kernel would ring.
        if (!found) out.value = four.mean(plane);
        four.weigh(tile, out);
        out.whole = found && four.is_whole() && lost <= N / 2;
        return true;
    }

    // The value of the kernel itself, renormalised over its valid taps, and how many are not; false if too little of it
    // is valid.
    static DEVICE bool value(const Tile &tile, const float *plane, const Place &at, const TapWeights<N> &along,
                             const TapWeights<N> &up, u32 &fault, float &out, u32 &lost) {
        if (!tap_at(tile, plane, at.column + (at.fx >= 0.5f), at.row + (at.fy >= 0.5f), fault).valid) return false;
        float sum = 0.0f, valid = 0.0f;
#pragma unroll 1
        for (int i = 0; i < N; i++) {
            float x = along.at(i), sums = 0.0f, valids = 0.0f;
            // A tap with a share of 0 may lie outside what the device holds.
            if (x == 0.0f) continue;
#pragma unroll 1
            for (int j = 0; j < N; j++) {
                float y = up.at(j);
                if (y == 0.0f) continue;
                Tap tap = tap_at(tile, plane, at.column + i - (N / 2 - 1), at.row + j - (N / 2 - 1), fault);
                if (!tap.valid) {
                    lost++;
                    continue;
                }
                sums += y * plane[tap.at];
                valids += y;
            }
            sum += sums * x;
            valid += valids * x;
        }
        out = lost == 0 ? sum : sum / valid;
        return lost == 0 || valid >= HALF_VALID;
    }
};
