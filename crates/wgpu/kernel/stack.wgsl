// The samples of a pixel, for rules that need all of them at once: crates/coadd/src/stack.rs.
//
// They lie in planes of values, weights and ranked values, sample by sample; their count is stored in place of the
// pixel's total. They are ranked once and never moved, because rejection leaves a stretch of the ranked ones.

// Places first..end of the ranked samples.
struct Stretch {
    first: u32,
    end: u32,
}

fn len(left: Stretch) -> u32 {
    return left.end - left.first;
}

fn clipped(value: f32, low: f32, high: f32) -> f32 {
    return clamp(value, low, high);
}

// The mean of two; halved first, because their sum may overflow. Halved by their bits, because compilers move a factor
// of 0.5 out of a sum.
fn halfway(a: f32, b: f32) -> f32 {
    return halved(a) + halved(b);
}

fn halved(v: f32) -> f32 {
    let bits = bitcast<u32>(v);
    if ((bits & 0x7f800000u) <= 0x00800000u) {
        return 0.5 * v;
    }
    return bitcast<f32>(bits - 0x00800000u);
}

// A deviation, but at least the rounding of the values.
fn floored(deviation: f32, median: f32) -> f32 {
    return max(deviation, abs(median) * ROUNDING);
}

// Set in a count while there are only partial samples.
const PARTIAL: u32 = 0x80000000u;

// First word of the pixel's column, and words from one sample to the next.
var<private> stack_column: u32;

fn open_column(channel: u32, column: u32) {
    stack_column = launch.stack + channel * launch.depth * STACK_KINDS * launch.stack_plane + column;
}

fn word_of(sample: u32, kind: u32) -> u32 {
    return stack_column + (sample * STACK_KINDS + kind) * launch.stack_plane;
}

fn value_of(sample: u32) -> f32 {
    return bitcast<f32>(sums[word_of(sample, 0u)]);
}

fn weight_of(sample: u32) -> f32 {
    return bitcast<f32>(sums[word_of(sample, 1u)]);
}

fn ranked(place: u32) -> f32 {
    return bitcast<f32>(sums[word_of(place, 2u)]);
}

// Adds a sample to the current column, and returns the count. A whole sample replaces partial ones, which count only
// if there is no whole one.
fn push(count: u32, value: f32, weight: f32, whole: bool) -> u32 {
    let partial = (count & PARTIAL) != 0u;
    var held = count & ~PARTIAL;
    if (whole && partial) {
        held = 0u;
    }
    if (!whole && held > 0u && !partial) {
        return count;
    }
    if (held >= launch.depth) {
        faults |= FAULT_MISSING;
        return count;
    }
    sums[word_of(held, 0u)] = bitcast<u32>(value);
    sums[word_of(held, 1u)] = bitcast<u32>(weight);
    return (held + 1u) | select(PARTIAL, 0u, whole);
}

// Sorts the values of `count` samples.
fn rank(count: u32) {
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        var at = i;
        while (at > 0u) {
            let before = ranked(at - 1u);
            if (!(before > value)) {
                break;
            }
            sums[word_of(at, 2u)] = bitcast<u32>(before);
            at -= 1u;
        }
        sums[word_of(at, 2u)] = bitcast<u32>(value);
    }
}

// Median of a stretch.
fn middle(left: Stretch) -> f32 {
    return clipped_middle(left, ranked(left.first), ranked(left.end - 1u));
}

// The same for the values clipped to `low..high`.
fn clipped_middle(left: Stretch, low: f32, high: f32) -> f32 {
    let half = left.first + len(left) / 2u;
    let above = clipped(ranked(half), low, high);
    if (len(left) % 2u == 1u) {
        return above;
    }
    return halfway(clipped(ranked(half - 1u), low, high), above);
}
