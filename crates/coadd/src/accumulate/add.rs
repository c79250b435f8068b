//! Adds the samples of one tile to a block, run by run.
//!
//! Wherever the fast paths give an answer, it is that of the careful path (see `sample`).

use std::ops::Range;

use zemosaic_wcs::lattice::{LatticeRows, MAX_RUN, Run};

use super::Block;
use crate::accumulate::astride::Reached;
use crate::combine::Combine;
use crate::constants::LEAST_WEIGHT;
use crate::fold::Weighed;
use crate::job::{TileJob, Window};
use crate::sample::{Maps, Sampler, all_finite, fast_lanes, is_inside};

/// A run, and where its samples go.
#[derive(Clone, Copy)]
struct Place<'a> {
    run: &'a Run,
    window: &'a Window<'a>,
    tile_weight: f32,
    /// Index of the run's first pixel in the block.
    at: usize,
}

impl Block {
    /// Adds a tile's samples, but for those that [`Self::add_astride`] adds; the block's first column is output column `x`.
    #[inline(always)]
    pub fn add_tile<S: Sampler>(&mut self, lattice: &LatticeRows, x: u32, tile: &TileJob) {
        self.begin_tile();
        let (rows, tile_weight) = (&tile.rows, tile.weight);
        let Some(mut window) = rows.any() else {
            return;
        };
        let mut astride = std::mem::take(&mut self.astride);
        for row in 0..self.rows {
            for run in lattice.row(row) {
                let bounds = run.bounds();
                let Some(reached) = Reached::of(bounds, S::REACH, rows.size) else {
                    continue;
                };
                let at = row * self.width + (run.x - x) as usize;
                if !reached.is_in(window) {
                    window = rows.block_of(reached);
                    if !reached.is_in(window) {
                        astride.keep(run, at, reached, S::REACH, rows);
                        continue;
                    }
                }
                let place = Place {
                    run,
                    window,
                    tile_weight,
                    at,
                };
                self.add::<S>(&place, bounds);
            }
        }
        self.astride = astride;
    }

    /// Adds the samples of the tile's runs that [`Self::add_tile`] kept, because their taps lie in more than one block.
    #[inline(always)]
    pub fn add_astride<S: Sampler>(&mut self, tile: &TileJob) {
        let (rows, tile_weight) = (&tile.rows, tile.weight);
        let mut astride = std::mem::take(&mut self.astride);
        let kept = astride.take();
        for near in kept.chunk_by(|a, b| a.block == b.block) {
            let whole = rows.block_of(near[0].reached);
            let brought = astride.bring(rows, whole, near);
            for one in near {
                let window = match &brought {
                    Some(brought) if !one.reached.is_in(whole) => brought,
                    _ => whole,
                };
                let place = Place {
                    run: &one.run,
                    window,
                    tile_weight,
                    at: one.at,
                };
                self.add::<S>(&place, one.run.bounds());
            }
        }
        astride.give_back(kept);
        self.astride = astride;
    }

    /// Adds the samples of one run, whose `bounds` these are.
    #[inline(always)]
    fn add<S: Sampler>(&mut self, place: &Place, bounds: [i32; 4]) {
        let Place { run, window, .. } = *place;
        if is_inside(bounds, S::REACH, window.tile()) {
            return self.add_inside::<S>(place);
        }
        // At the edge of the tile only pixels whose taps it cuts off take the slow path.
        let fast = fast_lanes::<S>(run, window.tile());
        self.add_careful::<S>(place, 0..fast.start);
        self.add_careful::<S>(place, fast.end..run.len);
        if !fast.is_empty() {
            let at = place.at + fast.start as usize;
            let run = &run.part(fast);
            self.add_inside::<S>(&Place { run, at, ..*place });
        }
    }

    /// A run whose taps all lie inside the tile.
    #[inline(always)]
    fn add_inside<S: Sampler>(&mut self, place: &Place) {
        let Place { window, at, .. } = *place;
        let len = place.run.len as usize;
        let upside_down = is_upside_down(place.run);
        let run = along_columns(place.run);
        let taps = S::taps(&run, window);
        let mut weights = [place.tile_weight; MAX_RUN];
        let mut alphas = [1.0; MAX_RUN];
        if !window.is_plain() {
            let mut variances = [1.0; MAX_RUN];
            for (map, out) in [
                (window.variances, &mut variances),
                (window.alphas, &mut alphas),
            ] {
                if let Some(map) = map {
                    S::map(&taps, &run, window, map, out);
                }
                if upside_down {
                    out[..len].reverse();
                }
            }
            for ((weight, variance), alpha) in weights.iter_mut().zip(variances).zip(alphas) {
                *weight = (*weight * Maps { variance, alpha }.weight()).max(LEAST_WEIGHT);
            }
        }
        let weights = &weights[..len];
        let alphas = &alphas[..len];
        let mut lanes = [0.0; MAX_RUN];
        for channel in 0..self.held.len() {
            let plane = window.values[channel];
            S::plain(&taps, len, window.stride as usize, plane, &mut lanes);
            let lanes = &mut lanes[..len];
            if upside_down {
                lanes.reverse();
            }
            if all_finite(lanes) {
                self.put_whole(channel, at, lanes, weights, alphas);
                continue;
            }
            for (k, value) in lanes.iter().enumerate() {
                if value.is_finite() {
                    let (value, weight) = (*value, weights[k]);
                    self.put(channel, at + k, Weighed { value, weight }, true);
                    self.veil(at + k, &alphas[k..=k]);
                } else {
                    self.add_careful_lane::<S>(place, channel, k as u32);
                }
            }
        }
    }

    /// Adds whole, finite samples from pixel `at` on.
    #[inline(always)]
    pub(super) fn put_whole(
        &mut self,
        channel: usize,
        at: usize,
        values: &[f32],
        weights: &[f32],
        alphas: &[f32],
    ) {
        let planes = &mut self.held[channel];
        match self.combine {
            Combine::Mean => planes.fold(Combine::Mean, at, values, weights),
            Combine::Sum => planes.fold(Combine::Sum, at, values, weights),
            Combine::Min => planes.fold(Combine::Min, at, values, weights),
            Combine::Max => planes.fold(Combine::Max, at, values, weights),
            Combine::First => planes.fold(Combine::First, at, values, weights),
            Combine::Last => planes.fold(Combine::Last, at, values, weights),
            Combine::Median | Combine::KappaSigma | Combine::Winsorized => {
                self.put_run(channel, at, values, weights);
            }
        }
        self.veil(at, alphas);
    }

    /// Raises the opacity of pixels to that of their samples.
    #[inline(always)]
    fn veil(&mut self, at: usize, alphas: &[f32]) {
        if self.alphas.is_empty() {
            return;
        }
        for (held, alpha) in self.alphas[at..].iter_mut().zip(alphas) {
            *held = held.max(*alpha);
        }
    }

    /// Adds some pixels of a run by the full rules.
    fn add_careful<S: Sampler>(&mut self, place: &Place, lanes: Range<u32>) {
        for channel in 0..self.held.len() {
            for k in lanes.clone() {
                self.add_careful_lane::<S>(place, channel, k);
            }
        }
    }

    fn add_careful_lane<S: Sampler>(&mut self, place: &Place, channel: usize, k: u32) {
        let plane = place.window.values[channel];
        if let Some(sample) = S::careful(place.run, k, place.window, plane) {
            self.put_sample(channel, place.at + k as usize, sample, place.tile_weight);
        }
    }
}

/// The pixels run opposite to the tile's columns.
fn is_upside_down(run: &Run) -> bool {
    run.d[0] < 0
}

/// The run in the direction in which neighbouring taps can be read together.
fn along_columns(run: &Run) -> Run {
    if is_upside_down(run) {
        run.reversed()
    } else {
        *run
    }
}

#[cfg(test)]
mod tests {
    use zemosaic_wcs::lattice::lay;
    use zemosaic_wcs::{Frame, Mapping, Wcs};

    use super::*;
    use crate::accumulate::BlockShape;
    use crate::constants::{BICUBIC_TAPS, LANCZOS3_TAPS, LANCZOS4_TAPS};
    use crate::job::{Kernel, drop_without, to_variances};
    use crate::rows::TileRows;
    use crate::sample::bilinear::Bilinear;
    use crate::sample::nearest::Nearest;
    use crate::sample::separable::{Cubic, Lanczos3, Lanczos4, Separable};

    const SIDE: u32 = 96;

    /// A tile rotated and mirrored about its middle, which lies `shift` px from the grid's.
    fn tangent(turn_deg: f64, mirror: f64, shift: [f64; 2]) -> Wcs {
        let (s, c) = turn_deg.to_radians().sin_cos();
        let scale = 1.0 / 3600.0;
        let cd = [
            [-scale * c * mirror, scale * s],
            [scale * s * mirror, scale * c],
        ];
        let middle = [47.5 + shift[0], 48.75 + shift[1]];
        Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], middle, cd).expect("a plain TAN")
    }

    /// Sums and weights, by the fast paths where possible, or only by the careful one.
    fn sums<S: Sampler>(tile: &Wcs, window: &Window, combine: Combine, careful: bool) -> Vec<u32> {
        let mapping = Mapping::new(&tangent(0.0, 1.0, [0.0; 2]), tile);
        let places = Kernel::Bilinear.places();
        let (lattice, profile) = lay(mapping, [SIDE, SIDE], [SIDE, SIDE], 1e-3, places);
        let mut rows = LatticeRows::default();
        lattice.emit(0..SIDE, 0..SIDE, &mut rows);
        let mut block = Block::default();
        block.reset(BlockShape {
            width: SIDE as usize,
            rows: SIDE as usize,
            channels: 1,
            with_alpha: true,
            combine,
        });
        let weight = 1.7;
        if careful {
            for row in 0..SIDE as usize {
                for run in rows.row(row) {
                    let at = row * SIDE as usize + run.x as usize;
                    let tile_weight = weight;
                    let place = Place {
                        run,
                        window,
                        tile_weight,
                        at,
                    };
                    block.add_careful::<S>(&place, 0..run.len);
                }
            }
        } else {
            let tile = TileJob {
                lattice: &lattice,
                profile: &profile,
                weight,
                rows: TileRows::of(window.clone()),
            };
            block.add_tile::<S>(&rows, 0, &tile);
        }
        let of = &block.held[0];
        let planes = [&of.sums, &of.totals, &of.asides, &block.alphas];
        // Zeros lose their sign when the block is finished.
        let values = planes.into_iter().flatten();
        values.map(|v| (v + 0.0).to_bits()).collect()
    }

    fn check<S: Sampler>(name: &str) {
        let pixels = 0..SIDE * SIDE;
        let value = |i: u32| match i % 811 {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 | 3 => -0.0,
            // Differences of these overflow.
            4 => 3.3e38,
            5 => -3.3e38,
            _ => (i as f32 * 0.37).sin() * 900.0 + 1000.0,
        };
        let values: Vec<f32> = pixels.clone().map(value).collect();
        let mut maps: Vec<f32> = pixels
            .clone()
            .map(|i| (i * 7 % 1009) as f32 / 40.0)
            .collect();
        to_variances(&mut maps);
        let alphas: Vec<f32> = pixels.map(|i| (i * 3 % 607) as f32 / 606.0).collect();
        for (turn, mirror, shift) in [
            (0.0, 1.0, [0.2, 0.05]),
            (1.1, 1.0, [0.2, 0.05]),
            (179.2, 1.0, [0.2, 0.05]),
            (0.7, -1.0, [0.2, 0.05]),
            (31.0, 1.0, [0.2, 0.05]),
            // Fractions of exactly 0, on both axes or on one: a share of 0 takes its tap out.
            (0.0, 1.0, [0.0, 0.0]),
            (0.0, 1.0, [0.5, 0.0]),
            (0.0, 1.0, [0.0, 0.25]),
            (180.0, 1.0, [0.25, 0.0]),
            (0.0, -1.0, [0.0, 0.75]),
        ] {
            for (variances, alphas, combine) in [
                (None, None, Combine::Mean),
                (None, None, Combine::Sum),
                (Some(&maps[..]), None, Combine::Mean),
                (Some(&maps[..]), None, Combine::Last),
                (None, Some(&alphas[..]), Combine::Mean),
                (Some(&maps[..]), Some(&alphas[..]), Combine::Mean),
            ] {
                let mut values = values.clone();
                for map in variances.iter().chain(&alphas) {
                    drop_without(map, &mut values);
                }
                let window = Window {
                    first_row: 0,
                    rows: SIDE,
                    stride: SIDE,
                    first_column: 0,
                    width: SIDE,
                    height: SIDE,
                    values: vec![&values],
                    variances,
                    alphas,
                };
                let tile = tangent(turn, mirror, shift);
                let fast = sums::<S>(&tile, &window, combine, false);
                assert!(fast.iter().filter(|bits| **bits != 0).count() > 8_000);
                assert!(
                    fast == sums::<S>(&tile, &window, combine, true),
                    "{name}, turned by {turn}, mirrored {mirror}, moved by {shift:?}, maps {}, {}, {combine:?}",
                    variances.is_some(),
                    alphas.is_some()
                );
            }
        }
    }

    #[test]
    fn fast_ways_give_what_the_careful_one_does() {
        check::<Nearest>("nearest");
        check::<Bilinear>("bilinear");
        check::<Separable<BICUBIC_TAPS, Cubic>>("bicubic");
        check::<Separable<LANCZOS3_TAPS, Lanczos3>>("lanczos3");
        check::<Separable<LANCZOS4_TAPS, Lanczos4>>("lanczos4");
    }
}
