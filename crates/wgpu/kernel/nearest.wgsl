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
    out.value = tap.value;
    if (tile.weights != ABSENT) {
        out.value = tap.weight * tap.value / tap.weight;
    }
    out.weight = tap.weight;
    out.alpha = tap.alpha;
    out.whole = true;
    out.found = true;
    return out;
}
