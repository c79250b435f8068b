// Where Rust lays the members of the structs in types.cuh, printed from crates/cuda/src/layout.rs: not to be
// edited. ZEMOSAIC_WRITE=1 cargo test -p zemosaic-cuda layout
#pragma once

static_assert(sizeof(Run) == 40, "Run");
static_assert(OFFSET_OF(Run, x) == 0 && sizeof(Run::x) == 4, "x");
static_assert(OFFSET_OF(Run, len) == 4 && sizeof(Run::len) == 4, "len");
static_assert(OFFSET_OF(Run, base) == 8 && sizeof(Run::base) == 8, "base");
static_assert(OFFSET_OF(Run, p) == 16 && sizeof(Run::p) == 8, "p");
static_assert(OFFSET_OF(Run, d) == 24 && sizeof(Run::d) == 8, "d");
static_assert(OFFSET_OF(Run, e) == 32 && sizeof(Run::e) == 8, "e");

static_assert(sizeof(Tile) == 64, "Tile");
static_assert(OFFSET_OF(Tile, values) == 0 && sizeof(Tile::values) == 8, "values");
static_assert(OFFSET_OF(Tile, variances) == 8 && sizeof(Tile::variances) == 8, "variances");
static_assert(OFFSET_OF(Tile, alphas) == 16 && sizeof(Tile::alphas) == 8, "alphas");
static_assert(OFFSET_OF(Tile, plane) == 24 && sizeof(Tile::plane) == 4, "plane");
static_assert(OFFSET_OF(Tile, pitch) == 28 && sizeof(Tile::pitch) == 4, "pitch");
static_assert(OFFSET_OF(Tile, column) == 32 && sizeof(Tile::column) == 4, "column");
static_assert(OFFSET_OF(Tile, row) == 36 && sizeof(Tile::row) == 4, "row");
static_assert(OFFSET_OF(Tile, columns) == 40 && sizeof(Tile::columns) == 4, "columns");
static_assert(OFFSET_OF(Tile, rows) == 44 && sizeof(Tile::rows) == 4, "rows");
static_assert(OFFSET_OF(Tile, width) == 48 && sizeof(Tile::width) == 4, "width");
static_assert(OFFSET_OF(Tile, height) == 52 && sizeof(Tile::height) == 4, "height");
static_assert(OFFSET_OF(Tile, weight) == 56 && sizeof(Tile::weight) == 4, "weight");
static_assert(OFFSET_OF(Tile, unused) == 60 && sizeof(Tile::unused) == 4, "unused");

static_assert(sizeof(Launch) == 160, "Launch");
static_assert(OFFSET_OF(Launch, runs) == 0 && sizeof(Launch::runs) == 8, "runs");
static_assert(OFFSET_OF(Launch, owners) == 8 && sizeof(Launch::owners) == 8, "owners");
static_assert(OFFSET_OF(Launch, index) == 16 && sizeof(Launch::index) == 8, "index");
static_assert(OFFSET_OF(Launch, tiles) == 24 && sizeof(Launch::tiles) == 8, "tiles");
static_assert(OFFSET_OF(Launch, values) == 32 && sizeof(Launch::values) == 8, "values");
static_assert(OFFSET_OF(Launch, coverage) == 40 && sizeof(Launch::coverage) == 8, "coverage");
static_assert(OFFSET_OF(Launch, alpha) == 48 && sizeof(Launch::alpha) == 8, "alpha");
static_assert(OFFSET_OF(Launch, fault) == 56 && sizeof(Launch::fault) == 8, "fault");
static_assert(OFFSET_OF(Launch, table) == 64 && sizeof(Launch::table) == 8, "table");
static_assert(OFFSET_OF(Launch, stack) == 72 && sizeof(Launch::stack) == 8, "stack");
static_assert(OFFSET_OF(Launch, plane) == 80 && sizeof(Launch::plane) == 4, "plane");
static_assert(OFFSET_OF(Launch, width) == 84 && sizeof(Launch::width) == 4, "width");
static_assert(OFFSET_OF(Launch, channels) == 88 && sizeof(Launch::channels) == 4, "channels");
static_assert(OFFSET_OF(Launch, with_alpha) == 92 && sizeof(Launch::with_alpha) == 4, "with_alpha");
static_assert(OFFSET_OF(Launch, first_row) == 96 && sizeof(Launch::first_row) == 4, "first_row");
static_assert(OFFSET_OF(Launch, first_strip) == 100 && sizeof(Launch::first_strip) == 4, "first_strip");
static_assert(OFFSET_OF(Launch, first_block) == 104 && sizeof(Launch::first_block) == 4, "first_block");
static_assert(OFFSET_OF(Launch, columns_of_blocks) == 108 && sizeof(Launch::columns_of_blocks) == 4, "columns_of_blocks");
static_assert(OFFSET_OF(Launch, x0) == 112 && sizeof(Launch::x0) == 4, "x0");
static_assert(OFFSET_OF(Launch, x1) == 116 && sizeof(Launch::x1) == 4, "x1");
static_assert(OFFSET_OF(Launch, y0) == 120 && sizeof(Launch::y0) == 4, "y0");
static_assert(OFFSET_OF(Launch, y1) == 124 && sizeof(Launch::y1) == 4, "y1");
static_assert(OFFSET_OF(Launch, rule) == 128 && sizeof(Launch::rule) == 4, "rule");
static_assert(OFFSET_OF(Launch, depth) == 132 && sizeof(Launch::depth) == 4, "depth");
static_assert(OFFSET_OF(Launch, stack_pixels) == 136 && sizeof(Launch::stack_pixels) == 4, "stack_pixels");
static_assert(OFFSET_OF(Launch, stack_row) == 140 && sizeof(Launch::stack_row) == 4, "stack_row");
static_assert(OFFSET_OF(Launch, stack_rows) == 144 && sizeof(Launch::stack_rows) == 4, "stack_rows");
static_assert(OFFSET_OF(Launch, stack_column) == 148 && sizeof(Launch::stack_column) == 4, "stack_column");
static_assert(OFFSET_OF(Launch, stack_columns) == 152 && sizeof(Launch::stack_columns) == 4, "stack_columns");
static_assert(OFFSET_OF(Launch, unused) == 156 && sizeof(Launch::unused) == 4, "unused");
