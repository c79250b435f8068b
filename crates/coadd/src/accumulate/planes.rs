//! The sums of one channel of a block.

use zemosaic_room::resize;

use crate::combine::Combine;
use crate::fold::{Held, Weighed};

/// What needs room.
const SUMS: &str = "sums";

/// What each pixel holds: the numbers of [`Held`], as planes.
#[derive(Debug, Default)]
pub(crate) struct Planes {
    pub sums: Vec<f32>,
    pub totals: Vec<f32>,
    /// Empty for rules that keep nothing aside.
    pub asides: Vec<f32>,
}

impl Planes {
    /// No samples in any of the pixels.
    pub fn reset(&mut self, pixels: usize, combine: Combine) {
        let asides = if combine.keeps_aside() { pixels } else { 0 };
        for (plane, pixels) in [
            (&mut self.sums, pixels),
            (&mut self.totals, pixels),
            (&mut self.asides, asides),
        ] {
            plane.clear();
            resize(plane, pixels, 0.0, SUMS);
        }
    }

    #[inline(always)]
    pub fn held(&self, at: usize) -> Held {
        Held {
            sum: self.sums[at],
            total: self.totals[at],
            aside: self.asides.get(at).copied().unwrap_or_default(),
        }
    }

    #[inline(always)]
    pub fn hold(&mut self, at: usize, held: Held) {
        self.sums[at] = held.sum;
        self.totals[at] = held.total;
        if let Some(aside) = self.asides.get_mut(at) {
            *aside = held.aside;
        }
    }

    /// Adds whole samples from pixel `at` on; compiled for each rule on its own.
    #[inline(always)]
    pub fn fold(&mut self, combine: Combine, at: usize, values: &[f32], weights: &[f32]) {
        let run = at..at + values.len();
        let sums = &mut self.sums[run.clone()];
        let totals = &mut self.totals[run.clone()];
        let samples = values.iter().zip(weights);
        let next = |held: Held, value: &f32, weight: &f32| {
            let (value, weight) = (*value, *weight);
            combine.fold(held, Weighed { value, weight }, true)
        };
        // All is read before it is chosen, or the compiler chooses between addresses, lane by lane.
        if combine.keeps_aside() {
            let asides = &mut self.asides[run];
            let held = sums.iter_mut().zip(totals).zip(asides);
            for (((sum, total), aside), (value, weight)) in held.zip(samples) {
                let held = Held {
                    sum: *sum,
                    total: *total,
                    aside: *aside,
                };
                let next = next(held, value, weight);
                (*sum, *total, *aside) = (next.sum, next.total, next.aside);
            }
        } else {
            for ((sum, total), (value, weight)) in sums.iter_mut().zip(totals).zip(samples) {
                let held = Held {
                    sum: *sum,
                    total: *total,
                    aside: 0.0,
                };
                let next = next(held, value, weight);
                (*sum, *total) = (next.sum, next.total);
            }
        }
    }
}
