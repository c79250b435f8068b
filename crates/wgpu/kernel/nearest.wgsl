// The pixel that holds the position: crates/coadd/src/sample/nearest.rs.

fn sample_nearest(run: Run, k: u32, tile: Tile, plane: u32) -> Sample {
    var out: Sample;
    let at = place(run, k, tile);
    if (!at.inside) {
        return out;
    }
    let column = at.column + select(0, 1, at.fx >= 0.5);
    let row = at.row + select(0, 1, at.fy >= 0.5);
    let tap = tap_at(tile, plane, column, row);
    if (!tap.valid) {
        return out;
    }
    // Interpolated, because the pixel may lie half a pixel off the position.
    var variance = 1.0;
    if (tile.variances != ABSENT) {
        variance = mean_variance(find_four(at, tile, plane), tile.variances);
    }
    var opacity = 1.0;
    if (tile.alphas != ABSENT) {
        opacity = alphas[tile.alphas + tap.at];
    }
    out.value = values[plane + tap.at];
    out.whole = true;
    out.found = true;
    return weighed(out, variance, opacity);
}
