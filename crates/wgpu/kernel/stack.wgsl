// All samples of a pixel: planes of values, of weights, and of values in order, sample by sample. Their count
// waits where the pixel's total goes.

const STACK_KINDS: u32 = 3u;
// Set in a count while only partial samples fell.
const PARTIAL: u32 = 0x80000000u;

// First word of the pixel's column, and words from sample to sample.
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

fn ordered(place: u32) -> f32 {
    return bitcast<f32>(sums[word_of(place, 2u)]);
}

// Adds a sample to the open column, and returns the count. A whole one replaces partial ones, which count only
// beside others of their kind; what overflowed has no place among the others.
fn push(count: u32, value: f32, weight: f32, whole: bool) -> u32 {
    if (!is_finite(value) || !(weight > 0.0)) {
        return count;
    }
    let partial = (count & PARTIAL) != 0u;
    var held = count & ~PARTIAL;
    if (whole && partial) {
        held = 0u;
    }
    if (!whole && held > 0u && !partial) {
        return count;
    }
    if (held >= launch.depth) {
        missing = true;
        return count;
    }
    sums[word_of(held, 0u)] = bitcast<u32>(value);
    sums[word_of(held, 1u)] = bitcast<u32>(weight);
    return (held + 1u) | select(PARTIAL, 0u, whole);
}

// Puts the values of `count` samples in order.
fn sort_column(count: u32) {
    for (var i = 0u; i < count; i++) {
        let value = value_of(i);
        var at = i;
        while (at > 0u) {
            let before = ordered(at - 1u);
            if (!(before > value)) {
                break;
            }
            sums[word_of(at, 2u)] = bitcast<u32>(before);
            at -= 1u;
        }
        sums[word_of(at, 2u)] = bitcast<u32>(value);
    }
}
