// One sample of one tile: the same arithmetic, in the same order, as crates/coadd/src/sample/.

struct Sample {
    found: bool,
    value: f32,
    weight: f32,
    alpha: f32,
    whole: bool,    // so few taps are missing that it counts like the samples of other tiles
}

// A tap with a value: its index from the beginning of a plane.
struct Tap {
    valid: bool,
    at: u32,
}

struct Place {
    inside: bool,
    column: i32,
    row: i32,
    fx: f32,
    fy: f32,
}

struct Held {
    yes: bool,
    at: u32,
}

// Bits FAULT_... of this thread.
var<private> faults: u32;

// Tests the bits, because shaders may assume that a float is not NaN.
fn is_finite(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u;
}

fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

// Offset of pixel k from the run's base, in fixed point. Wrapping is intended.
fn offset(p: i32, d: i32, e: i32, k: i32) -> i32 {
    return p + k * d + (k * (k - 1) / 2) * e;
}

// Where pixel k of the run falls; outside means beyond [-0.5, n - 0.5) of the tile.
fn place(run: Run, k: u32, tile: Tile) -> Place {
    let x = offset(run.p_x, run.d_x, run.e_x, i32(k));
    let y = offset(run.p_y, run.d_y, run.e_y, i32(k));
    let near_x = run.base_x + ((x + HALF) >> FRACTION_BITS);
    let near_y = run.base_y + ((y + HALF) >> FRACTION_BITS);
    var at: Place;
    at.inside = near_x >= 0 && near_x < tile.width && near_y >= 0 && near_y < tile.height;
    at.column = run.base_x + (x >> FRACTION_BITS);
    at.row = run.base_y + (y >> FRACTION_BITS);
    at.fx = f32(x & FRACTION_MASK) * FRACTION_STEP;
    at.fy = f32(y & FRACTION_MASK) * FRACTION_STEP;
    return at;
}

fn in_tile(tile: Tile, column: i32, row: i32) -> bool {
    return column >= 0 && column < tile.width && row >= 0 && row < tile.height;
}

// Index of a tile pixel from the beginning of a plane.
fn held(tile: Tile, column: i32, row: i32) -> Held {
    let x = u32(column - tile.column);
    let y = u32(row - tile.row);
    return Held(x < tile.columns && y < tile.rows, y * tile.pitch + x);
}

// `plane`: first float of the channel.
fn tap_at(tile: Tile, plane: u32, column: i32, row: i32) -> Tap {
    var tap: Tap;
    if (!in_tile(tile, column, row)) {
        return tap;
    }
    let there = held(tile, column, row);
    if (!there.yes) {
        faults |= FAULT_MISSING;
        return tap;
    }
    tap.at = there.at;
    tap.valid = is_finite(values[plane + there.at]);
    return tap;
}

// What the maps say about a sample: the harmonic mean of the weights x the opacity.
fn weighed(sample: Sample, variance: f32, opacity: f32) -> Sample {
    var out = sample;
    out.weight = 1.0 / variance * opacity;
    out.alpha = opacity;
    return out;
}
