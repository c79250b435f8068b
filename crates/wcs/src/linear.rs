//! Pixels to intermediate world coordinates (Greisen & Calabretta 2002, Paper I, eqs 1-3).

/// The affine step between 0-based pixels and degrees in the plane of projection.
#[derive(Clone, Debug)]
pub struct Linear {
    /// The reference pixel, 0-based.
    pub crpix: [f64; 2],
    /// Degrees per pixel; rows longitude and latitude, columns x and y.
    pub cd: [[f64; 2]; 2],
    inverse: [[f64; 2]; 2],
}

impl Linear {
    /// `None` when the matrix is singular or anything is not finite.
    pub fn new(crpix: [f64; 2], cd: [[f64; 2]; 2]) -> Option<Self> {
        let det = cd[0][0] * cd[1][1] - cd[0][1] * cd[1][0];
        let norm = cd.iter().flatten().map(|c| c * c).sum::<f64>();
        // Relative to the matrix, because a tiny but regular pixel is fine.
        if !det.is_finite()
            || !crpix.iter().all(|c| c.is_finite())
            || det.abs() <= 1e-12 * norm
            || norm == 0.0
        {
            return None;
        }
        let inverse = [
            [cd[1][1] / det, -cd[0][1] / det],
            [-cd[1][0] / det, cd[0][0] / det],
        ];
        inverse
            .iter()
            .flatten()
            .all(|c| c.is_finite())
            .then_some(Self { crpix, cd, inverse })
    }

    /// Determinant of the matrix, square degrees per pixel; negative on the sky as seen from inside.
    pub fn determinant(&self) -> f64 {
        self.cd[0][0] * self.cd[1][1] - self.cd[0][1] * self.cd[1][0]
    }

    /// Offset from the reference pixel to degrees.
    #[inline]
    pub fn to_plane(&self, u: f64, v: f64) -> [f64; 2] {
        [
            self.cd[0][0] * u + self.cd[0][1] * v,
            self.cd[1][0] * u + self.cd[1][1] * v,
        ]
    }

    /// Degrees to the offset from the reference pixel.
    #[inline]
    pub fn to_offset(&self, p: [f64; 2]) -> [f64; 2] {
        let m = &self.inverse;
        [
            m[0][0] * p[0] + m[0][1] * p[1],
            m[1][0] * p[0] + m[1][1] * p[1],
        ]
    }
}
