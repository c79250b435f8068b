// Reduces a pixel's samples by a rule: crates/coadd/src/stack.rs, `Stack::reduce`.
//
// A rule rejects values at either end of the ranked ones, so the remaining samples are a stretch of them. Sums run
// over the samples in tile order, as on the CPU.

struct Centre {
    median: f32,
    deviation: f32,
}

// Median of all. Any number between the two middle values is a median of an even number; if one half is
// spoiled, this is the one next to the other half.
fn median(count: u32) -> f32 {
    let all = Stretch(0u, count);
    let left = split(all);
    if (len(left) == count) {
        return middle(all);
    }
    if (left.first == 0u) {
        return ranked(left.end - 1u);
    }
    return ranked(left.first);
}

// Median of |value - median|: the distances grow from the middle in both directions.
fn median_distance(left: Stretch, median: f32) -> f32 {
    let half = len(left) / 2u;
    var above = left.first + half;
    var below = above;
    var last = 0.0;
    var before = 0.0;
    for (var i = 0u; i <= half; i++) {
        before = last;
        var up = 0.0;
        if (above < left.end) {
            up = abs(ranked(above) - median);
        }
        var down = 0.0;
        if (below > left.first) {
            down = abs(ranked(below - 1u) - median);
        }
        if (below == left.first || (above < left.end && up <= down)) {
            last = up;
            above += 1u;
        } else {
            last = down;
            below -= 1u;
        }
    }
    if (len(left) % 2u == 1u) {
        return last;
    }
    return halfway(before, last);
}

// Median and deviation (1.4826 MAD) of the remaining samples.
fn centre(left: Stretch) -> Centre {
    let median = middle(left);
    return Centre(median, floored(MAD_TO_SIGMA * median_distance(left, median), median));
}

// The power of two by which values between two bounds are divided before they are squared, and a quarter of it:
// crates/coadd/src/reduce.rs, `Scale`.
struct Scale {
    down_by: f32,
    up_by: f32,
}

fn scale_of(least: f32, most: f32) -> Scale {
    // A quarter, because the difference itself may be too large for a number.
    let exponent = max(bitcast<u32>(quarter(most) - quarter(least)) & EXPONENT_BITS, LEAST_NORMAL_BITS);
    return Scale(bitcast<f32>(TWICE_ONE_BITS - exponent), bitcast<f32>(exponent));
}

// By the bits, because compilers move a factor out of a difference.
fn quarter(v: f32) -> f32 {
    return halved(halved(v));
}

// A value's difference from the least one, below 2.
fn down(scale: Scale, value: f32, least: f32) -> f32 {
    return (quarter(value) - quarter(least)) * scale.down_by;
}

// A deviation of such differences in the unit of the values.
fn up(scale: Scale, deviation: f32) -> f32 {
    return deviation * scale.up_by * 4.0;
}

// Sample standard deviation of the remaining ones of `count` samples, each clipped, in two passes.
fn standard_deviation(count: u32, left: Stretch, low: f32, high: f32) -> f32 {
    let least = ranked(left.first);
    let most = ranked(left.end - 1u);
    let first = clipped(least, low, high);
    let scale = scale_of(first, clipped(most, low, high));
    let n = f32(len(left));
    var sum = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (value >= least && value <= most) {
            sum += down(scale, clipped(value, low, high), first);
        }
    }
    let mean = sum / n;
    var squares = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (value >= least && value <= most) {
            let off = down(scale, clipped(value, low, high), first) - mean;
            squares += off * off;
        }
    }
    return up(scale, sqrt(squares / max(n - 1.0, 1.0)));
}

// Median and deviation of the remaining samples, after outliers have repeatedly been clipped.
fn winsorized_centre(count: u32, left: Stretch) -> Centre {
    // Repeated clipping equals one clipping to bounds that are clipped themselves.
    var low = ranked(left.first);
    var high = ranked(left.end - 1u);
    var median = clipped_middle(left, low, high);
    var deviation = standard_deviation(count, left, low, high);
    for (var round = 0u; round < MOST_ROUNDS; round++) {
        // Sums that overflow are useless, now and in every later round.
        if (!is_finite(deviation)) {
            break;
        }
        let least = median - WINSOR_AT * deviation;
        let most = median + WINSOR_AT * deviation;
        low = clipped(low, least, most);
        high = clipped(high, least, most);
        median = clipped_middle(left, low, high);
        let next = WINSOR_TO_SIGMA * standard_deviation(count, left, low, high);
        let change = abs(next - deviation);
        deviation = next;
        if (change <= CONVERGED * deviation) {
            break;
        }
    }
    return Centre(median, floored(deviation, median));
}

// Of three values in ascending order.
fn deviation_of_three(least: f32, middle: f32, most: f32) -> f32 {
    let scale = scale_of(least, most);
    let a = down(scale, least, least);
    let b = down(scale, middle, least);
    let c = down(scale, most, least);
    let mean = (a + b + c) / 3.0;
    let squares = (a - mean) * (a - mean) + (b - mean) * (b - mean) + (c - mean) * (c - mean);
    return up(scale, sqrt(squares / 2.0));
}

// True when a value lies far outside three others, which are in order.
fn is_far(value: f32, a: f32, b: f32, c: f32) -> bool {
    let deviation = floored(deviation_of_three(a, b, c), b);
    let off = abs(value - b);
    // Sums that overflow are useless; compared with equal values of 0, anything else is infinitely far away.
    if (!is_finite(deviation) || off == 0.0) {
        return false;
    }
    if (deviation == 0.0) {
        return true;
    }
    let ratio = off / deviation;
    return !is_finite(ratio) || ratio > KAPPA;
}

// The rest of four samples: all but the one that lies far outside the other three, if any does. Only the least or
// the largest can.
fn reject_of_four() -> Stretch {
    let a = ranked(0u);
    let b = ranked(1u);
    let c = ranked(2u);
    let d = ranked(3u);
    return Stretch(select(0u, 1u, is_far(a, b, c, d)), select(4u, 3u, is_far(d, a, b, c)));
}

// The samples of `count` that remain after repeated rejection beyond KAPPA deviations.
fn reject(count: u32) -> Stretch {
    if (rule == RULE_KAPPA_SIGMA && count == 4u) {
        return reject_of_four();
    }
    var left = Stretch(0u, count);
    for (var round = 0u; round < MOST_ROUNDS; round++) {
        var at: Centre;
        if (rule == RULE_WINSORIZED) {
            at = winsorized_centre(count, left);
        } else {
            at = centre(left);
        }
        let limit = KAPPA * at.deviation;
        if (!is_finite(limit)) {
            return split(left);
        }
        let before = len(left);
        while (left.first < left.end && abs(ranked(left.first) - at.median) > limit) {
            left.first += 1u;
        }
        while (left.first < left.end && abs(ranked(left.end - 1u) - at.median) > limit) {
            left.end -= 1u;
        }
        if (len(left) == before) {
            return split(left);
        }
        if (len(left) < FEW) {
            break;
        }
    }
    return left;
}

// Weighted mean and weight, as bits, of the remaining ones of `count` samples. Differences from the first one are summed,
// which stay exact at any level.
fn mean(count: u32, left: Stretch) -> vec2<u32> {
    if (len(left) == 0u) {
        return vec2(0u, 0u);
    }
    let least = ranked(left.first);
    let most = ranked(left.end - 1u);
    var sum = 0.0;
    var total = 0.0;
    var first = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (value >= least && value <= most) {
            let weight = weight_of(i);
            first = select(first, value, total == 0.0);
            sum += weight * (value - first);
            total += weight;
        }
    }
    return bits_of(first + sum / total, total);
}

// Value and weight, as bits, of the `count` samples of the current column.
fn reduce(count: u32) -> vec2<u32> {
    rank(count);
    if (rule == RULE_MEDIAN || count == FEW) {
        var total = 0.0;
        for (var i = 0u; i < count; i++) {
            total += weight_of(i);
        }
        return bits_of(median(count), total);
    }
    if (count < FEW) {
        return mean(count, Stretch(0u, count));
    }
    return mean(count, reject(count));
}

@compute @workgroup_size(CELL_COLUMNS, GROUP_ROWS, 1)
fn reduce_columns(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let at = pixel_of(group, thread);
    if (!at.inside) {
        return;
    }
    for (var channel = 0u; channel < launch.channels; channel++) {
        let total_at = total_plane(channel) * launch.plane + at.out;
        let count = sums[total_at] & ~PARTIAL;
        if (count == 0u) {
            continue;
        }
        open_column(channel, at.column);
        let result = reduce(count);
        sums[channel * launch.plane + at.out] = result.x;
        sums[total_at] = result.y;
    }
}
