//! Pixel buffers kept for reuse, because the system clears fresh memory page by page.

use std::sync::{Mutex, MutexGuard, PoisonError};

use zemosaic_room::filled;

/// Buffers that are free. Together with those in use they are never larger than what was once in use at the same time.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Pile>);

/// Sizes are those of buffers, in pixels.
#[derive(Debug, Default)]
struct Pile {
    buffers: Vec<Vec<f32>>,
    held: usize,
    in_use: usize,
    most_in_use: usize,
    made: u64,
}

impl Spare {
    /// A buffer of at least `len` pixels with arbitrary contents.
    pub(crate) fn take(&self, len: usize) -> Vec<f32> {
        let found = self.pile().find(len);
        let is_new = found.is_none();
        let buffer = found.unwrap_or_else(|| filled(len, 0.0, "tile rows"));
        self.pile().lend(buffer.len(), is_new);
        buffer
    }

    /// Takes back a buffer.
    pub(crate) fn put(&self, buffer: Vec<f32>) {
        let mut pile = self.pile();
        pile.in_use -= buffer.len();
        pile.held += buffer.len();
        pile.buffers.push(buffer);
    }

    /// How many buffers were made so far.
    pub(crate) fn made(&self) -> u64 {
        self.pile().made
    }

    /// Returns all of them to the system.
    pub(crate) fn clear(&self) {
        let mut pile = self.pile();
        pile.buffers = Vec::new();
        (pile.held, pile.most_in_use) = (0, pile.in_use);
    }

    fn pile(&self) -> MutexGuard<'_, Pile> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pile {
    /// The smallest buffer that is large enough and hardly larger: those of a tile are all alike, those of similar tiles
    /// nearly so.
    fn find(&mut self, len: usize) -> Option<Vec<f32>> {
        let fits = |i: &usize| (len..=len + len / 8).contains(&self.buffers[*i].len());
        let best = (0..self.buffers.len())
            .filter(fits)
            .min_by_key(|i| self.buffers[*i].len())?;
        let buffer = self.buffers.swap_remove(best);
        self.held -= buffer.len();
        Some(buffer)
    }

    fn lend(&mut self, len: usize, is_new: bool) {
        self.made += u64::from(is_new);
        self.in_use += len;
        self.most_in_use = self.most_in_use.max(self.in_use);
        while self.held + self.in_use > self.most_in_use {
            let dropped = self.buffers.swap_remove(0);
            self.held -= dropped.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_and_hold_no_more_than_was_in_use() {
        let spare = Spare::default();
        let held = || spare.pile().held;
        let (a, b) = (spare.take(1000), spare.take(900));
        let place = b.as_ptr();
        spare.put(a);
        spare.put(b);
        let again = spare.take(890);
        assert_eq!((again.as_ptr(), again.len()), (place, 900));
        assert_eq!(spare.made(), 2);
        // A far too large buffer is not used; and a new one then leaves no room for it.
        let small = spare.take(100);
        assert_eq!((small.len(), held(), spare.made()), (100, 0, 3));
        spare.put(again);
        spare.put(small);
        assert_eq!(held(), 1000);
        spare.clear();
        assert_eq!(held(), 0);
    }
}
