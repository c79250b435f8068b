// Adds a sample to what its pixel holds: crates/coadd/src/fold.rs.

// Compares bits, because shaders do not agree on the result of comparing with NaN.
fn is_less(a: f32, b: f32) -> bool {
    return !is_nan(a) && !is_nan(b) && a < b;
}

// `held`: bits of the value and of the total, which is 0 before the first sample, and negative while there are
// only partial ones. A whole sample replaces those; a partial one counts only if there is no whole one.
fn fold(held: vec2<u32>, value: f32, weight: f32, whole: bool) -> vec2<u32> {
    let sum = bitcast<f32>(held.x);
    let total = bitcast<f32>(held.y);
    if (!whole && total > 0.0) {
        return held;
    }
    let signed = select(-weight, weight, whole);
    let begins = total == 0.0 || (whole && total < 0.0);
    if (rule == RULE_MEAN) {
        return bits_of(select(sum, 0.0, begins) + weight * value, select(total, 0.0, begins) + signed);
    }
    if (begins) {
        return bits_of(value, signed);
    }
    if (rule == RULE_SUM) {
        return bits_of(sum + value, total + signed);
    }
    if ((rule == RULE_MIN && is_less(value, sum)) || (rule == RULE_MAX && is_less(sum, value)) || rule == RULE_LAST) {
        return bits_of(value, signed);
    }
    return held;
}

fn bits_of(value: f32, total: f32) -> vec2<u32> {
    return vec2(bitcast<u32>(value), bitcast<u32>(total));
}
