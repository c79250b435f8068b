//! Robust weighted least squares over the graph of overlapping tiles.
//!
//! Minimises `sum w (d + f_second(p) - f_first(p))^2 / sigma^2` over one polynomial `f` per tile, with K = 1 (level) or
//! 3 (level and slopes) coefficients. Weights `w` are Cauchy's, `1 / (1 + (r / c)^2)` with c = 2.385 robust standard
//! deviations (Holland and Welsch 1977, Commun. Stat. A6, 813), by iterated reweighting. Each step is solved by
//! conjugate gradients (Hestenes and Stiefel 1952) with the tiles' own blocks as preconditioner: memory grows with the
//! overlaps, not with the square of the tiles, and the undetermined common level stays where it starts, at 0.

use crate::robust::{SIGMA_PER_MAD, median};

const REWEIGHTINGS: usize = 12;
/// Cauchy's tuning constant for 95 % efficiency on normal errors.
const CAUCHY: f64 = 2.385;
/// Smaller residuals, as a fraction of their sigma, are rounding errors.
const LEAST_SCALE: f64 = 1e-3;
/// Conjugate gradients stop when the squared residual has shrunk by this factor.
const TOLERANCE: f64 = 1e-26;

/// The equation of one cell: `second - first` should become 0.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    pub first: usize,
    pub second: usize,
    pub at: [f64; 2],
    pub difference: f64,
    /// > 0
    pub sigma: f64,
}

/// Coefficients of each tile: level at its centre, then slopes along x and y.
pub type Terms<const K: usize> = [f64; K];
type Block<const K: usize> = [[f64; K]; K];

pub struct Network<'a, const K: usize> {
    /// The observations of all pairs, one pair after another.
    pub observations: &'a [Observation],
    /// The origin of each tile's polynomial.
    pub centers: &'a [[f64; 2]],
    /// Standard deviation expected of slopes; it bounds those that the overlaps do not determine.
    pub slope_sigma: f64,
}

/// Normal equations: a block per tile, one per pair, and the right-hand side.
struct Equations<const K: usize> {
    own: Vec<Block<K>>,
    shared: Vec<([usize; 2], Block<K>)>,
    right: Vec<Terms<K>>,
}

impl<const K: usize> Network<'_, K> {
    pub fn solve(&self) -> Vec<Terms<K>> {
        let mut terms = vec![[0.0; K]; self.centers.len()];
        let mut weights = vec![1.0; self.observations.len()];
        for _ in 0..REWEIGHTINGS {
            self.equations(&weights).solve(&mut terms);
            let scaled: Vec<f64> = self
                .observations
                .iter()
                .map(|o| (self.residual(o, &terms) / o.sigma).abs())
                .collect();
            let scale = (SIGMA_PER_MAD * median(&mut scaled.clone())).max(LEAST_SCALE);
            for (weight, r) in weights.iter_mut().zip(scaled) {
                let r = r / (CAUCHY * scale);
                *weight = 1.0 / (1.0 + r * r);
            }
        }
        terms
    }

    /// The difference that remains.
    pub fn residual(&self, o: &Observation, terms: &[Terms<K>]) -> f64 {
        let value = |tile: usize| dot(&self.basis(tile, o.at), &terms[tile]);
        o.difference + value(o.second) - value(o.first)
    }

    fn basis(&self, tile: usize, at: [f64; 2]) -> Terms<K> {
        let mut basis = [1.0; K];
        for axis in 1..K {
            basis[axis] = at[axis - 1] - self.centers[tile][axis - 1];
        }
        basis
    }

    fn equations(&self, weights: &[f64]) -> Equations<K> {
        let mut own = vec![[[0.0; K]; K]; self.centers.len()];
        let mut right = vec![[0.0; K]; self.centers.len()];
        let mut shared: Vec<([usize; 2], Block<K>)> = Vec::new();
        for (o, weight) in self.observations.iter().zip(weights) {
            let weight = weight / (o.sigma * o.sigma);
            let (a, b) = (self.basis(o.first, o.at), self.basis(o.second, o.at));
            let tiles = [o.first, o.second];
            if shared.last().is_none_or(|s| s.0 != tiles) {
                shared.push((tiles, [[0.0; K]; K]));
            }
            let last = shared.len() - 1;
            for i in 0..K {
                for j in 0..K {
                    own[o.first][i][j] += weight * a[i] * a[j];
                    own[o.second][i][j] += weight * b[i] * b[j];
                    shared[last].1[i][j] -= weight * a[i] * b[j];
                }
                right[o.first][i] += weight * o.difference * a[i];
                right[o.second][i] -= weight * o.difference * b[i];
            }
        }
        let expected = 1.0 / (self.slope_sigma * self.slope_sigma);
        for block in &mut own {
            for (i, row) in block.iter_mut().enumerate().skip(1) {
                row[i] += expected;
            }
        }
        Equations { own, shared, right }
    }
}

impl<const K: usize> Equations<K> {
    /// Improves `x` until the equations are solved.
    fn solve(&self, x: &mut [Terms<K>]) {
        let factors: Vec<Block<K>> = self.own.iter().map(cholesky).collect();
        let condition = |r: &[Terms<K>]| -> Vec<Terms<K>> {
            r.iter().zip(&factors).map(|(r, f)| back(f, r)).collect()
        };
        let goal = TOLERANCE * inner(&self.right, &condition(&self.right));
        let mut r = self.times(x);
        for (r, b) in r.iter_mut().zip(&self.right) {
            for i in 0..K {
                r[i] = b[i] - r[i];
            }
        }
        let mut z = condition(&r);
        let mut rz = inner(&r, &z);
        let mut direction = z;
        for _ in 0..100 + 10 * K * x.len() {
            let product = self.times(&direction);
            let curvature = inner(&direction, &product);
            // Also ends when a value is not finite.
            if !(rz > goal && curvature > 0.0) {
                break;
            }
            let step = rz / curvature;
            add(x, step, &direction);
            add(&mut r, -step, &product);
            z = condition(&r);
            let next = inner(&r, &z);
            let turn = next / rz;
            rz = next;
            for (d, z) in direction.iter_mut().zip(&z) {
                for i in 0..K {
                    d[i] = z[i] + turn * d[i];
                }
            }
        }
    }

    fn times(&self, x: &[Terms<K>]) -> Vec<Terms<K>> {
        let mut out: Vec<Terms<K>> = self
            .own
            .iter()
            .zip(x)
            .map(|(block, x)| block.map(|row| dot(&row, x)))
            .collect();
        for ([a, b], block) in &self.shared {
            for i in 0..K {
                for j in 0..K {
                    out[*a][i] += block[i][j] * x[*b][j];
                    out[*b][j] += block[i][j] * x[*a][i];
                }
            }
        }
        out
    }
}

fn dot<const K: usize>(a: &Terms<K>, b: &Terms<K>) -> f64 {
    (0..K).map(|i| a[i] * b[i]).sum()
}

fn inner<const K: usize>(a: &[Terms<K>], b: &[Terms<K>]) -> f64 {
    a.iter().zip(b).map(|(a, b)| dot(a, b)).sum()
}

fn add<const K: usize>(to: &mut [Terms<K>], factor: f64, what: &[Terms<K>]) {
    for (to, what) in to.iter_mut().zip(what) {
        for i in 0..K {
            to[i] += factor * what[i];
        }
    }
}

/// Lower Cholesky factor; an undetermined direction gets a diagonal of 0.
fn cholesky<const K: usize>(a: &Block<K>) -> Block<K> {
    let mut l = [[0.0; K]; K];
    for i in 0..K {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = a[i][j] - known;
            l[i][j] = if i == j {
                if rest > 1e-14 * a[i][i] {
                    rest.sqrt()
                } else {
                    0.0
                }
            } else if l[j][j] > 0.0 {
                rest / l[j][j]
            } else {
                0.0
            };
        }
    }
    l
}

/// Solves `l l^T x = b`; 0 along directions without a diagonal.
fn back<const K: usize>(l: &Block<K>, b: &Terms<K>) -> Terms<K> {
    let over = |value: f64, diagonal: f64| {
        if diagonal > 0.0 {
            value / diagonal
        } else {
            0.0
        }
    };
    let mut y = [0.0; K];
    for i in 0..K {
        let known: f64 = (0..i).map(|k| l[i][k] * y[k]).sum();
        y[i] = over(b[i] - known, l[i][i]);
    }
    let mut x = [0.0; K];
    for i in (0..K).rev() {
        let known: f64 = (i + 1..K).map(|k| l[k][i] * x[k]).sum();
        x[i] = over(y[i] - known, l[i][i]);
    }
    x
}
