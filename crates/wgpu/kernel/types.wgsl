// What the host passes to the kernels. crates/wgpu/src/layout.rs has the same structs, and a test there compares them.

// Tile positions of up to 32 consecutive output pixels of one row, in wrapping fixed point:
// zemosaic_coadd::lattice::Run with the tile that it belongs to.
struct Run {
    x: u32,
    len: u32,
    owner: u32,
    base_x: i32,
    base_y: i32,
    p_x: i32,
    p_y: i32,
    d_x: i32,
    d_y: i32,
    e_x: i32,
    e_y: i32,
}

// The part of one tile that is on the device.
struct Tile {
    values: u32,    // first float of channel 0; one plane per channel
    variances: u32, // first float of 1 / weight, ABSENT without a map
    alphas: u32,    // first float of the opacity, ABSENT without one
    plane: u32,     // floats per plane and per row
    pitch: u32,
    column: i32,    // tile pixel of the first float
    row: i32,
    columns: u32,   // how much is there
    rows: u32,
    width: i32,     // of the whole tile
    height: i32,
    weight: f32,
}

// One launch: whole blocks of 32 rows by 1024 columns, in the order of the part's grid of blocks.
struct Launch {
    plane: u32,             // pixels of the part
    width: u32,             // of the output
    channels: u32,
    with_alpha: u32,        // whether any tile has an opacity
    first_row: u32,         // of the part's output, absolute
    first_strip: u32,       // absolute row / 32 of the part's first blocks
    first_block: u32,       // of the launch, among the part's blocks
    columns_of_blocks: u32,
    x0: u32,                // pixels to make, absolute
    x1: u32,
    y0: u32,
    y1: u32,
    index: u32,             // first entry of the index, behind the kernel's table
    stack: u32,             // word of `sums` where the stack begins
    stack_block: u32,       // first block of the stack, among the part's blocks
    stack_plane: u32,       // words of one of its planes
    stack_rows: u32,        // of a block in such a plane
    stack_columns: u32,
    depth: u32,             // most samples per pixel and channel
}

// Which kernel, KERNEL_..., and which rule, RULE_...
override kernel: u32 = KERNEL_BILINEAR;
override rule: u32 = RULE_MEAN;

// True if all samples of a pixel are needed at once.
fn needs_stack() -> bool {
    return rule == RULE_MEDIAN || rule == RULE_WINSORIZED || rule == RULE_KAPPA_SIGMA;
}

@group(0) @binding(0) var<uniform> launch: Launch;
// Floats as bits, so that drivers cannot optimise NaN away. Planes of the part: the channels' sums,
// the first channel's total, the opacity if there is one, the other channels' totals, and for two rules what the channels
// keep aside. Then, for rules that need all samples of a pixel at once, the stack of some blocks: STACK_KINDS planes per
// sample.
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
// Bits FAULT_...
@group(0) @binding(2) var<storage, read_write> fault: atomic<u32>;
@group(0) @binding(3) var<storage, read> tiles: array<Tile>;
// The kernel's table, as bits; then the first run of each (block, row of 32, cell of 32 columns), and one more
// entry at the end.
@group(0) @binding(4) var<storage, read> words: array<u32>;
@group(0) @binding(5) var<storage, read> runs: array<Run>;
@group(0) @binding(6) var<storage, read> values: array<f32>;
@group(0) @binding(7) var<storage, read> variances: array<f32>;
@group(0) @binding(8) var<storage, read> alphas: array<f32>;

// Index of the plane of a channel's total.
fn total_plane(channel: u32) -> u32 {
    if (channel == 0u) {
        return launch.channels;
    }
    return launch.channels + launch.with_alpha + channel;
}

// True if pixels keep a third number for each channel.
fn keeps_aside() -> bool {
    return rule == RULE_MEAN || rule == RULE_SUM;
}

// Index of its plane.
fn aside_plane(channel: u32) -> u32 {
    return 2u * launch.channels + launch.with_alpha + channel;
}

// The place of a thread in `coadd` and `reduce_columns`: a group of threads makes some rows of one column of cells.
struct Pixel {
    inside: bool,
    x: u32,         // absolute
    y: u32,
    block: u32,     // of the launch
    cell: u32,      // number of its (row, cell) within the block
    out: u32,       // index in a plane of the part
    column: u32,    // index in a plane of the stack
}

fn pixel_of(group: vec3<u32>, thread: vec3<u32>) -> Pixel {
    let cell = group.x % CELLS;
    let row = group.x / CELLS * GROUP_ROWS + thread.y;
    let block = launch.first_block + group.y;
    var at: Pixel;
    let in_block = cell * CELL_COLUMNS + thread.x;
    at.x = (block % launch.columns_of_blocks) * BLOCK_COLUMNS + in_block;
    at.y = (launch.first_strip + block / launch.columns_of_blocks) * STRIP_ROWS + row;
    at.inside = at.x >= launch.x0 && at.x < launch.x1 && at.y >= launch.y0 && at.y < launch.y1;
    at.block = group.y;
    at.cell = row * CELLS + cell;
    at.out = (at.y - launch.first_row) * launch.width + at.x;
    // The rows of a block in the stack are at most those of the chunk, so their remainders differ.
    let line = (block - launch.stack_block) * launch.stack_rows + at.y % launch.stack_rows;
    at.column = line * launch.stack_columns + in_block;
    return at;
}
