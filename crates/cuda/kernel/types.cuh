// What the host passes to the kernels. crates/cuda/src/layout.rs has the same structs; layout.cuh compares them.
#pragma once
#include "constants.cuh"

typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned long long u64;

// Tile positions of up to 32 consecutive output pixels of one row, in wrapping fixed point:
// zemosaic_wcs::lattice::Run, field by field. Aligned for wide loads, as on the host.
struct alignas(8) Run {
    u32 x, len;
    int base[2];
    int p[2];
    int d[2];
    int e[2];
};

// The part of one tile that is on the device.
struct alignas(16) Tile {
    const float *values;     // one plane per channel
    const float *variances;  // 1 / weight; null without a map
    const float *alphas;     // null without an opacity
    u32 plane, pitch;        // floats per plane and per row
    int column, row;         // tile pixel of the first float
    u32 columns, rows;       // how much may be read now
    int width, height;       // of the whole tile
    float weight;
    u32 unused;
};

// One launch: whole blocks of 32 rows by 1024 columns, in the order of the part's grid of blocks.
struct Launch {
    const Run *runs;
    const u32 *owners;  // tile of each run
    const u32 *index;   // first run of each (block, row of 32, cell of 32 columns), and one more entry at the end
    const Tile *tiles;
    float *values;      // channels x plane
    float *coverage;
    u8 *alpha;
    u32 *fault;         // bits FAULT_...
    const float *table; // weights of a separable kernel, phase by phase
    float *stack;       // planes of stack_pixels: `depth` planes of values, and for two rules also of weights and sorted values
    u32 plane;          // pixels of the part
    u32 width;          // of the output
    u32 channels;
    u32 with_alpha;     // whether any tile has an opacity
    u32 first_row;      // of the part's output, absolute
    u32 first_strip;    // absolute row / 32 of the part's first blocks
    u32 first_block;    // of the launch, among the part's blocks
    u32 columns_of_blocks;
    u32 x0, x1, y0, y1; // pixels to make, absolute
    u32 rule;           // RULE_..., of constants.cuh
    u32 depth;          // most samples of a pixel
    u32 stack_pixels;
    u32 stack_row, stack_rows;        // the part of each block that the stack holds
    u32 stack_column, stack_columns;
    u32 unused;
};

// Not while that file is being written.
#ifndef LAYOUT_UNCHECKED
#include "layout.cuh"
#endif
