// Samples of the tiles made into one, one output pixel per thread: crates/coadd/src/accumulate.rs.
//
// The wrapper defines DEVICE, float_of_bits and bits_of_float. Groups of 256 threads make 8 rows of one
// cell of 32 columns, so that the 32 threads of a warp read the same runs and write one line of the output.
#pragma once
#include "bilinear.cuh"
#include "fold.cuh"
#include "nearest.cuh"
#include "separable.cuh"
#include "stack.cuh"

#define GROUP_THREADS 256
#define GROUPS_PER_BLOCK 128

// Opacity byte of a covered pixel: never 0.
DEVICE u8 to_alpha(float opacity) {
    float scaled = (opacity < 1.0f ? opacity : 1.0f) * 255.0f;
    u32 rounded = (u32)(scaled + 0.5f);
    return (u8)(rounded < 1 ? 1 : rounded);
}

// `Rule` is Fold or Stack.
template <class Sampler, class Rule>
DEVICE void coadd(const Launch &job, u32 group, u32 thread) {
    u32 block = group / GROUPS_PER_BLOCK, cell = group & 31;
    u32 row = (group >> 5 & 3) * 8 + (thread >> 5);
    u32 strip = (job.first_block + block) / job.columns_of_blocks;
    u32 column = (job.first_block + block) % job.columns_of_blocks;
    u32 in_block = cell * 32 + (thread & 31);
    u32 x = column * 1024 + in_block;
    u32 y = (job.first_strip + strip) * 32 + row;
    if (x < job.x0 || x >= job.x1 || y < job.y0 || y >= job.y1) return;

    u32 at = (block * 32 + row) * 32 + cell;
    u32 begin = job.index[at], end = job.index[at + 1];
    u32 out = (y - job.first_row) * job.width + x;
    float coverage = 0.0f, opacity = 0.0f;
    bool fault = false;
    Rule rule(job, (block * job.stack_rows + row - job.stack_row) * job.stack_columns + in_block - job.stack_column);
    for (u32 channel = 0; channel < job.channels; channel++) {
        rule.clear();
        for (u32 i = begin; i < end; i++) {
            const Run &run = job.runs[i];
            // Columns left of the run wrap far beyond its length.
            u32 k = x - run.x;
            if (k >= run.len) continue;
            const Tile &tile = job.tiles[job.owners[i]];
            Sample sample;
            if (!Sampler::sample(job, run, k, tile, tile.values + (u64)channel * tile.plane, fault, sample))
                continue;
            rule.add(sample.value, tile.weight * sample.weight, sample.whole, fault);
            opacity = sample.alpha > opacity ? sample.alpha : opacity;
        }
        float value, total;
        rule.result(value, total);
        bool valid = is_finite(value) && total > 0.0f && is_finite(total);
        // Adding 0 leaves no zero a sign.
        job.values[(u64)channel * job.plane + out] = valid ? value + 0.0f : float_of_bits(0x7fc00000u);
        float weight = valid ? total : 0.0f;
        coverage = channel == 0 || weight > coverage ? weight : coverage;
    }
    if (fault) *job.fault = 1;
    job.coverage[out] = coverage;
    job.alpha[out] = coverage > 0.0f ? to_alpha(job.with_alpha ? opacity : 1.0f) : (u8)0;
}

// Every kernel: its name after coadd_ and stack_, and its sampler.
#define EACH_KERNEL(make)        \
    make(nearest, Nearest)       \
    make(bilinear, Bilinear)     \
    make(bicubic, Separable<4>)  \
    make(lanczos3, Separable<6>) \
    make(lanczos4, Separable<8>)
