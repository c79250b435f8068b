//! A WCS: the chain from pixel to sky and back.

mod output;
mod read;
mod tangent;
mod write;

pub(crate) use output::unsuited;

use crate::distortion::{Domain, Warp};
use crate::error::WcsError;
use crate::frame::{Frame, fk4};
use crate::linear::Linear;
use crate::pole::Fiducial;
use crate::projection::Projection;
use crate::rotation::{
    Direction, Matrix, apply, apply_transposed, direction, dot, lon_lat, product,
};
use std::f64::consts::PI;
use std::sync::Arc;

/// A celestial WCS of an image, ready for use: cheap to clone, with no allocation per call.
#[derive(Clone, Debug)]
pub struct Wcs {
    projection: Projection,
    frame: Frame,
    /// What the pole was solved from, and the effective LONPOLE and LATPOLE.
    fiducial: Fiducial,
    poles: [f64; 2],
    linear: Linear,
    /// Plane coordinates of the fiducial point when `PVi_0` moves the origin there, radians.
    origin: Option<[f64; 2]>,
    /// For a periodic map: x in the middle of the image if that extends beyond the usual layout of the map, and the
    /// distance from there to either end, radians.
    around: Option<[f64; 2]>,
    /// From ICRS, and from the WCS's own frame, to native unit vectors.
    from_icrs: Matrix,
    from_own: Matrix,
    /// E-terms of aberration of an FK4 frame, along the native axes.
    e_terms: Option<Direction>,
    /// Distortion of offsets from CRPIX, and of degrees in the plane.
    pixel_warp: Option<Arc<(Warp, Domain)>>,
    plane_warp: Option<Arc<(Warp, Domain)>>,
    /// Whether the first FITS axis is the latitude.
    lat_first: bool,
    /// FITS axis numbers of x and y.
    axes: [usize; 2],
    warnings: Arc<[String]>,
}

const DEG: f64 = PI / 180.0;

impl Wcs {
    fn assemble(
        projection: Projection,
        frame: Frame,
        fiducial: Fiducial,
        linear: Linear,
        offset: bool,
    ) -> Result<Self, WcsError> {
        let pole = fiducial.solve()?;
        let origin = if offset {
            let point = projection.to_plane(direction(fiducial.native[0], fiducial.native[1]));
            Some(point.ok_or_else(|| {
                WcsError::invalid(
                    "PV1_2",
                    fiducial.native[1],
                    "the fiducial point is not on the map",
                )
            })?)
        } else {
            None
        };
        Ok(Self {
            projection,
            frame,
            fiducial,
            poles: [pole.lonpole, pole.latpole],
            linear,
            origin,
            around: None,
            from_icrs: product(&pole.rotation, &frame.from_icrs()),
            from_own: pole.rotation,
            e_terms: frame.e_terms().map(|e| apply(&pole.rotation, e)),
            pixel_warp: None,
            plane_warp: None,
            lat_first: false,
            axes: [1, 2],
            warnings: Arc::new([]),
        })
    }

    /// The ICRS direction of a pixel; `None` outside the projection.
    #[inline]
    pub fn pixel_to_direction(&self, x: f64, y: f64) -> Option<Direction> {
        let mut native = self.pixel_to_native(x, y)?;
        if let Some(e_terms) = self.e_terms {
            native = fk4::without(e_terms, native);
        }
        Some(apply_transposed(&self.from_icrs, native))
    }

    /// The pixel of an ICRS direction; `None` when it is not in this projection, is on the other side of the sky, or
    /// the distortion has no inverse there.
    #[inline]
    pub fn direction_to_pixel(&self, d: Direction) -> Option<[f64; 2]> {
        let mut native = apply(&self.from_icrs, d);
        if let Some(e_terms) = self.e_terms {
            native = fk4::with(e_terms, native);
        }
        self.native_to_pixel(native)
    }

    /// Longitude (0..360) and latitude of a pixel in the WCS's own frame, degrees.
    pub fn pixel_to_world(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        Some(lon_lat(apply_transposed(
            &self.from_own,
            self.pixel_to_native(x, y)?,
        )))
    }

    /// The pixel of a longitude and latitude in the WCS's own frame, degrees.
    pub fn world_to_pixel(&self, lon_deg: f64, lat_deg: f64) -> Option<[f64; 2]> {
        self.native_to_pixel(apply(&self.from_own, direction(lon_deg, lat_deg)))
    }

    #[inline]
    fn pixel_to_native(&self, x: f64, y: f64) -> Option<Direction> {
        let mut u = [x - self.linear.crpix[0], y - self.linear.crpix[1]];
        if let Some((warp, _)) = self.pixel_warp.as_deref() {
            u = warp.jet(u).0;
        }
        let mut plane = self.linear.to_plane(u[0], u[1]);
        if let Some((warp, _)) = self.plane_warp.as_deref() {
            plane = warp.jet(plane).0;
        }
        self.plane_to_native(plane)
    }

    /// From degrees in the plane, with the distortion already applied.
    #[inline]
    fn plane_to_native(&self, plane: [f64; 2]) -> Option<Direction> {
        let mut p = [plane[0] * DEG, plane[1] * DEG];
        if let Some(origin) = self.origin {
            p = [p[0] + origin[0], p[1] + origin[1]];
        }
        if let (Some([middle, half]), Some([usual, _])) = (self.around, self.projection.round())
            && self.projection.goes_round(p)
        {
            if (p[0] - middle).abs() > half {
                return None;
            }
            p[0] = into_turn(p[0], usual, half);
        }
        // Far out squares overflow, and the resulting direction is not a unit vector.
        self.projection
            .to_native(p)
            .filter(|n| (dot(*n, *n) - 1.0).abs() < 1e-6)
    }

    /// The pixel of a native unit vector.
    #[inline]
    pub(crate) fn native_to_pixel(&self, n: Direction) -> Option<[f64; 2]> {
        let mut p = self.projection.to_plane(n)?;
        if let Some([middle, half]) = self.around
            && self.projection.goes_round(p)
        {
            p[0] = into_turn(p[0], middle, half);
        }
        if let Some(origin) = self.origin {
            p = [p[0] - origin[0], p[1] - origin[1]];
        }
        let mut plane = [p[0] / DEG, p[1] / DEG];
        if let Some((warp, domain)) = self.plane_warp.as_deref() {
            plane = domain.invert(warp, plane, &|p| self.linear.to_offset(p))?;
        }
        let mut offset = self.linear.to_offset(plane);
        if let Some((warp, domain)) = self.pixel_warp.as_deref() {
            offset = domain.invert(warp, offset, &|u| u)?;
        }
        let pixel = [
            offset[0] + self.linear.crpix[0],
            offset[1] + self.linear.crpix[1],
        ];
        (pixel[0].is_finite() && pixel[1].is_finite()).then_some(pixel)
    }

    /// The rotation from ICRS to native unit vectors.
    pub(crate) fn icrs_matrix(&self) -> &Matrix {
        &self.from_icrs
    }

    /// Whether the native pole is the centre of the map.
    pub(crate) fn is_zenithal(&self) -> bool {
        self.projection.is_zenithal()
    }

    /// The frame of its longitude and latitude.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// The three-letter code of the projection; TAN for TPV.
    pub fn projection_code(&self) -> &'static str {
        self.projection.code()
    }

    /// `SIP`, `TPV`, `TNX`, `ZPX`, `LOOKUP`, `SIP+LOOKUP` or none.
    pub fn distortion(&self) -> Option<&'static str> {
        let warp = self.plane_warp.as_deref().or(self.pixel_warp.as_deref());
        warp.map(|(warp, _)| warp.name())
    }

    /// Whether `to_cards` writes everything: tables and the surfaces of TNX and ZPX are not written.
    pub fn is_writable(&self) -> bool {
        let written = |warp: &Option<Arc<(Warp, Domain)>>| {
            !matches!(warp.as_deref(), Some((Warp::Tables(_) | Warp::Iraf(_), _)))
        };
        written(&self.pixel_warp) && written(&self.plane_warp)
    }

    /// The FITS axis numbers of x and y: 1 and 2, unless the celestial axes come later.
    pub fn axes(&self) -> [usize; 2] {
        self.axes
    }

    /// Side of a square with the area of a pixel at the reference point, arcseconds; without distortion.
    pub fn scale_arcsec(&self) -> f64 {
        self.linear.determinant().abs().sqrt() * 3600.0
    }

    /// Position angle of +y at the reference point, degrees from north through east in the WCS's own frame, -180..180.
    pub fn rotation_deg(&self) -> f64 {
        let [lon, lat] = self.fiducial.crval;
        // One ten-thousandth of a radian in each direction: far above rounding errors, far below curvature.
        let step = 1e-4 / DEG / self.linear.determinant().abs().sqrt();
        let at = |v: f64| {
            let native = self.plane_to_native(self.linear.to_plane(0.0, v))?;
            Some(apply_transposed(&self.from_own, native))
        };
        let (Some(a), Some(b)) = (at(-step), at(step)) else {
            return libm::atan2(self.linear.cd[0][1], self.linear.cd[1][1]).to_degrees();
        };
        let up = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
        let north = direction(lon, lat + 90.0);
        let east = direction(lon + 90.0, 0.0);
        libm::atan2(dot(up, east), dot(up, north)).to_degrees()
    }

    /// Whether east is to the right when north is up: the opposite of the sky as seen from inside.
    pub fn mirrored(&self) -> bool {
        self.linear.determinant() > 0.0
    }

    /// Warnings about this WCS for the user, each one sentence without the name of the file.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The same WCS for an image whose pixel (0, 0) was (-dx, -dy): CRPIX moves by (dx, dy).
    #[must_use]
    pub fn shifted(&self, dx: f64, dy: f64) -> Self {
        let mut out = self.clone();
        out.linear.crpix = [self.linear.crpix[0] + dx, self.linear.crpix[1] + dy];
        out
    }
}

/// A coordinate reduced by whole turns to within half a turn of `middle`.
fn into_turn(x: f64, middle: f64, half: f64) -> f64 {
    x - 2.0 * half * libm::round((x - middle) / (2.0 * half))
}
