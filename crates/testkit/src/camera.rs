//! From a pixel to the sky: the linear part, the distortion, and the matching header.

use crate::fits_writer::Card;
use crate::tangent::TangentPlane;

/// How far the optics are from an ideal tangent projection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distortion {
    /// No distortion: TAN.
    None,
    /// `TAN-SIP` polynomials (Shupe et al. 2005, ASP 347, 491).
    Sip {
        /// Displacement at the corner of the tile, pixels.
        corner_px: f64,
    },
    /// `TPV` polynomials (the FITS registry of conventions).
    Tpv {
        /// Displacement at the corner of the tile, pixels.
        corner_px: f64,
    },
}

/// A camera's mapping; pixels are 0-based, the centre of the first one is (0, 0).
pub struct Camera {
    center_deg: [f64; 2],
    reference: [f64; 2],
    cd_deg: [[f64; 2]; 2],
    distortion: Distortion,
    /// Coefficients of the square and of the cubic term, in the units of the distortion's convention.
    square: f64,
    cube: f64,
    plane: TangentPlane,
}

impl Camera {
    /// A camera that points at `center_deg` (RA, Dec) with the middle of its `width` x `height` pixels; up in the image
    /// is `rotation_deg` east of north, and east is to its left.
    pub fn new(
        center_deg: [f64; 2],
        width: usize,
        height: usize,
        scale_arcsec: f64,
        rotation_deg: f64,
        distortion: Distortion,
    ) -> Self {
        let scale = scale_arcsec / 3600.0;
        let (sin, cos) = libm::sincos(rotation_deg.to_radians());
        let reference = [(width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0];
        let corner = libm::hypot(reference[0], reference[1]).max(1.0);
        // Lengths in the units of the polynomial: pixels for SIP, degrees for TPV.
        let (corner, displacement) = match distortion {
            Distortion::None => (1.0, 0.0),
            Distortion::Sip { corner_px } => (corner, corner_px),
            Distortion::Tpv { corner_px } => (corner * scale, corner_px * scale),
        };
        Self {
            center_deg,
            reference,
            cd_deg: [[-cos * scale, sin * scale], [sin * scale, cos * scale]],
            distortion,
            square: 0.25 * displacement / (corner * corner),
            cube: 0.75 * displacement / (corner * corner * corner),
            plane: TangentPlane::new(center_deg),
        }
    }

    /// The unit vector (x to RA 0 Dec 0, z to the pole) in whose direction pixel (x, y) looks.
    pub fn direction(&self, x: f64, y: f64) -> [f64; 3] {
        let mut pixel = [x - self.reference[0], y - self.reference[1]];
        if let Distortion::Sip { .. } = self.distortion {
            pixel = self.distort(pixel);
        }
        let mut point = self.cd_deg.map(|row| row[0] * pixel[0] + row[1] * pixel[1]);
        if let Distortion::Tpv { .. } = self.distortion {
            point = self.distort(point);
        }
        self.plane.direction(point)
    }

    /// u + square u² + cube u r², and the same for v: a slightly asymmetric barrel distortion.
    fn distort(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        let r2 = u * u + v * v;
        [u, v].map(|value| value + self.square * value * value + self.cube * value * r2)
    }

    /// The cards of the mapping, in the convention of the distortion.
    pub fn cards(&self) -> Vec<Card> {
        let suffix = match self.distortion {
            Distortion::None => "TAN",
            Distortion::Sip { .. } => "TAN-SIP",
            Distortion::Tpv { .. } => "TPV",
        };
        // TPV's code has eight characters: three of the axis, its dash, then the projection.
        let mut cards = vec![
            Card::text("CTYPE1", &format!("RA---{suffix}")),
            Card::text("CTYPE2", &format!("DEC--{suffix}")),
            Card::text("CUNIT1", "deg"),
            Card::text("CUNIT2", "deg"),
            Card::text("RADESYS", "ICRS"),
            Card::real("CRVAL1", self.center_deg[0]),
            Card::real("CRVAL2", self.center_deg[1]),
            Card::real("CRPIX1", self.reference[0] + 1.0),
            Card::real("CRPIX2", self.reference[1] + 1.0),
        ];
        for (i, row) in self.cd_deg.iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                cards.push(Card::real(&format!("CD{}_{}", i + 1, j + 1), value));
            }
        }
        cards.extend(self.distortion_cards());
        cards
    }

    fn distortion_cards(&self) -> Vec<Card> {
        let (square, cube) = (self.square, self.cube);
        let terms: &[(&str, f64)] = match self.distortion {
            Distortion::None => &[],
            Distortion::Sip { .. } => &[
                ("A_2_0", square),
                ("A_3_0", cube),
                ("A_1_2", cube),
                ("B_0_2", square),
                ("B_0_3", cube),
                ("B_2_1", cube),
            ],
            Distortion::Tpv { .. } => &[
                ("PV1_1", 1.0),
                ("PV1_4", square),
                ("PV1_7", cube),
                ("PV1_9", cube),
                ("PV2_1", 1.0),
                ("PV2_4", square),
                ("PV2_7", cube),
                ("PV2_9", cube),
            ],
        };
        let orders: &[&str] = if matches!(self.distortion, Distortion::Sip { .. }) {
            &["A_ORDER", "B_ORDER"]
        } else {
            &[]
        };
        let orders = orders.iter().map(|name| Card::integer(name, 3));
        orders
            .chain(terms.iter().map(|&(name, value)| Card::real(name, value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_looks_at_the_centre_and_up_is_north() {
        let camera = Camera::new([30.0, 40.0], 101, 51, 2.0, 0.0, Distortion::None);
        let plane = TangentPlane::new([30.0, 40.0]);
        let at = |x, y| plane.project(camera.direction(x, y)).unwrap();
        assert!(at(50.0, 25.0).iter().all(|offset| offset.abs() < 1e-12));
        assert!((at(50.0, 26.0)[1] - 2.0 / 3600.0).abs() < 1e-12);
        assert!((at(51.0, 25.0)[0] + 2.0 / 3600.0).abs() < 1e-12);
    }

    #[test]
    fn distortions_move_the_corner_by_what_they_say() {
        let place = |distortion| {
            let camera = Camera::new([30.0, 40.0], 1001, 1001, 2.0, 0.0, distortion);
            TangentPlane::new([30.0, 40.0])
                .project(camera.direction(1000.0, 1000.0))
                .unwrap()
        };
        let ideal = place(Distortion::None);
        for distortion in [
            Distortion::Sip { corner_px: 4.0 },
            Distortion::Tpv { corner_px: 4.0 },
        ] {
            let moved = place(distortion);
            let moved = libm::hypot(moved[0] - ideal[0], moved[1] - ideal[1]) * 1800.0;
            assert!((2.0..=4.5).contains(&moved), "{distortion:?}: {moved} px");
        }
    }
}
