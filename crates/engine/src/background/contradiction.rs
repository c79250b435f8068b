//! Tiles that contradict their neighbours, from the samples that were compared anyway.

use zemosaic_background::{Link, Odd, Pair, Solution, odd};

use super::MatchOptions;
use super::report::median;

/// Values that differ by more than this factor are told; the transparency of usable nights differs by less.
const GAIN: f64 = 1.5;
/// Where stars coincide no better than this, because of the seeing or of a shift, points do not tell a smaller factor than the
/// one beside it.
const COINCIDE: [(f64, f64); 3] = [(0.1, GAIN), (0.3, 2.0), (f64::INFINITY, 4.0)];
/// With gains matched, only those that no change of transparency explains.
const MATCHED_GAIN: f64 = 10.0;
/// A level is told where it is this many times further from the others than they are from each other, and than the
/// spread of the values in a cell...
const LEVEL_SPREAD: f64 = 30.0;
/// ...and than this part of the typical level: skies of other nights are no contradiction.
const LEVEL_PART: f64 = 0.5;

/// Robust standard deviation in units of the median absolute deviation.
const SIGMA_PER_MAD: f64 = 1.4826;

/// One contradiction of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Index of the tile.
    pub tile: usize,
    /// Its kind: a stable code.
    pub code: &'static str,
    /// What it is, with numbers; the tile is not named.
    pub reason: String,
}

/// Adds contradictions to `found`, each tile and kind once however many channels show it.
pub(super) fn add(found: &mut Vec<Contradiction>, more: impl IntoIterator<Item = Contradiction>) {
    for one in more {
        if !found
            .iter()
            .any(|f| f.tile == one.tile && f.code == one.code)
        {
            found.push(one);
        }
    }
}

/// Whether the tiles of a pair have the same kind of values. Stars have other brightnesses, and there are others, in other
/// filters.
pub(super) fn alike(pair: &Pair, kinds: &[u32]) -> bool {
    kinds.get(pair.first) == kinds.get(pair.second)
}

/// What values say, in one channel.
pub(super) fn of_values(
    pairs: &[Pair],
    solution: &Solution,
    options: &MatchOptions,
    kinds: &[u32],
) -> Vec<Contradiction> {
    let tiles = solution.tiles.len();
    let absurd = |tile: usize| solution.absurd.iter().any(|a| a.tile == tile && a.whole);
    let usable: Vec<&Pair> = pairs
        .iter()
        .filter(|p| !p.cells.is_empty() && !absurd(p.first) && !absurd(p.second))
        .collect();
    let mut found: Vec<Contradiction> = solution.absurd.iter().map(of_absurd).collect();
    let alike = usable.iter().copied().filter(|p| alike(p, kinds));
    let gains = gains(&alike.collect::<Vec<_>>(), tiles, options);
    let levels = levels(&usable, solution);
    let scaled = |tile: usize| gains.iter().any(|one| one.tile == tile);
    let levels = levels.into_iter().filter(|one| !scaled(one.tile));
    let levels: Vec<Contradiction> = levels.collect();
    found.extend(gains);
    found.extend(levels);
    found
}

fn of_absurd(absurd: &zemosaic_background::Absurd) -> Contradiction {
    let (value, others) = (number(absurd.value), number(absurd.others));
    Contradiction {
        tile: absurd.tile,
        code: "tile_absurd",
        reason: if absurd.whole {
            format!(
                "its values of {value} are out of all proportion to the {others} of the tiles that it overlaps: left unmatched; --exclude leaves it out"
            )
        } else {
            format!(
                "a part of it has values of {value}, out of all proportion to the {others} of the tiles that it overlaps: that part is not compared"
            )
        },
    }
}

fn gains(pairs: &[&Pair], tiles: usize, options: &MatchOptions) -> Vec<Contradiction> {
    let link = |pair: &&Pair| {
        let ratio = pair.ratio.ok()?;
        let mismatch = pair.stars.as_ref().map_or(f64::INFINITY, |s| s.mismatch);
        let (coincide, least) = COINCIDE.into_iter().find(|c| mismatch <= c.0)?;
        let log = ratio.log_ratio.abs();
        // One that is no gain tells that there is none.
        let is_none = coincide.is_finite() && log < GAIN.ln();
        (is_none || log > least.ln()).then_some(Link {
            first: pair.first,
            second: pair.second,
            difference: [ratio.log_ratio, 0.0],
            sigma: ratio.sigma,
        })
    };
    let links: Vec<Link> = pairs.iter().filter_map(link).collect();
    let (limit, what): (f64, _) = if options.gain {
        (MATCHED_GAIN, "; they are scaled")
    } else {
        (GAIN, "; --match-gain scales them")
    };
    let tell = |Odd {
                    tile,
                    by: [by, _],
                    of_two,
                }| Contradiction {
        tile,
        code: "tile_gain",
        reason: format!(
            "its values are {} times those of its {}, by the stars that they share{what}",
            number(by.exp()),
            if of_two { "neighbour" } else { "neighbours" }
        ),
    };
    let odd = odd(tiles, &links, 2, |_| limit.ln());
    odd.into_iter().map(tell).collect()
}

fn levels(pairs: &[&Pair], solution: &Solution) -> Vec<Contradiction> {
    let gain = |tile: usize| solution.tiles[tile].gain;
    let cells = || pairs.iter().flat_map(|p| &p.cells);
    let sigma = median(cells().map(|c| c.sigma)).max(f64::MIN_POSITIVE.sqrt());
    let spread = median(cells().flat_map(|c| c.spread));
    let level = median(cells().flat_map(|c| c.level.map(f64::abs)));
    let link = |pair: &&Pair| {
        let (first, second) = (pair.first, pair.second);
        let of = pair.cells.iter();
        let step = of.map(|c| gain(second) * c.level[1] - gain(first) * c.level[0]);
        Link {
            first,
            second,
            difference: [median(step), 0.0],
            sigma,
        }
    };
    let links: Vec<Link> = pairs.iter().map(link).collect();
    let scatter = |values: &[[f64; 2]]| {
        let middle = median(values.iter().map(|v| v[0]));
        SIGMA_PER_MAD * median(values.iter().map(|v| (v[0] - middle).abs()))
    };
    let limit = |values: &[[f64; 2]]| {
        let others = scatter(values).max(spread);
        (LEVEL_SPREAD * others).max(LEVEL_PART * level)
    };
    // Of two tiles none is the odd one.
    let odd = odd(solution.tiles.len(), &links, 3, limit);
    let tell = |Odd {
                    tile, by: [by, _], ..
                }| Contradiction {
        tile,
        code: "tile_level",
        reason: format!(
            "its level is {} {} those of its neighbours, far beyond what these differ by",
            number(by.abs()),
            if by > 0.0 { "above" } else { "below" }
        ),
    };
    odd.into_iter().map(tell).collect()
}

/// Three significant digits, for people.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let power = value.abs().log10().floor();
    if !(-3.0..6.0).contains(&power) {
        let text = format!("{value:.2e}");
        return text.replace(".00e", "e");
    }
    let unit = 10f64.powf(power - 2.0);
    let digits = (2.0 - power).max(0.0) as usize;
    let text = format!("{:.digits$}", (value / unit).round() * unit);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let text = [12.0, 1.0 / 12.0, 14.24, 1e30, 65_535.0, 0.000_012, 1000.0].map(number);
        assert_eq!(
            text,
            ["12", "0.0833", "14.2", "1e30", "65500", "1.20e-5", "1000"]
        );
    }
}
