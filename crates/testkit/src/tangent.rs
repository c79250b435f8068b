//! The plane tangent to the sphere at one direction, in degrees: x to the east, y to the north.

/// Gnomonic projection (Calabretta and Greisen 2002, A&A 395, 1077, section 5.1.3), written with vectors.
pub(crate) struct TangentPlane {
    centre: [f64; 3],
    east: [f64; 3],
    north: [f64; 3],
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl TangentPlane {
    /// The plane at right ascension and declination `center_deg`.
    pub(crate) fn new(center_deg: [f64; 2]) -> Self {
        let (sin_ra, cos_ra) = libm::sincos(center_deg[0].to_radians());
        let (sin_dec, cos_dec) = libm::sincos(center_deg[1].to_radians());
        Self {
            centre: [cos_dec * cos_ra, cos_dec * sin_ra, sin_dec],
            east: [-sin_ra, cos_ra, 0.0],
            north: [-sin_dec * cos_ra, -sin_dec * sin_ra, cos_dec],
        }
    }

    /// Where a unit vector meets the plane; `None` at 90 degrees and beyond.
    pub(crate) fn project(&self, direction: [f64; 3]) -> Option<[f64; 2]> {
        let depth = dot(direction, self.centre);
        if depth <= 1e-6 {
            return None;
        }
        let scale = 1.0_f64.to_degrees() / depth;
        Some([
            dot(direction, self.east) * scale,
            dot(direction, self.north) * scale,
        ])
    }

    /// The unit vector towards a point of the plane.
    pub(crate) fn direction(&self, point: [f64; 2]) -> [f64; 3] {
        let (x, y) = (point[0].to_radians(), point[1].to_radians());
        let length = libm::sqrt(1.0 + x * x + y * y);
        std::array::from_fn(|k| (self.centre[k] + x * self.east[k] + y * self.north[k]) / length)
    }

    /// Right ascension (0..360) and declination of a point of the plane, in degrees.
    pub(crate) fn ra_dec(&self, point: [f64; 2]) -> [f64; 2] {
        let [x, y, z] = self.direction(point);
        let ra = libm::atan2(y, x).to_degrees();
        [
            if ra < 0.0 { ra + 360.0 } else { ra },
            libm::asin(z.clamp(-1.0, 1.0)).to_degrees(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projecting_undoes_the_direction() {
        let plane = TangentPlane::new([359.5, 88.0]);
        for point in [[0.0, 0.0], [3.0, -2.0], [-40.0, 10.0]] {
            let back = plane.project(plane.direction(point)).unwrap();
            assert!((back[0] - point[0]).abs() < 1e-11 && (back[1] - point[1]).abs() < 1e-11);
        }
        assert!(
            plane
                .project(TangentPlane::new([179.5, -88.0]).direction([0.0, 0.0]))
                .is_none()
        );
    }

    #[test]
    fn east_is_growing_right_ascension() {
        let plane = TangentPlane::new([10.0, 0.0]);
        assert!(plane.ra_dec([1.0, 0.0])[0] > 10.9);
        assert!(plane.ra_dec([0.0, 1.0])[1] > 0.9);
    }
}
