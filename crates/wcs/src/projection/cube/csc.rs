//! CSC, the COBE quadrilateralized spherical cube: Chan & O'Neill 1975 (EPRF Report 2-75), as in Paper II, section
//! 5.6.2.
//!
//! The published polynomials of the two directions are inverse to each other only to 47 arcseconds. Here the one from
//! the sky to the plane is the definition, and the other starts a Newton iteration that inverts it exactly.

const GAMMA_STAR: f64 = 1.374_848_477_32;
const M: f64 = 0.004_869_491_981;
const GAMMA: f64 = -0.131_616_714_74;
const OMEGA: f64 = -0.159_596_235_474;
const D: [f64; 2] = [0.075_919_620_046_7, -0.021_776_249_069_9];
/// The coefficients C with the powers of χ² and ψ² that each multiplies.
const C: [(f64, i32, i32); 6] = [
    (0.141_189_631_152, 0, 0),
    (0.080_970_128_652_5, 1, 0),
    (-0.281_528_535_557, 0, 1),
    (0.153_841_128_76, 1, 1),
    (-0.178_251_207_466, 2, 0),
    (0.106_959_469_314, 0, 2),
];

/// F of section 5.6.2 for one coordinate: the value and its derivatives with respect to its own tangent and the other
/// one.
fn forward(chi: f64, psi: f64) -> [f64; 3] {
    let (p, q) = (chi * chi, psi * psi);
    let (mut sum, mut sum_p, mut sum_q) = (0.0, 0.0, 0.0);
    for (c, i, j) in C {
        let (pi, qj) = (power(p, i), power(q, j));
        sum += c * pi * qj;
        sum_p += c * f64::from(i) * power(p, i - 1) * qj;
        sum_q += c * f64::from(j) * pi * power(q, j - 1);
    }
    let inner = GAMMA + (M - GAMMA) * p + (1.0 - q) * sum;
    let inner_p = M - GAMMA + (1.0 - q) * sum_p;
    let inner_q = (1.0 - q) * sum_q - sum;
    let tail = OMEGA - (1.0 - p) * (D[0] + D[1] * p);
    let tail_p = D[0] + D[1] * p - (1.0 - p) * D[1];
    // F/χ as a polynomial of p and q.
    let g = GAMMA_STAR + p * (1.0 - GAMMA_STAR) + q * (1.0 - p) * inner + p * (1.0 - p) * tail;
    let g_p = 1.0 - GAMMA_STAR
        + q * ((1.0 - p) * inner_p - inner)
        + (1.0 - 2.0 * p) * tail
        + p * (1.0 - p) * tail_p;
    let g_q = (1.0 - p) * (inner + q * inner_q);
    [chi * g, g + 2.0 * p * g_p, 2.0 * chi * psi * g_q]
}

fn power(x: f64, n: i32) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

/// Tangents to the square -1..1.
pub fn to_square(chi: f64, psi: f64) -> [f64; 2] {
    [forward(chi, psi)[0], forward(psi, chi)[0]]
}

/// P\_ij for each power j of the other coordinate, in ascending i.
const P: [&[f64]; 7] = [
    &[
        -0.272_926_96,
        -0.076_299_69,
        -0.227_970_56,
        0.548_523_84,
        -0.629_300_65,
        0.257_957_94,
        0.025_843_75,
    ],
    &[
        -0.028_194_52,
        -0.014_715_65,
        0.480_515_09,
        -1.741_144_54,
        1.715_475_08,
        -0.530_223_37,
    ],
    &[
        0.270_581_60,
        -0.568_009_38,
        0.308_030_17,
        0.989_381_02,
        -0.831_804_69,
    ],
    &[-0.604_415_60, 1.508_808_33, -0.936_785_76, 0.086_938_41],
    &[0.934_120_77, -1.416_019_20, 0.338_874_46],
    &[-0.639_153_06, 0.520_323_38],
    &[0.143_815_85],
];

/// f of section 5.6.2: the published inverse.
fn backward(x: f64, y: f64) -> f64 {
    let (p, q) = (x * x, y * y);
    let sum = P.iter().rev().fold(0.0, |sum, row| {
        sum * q + row.iter().rev().fold(0.0, |sum, c| sum * p + c)
    });
    x + x * (1.0 - p) * sum
}

/// The square to tangents, the exact inverse of `to_square`.
pub fn to_tangents([x, y]: [f64; 2]) -> Option<[f64; 2]> {
    let mut z = [backward(x, y), backward(y, x)];
    for _ in 0..20 {
        let [f, fx, fy] = forward(z[0], z[1]);
        let [g, gy, gx] = forward(z[1], z[0]);
        let (u, v) = (x - f, y - g);
        let det = fx * gy - fy * gx;
        let step = [(gy * u - fy * v) / det, (fx * v - gx * u) / det];
        z = [z[0] + step[0], z[1] + step[1]];
        if step[0].abs().max(step[1].abs()) <= 1e-15 {
            // A point on the border of a face must stay there in spite of rounding.
            return Some(z.map(|c| c.clamp(-1.0, 1.0)));
        }
    }
    z.iter()
        .all(|c| c.is_finite() && c.abs() < 1.0 + 1e-9)
        .then_some(z)
}

#[cfg(test)]
mod tests {
    use super::{backward, forward, to_square, to_tangents};

    fn square() -> impl Iterator<Item = [f64; 2]> {
        (-20..=20).flat_map(|j| (-20..=20).map(move |i| [i, j].map(|k| f64::from(k) / 20.0)))
    }

    /// The published polynomials agree to about 3e-4 of half a face; with a wrong coefficient they do not.
    #[test]
    fn the_published_inverse_nearly_is_one() {
        let worst = square()
            .map(|[x, y]| (forward(backward(x, y), backward(y, x))[0] - x).abs())
            .fold(0.0, f64::max);
        assert!(worst > 1e-5 && worst < 4e-4, "{worst}");
    }

    #[test]
    fn the_exact_inverse_is_one() {
        for [x, y] in square() {
            let [chi, psi] = to_tangents([x, y]).expect("a point of the face");
            let back = to_square(chi, psi);
            assert!(
                (back[0] - x).abs().max((back[1] - y).abs()) < 1e-14,
                "{x} {y}"
            );
        }
    }
}
