// Weighted mean of the tiles, one output pixel per thread: crates/coadd/src/accumulate.rs.
//
// The wrapper defines DEVICE. Groups of 256 threads make 8 rows of one cell of 32 columns, so that
// the 32 threads of a warp read the same runs and write one line of the output.
#pragma once
#include "bilinear.cuh"
#include "nearest.cuh"

#define GROUP_THREADS 256
#define GROUPS_PER_BLOCK 128

// Opacity byte of a covered pixel: never 0.
DEVICE u8 to_alpha(float opacity) {
    float scaled = (opacity < 1.0f ? opacity : 1.0f) * 255.0f;
    u32 rounded = (u32)(scaled + 0.5f);
    return (u8)(rounded < 1 ? 1 : rounded);
}

// Adds a sample. A whole one replaces what partial ones left; a partial one counts only where no whole
// one does, which a negative total marks.
DEVICE void add(float &sum, float &total, float part, float weight, bool whole) {
    if (whole) {
        sum = (total < 0.0f ? 0.0f : sum) + part;
        total = (total > 0.0f ? total : 0.0f) + weight;
    } else if (total <= 0.0f) {
        sum += part;
        total -= weight;
    }
}

template <class Sampler>
DEVICE void coadd(const Launch &job, u32 group, u32 thread) {
    u32 block = group / GROUPS_PER_BLOCK, cell = group & 31;
    u32 row = (group >> 5 & 3) * 8 + (thread >> 5);
    u32 strip = (job.first_block + block) / job.columns_of_blocks;
    u32 column = (job.first_block + block) % job.columns_of_blocks;
    u32 x = column * 1024 + cell * 32 + (thread & 31);
    u32 y = (job.first_strip + strip) * 32 + row;
    if (x < job.x0 || x >= job.x1 || y < job.y0 || y >= job.y1) return;

    u32 at = (block * 32 + row) * 32 + cell;
    u32 begin = job.index[at], end = job.index[at + 1];
    u32 out = (y - job.first_row) * job.width + x;
    float coverage = 0.0f, opacity = 0.0f;
    bool fault = false;
    for (u32 channel = 0; channel < job.channels; channel++) {
        float sum = 0.0f, total = 0.0f;
        for (u32 i = begin; i < end; i++) {
            const Run &run = job.runs[i];
            // Columns left of the run wrap far beyond its length.
            u32 k = x - run.x;
            if (k >= run.len) continue;
            const Tile &tile = job.tiles[job.owners[i]];
            Sample sample;
            if (!Sampler::sample(run, k, tile, tile.values + (u64)channel * tile.plane, fault, sample))
                continue;
            float weight = tile.weight * sample.weight;
            add(sum, total, weight * sample.value, weight, sample.whole);
            opacity = sample.alpha > opacity ? sample.alpha : opacity;
        }
        total = total < 0.0f ? -total : total;
        float mean = sum / total;
        bool valid = is_finite(mean) && total > 0.0f && is_finite(total);
        job.values[(u64)channel * job.plane + out] = valid ? mean : float_of_bits(0x7fc00000u);
        float weight = valid ? total : 0.0f;
        coverage = channel == 0 || weight > coverage ? weight : coverage;
    }
    if (fault) *job.fault = 1;
    job.coverage[out] = coverage;
    job.alpha[out] = coverage > 0.0f ? to_alpha(job.with_alpha ? opacity : 1.0f) : (u8)0;
}
