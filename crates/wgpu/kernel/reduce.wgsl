// The stack of a pixel into one value and weight: crates/coadd/src/stack.rs, `Stack::reduce`.
//
// What a rule rejects lies at either end of the values in order, so what it keeps is a stretch of those; the
// sums run over the samples in tile order, as the CPU's do.

const KAPPA: f32 = 3.0;
const MAD_TO_SIGMA: f32 = 1.4826;
const WINSOR_AT: f32 = 1.5;
const WINSOR_TO_SIGMA: f32 = 1.134;
const CONVERGED: f32 = 5e-4;
const ROUNDING: f32 = 4.0 * 1.1920929e-7;
const MOST_ROUNDS: u32 = 50u;
const SPLIT_FROM: u32 = 6u;
const SPLIT_AT: f32 = 8.0;
const NONE: u32 = 0xffffffffu;

// Places `begin` up to, without, `end` of the values in order.
struct Stretch {
    begin: u32,
    end: u32,
}

struct Centre {
    median: f32,
    deviation: f32,
}

fn length(kept: Stretch) -> u32 {
    return kept.end - kept.begin;
}

// Mean of two numbers whose sum may overflow. Halved by the bits: compilers take a factor of 0.5 out of a sum.
fn between(a: f32, b: f32) -> f32 {
    return halved(a) + halved(b);
}

fn halved(v: f32) -> f32 {
    let bits = bitcast<u32>(v);
    if ((bits & 0x7f800000u) <= 0x00800000u) {
        return 0.5 * v;
    }
    return bitcast<f32>(bits - 0x00800000u);
}

// Median of the kept values, each clipped to `low..high`.
fn middle(kept: Stretch, low: f32, high: f32) -> f32 {
    let half = kept.begin + length(kept) / 2u;
    let above = clamp(ordered(half), low, high);
    if (length(kept) % 2u == 1u) {
        return above;
    }
    return between(clamp(ordered(half - 1u), low, high), above);
}

fn median_of(kept: Stretch) -> f32 {
    return middle(kept, ordered(kept.begin), ordered(kept.end - 1u));
}

// Median of all: of an even number with a half that is spoiled the middle value beside the other half.
fn median_of_all(count: u32) -> f32 {
    let all = Stretch(0u, count);
    let kept = split(all);
    if (length(kept) == count) {
        return median_of(all);
    }
    if (kept.begin == 0u) {
        return ordered(kept.end - 1u);
    }
    return ordered(kept.begin);
}

// Median of |value - median|: both ways from the middle the distances grow.
fn median_distance(kept: Stretch, median: f32) -> f32 {
    let half = length(kept) / 2u;
    var above = kept.begin + half;
    var below = above;
    var last = 0.0;
    var before = 0.0;
    for (var i = 0u; i <= half; i++) {
        before = last;
        var up = 0.0;
        if (above < kept.end) {
            up = abs(ordered(above) - median);
        }
        var down = 0.0;
        if (below > kept.begin) {
            down = abs(ordered(below - 1u) - median);
        }
        if (below == kept.begin || (above < kept.end && up <= down)) {
            last = up;
            above += 1u;
        } else {
            last = down;
            below -= 1u;
        }
    }
    if (length(kept) % 2u == 1u) {
        return last;
    }
    return between(before, last);
}

// Sample standard deviation of the kept values among `count`, each clipped, in two passes.
fn standard_deviation(count: u32, kept: Stretch, low: f32, high: f32) -> f32 {
    let least = ordered(kept.begin);
    let most = ordered(kept.end - 1u);
    let n = f32(length(kept));
    var sum = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (value >= least && value <= most) {
            sum += clamp(value, low, high);
        }
    }
    let mean = sum / n;
    var squares = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (value >= least && value <= most) {
            let off = clamp(value, low, high) - mean;
            squares += off * off;
        }
    }
    return sqrt(squares / max(n - 1.0, 1.0));
}

fn not_below_rounding(median: f32, deviation: f32) -> Centre {
    return Centre(median, max(deviation, abs(median) * ROUNDING));
}

fn plain_centre(kept: Stretch) -> Centre {
    let median = median_of(kept);
    return not_below_rounding(median, MAD_TO_SIGMA * median_distance(kept, median));
}

// Clipping what was clipped is clipping once, to bounds that are clipped themselves.
fn winsorized_centre(count: u32, kept: Stretch) -> Centre {
    var least = ordered(kept.begin);
    var most = ordered(kept.end - 1u);
    var median = middle(kept, least, most);
    var deviation = standard_deviation(count, kept, least, most);
    for (var round = 0u; round < MOST_ROUNDS; round++) {
        // Sums that overflow say nothing, now or in any later round.
        if (!is_finite(deviation)) {
            break;
        }
        let low = median - WINSOR_AT * deviation;
        let high = median + WINSOR_AT * deviation;
        least = clamp(least, low, high);
        most = clamp(most, low, high);
        median = middle(kept, least, most);
        let next = WINSOR_TO_SIGMA * standard_deviation(count, kept, least, most);
        let change = abs(next - deviation);
        deviation = next;
        if (change <= CONVERGED * deviation) {
            break;
        }
    }
    return not_below_rounding(median, deviation);
}

// What is left of `count` samples when rejecting beyond KAPPA deviations comes to an end.
fn clip(count: u32) -> Stretch {
    var kept = Stretch(0u, count);
    for (var round = 0u; round < MOST_ROUNDS; round++) {
        var centre: Centre;
        if (rule == WINSORIZED) {
            centre = winsorized_centre(count, kept);
        } else {
            centre = plain_centre(kept);
        }
        let limit = KAPPA * centre.deviation;
        if (!is_finite(limit)) {
            return split(kept);
        }
        let before = length(kept);
        while (kept.begin < kept.end && abs(ordered(kept.begin) - centre.median) > limit) {
            kept.begin += 1u;
        }
        while (kept.begin < kept.end && abs(ordered(kept.end - 1u) - centre.median) > limit) {
            kept.end -= 1u;
        }
        if (length(kept) == before) {
            return split(kept);
        }
        if (length(kept) < 3u) {
            break;
        }
    }
    return kept;
}

// Of an even number the tight half stays, where the other is far off and scattered.
fn split(kept: Stretch) -> Stretch {
    if (length(kept) < SPLIT_FROM || length(kept) % 2u == 1u) {
        return kept;
    }
    let half = kept.begin + length(kept) / 2u;
    let below = ordered(half - 1u) - ordered(kept.begin);
    let above = ordered(kept.end - 1u) - ordered(half);
    let gap = ordered(half) - ordered(half - 1u);
    let tight = not_below_rounding(median_of(kept), min(below, above)).deviation;
    let limit = SPLIT_AT * tight;
    if (!is_finite(limit) || !(min(gap, max(below, above)) > limit)) {
        return kept;
    }
    if (below < above) {
        return Stretch(kept.begin, half);
    }
    return Stretch(half, kept.end);
}

// Of four samples the one that lies farthest outside the other three; NONE when none does.
fn odd_one_out() -> u32 {
    var worst = NONE;
    var most = 0.0;
    for (var i = 0u; i < 4u; i++) {
        let a = value_of((i + 1u) & 3u);
        let b = value_of((i + 2u) & 3u);
        let c = value_of((i + 3u) & 3u);
        let least = min(min(a, b), c);
        let median = max(min(a, b), min(max(a, b), c));
        let largest = max(max(a, b), c);
        let mean = (least + median + largest) / 3.0;
        let squares = (least - mean) * (least - mean) + (median - mean) * (median - mean)
            + (largest - mean) * (largest - mean);
        let centre = not_below_rounding(median, sqrt(squares / 2.0));
        let off = abs(value_of(i) - median);
        // Beside equal values of 0 anything else is infinitely far off; sums that overflow say nothing.
        var ratio = 0.0;
        if (is_finite(centre.deviation) && off > 0.0) {
            ratio = 3.4028235e38;
            if (centre.deviation > 0.0 && is_finite(off / centre.deviation)) {
                ratio = off / centre.deviation;
            }
        }
        if (ratio > KAPPA && ratio > most) {
            worst = i;
            most = ratio;
        }
    }
    return worst;
}

// Weighted mean and weight, as bits, of the kept samples among `count`, without sample `without`.
fn mean_of(count: u32, kept: Stretch, without: u32) -> vec2<u32> {
    if (length(kept) == 0u) {
        return vec2(0u, 0u);
    }
    let least = ordered(kept.begin);
    let most = ordered(kept.end - 1u);
    var sum = 0.0;
    var total = 0.0;
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        if (i != without && value >= least && value <= most) {
            let weight = weight_of(i);
            sum += weight * value;
            total += weight;
        }
    }
    return bits_of(sum / total, total);
}

fn reduce_column(count: u32) -> vec2<u32> {
    let all = Stretch(0u, count);
    sort_column(count);
    if (rule == MEDIAN || count == 3u) {
        var total = 0.0;
        for (var i = 0u; i < count; i++) {
            total += weight_of(i);
        }
        return bits_of(median_of_all(count), total);
    }
    if (count < 3u) {
        return mean_of(count, all, NONE);
    }
    if (rule == KAPPA_SIGMA && count == 4u) {
        return mean_of(count, all, odd_one_out());
    }
    return mean_of(count, clip(count), NONE);
}

@compute @workgroup_size(32, 8, 1)
fn reduce(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
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
        let result = reduce_column(count);
        sums[channel * launch.plane + at.out] = result.x;
        sums[total_at] = result.y;
    }
}
