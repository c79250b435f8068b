//! FK4, related to FK5 as in astropy: Newcomb's precession, the E-terms of aberration, and the matrix of Murray 1989
//! (A&A 218, 325), for objects without proper motion in FK5.

use super::obliquity;
use crate::rotation::{Direction, Matrix, about, dot, product, transposed};

/// Murray's eq. 28, B1950 to J2000 at epoch B1950, and eq. 29, its change per Julian century of epoch (1e-6).
const MURRAY: Matrix = [
    [
        0.999_925_679_495_687_7,
        -0.011_181_483_220_466_2,
        -0.004_859_003_815_359_2,
    ],
    [
        0.011_181_483_239_171_7,
        0.999_937_484_893_313_5,
        -0.000_027_162_594_714_2,
    ],
    [
        0.004_859_003_772_314_3,
        -0.000_027_170_293_744_0,
        0.999_988_194_602_374_2,
    ],
];
const PER_CENTURY: Matrix = [
    [-0.002_645_526_2, -1.153_991_868_9, 2.111_134_619_0],
    [1.154_062_816_1, -0.012_904_299_7, 0.023_602_147_8],
    [-2.111_297_904_8, -0.005_602_444_8, 0.010_258_773_4],
];

/// Julian date of a Besselian epoch (Lieske 1979, A&A 73, 282).
fn julian_date(besselian: f64) -> f64 {
    2_415_020.313_52 + (besselian - 1900.0) * 365.242_198_781
}

/// Julian centuries from B1950.
fn centuries(equinox: f64) -> f64 {
    (julian_date(equinox) - julian_date(1950.0)) / 36_525.0
}

/// From FK5 J2000 to FK4 without E-terms of a Besselian equinox, which is also the epoch.
pub fn from_fk5(equinox: f64) -> Matrix {
    let epoch = 2000.0 + (julian_date(equinox) - 2_451_545.0) / 365.25;
    let t = 1e-6 * (epoch - 1950.0) / 100.0;
    let mut to_fk5 = MURRAY;
    for (row, change) in to_fk5.iter_mut().zip(PER_CENTURY) {
        for (cell, change) in row.iter_mut().zip(change) {
            *cell += change * t;
        }
    }
    product(
        &transposed(&precession_to_1950(equinox)),
        &transposed(&orthonormal(to_fk5)),
    )
}

/// The sum is a rotation only to 1e-12; without this step the transposed matrix would not be its inverse.
fn orthonormal(m: Matrix) -> Matrix {
    let a = unit(m[0]);
    let along = dot(a, m[1]);
    let b = unit([0, 1, 2].map(|k| m[1][k] - along * a[k]));
    let c = [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ];
    [a, b, c]
}

/// Newcomb's precession from an equinox to B1950 (Explanatory Supplement 1961, section 2B), in tropical millennia
/// from B1850.
fn precession_to_1950(equinox: f64) -> Matrix {
    let t = (equinox - 1850.0) / 1000.0;
    let d = (1950.0 - 1850.0) / 1000.0 - t;
    let first = (0.060 * t + 139.720) * t + 23_035.545;
    let zeta = ((17.995 * d + 30.240 - 0.27 * t) * d + first) * d;
    let z = ((18.325 * d + 109.480 + 0.39 * t) * d + first) * d;
    let theta = ((-41.8 * d - 42.65 - 0.37 * t) * d + (-0.37 * t - 85.29) * t + 20_051.12) * d;
    let degrees = |arcseconds: f64| arcseconds / 3600.0;
    product(
        &about(2, -degrees(z)),
        &product(&about(1, degrees(theta)), &about(2, -degrees(zeta))),
    )
}

/// The E-terms of aberration of an equinox (Explanatory Supplement 1992, section 3.53).
pub fn e_terms(equinox: f64) -> Direction {
    let t = centuries(equinox);
    let constant = 0.005_693_2_f64.to_radians();
    let eccentricity = (-0.000_000_126 * t - 0.000_041_93) * t + 0.016_730_11;
    let perigee = ((0.012 * t + 1.65) * t + 6_190.67) * t + 1_015_489.951;
    let (sin_g, cos_g) = crate::rotation::sin_cos_deg(perigee / 3600.0);
    let (sin_o, cos_o) = crate::rotation::sin_cos_deg(obliquity(julian_date(equinox)));
    let k = constant * eccentricity;
    [k * sin_g, -k * cos_g * cos_o, -k * cos_g * sin_o]
}

/// A direction with its E-terms removed.
pub fn without(e_terms: Direction, v: Direction) -> Direction {
    let along = 1.0 + dot(e_terms, v);
    unit([0, 1, 2].map(|k| along * v[k] - e_terms[k]))
}

/// The inverse of `without`, accurate to the third power of the E-terms (1e-18).
pub fn with(e_terms: Direction, v: Direction) -> Direction {
    unit([0, 1, 2].map(|k| v[k] + e_terms[k]))
}

fn unit(v: Direction) -> Direction {
    let length = dot(v, v).sqrt();
    v.map(|c| c / length)
}
