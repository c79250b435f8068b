//! Values that Pan-STARRS stores by their inverse hyperbolic sine, so that few bits hold its whole range.

use crate::header::Header;

/// 2.5 log10 e: pixels are magnitudes of asinh (Waters et al. 2020, `ApJS` 251, 4, section 3.4; Lupton et al. 1999).
const MAGNITUDE: f64 = 1.085_736_204_758_129_6;

/// value = BOFFSET + BSOFTEN (exp(C / a) - exp(-C / a)) of a stored C, with a = 2.5 log10 e.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asinh {
    offset: f64,
    softening: f64,
    /// On the linear value.
    factor: f64,
}

impl Asinh {
    /// The scale of the values in an image with this header; `None` without both keywords.
    ///
    /// Errors: in words, why its keywords are not usable. The values are those that are stored then.
    pub fn of(header: &Header) -> Result<Option<Self>, String> {
        let number = |key: &str| match header.quoted_number(key) {
            Ok(value) => Ok(value),
            Err(text) => Err(format!("{key} = {text} is not a number")),
        };
        match (number("BOFFSET")?, number("BSOFTEN")?) {
            (None, None) => Ok(None),
            (Some(_), None) => Err("BOFFSET stands without BSOFTEN".to_owned()),
            (None, Some(_)) => Err("BSOFTEN stands without BOFFSET".to_owned()),
            (Some(_), Some(softening)) if softening <= 0.0 => {
                Err(format!("BSOFTEN = {softening} is not above 0"))
            }
            (Some(offset), Some(softening)) => Ok(Some(Self {
                offset,
                softening,
                factor: 1.0,
            })),
        }
    }

    /// Multiplies the linear values by a factor.
    pub(crate) fn times(&mut self, factor: f64) {
        self.factor *= factor;
    }

    /// Makes linear values of stored ones; what f32 cannot hold becomes NaN.
    pub(crate) fn linearise(self, values: &mut [f32]) {
        for value in values {
            let curve = 2.0 * libm::sinh(f64::from(*value) / MAGNITUDE);
            let linear = ((self.offset + self.softening * curve) * self.factor) as f32;
            *value = if linear.is_finite() { linear } else { f32::NAN };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asinh, MAGNITUDE};
    use crate::header::Header;

    fn of(cards: &str) -> Result<Option<Asinh>, String> {
        Asinh::of(&Header::from_text(cards.as_bytes()))
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let asinh = of("BOFFSET =  12.5\nBSOFTEN = '30.0'\n").unwrap().unwrap();
        let flux = [-4e4, -3.0, 0.0, 12.5, 13.0, 900.0, 6e7_f32];
        let mut values = flux.map(|f| (MAGNITUDE * ((f64::from(f) - 12.5) / 60.0).asinh()) as f32);
        asinh.linearise(&mut values);
        for (got, right) in values.iter().zip(flux) {
            assert!(
                (got - right).abs() <= 2e-6 * right.abs() + 2e-5,
                "{got} {right}"
            );
        }
        let mut beyond = [f32::NAN, 1e6];
        asinh.linearise(&mut beyond);
        assert!(beyond.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn keywords_that_do_not_serve() {
        assert_eq!(of("BSCALE  = 1.0\n"), Ok(None));
        for (cards, word) in [
            ("BOFFSET = 1.0\n", "without BSOFTEN"),
            ("BSOFTEN = 1.0\n", "without BOFFSET"),
            ("BOFFSET = 1.0\nBSOFTEN = 0.0\n", "not above 0"),
            (
                "BOFFSET = 'none'\nBSOFTEN = 1.0\n",
                "BOFFSET = none is not a number",
            ),
        ] {
            assert!(of(cards).unwrap_err().contains(word), "{cards}");
        }
    }
}
