//! Robust weighted least squares over the graph of overlapping tiles.
//!
//! Minimises `sum w (d + f_second(p) - f_first(p))^2 / sigma^2` over one polynomial `f` per tile, with K = 1 (level) or
//! 3 (level and slopes) coefficients. Weights `w` are Cauchy's, `1 / (1 + (r / c)^2)` with c = 2.385 robust standard
//! deviations (Holland and Welsch 1977, Commun. Stat. A6, 813), by iterated reweighting. Each step is solved by
//! conjugate gradients (Hestenes and Stiefel 1952) with a sparse factor of the equations as preconditioner (see `sparse`), which
//! takes one or two rounds; where so many tiles overlap that it would be dense, with the tiles' own blocks. What the overlaps do
//! not determine, a common level, is anywhere.

use crate::group::Groups;
use crate::robust::{SIGMA_PER_MAD, median};
use crate::sparse::{Factor, Order};

const REWEIGHTINGS: usize = 12;
/// Cauchy's tuning constant for 95 % efficiency on normal errors.
const CAUCHY: f64 = 2.385;
/// Smaller residuals, as a fraction of their sigma, are rounding errors.
const LEAST_SCALE: f64 = 1e-3;
/// Conjugate gradients stop when the squared residual has shrunk by this factor.
const TOLERANCE: f64 = 1e-26;

/// After this many rounds the equations are factored anew.
const MANY_ROUNDS: usize = 16;

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
/// A square of coefficients.
pub(crate) type Block<const K: usize> = [[f64; K]; K];

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
        let order = Order::new(self.centers.len(), &self.pairs());
        let anchors = self.anchors();
        let mut factor: Option<Factor<K>> = None;
        for _ in 0..REWEIGHTINGS {
            let equations = self.equations(&weights);
            let factor_now = factor.get_or_insert_with(|| equations.factor(&order, &anchors));
            // Other weights change the equations little, and ever less.
            if equations.solve(factor_now, &mut terms) > MANY_ROUNDS {
                factor = None;
            }
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

    /// The pairs of tiles that are observed.
    fn pairs(&self) -> Vec<[usize; 2]> {
        let mut pairs: Vec<_> = self
            .observations
            .iter()
            .map(|o| [o.first, o.second])
            .collect();
        pairs.dedup();
        pairs
    }

    /// The first tile of each connected group.
    fn anchors(&self) -> Vec<usize> {
        let mut groups = Groups::new(self.centers.len());
        for o in self.observations {
            groups.join(o.first, o.second);
        }
        let mut seen = 0;
        let of = groups.numbers();
        let first = |&tile: &usize| {
            let is_new = of[tile] == seen;
            seen += usize::from(is_new);
            is_new
        };
        (0..of.len()).filter(first).collect()
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
    /// A factor with the level of the `anchors` held, because without that it would be one of a singular matrix.
    fn factor<'a>(&self, order: &'a Order, anchors: &[usize]) -> Factor<'a, K> {
        let mut held = self.own.clone();
        for &tile in anchors {
            held[tile][0][0] *= 2.0;
        }
        Factor::new(order, &held, &self.shared)
    }

    /// Improves `x` until the equations are solved. Returns how many rounds that took.
    fn solve(&self, factor: &Factor<K>, x: &mut [Terms<K>]) -> usize {
        let condition = |r: &[Terms<K>]| factor.solve(r);
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
        let most = 100 + 10 * K * x.len();
        for round in 0..most {
            let product = self.times(&direction);
            let curvature = inner(&direction, &product);
            // Also ends when a value is not finite.
            if !(rz > goal && curvature > 0.0) {
                return round;
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
        most
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
pub(crate) fn cholesky<const K: usize>(a: &Block<K>) -> Block<K> {
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
            } else {
                over(rest, l[j][j])
            };
        }
    }
    l
}

/// Solves `l y = b`; 0 along directions without a diagonal.
pub(crate) fn forward<const K: usize>(l: &Block<K>, b: &Terms<K>) -> Terms<K> {
    let mut y = [0.0; K];
    for i in 0..K {
        let known: f64 = (0..i).map(|k| l[i][k] * y[k]).sum();
        y[i] = over(b[i] - known, l[i][i]);
    }
    y
}

/// Solves `l^T x = y`; 0 along directions without a diagonal.
pub(crate) fn back<const K: usize>(l: &Block<K>, y: &Terms<K>) -> Terms<K> {
    let mut x = [0.0; K];
    for i in (0..K).rev() {
        let known: f64 = (i + 1..K).map(|k| l[k][i] * x[k]).sum();
        x[i] = over(y[i] - known, l[i][i]);
    }
    x
}

fn over(value: f64, diagonal: f64) -> f64 {
    if diagonal > 0.0 {
        value / diagonal
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_leaves_a_few_rounds_whatever_the_number_of_tiles() {
        for side in [4, 20, 40] {
            let tiles = side * side;
            let centers: Vec<[f64; 2]> = (0..tiles)
                .map(|i| [(i % side) as f64 * 0.8, (i / side) as f64 * 0.8])
                .collect();
            let mut observations = Vec::new();
            for first in 0..tiles {
                let right = (first % side + 1 < side).then_some(first + 1);
                let above = (first + side < tiles).then_some(first + side);
                for second in right.into_iter().chain(above) {
                    for n in 0..6 {
                        let chance = ((first * 31 + second * 17 + n * 7) % 23) as f64 / 23.0;
                        let middle =
                            [0, 1].map(|i| f64::midpoint(centers[first][i], centers[second][i]));
                        observations.push(Observation {
                            first,
                            second,
                            at: middle.map(|m| m + 0.2 * chance - 0.1 * (n % 2) as f64),
                            difference: chance + (second % 5) as f64,
                            sigma: 1.0,
                        });
                    }
                }
            }
            let network = Network::<3> {
                observations: &observations,
                centers: &centers,
                slope_sigma: 20.0,
            };
            let order = Order::new(tiles, &network.pairs());
            let equations = network.equations(&vec![1.0; observations.len()]);
            let factor = equations.factor(&order, &network.anchors());
            let mut terms = vec![[0.0; 3]; tiles];
            let rounds = equations.solve(&factor, &mut terms);
            assert!((1..=4).contains(&rounds), "{tiles} tiles: {rounds} rounds");
        }
    }
}
