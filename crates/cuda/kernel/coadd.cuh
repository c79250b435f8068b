// Combines the samples of the tiles, one output pixel per thread: crates/coadd/src/accumulate.rs.
//
// The including file defines DEVICE, OFFSET_OF, raise (an atomic or), float_of_bits and bits_of_float. A group of threads makes some rows
// of one column of cells, so that the 32 threads of a warp read the same runs and write one line of the output.
#pragma once
#include "bilinear.cuh"
#include "finish.cuh"
#include "fold.cuh"
#include "nearest.cuh"
#include "reduce.cuh"
#include "separable.cuh"

// `Rule` is Fold or Stack: `begin`, then `put` for each sample, then `reduce`.
template <class Sampler, class Rule>
DEVICE void coadd(const Launch &job, u32 group, u32 thread) {
    u32 block = group / GROUPS_PER_BLOCK, cell = group % CELLS;
    u32 row = group / CELLS % (STRIP_ROWS / GROUP_ROWS) * GROUP_ROWS + thread / CELL_COLUMNS;
    u32 strip = (job.first_block + block) / job.columns_of_blocks;
    u32 column = (job.first_block + block) % job.columns_of_blocks;
    u32 in_block = cell * CELL_COLUMNS + thread % CELL_COLUMNS;
    u32 x = column * BLOCK_COLUMNS + in_block;
    u32 y = (job.first_strip + strip) * STRIP_ROWS + row;
    if (x < job.x0 || x >= job.x1 || y < job.y0 || y >= job.y1) return;

    u32 at = (block * STRIP_ROWS + row) * CELLS + cell;
    u32 begin = job.index[at], end = job.index[at + 1];
    u32 out = (y - job.first_row) * job.width + x;
    float coverage = 0.0f, opacity = 0.0f;
    u32 fault = 0;
    Rule rule(job, (block * job.stack_rows + row - job.stack_row) * job.stack_columns + in_block - job.stack_column);
    for (u32 channel = 0; channel < job.channels; channel++) {
        rule.begin();
        for (u32 i = begin; i < end; i++) {
            const Run &run = job.runs[i];
            // Columns left of the run wrap far beyond its length.
            u32 k = x - run.x;
            if (k >= run.len) continue;
            const Tile &tile = job.tiles[job.owners[i]];
            Sample sample;
            if (!Sampler::sample(job, run, k, tile, tile.values + (u64)channel * tile.plane, fault, sample))
                continue;
            rule.put(sample.value, larger(tile.weight * sample.weight, LEAST_WEIGHT), sample.whole, fault);
            opacity = sample.alpha > opacity ? sample.alpha : opacity;
        }
        float value, weight;
        rule.reduce(value, weight);
        finish(value, weight, fault);
        job.values[(u64)channel * job.plane + out] = value;
        coverage = channel == 0 || weight > coverage ? weight : coverage;
    }
    if (fault) raise(job.fault, fault);
    job.coverage[out] = coverage;
    job.alpha[out] = coverage > 0.0f ? to_alpha(job.with_alpha ? opacity : 1.0f) : (u8)0;
}

// Every kernel: its name after coadd_ and stack_, and its sampler.
#define EACH_KERNEL(make)                    \
    make(nearest, Nearest)                   \
    make(bilinear, Bilinear)                 \
    make(bicubic, Separable<BICUBIC_TAPS>)   \
    make(lanczos3, Separable<LANCZOS3_TAPS>) \
    make(lanczos4, Separable<LANCZOS4_TAPS>)
