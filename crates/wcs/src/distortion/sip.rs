//! SIP: Shupe et al. 2005 (ASP Conf. Ser. 347, 491), eqs 1-3: (u, v) + (A(u, v), B(u, v)).

use super::Jet;
use super::poly::{Poly, SIDE};
use crate::error::WcsError;
use crate::reader::Reader;

/// The forward polynomials; AP and BP, which only approximate the inverse, are not read.
#[derive(Clone, Debug)]
pub struct Sip {
    a: Poly,
    b: Poly,
}

impl Sip {
    /// Reads `A_ORDER`, `A_p_q`, `B_ORDER` and `B_p_q`; `None` when the header has neither order.
    pub fn read(reader: &Reader) -> Result<Option<Self>, WcsError> {
        let orders = [order(reader, "A")?, order(reader, "B")?];
        let (a, b) = match orders {
            [Some(a), Some(b)] => (a, b),
            // An order below 2 alone describes no distortion, and astropy accepts it.
            [None, None | Some(0 | 1)] | [Some(0 | 1), None] => return Ok(None),
            [None, Some(_)] => return Err(lone("A_ORDER", "B_ORDER")),
            [Some(_), None] => return Err(lone("B_ORDER", "A_ORDER")),
        };
        let sip = Self {
            a: polynomial(reader, "A", a)?,
            b: polynomial(reader, "B", b)?,
        };
        let plain = [&sip.a, &sip.b]
            .iter()
            .all(|p| p.c.iter().flatten().all(|c| *c == 0.0));
        Ok((!plain).then_some(sip))
    }

    /// (u + A, v + B) and derivatives.
    #[inline]
    pub fn jet(&self, [u, v]: [f64; 2]) -> Jet {
        let [a, au, av] = self.a.jet(u, v);
        let [b, bu, bv] = self.b.jet(u, v);
        ([u + a, v + b], [[1.0 + au, av], [bu, 1.0 + bv]])
    }

    /// The coefficients as cards: (letter, order, p, q, value).
    pub fn terms(&self) -> impl Iterator<Item = (&'static str, usize, usize, f64)> + '_ {
        [("A", &self.a), ("B", &self.b)]
            .into_iter()
            .flat_map(|(letter, poly)| {
                (0..=poly.order).flat_map(move |p| {
                    (0..=poly.order - p)
                        .filter(move |q| poly.c[p][*q] != 0.0)
                        .map(move |q| (letter, p, q, poly.c[p][q]))
                })
            })
    }

    /// Whether there is no term above the first degree, which astropy treats as no distortion.
    pub fn is_linear(&self) -> bool {
        self.a.order.max(self.b.order) < 2
    }

    /// `A_ORDER` and `B_ORDER`; at least 2, because readers ignore the polynomial otherwise.
    pub fn orders(&self) -> [usize; 2] {
        [self.a.order.max(2), self.b.order.max(2)]
    }
}

fn lone(missing: &str, present: &str) -> WcsError {
    WcsError::Missing {
        keyword: missing.to_owned(),
        because: format!("{present} is present"),
    }
}

fn order(reader: &Reader, letter: &str) -> Result<Option<usize>, WcsError> {
    let key = format!("{letter}_ORDER");
    let Some(value) = reader.number(&key)? else {
        return Ok(None);
    };
    if value < 0.0 || value >= SIDE as f64 || value.fract() != 0.0 {
        return Err(WcsError::invalid(
            &key,
            value,
            "a SIP order is a whole number from 0 to 9",
        ));
    }
    Ok(Some(value as usize))
}

fn polynomial(reader: &Reader, letter: &str, order: usize) -> Result<Poly, WcsError> {
    let mut poly = Poly::zero();
    for p in 0..=order {
        for q in 0..=order - p {
            if let Some(value) = reader.number(&format!("{letter}_{p}_{q}"))? {
                poly.set(p, q, value);
            }
        }
    }
    Ok(poly)
}
