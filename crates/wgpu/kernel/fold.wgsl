// Adds a sample to what its pixel holds: crates/coadd/src/fold.rs.

// Compares bits, because shaders do not agree on the result of comparing with NaN.
fn is_less(a: f32, b: f32) -> bool {
    return !is_nan(a) && !is_nan(b) && a < b;
}

// What a pixel holds, as bits: a sum, or a sample; its weight, which is 0 before the first sample, and negative while there
// are only partial ones; for a mean the first sample, from which the sum counts, and for a sum what rounding took from it.
// With a stack: nothing; the count; nothing.
struct Sums {
    sum: u32,
    total: u32,
    aside: u32,
}

// A whole sample replaces partial ones; a partial one counts only if there is no whole one.
fn fold(held: Sums, value: f32, weight: f32, whole: bool) -> Sums {
    let sum = bitcast<f32>(held.sum);
    let total = bitcast<f32>(held.total);
    if (!whole && total > 0.0) {
        return held;
    }
    let signed = select(-weight, weight, whole);
    let begins = total == 0.0 || (whole && total < 0.0);
    if (rule == RULE_MEAN) {
        let first = select(bitcast<f32>(held.aside), value, begins);
        let next = select(sum, 0.0, begins) + weight * (value - first);
        return sums_of(next, select(total, 0.0, begins) + signed, first);
    }
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
