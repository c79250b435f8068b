//! From a WCS to the cards of a header.

use super::Wcs;
use crate::cards::CardValue;
use crate::distortion::Warp;
use crate::frame::Frame;

type Card = (String, CardValue, String);

impl Wcs {
    /// The cards that describe this WCS: (keyword, value, comment); CRPIX is 1-based as in FITS. Tables and the
    /// surfaces of TNX and ZPX are not written: see `is_writable`.
    pub fn to_cards(&self) -> Vec<Card> {
        let [lng, lat] = self.axis_numbers();
        let mut cards = vec![integer("WCSAXES", 2, "number of WCS axes")];
        for (axis, ctype) in [1, 2].map(|axis| (axis, self.ctype(axis == lng))) {
            cards.push(text(format!("CTYPE{axis}"), ctype, "axis type"));
        }
        for axis in [1, 2] {
            cards.push(text(
                format!("CUNIT{axis}"),
                "deg".to_owned(),
                "unit of the axis",
            ));
        }
        let by_axis = |pair: [f64; 2], axis: usize| if axis == lng { pair[0] } else { pair[1] };
        for axis in [1, 2] {
            let value = by_axis(self.fiducial.crval, axis);
            cards.push(real(
                format!("CRVAL{axis}"),
                value,
                "[deg] coordinate at the reference pixel",
            ));
        }
        for (axis, crpix) in [1, 2].into_iter().zip(self.linear.crpix) {
            cards.push(real(format!("CRPIX{axis}"), crpix + 1.0, "reference pixel"));
        }
        for axis in [1, 2] {
            let row = self.linear.cd[usize::from(axis != lng)];
            for (column, value) in [1, 2].into_iter().zip(row) {
                cards.push(real(format!("CD{axis}_{column}"), value, "[deg] per pixel"));
            }
        }
        cards.push(real(
            "LONPOLE".to_owned(),
            self.poles[0],
            "[deg] native longitude of the celestial pole",
        ));
        cards.push(real(
            "LATPOLE".to_owned(),
            self.poles[1],
            "[deg] native latitude of the celestial pole",
        ));
        self.push_frame(&mut cards);
        self.push_parameters(&mut cards, lng, lat);
        cards
    }

    fn axis_numbers(&self) -> [usize; 2] {
        if self.lat_first { [2, 1] } else { [1, 2] }
    }

    fn ctype(&self, longitude: bool) -> String {
        let body = self.frame.body_axes();
        let prefix = match (self.frame, longitude) {
            (Frame::Body(_), _) => match &body {
                Some([lon, lat]) => {
                    if longitude {
                        lon
                    } else {
                        lat
                    }
                }
                None => "",
            },
            (Frame::Galactic, true) => "GLON",
            (Frame::Galactic, false) => "GLAT",
            (Frame::Ecliptic { .. }, true) => "ELON",
            (Frame::Ecliptic { .. }, false) => "ELAT",
            (_, true) => "RA--",
            (_, false) => "DEC-",
        };
        let code = self.projection.code();
        match (self.plane_warp.as_deref(), self.pixel_warp.as_deref()) {
            (Some((Warp::Tpv(_), _)), _) => format!("{prefix}-TPV"),
            (_, Some((Warp::Sip(_), _))) => format!("{prefix}-{code}-SIP"),
            _ => format!("{prefix}-{code}"),
        }
    }

    fn push_frame(&self, cards: &mut Vec<Card>) {
        let (system, equinox) = match self.frame {
            Frame::Icrs => ("ICRS", 2000.0),
            Frame::Fk5 { equinox } | Frame::Ecliptic { equinox } => ("FK5", equinox),
            Frame::Fk4 { equinox, e_terms } => (if e_terms { "FK4" } else { "FK4-NO-E" }, equinox),
            Frame::Galactic | Frame::Body(_) => return,
        };
        cards.push(text(
            "RADESYS".to_owned(),
            system.to_owned(),
            "reference frame",
        ));
        cards.push(real(
            "EQUINOX".to_owned(),
            equinox,
            "[yr] equinox of the coordinates",
        ));
    }

    fn push_parameters(&self, cards: &mut Vec<Card>, lng: usize, lat: usize) {
        let mut push = |axis: usize, m: usize, value: f64| {
            cards.push(real(format!("PV{axis}_{m}"), value, "projection parameter"));
        };
        if let Some((Warp::Tpv(tpv), _)) = self.plane_warp.as_deref() {
            for (axis, terms) in [lng, lat].into_iter().zip(tpv.terms()) {
                for (m, value) in terms {
                    push(axis, *m, *value);
                }
            }
            return;
        }
        if self.fiducial.native != self.projection.fiducial() || self.origin.is_some() {
            push(lng, 0, f64::from(u8::from(self.origin.is_some())));
            push(lng, 1, self.fiducial.native[0]);
            push(lng, 2, self.fiducial.native[1]);
        }
        for (m, value) in self.projection.parameters() {
            push(lat, m, value);
        }
        if let Some((Warp::Sip(sip), _)) = self.pixel_warp.as_deref() {
            for (letter, order) in ["A", "B"].into_iter().zip(sip.orders()) {
                cards.push(integer(
                    &format!("{letter}_ORDER"),
                    order as i64,
                    "SIP polynomial order",
                ));
            }
            for (letter, p, q, value) in sip.terms() {
                cards.push(real(format!("{letter}_{p}_{q}"), value, "SIP coefficient"));
            }
        }
    }
}

fn integer(key: &str, value: i64, comment: &str) -> Card {
    (
        key.to_owned(),
        CardValue::Integer(value),
        comment.to_owned(),
    )
}

fn real(key: String, value: f64, comment: &str) -> Card {
    (key, CardValue::Real(value), comment.to_owned())
}

fn text(key: String, value: String, comment: &str) -> Card {
    (key, CardValue::Text(value), comment.to_owned())
}
