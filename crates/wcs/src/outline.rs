//! The border of an image.

/// Points on the border of an image of `width` x `height` pixels: all four sides of -0.5..n-0.5 in turn, each corner
/// once; neighbours are at most `step` pixels apart (at most 4096 points per side). None for an empty image.
pub fn outline(width: usize, height: usize, step: f64) -> impl Iterator<Item = [f64; 2]> {
    (0..4).flat_map(move |k| {
        let points = side(k, width, height, step);
        let last = points.len().saturating_sub(1);
        points.take(last)
    })
}

/// One side of the border with both its corners, `k` from 0 to 3, in order around the image.
pub(crate) fn side(
    k: usize,
    width: usize,
    height: usize,
    step: f64,
) -> impl ExactSizeIterator<Item = [f64; 2]> {
    let (w, h) = (width as f64, height as f64);
    let length = if k.is_multiple_of(2) { w } else { h };
    let segments = if width == 0 || height == 0 {
        0
    } else {
        segments(length, step)
    };
    let points = if segments == 0 { 0 } else { segments + 1 };
    (0..points).map(move |i| {
        let t = length * (i as f64 / segments as f64) - 0.5;
        let back = length - 1.0 - t;
        match k {
            0 => [t, -0.5],
            1 => [w - 0.5, t],
            2 => [back, h - 0.5],
            _ => [-0.5, back],
        }
    })
}

fn segments(length: f64, step: f64) -> usize {
    // A step of zero or NaN gives the largest number of points.
    let wanted = (length / step).ceil();
    if wanted >= 1.0 {
        wanted.min(4096.0) as usize
    } else {
        4096
    }
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn goes_round_once_and_touches_every_corner() {
        let points: Vec<_> = outline(10, 4, 2.0).collect();
        assert_eq!(points.len(), 2 * (5 + 2));
        for corner in [[-0.5, -0.5], [9.5, -0.5], [9.5, 3.5], [-0.5, 3.5]] {
            assert_eq!(
                points.iter().filter(|p| **p == corner).count(),
                1,
                "{corner:?}"
            );
        }
    }

    #[test]
    fn hostile_sizes_and_steps_stay_small() {
        assert_eq!(outline(0, 5, 1.0).count(), 0);
        assert_eq!(outline(usize::MAX, usize::MAX, 1.0).count(), 4 * 4096);
        assert_eq!(outline(3, 3, f64::NAN).count(), 4 * 4096);
        assert_eq!(outline(3, 3, f64::INFINITY).count(), 4 * 4096);
    }
}
