//! TNX and ZPX: IRAF's TAN and ZPN with polynomial surfaces in the WAT keywords, as described in the registry of FITS
//! conventions.

use super::Jet;
use super::poly::{Poly, SIDE};
use crate::error::WcsError;
use crate::header::Axes;
use crate::reader::Reader;

/// Corrections to ξ and η in degrees.
#[derive(Clone, Debug)]
pub struct Surfaces {
    name: &'static str,
    lng: Option<Surface>,
    lat: Option<Surface>,
}

/// The ZPN parameters in a ZPX header: `projp0` and up.
pub type ZpnTerms = [Option<f64>; 10];

impl Surfaces {
    /// Reads `lngcor`, `latcor` and `projpN` of the WAT keywords.
    pub fn read(reader: &Reader, axes: &Axes) -> Result<(Self, ZpnTerms), WcsError> {
        let (lng, lat) = (wat(reader, axes.lng), wat(reader, axes.lat));
        let mut terms = [None; 10];
        for (m, term) in terms.iter_mut().enumerate() {
            let name = format!("projp{m}");
            for (text, axis) in [(&lat, axes.lat), (&lng, axes.lng)] {
                let Some(word) = attribute(text, &name) else {
                    continue;
                };
                *term = term.or(Some(number(axis, &word)?));
            }
        }
        let name = if axes.code == "ZPX" { "ZPX" } else { "TNX" };
        let surfaces = Self {
            name,
            lng: surface(&lng, "lngcor", axes.lng)?,
            lat: surface(&lat, "latcor", axes.lat)?,
        };
        Ok((surfaces, terms))
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether there is nothing to correct.
    pub fn is_empty(&self) -> bool {
        self.lng.is_none() && self.lat.is_none()
    }

    /// (ξ', η') and derivatives at (ξ, η), degrees.
    pub fn jet(&self, p: [f64; 2]) -> Jet {
        let at = |surface: &Option<Surface>| surface.as_ref().map_or([0.0; 3], |s| s.jet(p));
        let ([f, fx, fy], [g, gx, gy]) = (at(&self.lng), at(&self.lat));
        ([p[0] + f, p[1] + g], [[1.0 + fx, fy], [gx, 1.0 + gy]])
    }
}

/// The text of `WATn`: each of its cards has 68 characters, of which trailing blanks are lost.
fn wat(reader: &Reader, axis: usize) -> String {
    let mut out = String::new();
    for part in 1..1000 {
        let texts = reader.cards.texts(&format!("WAT{axis}_{part:03}"));
        let Some(text) = texts.first() else { break };
        out.push_str(text);
        for _ in text.chars().count()..68 {
            out.push(' ');
        }
    }
    out
}

/// The value of `name = value` or `name = "value"`; letter case of names is ignored.
fn attribute(text: &str, name: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower.get(from..)?.find(name)?;
        from = at + name.len();
        let starts = at == 0 || lower.as_bytes()[at - 1].is_ascii_whitespace();
        let rest = text.get(from..)?.trim_start();
        if let (true, Some(value)) = (starts, rest.strip_prefix('=')) {
            let value = value.trim_start();
            return Some(match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
                None => value
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }
}

fn number(axis: usize, word: &str) -> Result<f64, WcsError> {
    match word.parse() {
        Ok(value) if f64::is_finite(value) => Ok(value),
        _ => Err(WcsError::invalid(
            &format!("WAT{axis}_001"),
            word,
            "not a finite number",
        )),
    }
}

fn surface(text: &str, name: &str, axis: usize) -> Result<Option<Surface>, WcsError> {
    let Some(value) = attribute(text, name) else {
        return Ok(None);
    };
    let numbers: Vec<f64> = value
        .split_whitespace()
        .map(|word| number(axis, word))
        .collect::<Result<_, _>>()?;
    let wrong = |reason: &str| WcsError::invalid(&format!("WAT{axis}_001"), name, reason);
    let [
        kind,
        x_terms,
        y_terms,
        cross,
        x_min,
        x_max,
        y_min,
        y_max,
        terms @ ..,
    ] = &numbers[..]
    else {
        return Err(wrong("a surface starts with eight numbers"));
    };
    let count = |n: f64| (n >= 1.0 && n <= SIDE as f64 && n.fract() == 0.0).then_some(n as usize);
    let (Some(nx), Some(ny)) = (count(*x_terms), count(*y_terms)) else {
        return Err(wrong(
            "a surface of more than 10 terms along an axis, or none, is not supported",
        ));
    };
    let basis = match *kind {
        1.0 => Basis::Chebyshev,
        2.0 => Basis::Legendre,
        3.0 => Basis::Powers,
        _ => return Err(wrong("a surface is of type 1, 2 or 3")),
    };
    if x_max <= x_min || y_max <= y_min {
        return Err(wrong("the surface has no area"));
    }
    let row = |j: usize| match *cross {
        0.0 => Some(if j == 0 { nx } else { 1 }),
        1.0 => Some(nx),
        2.0 => Some(nx.min(nx.max(ny) - j)),
        _ => None,
    };
    let mut powers = Vec::new();
    for j in 0..ny {
        let Some(n) = row(j) else {
            return Err(wrong("cross terms are of type 0, 1 or 2"));
        };
        powers.extend((0..n).map(|i| (i, j)));
    }
    if terms.len() != powers.len() {
        return Err(wrong(&format!(
            "the surface needs {} coefficients and has {}",
            powers.len(),
            terms.len()
        )));
    }
    if powers.iter().any(|(i, j)| i + j >= SIDE) {
        return Err(wrong("a surface of a degree above 9 is not supported"));
    }
    let (range_x, range_y) = match basis {
        Basis::Powers => ([0.0, 1.0], [0.0, 1.0]),
        _ => (
            [0.5 * (x_max + x_min), 2.0 / (x_max - x_min)],
            [0.5 * (y_max + y_min), 2.0 / (y_max - y_min)],
        ),
    };
    let mut poly = Poly::zero();
    for ((i, j), c) in powers.into_iter().zip(terms) {
        let (along, across) = (basis.powers(i), basis.powers(j));
        for (p, a) in along[..=i].iter().enumerate() {
            for (q, b) in across[..=j].iter().enumerate() {
                poly.set(p, q, poly.c[p][q] + c * a * b);
            }
        }
    }
    Ok(Some(Surface {
        poly,
        range_x,
        range_y,
    }))
}

/// The basis functions of a surface.
#[derive(Clone, Copy)]
enum Basis {
    Chebyshev,
    Legendre,
    Powers,
}

impl Basis {
    /// The function of a degree as coefficients of powers, by its recurrence.
    fn powers(self, degree: usize) -> [f64; SIDE] {
        let mut before = [0.0; SIDE];
        let mut here = [0.0; SIDE];
        here[0] = 1.0;
        for n in 0..degree {
            let n = n as f64;
            let (grow, drop) = match self {
                Self::Powers => (1.0, 0.0),
                Self::Chebyshev => (if n == 0.0 { 1.0 } else { 2.0 }, 1.0),
                Self::Legendre => ((2.0 * n + 1.0) / (n + 1.0), n / (n + 1.0)),
            };
            let mut next = [0.0; SIDE];
            for p in 0..SIDE {
                let raised = if p == 0 { 0.0 } else { here[p - 1] };
                next[p] = grow * raised - drop * before[p];
            }
            (before, here) = (here, next);
        }
        here
    }
}

/// A polynomial of coordinates scaled to -1..1 over the range of the surface.
#[derive(Clone, Debug)]
struct Surface {
    poly: Poly,
    /// Middle and factor.
    range_x: [f64; 2],
    range_y: [f64; 2],
}

impl Surface {
    fn jet(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        let ([mx, kx], [my, ky]) = (self.range_x, self.range_y);
        let [f, fx, fy] = self.poly.jet((x - mx) * kx, (y - my) * ky);
        [f, fx * kx, fy * ky]
    }
}
