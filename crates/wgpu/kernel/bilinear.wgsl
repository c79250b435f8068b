// Linear interpolation over 2x2 pixels: crates/coadd/src/sample/bilinear.rs.

// Taps in order: lower left, lower right, upper left, upper right. If the result is finite, a tap with a share of 0
// can only have changed the sign of a zero, which `finish` drops.
fn lerp(a: f32, b: f32, c: f32, d: f32, fx: f32, fy: f32) -> f32 {
    let below = a + fx * (b - a);
    let above = c + fx * (d - c);
    return below + fy * (above - below);
}

// The taps of linear interpolation that have values.
struct Four {
    // A tap with a share of 0 is that of its neighbour with a share, because it may lie outside what the device holds.
    taps: array<u32, 4>,
    there: array<bool, 4>,
    whole: bool,
    fx: f32,
    fy: f32,
    valid: f32,     // the share of the taps with values: 1 only if they all have one
}

fn find_four(at: Place, tile: Tile, plane: u32) -> Four {
    var four: Four;
    four.fx = at.fx;
    four.fy = at.fy;
    let with_share = select(0, 1, at.fx != 0.0) | select(0, 2, at.fy != 0.0);
    four.whole = true;
    for (var i = 0; i < 4; i++) {
        let same = i & with_share;
        if (same == i) {
            let tap = tap_at(tile, plane, at.column + (i & 1), at.row + (i >> 1u));
            four.taps[i] = tap.at;
            four.there[i] = tap.valid;
        } else {
            four.taps[i] = four.taps[same];
            four.there[i] = four.there[same];
        }
        four.whole = four.whole && four.there[i];
    }
    four.valid = 1.0;
    if (!four.whole) {
        four.valid = 0.0;
        for (var i = 0; i < 4; i++) {
            if (four.there[i]) {
                four.valid += share_of(four, i);
            }
        }
    }
    return four;
}

fn share_of(four: Four, i: i32) -> f32 {
    return select(1.0 - four.fx, four.fx, (i & 1) == 1) * select(1.0 - four.fy, four.fy, i > 1);
}

// The mean over the valid taps of four numbers, one for each.
fn mean_of(four: Four, taps: array<f32, 4>) -> f32 {
    if (four.whole) {
        return lerp(taps[0], taps[1], taps[2], taps[3], four.fx, four.fy);
    }
    var sum = 0.0;
    for (var i = 0; i < 4; i++) {
        if (four.there[i]) {
            sum += share_of(four, i) * taps[i];
        }
    }
    return sum / four.valid;
}

fn mean_value(four: Four, plane: u32) -> f32 {
    let at = four.taps;
    return mean_of(four, array(values[plane + at[0]], values[plane + at[1]], values[plane + at[2]], values[plane + at[3]]));
}

fn mean_variance(four: Four, map: u32) -> f32 {
    let at = four.taps;
    return mean_of(four, array(variances[map + at[0]], variances[map + at[1]], variances[map + at[2]], variances[map + at[3]]));
}

// Everything but the value and `whole`, for a sample with these taps.
fn weigh_four(sample: Sample, four: Four, tile: Tile) -> Sample {
    let at = four.taps;
    var variance = 1.0;
    if (tile.variances != ABSENT) {
        variance = mean_variance(four, tile.variances);
    }
    var opacity = 1.0;
    if (tile.alphas != ABSENT) {
        let map = tile.alphas;
        opacity = mean_of(four, array(alphas[map + at[0]], alphas[map + at[1]], alphas[map + at[2]], alphas[map + at[3]]));
    }
    var out = weighed(sample, variance, opacity);
    out.weight *= four.valid;
    return out;
}

fn sample_bilinear(run: Run, k: u32, tile: Tile, plane: u32) -> Sample {
    var out: Sample;
    let at = place(run, k, tile);
    if (!at.inside) {
        return out;
    }
    let four = find_four(at, tile, plane);
    if (four.valid < LEAST_VALID) {
        return out;
    }
    out.value = mean_value(four, plane);
    out.whole = four.whole;
    out.found = true;
    return weigh_four(out, four, tile);
}
