// Turns sums into values and coverage, in place: crates/coadd/src/accumulate.rs, `Block::finish`.

@compute @workgroup_size(GROUP_THREADS, 1, 1)
fn finish(@builtin(global_invocation_id) at: vec3<u32>) {
    if (at.x >= launch.width) {
        return;
    }
    let out = at.y * launch.width + at.x;
    var coverage = 0.0;
    for (var channel = 0u; channel < launch.channels; channel++) {
        let sum_at = channel * launch.plane + out;
        let total_bits = sums[total_plane(channel) * launch.plane + out];
        let total = abs(bitcast<f32>(total_bits));
        // There is no sample, or a sum overflowed: no data.
        var bits = NAN_BITS;
        var weight = 0.0;
        if (total > 0.0 && is_finite(total)) {
            var value = bitcast<f32>(sums[sum_at]);
            if (keeps_aside()) {
                let aside = bitcast<f32>(sums[aside_plane(channel) * launch.plane + out]);
                value = select(value + aside, aside + value / total, rule == RULE_MEAN);
            }
            if (is_finite(value)) {
                bits = bitcast<u32>(value);
                // Zeros have no sign.
                if (bits == 0x80000000u) {
                    bits = 0u;
                }
                weight = total;
            }
        }
        if (weight == 0.0 && total_bits != 0u) {
            atomicOr(&fault, FAULT_OVERFLOW);
        }
        sums[sum_at] = bits;
        coverage = max(coverage, weight);
    }
    sums[launch.channels * launch.plane + out] = bitcast<u32>(coverage);
}
