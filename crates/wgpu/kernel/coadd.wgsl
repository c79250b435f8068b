// Adds the samples of the tiles, one output pixel per thread: crates/coadd/src/accumulate.rs.
//
// Neighbouring threads read the same runs and write one line of the output. Each group of tiles takes
// a launch; sums and stack stay in memory in between, so a pixel's samples are added in tile
// order, whatever the groups.

@compute @workgroup_size(CELL_COLUMNS, GROUP_ROWS, 1)
fn coadd(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let pixel = pixel_of(group, thread);
    if (!pixel.inside) {
        return;
    }
    let x = pixel.x;
    let at = launch.index + pixel.block * BLOCK_CELLS + pixel.cell;
    let begin = words[at];
    let end = words[at + 1u];
    if (begin == end) {
        return;
    }
    let out = pixel.out;
    let opacity_at = (launch.channels + 1u) * launch.plane + out;
    var opacity = 0.0;
    if (launch.with_alpha != 0u) {
        opacity = bitcast<f32>(sums[opacity_at]);
    }
    for (var channel = 0u; channel < launch.channels; channel++) {
        let sum_at = channel * launch.plane + out;
        let total_at = total_plane(channel) * launch.plane + out;
        let aside_at = aside_plane(channel) * launch.plane + out;
        var held = Sums(sums[sum_at], sums[total_at], 0u);
        if (keeps_aside()) {
            held.aside = sums[aside_at];
        }
        if (needs_stack()) {
            open_column(channel, pixel.column);
        }
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
            if (kernel == KERNEL_NEAREST) {
                sample = sample_nearest(run, k, tile, plane);
            } else if (kernel == KERNEL_BILINEAR) {
                sample = sample_bilinear(run, k, tile, plane);
            } else {
                sample = sample_separable(run, k, tile, plane);
            }
            if (!sample.found) {
                continue;
            }
            let weight = max(tile.weight * sample.weight, LEAST_WEIGHT);
            held = put(held, sample.value, weight, sample.whole);
            opacity = max(opacity, sample.alpha);
        }
        sums[sum_at] = held.sum;
        sums[total_at] = held.total;
        if (keeps_aside()) {
            sums[aside_at] = held.aside;
        }
    }
    if (launch.with_alpha != 0u) {
        sums[opacity_at] = bitcast<u32>(opacity);
    }
    if (faults != 0u) {
        atomicOr(&fault, faults);
    }
}

// Adds a sample to what its pixel holds: the sum and the total, or the current column and its count.
fn put(held: Sums, value: f32, weight: f32, whole: bool) -> Sums {
    if (!needs_stack()) {
        return fold(held, value, weight, whole);
    }
    // A sample that overflowed cannot be ranked among the others.
    if (!is_finite(value)) {
        faults |= FAULT_OVERFLOW;
        return held;
    }
    return Sums(held.sum, push(held.total, value, weight, whole), 0u);
}
