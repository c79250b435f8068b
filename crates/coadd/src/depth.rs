//! How deep the samples of a kernel are, for weights that do not depend on the scale of tiles.

use crate::constants::PHASE_BITS;
use crate::job::Kernel;

/// Phases along each axis over which the kernel is averaged.
const PHASES: i32 = 16;

impl Kernel {
    /// The tile pixels that a mean of many output pixels is as deep as, per output pixel.
    ///
    /// `map`: how tile positions change per output pixel (tile px; columns of the matrix are output axes). A tile pixel enters
    /// the samples around it with shares whose sum is w. Over the phases of the grid w has the mean 1 / |map|, and the noise
    /// of a block of output pixels grows with the mean of w². So the depth is 1 / (|map| mean w²): the area |map| where all
    /// pixels enter alike, as with `exact`; less where some enter more than others, because a kernel skips pixels of finer
    /// tiles.
    pub fn depth(self, map: [[f64; 2]; 2]) -> f64 {
        let [[a, b], [c, d]] = map;
        let area = (a * d - b * c).abs();
        if self == Self::Exact || !(area > 0.0 && area.is_finite()) {
            return area;
        }
        let reach = self.reach();
        // Output pixels whose kernels may touch the tile pixel at the origin, from any phase.
        let most =
            |p: f64, q: f64| ((p.abs() + q.abs()) * reach / area).ceil().min(64.0) as i32 + 1;
        let (columns, rows) = (most(d, b), most(c, a));
        let mut squares = 0.0;
        for phase in 0..PHASES * PHASES {
            let of = |i: i32| (f64::from(i) + 0.5) / f64::from(PHASES);
            let (s, t) = (of(phase % PHASES), of(phase / PHASES));
            let mut sum = 0.0;
            for row in -rows..=rows {
                for column in -columns..=columns {
                    let (i, j) = (f64::from(column) + s, f64::from(row) + t);
                    sum += self.share(a * i + b * j) * self.share(c * i + d * j);
                }
            }
            squares += sum * sum;
        }
        f64::from(PHASES * PHASES) / (squares * area)
    }

    /// Pixels from its centre at which the kernel ends.
    fn reach(self) -> f64 {
        match self {
            Self::Nearest | Self::Exact => 0.5,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos3 => 3.0,
            Self::Lanczos4 => 4.0,
        }
    }

    /// The share of a tap in a sample that lies `distance` px beyond it, along one axis.
    fn share(self, distance: f64) -> f64 {
        let reach = self.reach();
        if distance < -reach || distance >= reach {
            return 0.0;
        }
        match self {
            Self::Nearest | Self::Exact => 1.0,
            Self::Bilinear => 1.0 - distance.abs(),
            _ => {
                let taps = 2 * reach as usize;
                let below = distance.floor();
                let phase = ((distance - below) * f64::from(1 << PHASE_BITS)).round() as usize;
                let tap = (reach - 1.0 - below) as usize;
                f64::from(self.table()[phase * taps + tap])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(scale: f64) -> [[f64; 2]; 2] {
        [[scale, 0.0], [0.0, scale]]
    }

    #[test]
    fn pixels_of_the_same_scale_count_once() {
        for kernel in Kernel::ALL {
            let depth = kernel.depth(scaled(1.0));
            assert!((depth - 1.0).abs() < 1e-5, "{kernel:?}: {depth}");
        }
    }

    #[test]
    fn of_finer_tiles_kernels_see_a_part() {
        // By hand: w is the phase or its rest, and the mean of its square is 1/3 along each axis.
        assert!((Kernel::Bilinear.depth(scaled(2.0)) - 2.25).abs() < 0.02);
        assert!((Kernel::Nearest.depth(scaled(2.0)) - 1.0).abs() < 1e-9);
        assert!((Kernel::Exact.depth(scaled(2.0)) - 4.0).abs() < 1e-9);
        let lanczos = Kernel::Lanczos3.depth(scaled(1.5));
        assert!((1.5..2.25).contains(&lanczos), "{lanczos}");
    }

    #[test]
    fn turning_and_mirroring_change_little() {
        let (s, c) = 0.6f64.sin_cos();
        for kernel in [Kernel::Bilinear, Kernel::Bicubic, Kernel::Lanczos3] {
            let turned = kernel.depth([[c, s], [s, -c]]);
            assert!((turned - 1.0).abs() < 0.05, "{kernel:?}: {turned}");
        }
    }
}
