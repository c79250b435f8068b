//! Cells whose values are out of all proportion to those of other tiles.
//!
//! Offsets of one group have mean 0, so a tile of 1e30 would lift every other one; and beside its differences those of
//! the others are rounding errors.

use crate::group::Groups;
use crate::measure::{Cell, Pair};
use crate::robust::median;

/// Beside values this many times larger, f32 cannot hold the others: its rounding errors are six times as large.
const ABSURD: f64 = 1e8;

/// A tile with such values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Absurd {
    /// Its index.
    pub tile: usize,
    /// Its typical value where it is absurd.
    pub value: f64,
    /// The typical value of the tiles that it is compared with.
    pub others: f64,
    /// Whether most of its cells are absurd, so that it is not matched at all.
    pub whole: bool,
}

/// Removes cells with absurd values, and returns the tiles that they belong to. `None` when there are none.
pub fn remove(pairs: &[&Pair], tiles: usize) -> Option<(Vec<Pair>, Vec<Absurd>)> {
    let mut groups = Groups::new(tiles);
    for pair in pairs {
        groups.join(pair.first, pair.second);
    }
    let groups = groups.numbers();
    let size = |cell: &Cell, side: usize| cell.level[side].abs() + cell.spread[side];
    let mut sizes = vec![Vec::new(); tiles];
    for pair in pairs {
        for (side, tile) in [pair.first, pair.second].into_iter().enumerate() {
            sizes[tile].extend(pair.cells.iter().map(|cell| size(cell, side)));
        }
    }
    let typical: Vec<f64> = sizes.iter().map(|s| median(&mut s.clone())).collect();
    let mut by_group = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    for tile in (0..tiles).filter(|&tile| !sizes[tile].is_empty()) {
        by_group[groups[tile]].push(typical[tile]);
    }
    let usual: Vec<f64> = by_group
        .into_iter()
        .map(|mut own| {
            own.sort_unstable_by(f64::total_cmp);
            // Of two tiles the smaller one is the measure.
            own.get(own.len().saturating_sub(1) / 2)
                .copied()
                .unwrap_or(0.0)
        })
        .collect();
    let absurd = |tile: usize, size: f64| {
        let usual = usual[groups[tile]];
        usual > 0.0 && size > ABSURD * usual
    };
    let mut found = Vec::new();
    for (tile, own) in sizes.into_iter().enumerate() {
        let count = own.len();
        let mut large: Vec<f64> = own.into_iter().filter(|&s| absurd(tile, s)).collect();
        if !large.is_empty() {
            found.push(Absurd {
                tile,
                whole: 2 * large.len() > count,
                value: median(&mut large),
                others: usual[groups[tile]],
            });
        }
    }
    if found.is_empty() {
        return None;
    }
    let whole = |tile: usize| found.iter().any(|a| a.tile == tile && a.whole);
    let kept = pairs
        .iter()
        .filter(|pair| !whole(pair.first) && !whole(pair.second))
        .map(|pair| {
            let mut pair = (*pair).clone();
            let fine =
                |c: &Cell| !absurd(pair.first, size(c, 0)) && !absurd(pair.first, size(c, 1));
            pair.cells.retain(fine);
            pair
        })
        .filter(|pair| !pair.cells.is_empty());
    Some((kept.collect(), found))
}
