// A product of one function along columns and one along rows: crates/coadd/src/sample/separable.rs.

// Taps along an axis.
fn taps() -> i32 {
    switch kernel {
        case KERNEL_BICUBIC: { return i32(BICUBIC_TAPS); }
        case KERNEL_LANCZOS3: { return i32(LANCZOS3_TAPS); }
        default: { return i32(LANCZOS4_TAPS); }
    }
}

// Weights of the taps at a fraction in fixed point, between the two nearest phases.
fn tap_weights(fraction: i32) -> array<f32, LANCZOS4_TAPS> {
    let count = u32(taps());
    let low = u32(fraction >> STEP_BITS) * count;
    let rest = f32(fraction & STEP_MASK) * STEP;
    var out: array<f32, LANCZOS4_TAPS>;
    for (var i = 0u; i < count; i++) {
        let a = bitcast<f32>(words[low + i]);
        let b = bitcast<f32>(words[low + count + i]);
        out[i] = a + rest * (b - a);
    }
    return out;
}

fn sample_separable(run: Run, k: u32, tile: Tile, plane: u32) -> Sample {
    var out: Sample;
    let at = place(run, k, tile);
    if (!at.inside) {
        return out;
    }
    let x = offset(run.p_x, run.d_x, run.e_x, i32(k));
    let y = offset(run.p_y, run.d_y, run.e_y, i32(k));
    let wx = tap_weights(x & FRACTION_MASK);
    let wy = tap_weights(y & FRACTION_MASK);
    let four = find_four(at, tile, plane);
    if (four.valid < LEAST_VALID) {
        return out;
    }
    var found = plain_separable(at, tile, plane, wx, wy);
    if (!found.found) {
        found = careful_separable(at, tile, plane, wx, wy);
    }
    out.found = true;
    out.whole = found.found && four.whole && found.lost <= u32(taps()) / 2u;
    out.value = found.value;
    if (!found.found) {
        // The rest of the kernel would ring.
        out.value = mean_value(four, plane);
    }
    return weigh_four(out, four, tile);
}

// The value of the kernel itself, renormalised over its valid taps, and how many are not.
struct Value {
    found: bool,
    value: f32,
    lost: u32,
}

// With all its taps. Nothing is found if the device does not hold them all, if one has no value, or if the sum overflows,
// which taps with a share of 0 can cause.
fn plain_separable(at: Place, tile: Tile, plane: u32, wx: array<f32, LANCZOS4_TAPS>, wy: array<f32, LANCZOS4_TAPS>) -> Value {
    var out: Value;
    let count = taps();
    let first = held(tile, at.column + 1 - count / 2, at.row + 1 - count / 2);
    if (!first.yes || !held(tile, at.column + count / 2, at.row + count / 2).yes) {
        return out;
    }
    var largest = 0u;
    for (var i = 0; i < count; i++) {
        var sum = 0.0;
        for (var j = 0; j < count; j++) {
            let value = values[plane + first.at + u32(j) * tile.pitch + u32(i)];
            largest = max(largest, bitcast<u32>(value) & 0x7fffffffu);
            sum += wy[j] * value;
        }
        out.value += sum * wx[i];
    }
    out.found = largest < EXPONENT_BITS && is_finite(out.value);
    return out;
}

// By the full rules. Nothing is found if too little of the kernel is valid.
fn careful_separable(at: Place, tile: Tile, plane: u32, wx: array<f32, LANCZOS4_TAPS>, wy: array<f32, LANCZOS4_TAPS>) -> Value {
    var out: Value;
    let near_x = at.column + select(0, 1, at.fx >= 0.5);
    let near_y = at.row + select(0, 1, at.fy >= 0.5);
    if (!tap_at(tile, plane, near_x, near_y).valid) {
        return out;
    }
    let count = taps();
    let below = count / 2 - 1;
    var valid = 0.0;
    var sum = 0.0;
    for (var i = 0; i < count; i++) {
        var column_valid = 0.0;
        var column_sum = 0.0;
        for (var j = 0; j < count; j++) {
            // A tap with a share of 0 may lie outside what the device holds.
            if (wx[i] == 0.0 || wy[j] == 0.0) {
                continue;
            }
            let tap = tap_at(tile, plane, at.column + i - below, at.row + j - below);
            if (!tap.valid) {
                out.lost += 1u;
                continue;
            }
            column_sum += wy[j] * values[plane + tap.at];
            column_valid += wy[j];
        }
        valid += column_valid * wx[i];
        sum += column_sum * wx[i];
    }
    out.value = sum;
    if (out.lost > 0u) {
        out.value = sum / valid;
    }
    out.found = out.lost == 0u || valid >= HALF_VALID;
    return out;
}
