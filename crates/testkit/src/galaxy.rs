//! A spiral galaxy: a bulge, an exponential disc and two logarithmic arms.

/// One galaxy; everything is smooth on the scale of a twentieth of its radius.
#[derive(Clone, Debug, PartialEq)]
pub struct Galaxy {
    /// Offset from the scene's centre to the east and north, degrees.
    pub offset_deg: [f64; 2],
    /// Radius at which the disc has nearly faded, degrees.
    pub radius_deg: f64,
    /// Apparent minor over major axis, 0.1..1.
    pub axis_ratio: f64,
    /// Position angle of the major axis, degrees east of north.
    pub position_angle_deg: f64,
    /// Brightness at the centre, counts.
    pub brightness: f64,
    /// Strength of the spiral arms, 0 for a smooth disc to 1.
    pub arms: f64,
}

const BULGE: [f64; 3] = [1.15, 1.0, 0.72];
const DISC: [f64; 3] = [0.80, 0.95, 1.25];
const KNOTS: [f64; 3] = [1.5, 0.75, 0.9];

impl Galaxy {
    /// Adds the light of the galaxy at a point of the scene's tangent plane.
    pub(crate) fn add(&self, at: [f64; 2], light: &mut [f64; 3]) {
        let (dx, dy) = (at[0] - self.offset_deg[0], at[1] - self.offset_deg[1]);
        let reach = 1.3 * self.radius_deg;
        if dx * dx + dy * dy >= reach * reach {
            return;
        }
        let (sin, cos) = libm::sincos(self.position_angle_deg.to_radians());
        let major = (dx * sin + dy * cos) / self.radius_deg;
        let minor = (dx * cos - dy * sin) / (self.radius_deg * self.axis_ratio.clamp(0.1, 1.0));
        let r2 = major * major + minor * minor;
        // Rounded at the centre, so that neither the disc nor the arms have a cusp that no pixel could sample.
        let r = libm::sqrt(r2 + 0.002);
        let fade = (1.0 - (dx * dx + dy * dy) / (reach * reach)).max(0.0);
        let fade = fade * fade;
        let disc = 0.45 * libm::exp(-r / 0.27) * fade;
        // The bulge is a ball, less flattened than the disc.
        let ball = (dx * dx + dy * dy) / (self.radius_deg * self.radius_deg);
        let bulge = 0.55 * libm::exp(-libm::sqrt((0.7 * r2 + 0.3 * ball) / 0.006 + 0.2)) * fade;
        let (arm, knots) = self.arms(major, minor, r);
        for (c, sum) in light.iter_mut().enumerate() {
            *sum += self.brightness
                * (bulge * BULGE[c] + disc * (DISC[c] * (0.35 + arm) + knots * KNOTS[c]));
        }
    }

    /// Factors for starlight and glowing gas in the arms.
    fn arms(&self, major: f64, minor: f64, r: f64) -> (f64, f64) {
        if self.arms <= 0.0 {
            return (0.6, 0.0);
        }
        let angle = libm::atan2(minor, major);
        let phase = 2.0 * (angle - 3.1 * libm::log(r));
        let crest = 0.5 + 0.5 * libm::cos(phase);
        let strength = self.arms * (r2_step(r / 0.22));
        let arm = 0.6 * (1.0 - strength) + strength * 1.7 * crest * crest;
        let beads = 0.5 + 0.5 * libm::sin(9.0 * angle + 14.0 * r);
        (
            arm,
            0.5 * strength * crest * crest * crest * crest * beads * beads,
        )
    }
}

/// From 0 at the centre to 1 far out, without a kink.
fn r2_step(x: f64) -> f64 {
    let x2 = x * x;
    x2 * x2 / (1.0 + x2 * x2)
}
