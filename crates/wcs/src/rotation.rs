//! Unit vectors and 3x3 rotations; public angles are in degrees, trigonometry is used only here and at set-up.

/// A unit vector.
pub type Direction = [f64; 3];

/// A 3x3 matrix by rows.
pub type Matrix = [[f64; 3]; 3];

/// The identity matrix.
pub const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Sine and cosine of an angle in degrees, exact at multiples of 90.
pub fn sin_cos_deg(degrees: f64) -> (f64, f64) {
    let turns = libm::fmod(degrees, 360.0);
    let quadrant = libm::round(turns / 90.0);
    let (s, c) = libm::sincos((turns - quadrant * 90.0).to_radians());
    match (quadrant as i64).rem_euclid(4) {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

/// The direction of (longitude, latitude) in degrees.
pub fn direction(lon: f64, lat: f64) -> Direction {
    let (sin_lon, cos_lon) = sin_cos_deg(lon);
    let (sin_lat, cos_lat) = sin_cos_deg(lat);
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

/// Longitude (0..360) and latitude in degrees of a direction; the longitude of a pole is 0.
pub fn lon_lat(d: Direction) -> [f64; 2] {
    let across = (d[0] * d[0] + d[1] * d[1]).sqrt();
    let mut lon = libm::atan2(d[1], d[0]).to_degrees();
    if lon < 0.0 {
        lon += 360.0;
    }
    [
        if lon >= 360.0 { 0.0 } else { lon },
        libm::atan2(d[2], across).to_degrees(),
    ]
}

/// The matrix times a vector.
#[inline]
pub fn apply(m: &Matrix, v: Direction) -> Direction {
    [
        m[0][0] * v[0] + m[0][1] * v[1] + m[0][2] * v[2],
        m[1][0] * v[0] + m[1][1] * v[1] + m[1][2] * v[2],
        m[2][0] * v[0] + m[2][1] * v[1] + m[2][2] * v[2],
    ]
}

/// The transposed matrix times a vector: the inverse of a rotation.
#[inline]
pub fn apply_transposed(m: &Matrix, v: Direction) -> Direction {
    [
        m[0][0] * v[0] + m[1][0] * v[1] + m[2][0] * v[2],
        m[0][1] * v[0] + m[1][1] * v[1] + m[2][1] * v[2],
        m[0][2] * v[0] + m[1][2] * v[1] + m[2][2] * v[2],
    ]
}

/// The matrix that applies `b`, then `a`.
pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut out = [[0.0; 3]; 3];
    for (row, a_row) in out.iter_mut().zip(a) {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = a_row[0] * b[0][j] + a_row[1] * b[1][j] + a_row[2] * b[2][j];
        }
    }
    out
}

/// Rows and columns exchanged.
pub fn transposed(m: &Matrix) -> Matrix {
    [
        [m[0][0], m[1][0], m[2][0]],
        [m[0][1], m[1][1], m[2][1]],
        [m[0][2], m[1][2], m[2][2]],
    ]
}

/// Rotation of the axes about x, y or z (0, 1, 2) by an angle in degrees (R1, R2, R3 of the almanacs).
pub fn about(axis: usize, degrees: f64) -> Matrix {
    let (s, c) = sin_cos_deg(degrees);
    match axis {
        0 => [[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]],
        1 => [[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]],
        _ => [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]],
    }
}

/// The inner product of two vectors.
pub fn dot(a: Direction, b: Direction) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
