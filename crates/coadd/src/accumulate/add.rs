//! Adds the samples of one tile to a block, run by run.
//!
//! Wherever the fast paths give an answer, it is that of the careful path (see `sample`).

use std::ops::Range;

use zemosaic_wcs::lattice::{LatticeRows, MAX_RUN, Run};

use super::Block;
use crate::accumulate::astride::Reached;
use crate::accumulate::nothing::has_nothing;
use crate::combine::Combine;
use crate::constants::LEAST_WEIGHT;
use crate::fold::Weighed;
use crate::job::{TileJob, Window};
use crate::sample::{Maps, Sampler, all_finite, fast_lanes, is_inside, none_finite};

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
            return self.add_inside::<S>(place, bounds);
        }
        // At the edge of the tile only pixels whose taps it cuts off take the slow path.
        let fast = fast_lanes::<S>(run, window.tile());
        self.add_careful::<S>(place, 0..fast.start);
        self.add_careful::<S>(place, fast.end..run.len);
        if !fast.is_empty() {
            let at = place.at + fast.start as usize;
            let run = &run.part(fast);
            self.add_inside::<S>(&Place { run, at, ..*place }, run.bounds());
        }
    }

    /// A run whose taps all lie inside the tile, with its bounds.
    #[inline(always)]
    fn add_inside<S: Sampler>(&mut self, place: &Place, bounds: [i32; 4]) {
        let Place { window, at, .. } = *place;
        let len = place.run.len as usize;
        let upside_down = is_upside_down(place.run);
        let run = along_columns(place.run);
        let taps = S::taps(&run, window);
        let mut weights = [place.tile_weight; MAX_RUN];
        let mut alphas = [1.0; MAX_RUN];
        if !window.is_plain() {
            let mut variances = [1.0; MAX_RUN];
            if let Some(map) = window.variances {
                S::variances(&taps, &run, window, map, &mut variances);
                turn(&mut variances[..len], upside_down);
            }
            if let Some(map) = window.alphas {
                S::alphas(&taps, &run, window, map, &mut alphas);
                turn(&mut alphas[..len], upside_down);
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
            S::keep_weighable(&run, window, plane, &mut lanes);
            let lanes = &mut lanes[..len];
            turn(lanes, upside_down);
            if all_finite(lanes) {
                self.put_whole(channel, at, lanes, weights, alphas);
                continue;
            }
            if none_finite(lanes) && has_nothing(plane, window, bounds, S::REACH) {
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

/// Samples along a run that was turned, in the order of its pixels.
#[inline(always)]
fn turn(lanes: &mut [f32], upside_down: bool) {
    if upside_down {
        lanes.reverse();
    }
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
mod tests;
