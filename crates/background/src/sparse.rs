//! Cholesky factors of the normal equations of a network of tiles.
//!
//! Tiles are eliminated by least degree (Tinney and Walker 1967, Proc. IEEE 55, 1801), so that on the sky, where tiles overlap
//! their neighbours only, a factor has few blocks more than the equations.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::network::{Block, Terms, back, cholesky, forward};

/// A factor may take this many products of blocks: about a second.
const MOST_PRODUCTS: usize = 60_000_000;
/// Where more than one in so many pairs of tiles overlap, the blocks of the tiles alone condition the equations well.
const DENSE: usize = 8;

/// In which order tiles are eliminated, and which blocks the factor then has.
pub(crate) struct Order {
    /// The tiles, first to last.
    tiles: Vec<usize>,
    /// Where in the order a tile is.
    place: Vec<usize>,
    /// Of each place the later places that its column has blocks in, ascending.
    columns: Vec<Vec<usize>>,
}

impl Order {
    /// The order for these overlaps; without blocks beside the diagonal where a factor would take too long.
    pub(crate) fn new(tiles: usize, pairs: &[[usize; 2]]) -> Self {
        let few = DENSE * pairs.len() <= tiles * tiles;
        few.then(|| Self::by_degree(tiles, pairs))
            .flatten()
            .unwrap_or_else(|| Self {
                tiles: (0..tiles).collect(),
                place: (0..tiles).collect(),
                columns: vec![Vec::new(); tiles],
            })
    }

    fn by_degree(tiles: usize, pairs: &[[usize; 2]]) -> Option<Self> {
        let mut neighbours = vec![Vec::new(); tiles];
        for &[a, b] in pairs {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        // Entries whose degree has changed since are passed over.
        let mut queue: BinaryHeap<Reverse<(usize, usize)>> = (0..tiles)
            .map(|tile| Reverse((neighbours[tile].len(), tile)))
            .collect();
        let mut place = vec![usize::MAX; tiles];
        let mut order = Vec::with_capacity(tiles);
        let mut columns = Vec::with_capacity(tiles);
        let mut products = 0;
        while let Some(Reverse((degree, tile))) = queue.pop() {
            if place[tile] != usize::MAX || degree != neighbours[tile].len() {
                continue;
            }
            products += degree * degree;
            if products > MOST_PRODUCTS {
                return None;
            }
            place[tile] = order.len();
            order.push(tile);
            let rest = std::mem::take(&mut neighbours[tile]);
            for &other in &rest {
                let joined = joined(&neighbours[other], &rest, [tile, other]);
                neighbours[other] = joined;
                queue.push(Reverse((neighbours[other].len(), other)));
            }
            columns.push(rest);
        }
        for column in &mut columns {
            for tile in column.iter_mut() {
                *tile = place[*tile];
            }
            column.sort_unstable();
        }
        Some(Self {
            tiles: order,
            place,
            columns,
        })
    }

    /// Where the block of a pair is, if the factor has it: column, place in the column, and whether it is transposed.
    fn find(&self, [a, b]: [usize; 2]) -> Option<(usize, usize, bool)> {
        let (a, b) = (self.place[a], self.place[b]);
        let (column, row) = (a.min(b), a.max(b));
        let at = self.columns[column].binary_search(&row).ok()?;
        // The block of a pair has the rows of its first tile.
        Some((column, at, a < b))
    }
}

/// The union of two ascending lists, without two of their members.
fn joined(a: &[usize], b: &[usize], without: [usize; 2]) -> Vec<usize> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => *x.min(y),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => break,
        };
        i += usize::from(a.get(i) == Some(&next));
        j += usize::from(b.get(j) == Some(&next));
        if !without.contains(&next) {
            out.push(next);
        }
    }
    out
}

/// A lower Cholesky factor, column by column in an order.
pub(crate) struct Factor<'a, const K: usize> {
    order: &'a Order,
    diagonal: Vec<Block<K>>,
    below: Vec<Vec<Block<K>>>,
}

impl<'a, const K: usize> Factor<'a, K> {
    /// Of the matrix with these blocks of tiles and of pairs; blocks that the order has no place for are left out.
    pub(crate) fn new(
        order: &'a Order,
        own: &[Block<K>],
        shared: &[([usize; 2], Block<K>)],
    ) -> Self {
        let mut diagonal: Vec<Block<K>> = order.tiles.iter().map(|&tile| own[tile]).collect();
        let zeros = |column: &Vec<usize>| vec![[[0.0; K]; K]; column.len()];
        let mut below: Vec<Vec<Block<K>>> = order.columns.iter().map(zeros).collect();
        for (pair, block) in shared {
            let Some((column, at, transposed)) = order.find(*pair) else {
                continue;
            };
            let to = &mut below[column][at];
            for i in 0..K {
                for j in 0..K {
                    to[i][j] += if transposed { block[j][i] } else { block[i][j] };
                }
            }
        }
        for column in 0..diagonal.len() {
            let factor = cholesky(&diagonal[column]);
            diagonal[column] = factor;
            let (rows, (done, later)) = (&order.columns[column], below.split_at_mut(column + 1));
            let blocks = &mut done[column];
            for block in blocks.iter_mut() {
                // Each row of L = A / L_jj^T solves L_jj x = its row of A.
                *block = block.map(|row| forward(&factor, &row));
            }
            for (i, left) in blocks.iter().enumerate() {
                subtract(&mut diagonal[rows[i]], left, left);
                let target = &mut later[rows[i] - column - 1];
                let mut at = 0;
                for (j, right) in blocks.iter().enumerate().skip(i + 1) {
                    let places = &order.columns[rows[i]];
                    while places[at] < rows[j] {
                        at += 1;
                    }
                    subtract(&mut target[at], right, left);
                }
            }
        }
        Self {
            order,
            diagonal,
            below,
        }
    }

    /// Solves for a right-hand side, tile by tile.
    pub(crate) fn solve(&self, right: &[Terms<K>]) -> Vec<Terms<K>> {
        let mut x: Vec<Terms<K>> = self.order.tiles.iter().map(|&tile| right[tile]).collect();
        for column in 0..x.len() {
            x[column] = forward(&self.diagonal[column], &x[column]);
            let known = x[column];
            for (&row, block) in self.order.columns[column].iter().zip(&self.below[column]) {
                for i in 0..K {
                    for j in 0..K {
                        x[row][i] -= block[i][j] * known[j];
                    }
                }
            }
        }
        for column in (0..x.len()).rev() {
            let mut rest = x[column];
            for (&row, block) in self.order.columns[column].iter().zip(&self.below[column]) {
                for i in 0..K {
                    for j in 0..K {
                        rest[j] -= block[i][j] * x[row][i];
                    }
                }
            }
            x[column] = back(&self.diagonal[column], &rest);
        }
        self.order.place.iter().map(|&place| x[place]).collect()
    }
}

/// `from -= a b^T`
fn subtract<const K: usize>(from: &mut Block<K>, a: &Block<K>, b: &Block<K>) {
    for i in 0..K {
        for j in 0..K {
            for k in 0..K {
                from[i][j] -= a[i][k] * b[j][k];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Overlaps of a square of tiles with the eight around each.
    fn mesh(side: usize) -> Vec<[usize; 2]> {
        let at = |x: usize, y: usize| y * side + x;
        let of = |x: usize, y: usize| {
            [(1, 0), (0, 1), (1, 1), (1, usize::MAX)].map(|(dx, dy)| {
                let (x2, y2) = (x + dx, y.wrapping_add(dy));
                (x2 < side && y2 < side).then(|| [at(x, y), at(x2, y2)])
            })
        };
        let all = (0..side * side).flat_map(|i| of(i % side, i / side));
        all.flatten().collect()
    }

    #[test]
    fn a_factor_solves_its_equations() {
        let pairs = mesh(9);
        let order = Order::new(81, &pairs);
        let block = |n: usize| {
            [[2.0, 0.3], [0.3, 1.0]].map(|r: [f64; 2]| r.map(|v| v * (n % 3 + 9) as f64))
        };
        let own: Vec<Block<2>> = (0..81).map(block).collect();
        let shared: Vec<_> = pairs
            .iter()
            .enumerate()
            .map(|(n, &pair)| (pair, [[-0.9, 0.1 * (n % 4) as f64], [-0.2, -0.4]]))
            .collect();
        let x: Vec<Terms<2>> = (0..81)
            .map(|n| [f64::from(n % 7), f64::from(n % 5) - 2.0])
            .collect();
        let mut right = vec![[0.0; 2]; 81];
        for n in 0..81 {
            for i in 0..2 {
                right[n][i] += own[n][i][0] * x[n][0] + own[n][i][1] * x[n][1];
            }
        }
        for ([a, b], block) in &shared {
            for i in 0..2 {
                for j in 0..2 {
                    right[*a][i] += block[i][j] * x[*b][j];
                    right[*b][j] += block[i][j] * x[*a][i];
                }
            }
        }
        let found = Factor::new(&order, &own, &shared).solve(&right);
        for (found, x) in found.iter().zip(&x) {
            assert!(
                (0..2).all(|i| (found[i] - x[i]).abs() < 1e-12),
                "{found:?} {x:?}"
            );
        }
    }

    #[test]
    fn factors_stay_sparse_on_the_sky_and_are_not_tried_where_all_tiles_overlap() {
        let blocks = |order: &Order| order.columns.iter().map(Vec::len).sum::<usize>();
        let sparse = blocks(&Order::new(4900, &mesh(70)));
        assert!((4900 * 4..4900 * 40).contains(&sparse), "{sparse}");
        let all: Vec<[usize; 2]> = (0..300).flat_map(|a| (0..a).map(move |b| [b, a])).collect();
        assert_eq!(blocks(&Order::new(300, &all)), 0);
    }
}
