//! A plain tangent plane as a camera: pixels and directions are linear in each other up to length.

use super::{DEG, Wcs};
use crate::projection::Projection;
use crate::rotation::{Matrix, product, transposed};

impl Wcs {
    /// For TAN without distortion: from homogeneous pixels (x, y, 1) to ICRS rays of any length, and back; rays that
    /// meet the plane from behind get a negative third coordinate. `None` for everything else.
    ///
    /// Source: Calabretta & Greisen 2002 (Paper II), eqs 54 and 55, in Cartesian coordinates.
    pub(crate) fn camera(&self) -> Option<[Matrix; 2]> {
        let plain = matches!(self.projection, Projection::Tan)
            && self.origin.is_none()
            && self.e_terms.is_none()
            && self.pixel_warp.is_none()
            && self.plane_warp.is_none();
        if !plain {
            return None;
        }
        let [cx, cy] = self.linear.crpix;
        // The native ray of (ξ, η) is (-η, ξ, 1).
        let [xi, eta] = [0, 1].map(|i| {
            let [a, b] = self.linear.cd[i].map(|c| c * DEG);
            [a, b, -(a * cx + b * cy)]
        });
        let to_native = [eta.map(|c| -c), xi, [0.0, 0.0, 1.0]];
        let [[a, b], [c, d]] = [[1.0, 0.0], [0.0, 1.0]].map(|unit| self.linear.to_offset(unit));
        let from_native = [
            [-c / DEG, a / DEG, cx],
            [-d / DEG, b / DEG, cy],
            [0.0, 0.0, 1.0],
        ];
        Some([
            product(&transposed(&self.from_icrs), &to_native),
            product(&from_native, &self.from_icrs),
        ])
    }
}
