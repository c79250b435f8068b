//! How far pixels are from a region along their columns, row after row.

use zemosaic_room::filled;

use super::BORDERS;
use super::lines::Lines;

/// No turn is as far away, and sums with it stay numbers.
const FAR: i64 = i64::MAX / 4;

/// The distance along each line from one position to the nearest one in the region: 0 inside. What is near a line changes
/// only where the region begins or ends, so most positions need no search.
#[derive(Debug)]
pub(super) struct Distances<'a> {
    lines: &'a Lines,
    /// The position that was asked for last.
    at: Option<usize>,
    /// Of each line the turns before that and after it; [`FAR`] where there is none, and twice inside the region.
    before: Vec<i64>,
    after: Vec<i64>,
    nearest: Vec<i64>,
}

impl<'a> Distances<'a> {
    /// No real distance is larger, and any larger one means that there is none.
    pub(super) const MOST: i64 = u32::MAX as i64;

    pub(super) fn new(lines: &'a Lines) -> Self {
        let none = || filled(lines.count(), 0, BORDERS);
        Self {
            lines,
            at: None,
            before: none(),
            after: none(),
            nearest: none(),
        }
    }

    /// The distances at a position, line after line; more than [`Self::MOST`] where a line has none of the region.
    pub(super) fn at(&mut self, at: usize) -> &[i64] {
        if self.at.is_none_or(|last| at < last) {
            // Nothing is known of what lies before.
            self.after.fill(-FAR);
        }
        self.at = Some(at);
        let position = at as i64;
        let turned = |any: u32, after: &i64| any | u32::from(*after <= position);
        if self.after.iter().fold(0, turned) > 0 {
            for line in 0..self.after.len() {
                if self.after[line] <= position {
                    [self.before[line], self.after[line]] = self.turns(line, at);
                }
            }
        }
        let near = self.before.iter().zip(&self.after);
        for (distance, (before, after)) in self.nearest.iter_mut().zip(near) {
            let (back, ahead) = (position + 1 - before, after - position);
            let nearer = if back < ahead { back } else { ahead };
            *distance = if nearer < 0 { 0 } else { nearer };
        }
        &self.nearest
    }

    /// The turns of a line before a position and after it.
    fn turns(&self, line: usize, at: usize) -> [i64; 2] {
        let turns = self.lines.line(line);
        let passed = turns.partition_point(|turn| *turn as usize <= at);
        let after = turns.get(passed).map_or(FAR, |turn| i64::from(*turn));
        let before = match passed.checked_sub(1) {
            None => -FAR,
            // Inside, whatever is subtracted from it.
            Some(_) if passed % 2 == 1 => FAR,
            Some(last) => i64::from(turns[last]),
        };
        [before, after]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_to_the_nearest_position_inside_in_any_order() {
        let mut lines = Lines::with_rows(4);
        for turns in [&[][..], &[0, 3, 9, 12], &[5, 6], &[4, 20]] {
            lines.push_line(turns.iter().copied());
        }
        let mut distances = Distances::new(&lines);
        for at in (0..20).chain([3, 19, 0, 7]) {
            let found = distances.at(at).to_vec();
            for (line, found) in found.into_iter().enumerate() {
                let inside = lines.runs(line).flatten();
                let nearest = inside.map(|other| at.abs_diff(other) as i64).min();
                assert_eq!(
                    found.min(Distances::MOST),
                    nearest.unwrap_or(Distances::MOST),
                    "{line} {at}"
                );
            }
        }
    }
}
