// Adds a sample to what its pixel holds: crates/coadd/src/fold.rs.

// Compares bits, because shaders do not agree on the result of comparing with NaN.
fn is_less(a: f32, b: f32) -> bool {
    return !is_nan(a) && !is_nan(b) && a < b;
}

// What a pixel holds, as bits: a sum, or a sample; its weight, which is 0 before the first sample, and but for a mean negative
// while there are only partial ones; for a mean the first sample, from which the sum counts, and for a sum what rounding took
// from it. With a stack: nothing; the count; nothing.
struct Sums {
    sum: u32,
    total: u32,
    aside: u32,
}

// A whole sample replaces partial ones; a partial one counts only if there is no whole one.
fn fold(held: Sums, value: f32, weight: f32, whole: bool) -> Sums {
    let sum = bitcast<f32>(held.sum);
    let total = bitcast<f32>(held.total);
    if (rule == RULE_MEAN) {
        return fold_mean(held, value, weight);
    }
    if (!whole && total > 0.0) {
        return held;
    }
    let signed = select(-weight, weight, whole);
    let begins = total == 0.0 || (whole && total < 0.0);
    if (begins) {
        return sums_of(value, signed, 0.0);
    }
    if (rule == RULE_SUM) {
        // Knuth, The Art of Computer Programming 2, 4.2.2, theorem B.
        let next = opaque(sum + value);
        let of_value = opaque(next - sum);
        let of_sum = opaque(next - of_value);
        let rest = (sum - of_sum) + (value - of_value);
        return sums_of(next, total + signed, bitcast<f32>(held.aside) + rest);
    }
    if ((rule == RULE_MIN && is_less(value, sum)) || (rule == RULE_MAX && is_less(sum, value)) || rule == RULE_LAST) {
        return sums_of(value, signed, 0.0);
    }
    return held;
}

// A mean holds whole and partial samples apart until all are there.
fn fold_mean(held: Sums, value: f32, weight: f32) -> Sums {
    let total = bitcast<f32>(held.total);
    let aside = select(bitcast<f32>(held.aside), value, held.total == 0u);
    return sums_of(bitcast<f32>(held.sum) + weight * (value - aside), total + weight, aside);
}

// The whole samples of a mean, together with the partial ones if these outweigh them.
fn joined(whole: Sums, partial: Sums) -> Sums {
    let total = bitcast<f32>(whole.total);
    let more = bitcast<f32>(partial.total);
    if (more <= OUTWEIGHS * total) {
        return whole;
    }
    let first = bitcast<f32>(partial.aside);
    let aside = select(bitcast<f32>(whole.aside), first, whole.total == 0u);
    let sum = bitcast<f32>(whole.sum) + (bitcast<f32>(partial.sum) + more * (first - aside));
    return sums_of(sum, total + more, aside);
}

// The same number, in a way that compilers cannot see, because they would cancel the terms of a sum against each other.
fn opaque(v: f32) -> f32 {
    // Shifted, a flag is 0.
    return bitcast<f32>(bitcast<u32>(v) ^ (launch.with_alpha >> 1u));
}

fn sums_of(sum: f32, total: f32, aside: f32) -> Sums {
    return Sums(bitcast<u32>(sum), bitcast<u32>(total), bitcast<u32>(aside));
}

fn bits_of(value: f32, total: f32) -> vec2<u32> {
    return vec2(bitcast<u32>(value), bitcast<u32>(total));
}
