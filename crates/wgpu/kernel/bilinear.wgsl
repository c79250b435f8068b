// Linear interpolation over 2x2 pixels: crates/coadd/src/sample/bilinear.rs.

// Taps in order: lower left, lower right, upper left, upper right. If the result is finite, a tap with a share of 0
// can only have changed the sign of a zero, which `finish` drops.
fn lerp(a: f32, b: f32, c: f32, d: f32, fx: f32, fy: f32) -> f32 {
    let below = a + fx * (b - a);
    let above = c + fx * (d - c);
    return below + fy * (above - below);
}

fn sample_bilinear(run: Run, k: u32, tile: Tile, plane: u32) -> Sample {
    var out: Sample;
    let at = place(run, k, tile);
    if (!at.inside) {
        return out;
    }
    let far = held(tile, at.column + 1, at.row + 1);
    if (tile.weights == ABSENT && far.yes && held(tile, at.column, at.row).yes) {
        let last = plane + far.at;
        let a = values[last - tile.pitch - 1u];
        let b = values[last - tile.pitch];
        let c = values[last - 1u];
        let d = values[last];
        out.value = lerp(a, b, c, d, at.fx, at.fy);
        let all = is_finite(a) && is_finite(b) && is_finite(c) && is_finite(d);
        if (all && is_finite(out.value)) {
            out.weight = 1.0;
            out.alpha = 1.0;
            out.whole = true;
            out.found = true;
            return out;
        }
    }
    out.whole = true;
    let gx = 1.0 - at.fx;
    let gy = 1.0 - at.fy;
    var valid = 0.0;
    var weight = 0.0;
    var sum = 0.0;
    var opacity = 0.0;
    var tap_values: array<f32, 4>;
    for (var i = 0; i < 4; i++) {
        let column = at.column + (i & 1);
        let row = at.row + (i >> 1u);
        let share = select(gx, at.fx, (i & 1) == 1) * select(gy, at.fy, i > 1);
        if (share == 0.0) {
            // It may lie outside what the device holds: its neighbour with a share is read instead.
            tap_values[i] = tap_values[select(i - 1, i - 2, at.fy == 0.0 && i > 1)];
            continue;
        }
        var tap: Tap;
        if (in_tile(tile, column, row)) {
            tap = tap_at(tile, plane, column, row);
        }
        tap_values[i] = tap.value;
        if (!tap.valid) {
            out.whole = false;
            continue;
        }
        valid += share;
        weight += share * tap.weight;
        sum += share * tap.weight * tap.value;
        opacity += share * tap.alpha;
    }
    if (out.whole && tile.weights == ABSENT) {
        out.value = lerp(tap_values[0], tap_values[1], tap_values[2], tap_values[3], at.fx, at.fy);
        out.weight = 1.0;
        out.alpha = 1.0;
        out.found = true;
        return out;
    }
    out.found = valid >= LEAST_VALID && weight > 0.0;
    if (out.found) {
        out.value = sum / weight;
        out.weight = weight;
        out.alpha = opacity / valid;
    }
    return out;
}
