//! The shape of an image, and the cost of reading it: types that HDUs and their readers share.

/// The planes of an image, each `height` rows of `width` pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// 1, 3 or 4.
    pub planes: usize,
    /// Rows, FITS axis 2 (axis 3 when interleaved).
    pub height: usize,
    /// Columns, FITS axis 1 (axis 2 when interleaved).
    pub width: usize,
    /// FITS axes (C, W, H), which is (H, W, C) in array order: the planes alternate pixel by pixel.
    pub interleaved: bool,
}

/// Numbers of the axes, from 0. A 2-D image may have no axis of planes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AxisMap {
    pub x: usize,
    pub y: usize,
    pub plane: usize,
}

/// What an image of whole numbers holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// Pixels that have a value.
    pub values: u64,
    /// Pixels that have none: BLANK.
    pub blanks: u64,
    /// The least and the largest value, where there is any.
    pub ends: Option<[f32; 2]>,
}

/// What a read cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadStats {
    /// Bytes read from the file; for a compressed image those of the tiles that were needed.
    pub bytes: u64,
}

/// Bits of the whole numbers in a mask that mean a bad pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(pub u64);

impl Flags {
    /// Whatever is not 0 is bad.
    pub const ANY: Flags = Flags(u64::MAX);

    /// 1 where the pixel is bad, else 0. What has no value cannot be trusted. Whole numbers are exact to 2^53, which is
    /// why masks are not read as `f32`: LSST and JWST use bits beyond 2^24.
    pub(crate) fn of(self, value: f64) -> f32 {
        let bad = match self {
            Flags::ANY => value != 0.0,
            Flags(bits) => value.is_nan() || value as i64 as u64 & bits != 0,
        };
        f32::from(u8::from(bad))
    }
}

/// Planes last is the FITS convention and is preferred where both readings are possible.
pub(crate) fn shape_of(axes: &[u64]) -> Option<(ImageShape, AxisMap)> {
    let planes_of = |n: u64| matches!(n, 1 | 3 | 4).then_some(n as usize);
    let (first, rest) = axes.split_at_checked(2)?;
    let mut longer = rest.iter().zip(2..).filter(|&(&n, _)| n != 1);
    let (third, at) = longer.next().map_or((1, 2), |(&n, at)| (n, at));
    if longer.next().is_some() {
        return None;
    }
    let (planes, map) = match (planes_of(third), planes_of(first[0])) {
        (Some(planes), _) => (
            planes,
            AxisMap {
                x: 0,
                y: 1,
                plane: at,
            },
        ),
        (None, Some(planes)) => (
            planes,
            AxisMap {
                x: 1,
                y: at,
                plane: 0,
            },
        ),
        (None, None) => return None,
    };
    let shape = ImageShape {
        planes,
        height: usize::try_from(axes[map.y]).ok()?,
        width: usize::try_from(axes[map.x]).ok()?,
        interleaved: map.plane == 0 && planes > 1,
    };
    Some((shape, map))
}

#[cfg(test)]
mod tests {
    use super::{Flags, shape_of};

    #[test]
    fn bits_of_flags() {
        assert_eq!(
            [0.0, 1.0, 0.5, f64::NAN].map(|v| Flags::ANY.of(v)),
            [0.0, 1.0, 1.0, 1.0]
        );
        let high = f64::from(1_u32 << 30);
        assert_eq!(
            [high, high + 1.0, 2.0, f64::NAN].map(|v| Flags(1).of(v)),
            [0.0, 1.0, 0.0, 1.0]
        );
        // The sign of 32 bits is a bit like any other.
        assert_eq!(Flags(1 << 31).of(f64::from(i32::MIN)), 1.0);
    }

    fn shape(axes: &[u64]) -> Option<(usize, usize, usize, bool)> {
        shape_of(axes).map(|(s, _)| (s.planes, s.height, s.width, s.interleaved))
    }

    #[test]
    fn planes_either_way() {
        assert_eq!(shape(&[7, 5]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 5, 3]), Some((3, 5, 7, false)));
        assert_eq!(shape(&[3, 7, 5]), Some((3, 5, 7, true)));
        assert_eq!(shape(&[4, 7, 5]), Some((4, 5, 7, true)));
        assert_eq!(shape(&[3, 7, 3]), Some((3, 7, 3, false)));
    }

    #[test]
    fn axes_of_one_do_not_count() {
        assert_eq!(shape(&[7, 5, 1, 1]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 5, 1, 3]), Some((3, 5, 7, false)));
        assert_eq!(shape(&[1, 7, 5]), Some((1, 5, 7, false)));
        assert_eq!(shape(&[7, 1]), Some((1, 1, 7, false)));
    }

    #[test]
    fn other_axes_are_refused() {
        for axes in [&[7][..], &[], &[7, 5, 2], &[7, 5, 3, 3], &[7, 5, 100]] {
            assert_eq!(shape(axes), None, "{axes:?}");
        }
    }
}
