//! Which tiles contradict their neighbours.

use crate::group::Groups;
use crate::network::{Network, Observation};
use crate::robust::median;

/// What the overlap of two tiles says about one quantity of them, second minus first; a scalar has a 0 in second place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Index of the first tile.
    pub first: usize,
    /// Index of the second tile.
    pub second: usize,
    /// Second minus first.
    pub difference: [f64; 2],
    /// Standard error, > 0.
    pub sigma: f64,
}

/// A tile that contradicts its neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odd {
    /// Its index.
    pub tile: usize,
    /// By how much it is above its neighbours: the median over its links.
    pub by: [f64; 2],
    /// It has one neighbour, which has no other: which of them is wrong, nobody can tell.
    pub of_two: bool,
}

/// The tiles that most of their links put further than a limit from their neighbours, and that are also that far from the
/// middle of their group: a good tile among bad ones is not. Of two tiles both are named.
///
/// `limit` gets the values of a group, solved from all links; groups of fewer than `fewest` tiles are passed over.
pub fn odd(
    tiles: usize,
    links: &[Link],
    fewest: usize,
    limit: impl Fn(&[[f64; 2]]) -> f64,
) -> Vec<Odd> {
    let mut groups = Groups::new(tiles);
    for link in links {
        groups.join(link.first, link.second);
    }
    let solved = [solve(tiles, links, 0), solve(tiles, links, 1)];
    let value = |tile: usize| [solved[0][tile], solved[1][tile]];
    let groups = groups.numbers();
    let mut members = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    for (tile, &group) in groups.iter().enumerate() {
        members[group].push(tile);
    }
    let mut own = vec![Vec::new(); tiles];
    for link in links {
        own[link.second].push(link.difference);
        own[link.first].push(link.difference.map(|d| -d));
    }
    let mut found = Vec::new();
    for group in members.iter().filter(|g| g.len() >= fewest.max(2)) {
        let values: Vec<[f64; 2]> = group.iter().map(|&tile| value(tile)).collect();
        let limit = limit(&values);
        let middle = middle(&values);
        for &tile in group {
            let [x, y] = value(tile);
            // The middle of two tiles lies half-way between them.
            let far =
                size([x - middle[0], y - middle[1]]) * if group.len() == 2 { 2.0 } else { 1.0 };
            let mut apart = own[tile].clone();
            apart.retain(|d| size(*d) > limit);
            if far > limit && 2 * apart.len() > own[tile].len() {
                let by = self::middle(&apart);
                let of_two = group.len() == 2;
                found.push(Odd { tile, by, of_two });
            }
        }
    }
    found.sort_by_key(|odd| odd.tile);
    found
}

/// Tiles of which most links are bad, the worst first; links of tiles that are found no longer count, because a good
/// tile beside a bad one has bad links too. Ties are found together.
pub fn outcasts(tiles: usize, links: &[([usize; 2], bool)]) -> Vec<usize> {
    let mut out = vec![false; tiles];
    loop {
        let mut counts = vec![[0usize; 2]; tiles];
        for (pair, bad) in links {
            if pair.iter().all(|&tile| !out[tile]) {
                for &tile in pair {
                    counts[tile][usize::from(*bad)] += 1;
                }
            }
        }
        let most = counts
            .iter()
            .filter(|[good, bad]| bad > good)
            .map(|c| c[1])
            .max();
        let Some(most) = most else {
            break (0..tiles).filter(|&tile| out[tile]).collect();
        };
        for (out, [good, bad]) in out.iter_mut().zip(counts) {
            *out |= bad == most && bad > good;
        }
    }
}

fn size([x, y]: [f64; 2]) -> f64 {
    libm::hypot(x, y)
}

fn middle(values: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|axis| median(&mut values.iter().map(|v| v[axis]).collect::<Vec<f64>>()))
}

fn solve(tiles: usize, links: &[Link], axis: usize) -> Vec<f64> {
    let observe = |link: &Link| Observation {
        first: link.first,
        second: link.second,
        at: [0.0; 2],
        // The network finds what to add to a tile, which is minus what the tile has.
        difference: -link.difference[axis],
        sigma: link.sigma,
    };
    let observations: Vec<Observation> = links.iter().map(observe).collect();
    let network = Network::<1> {
        observations: &observations,
        centers: &vec![[0.0; 2]; tiles],
        slope_sigma: 1.0,
    };
    network.solve().into_iter().map(|[value]| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(pairs: &[[usize; 2]], values: &[f64]) -> Vec<Link> {
        let link = |&[first, second]: &[usize; 2]| Link {
            first,
            second,
            difference: [values[second] - values[first], 0.0],
            sigma: 0.01,
        };
        pairs.iter().map(link).collect()
    }

    fn named(pairs: &[[usize; 2]], values: &[f64]) -> Vec<(usize, f64)> {
        let odd = odd(values.len(), &links(pairs, values), 2, |_| 0.5);
        odd.iter()
            .map(|o| (o.tile, (o.by[0] * 1e6).round() / 1e6))
            .collect()
    }

    const CHAIN: [[usize; 2]; 4] = [[0, 1], [1, 2], [2, 3], [3, 4]];

    #[test]
    fn a_good_tile_between_bad_ones_is_not_named_and_of_two_both_are() {
        let found = named(&CHAIN, &[0.0, 2.0, 0.1, 3.0, 0.05]);
        assert_eq!(found, [(1, 1.95), (3, 2.925)]);
        assert_eq!(
            named(&CHAIN, &[0.0, 0.4, 0.8, 1.2, 1.6]),
            [],
            "a slow change"
        );
        assert_eq!(named(&[[0, 1]], &[0.0, 2.0]), [(0, -2.0), (1, 2.0)]);
        assert_eq!(named(&[[0, 1]], &[0.0, 0.3]), []);
    }

    #[test]
    fn an_outcast_is_one_by_most_of_its_links() {
        let of = |bad: &[[usize; 2]]| {
            let links: Vec<_> = CHAIN.iter().map(|&p| (p, bad.contains(&p))).collect();
            outcasts(5, &links)
        };
        assert_eq!(of(&[[0, 1]]), [0]);
        assert_eq!(of(&[[0, 1], [1, 2]]), [1]);
        assert_eq!(of(&[]), [] as [usize; 0]);
        assert_eq!(outcasts(2, &[([0, 1], true)]), [0, 1]);
    }
}
