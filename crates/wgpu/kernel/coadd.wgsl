// Samples of the tiles, one output pixel per thread: crates/coadd/src/accumulate.rs.
//
// Groups of 256 threads make 8 rows of one cell of 32 columns, so that neighbouring threads read the
// same runs and write one line of the output. Tiles come in groups, one launch after another; the sums
// wait in memory in between, so a pixel's samples are added in tile order whatever the groups.

@compute @workgroup_size(32, 8, 1)
fn coadd(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let block = group.y;
    let cell = group.x & 31u;
    let row = (group.x >> 5u) * 8u + thread.y;
    let strip = (launch.first_block + block) / launch.columns_of_blocks;
    let column = (launch.first_block + block) % launch.columns_of_blocks;
    let x = column * 1024u + cell * 32u + thread.x;
    let y = (launch.first_strip + strip) * 32u + row;
    if (x < launch.x0 || x >= launch.x1 || y < launch.y0 || y >= launch.y1) {
        return;
    }
    let at = (block * 32u + row) * 32u + cell;
    let begin = words[launch.index + at];
    let end = words[launch.index + at + 1u];
    if (begin == end) {
        return;
    }
    let out = (y - launch.first_row) * launch.width + x;
    let opacity_at = (launch.channels + 1u) * launch.plane + out;
    var opacity = 0.0;
    if (launch.with_alpha != 0u) {
        opacity = bitcast<f32>(sums[opacity_at]);
    }
    for (var channel = 0u; channel < launch.channels; channel++) {
        let sum_at = channel * launch.plane + out;
        let total_at = total_plane(channel) * launch.plane + out;
        var held = vec2(sums[sum_at], sums[total_at]);
        for (var i = begin; i < end; i++) {
            let run = runs[i];
            // Columns left of the run wrap far beyond its length.
            let k = x - run.x;
            if (k >= run.len) {
                continue;
            }
            let tile = tiles[run.owner];
            let plane = tile.values + channel * tile.plane;
            var sample: Sample;
            if (kernel == NEAREST) {
                sample = sample_nearest(run, k, tile, plane);
            } else if (kernel == BILINEAR) {
                sample = sample_bilinear(run, k, tile, plane);
            } else {
                sample = sample_separable(run, k, tile, plane);
            }
            if (!sample.found) {
                continue;
            }
            held = fold(held, sample.value, tile.weight * sample.weight, sample.whole);
            opacity = max(opacity, sample.alpha);
        }
        sums[sum_at] = held.x;
        sums[total_at] = held.y;
    }
    if (launch.with_alpha != 0u) {
        sums[opacity_at] = bitcast<u32>(opacity);
    }
    if (missing) {
        atomicStore(&fault, 1u);
    }
}
