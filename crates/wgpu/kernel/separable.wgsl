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
    out = plain_separable(at, tile, plane, wx, wy);
    if (!out.found) {
        out = careful_separable(at, tile, plane, wx, wy);
    }
    if (!out.found) {
        // The rest of the kernel would ring.
        out = sample_bilinear(run, k, tile, plane);
        out.whole = false;
    }
    return out;
}

// The sample of a tile without maps, if every tap is on the device and has a value. Nothing is found otherwise, or if the
// sum overflows, which taps with a share of 0 can cause.
fn plain_separable(at: Place, tile: Tile, plane: u32, wx: array<f32, LANCZOS4_TAPS>, wy: array<f32, LANCZOS4_TAPS>) -> Sample {
    var out: Sample;
    let count = taps();
    let first = held(tile, at.column + 1 - count / 2, at.row + 1 - count / 2);
    if (tile.weights != ABSENT || !first.yes || !held(tile, at.column + count / 2, at.row + count / 2).yes) {
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
    out.weight = 1.0;
    out.alpha = 1.0;
    out.whole = true;
    out.found = largest < 0x7f800000u && is_finite(out.value);
    return out;
}

// One pixel by the full rules; nothing is found if too little of the kernel is valid.
fn careful_separable(at: Place, tile: Tile, plane: u32, wx: array<f32, LANCZOS4_TAPS>, wy: array<f32, LANCZOS4_TAPS>) -> Sample {
    var out: Sample;
    let near_x = at.column + select(0, 1, at.fx >= 0.5);
    let near_y = at.row + select(0, 1, at.fy >= 0.5);
    if (!tap_at(tile, plane, near_x, near_y).valid) {
        return out;
    }
    let count = taps();
    let below = count / 2 - 1;
    out.whole = true;
    var valid = 0.0;
    var weight = 0.0;
    var sum = 0.0;
    var opacity = 0.0;
    for (var i = 0; i < count; i++) {
        let column = at.column + i - below;
        var column_valid = 0.0;
        var column_weight = 0.0;
        var column_sum = 0.0;
        var column_opacity = 0.0;
        for (var j = 0; j < count; j++) {
            let row = at.row + j - below;
            // A tap with a share of 0 may lie outside what the device holds.
            if (wx[i] == 0.0 || wy[j] == 0.0) {
                continue;
            }
            var tap: Tap;
            if (in_tile(tile, column, row)) {
                tap = tap_at(tile, plane, column, row);
            }
            if (!tap.valid) {
                out.whole = false;
                continue;
            }
            let share = wy[j] * tap.weight;
            column_weight += share;
            column_sum += share * tap.value;
            column_valid += wy[j];
            column_opacity += wy[j] * tap.alpha;
        }
        valid += column_valid * wx[i];
        weight += column_weight * wx[i];
        sum += column_sum * wx[i];
        opacity += column_opacity * wx[i];
    }
    if (out.whole && tile.weights == ABSENT) {
        out.value = sum;
        out.weight = 1.0;
        out.alpha = 1.0;
        out.found = true;
        return out;
    }
    out.found = valid >= HALF_VALID && weight > 0.0;
    if (out.found) {
        out.value = sum / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
    }
    return out;
}
