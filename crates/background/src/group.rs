//! Tiles that hang together through overlaps.

/// Disjoint sets of tiles.
#[derive(Clone, Debug)]
pub struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    /// Every tile alone.
    pub fn new(tiles: usize) -> Self {
        Self {
            parent: (0..tiles).collect(),
        }
    }

    /// Puts two tiles into one group; false when they were in one already.
    pub fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        // The lower index leads, so that the order of joining does not show.
        self.parent[a.max(b)] = a.min(b);
        a != b
    }

    /// Group of each tile, numbered from 0 by the first tile of each.
    pub fn numbers(&mut self) -> Vec<usize> {
        let mut numbers = vec![usize::MAX; self.parent.len()];
        let mut next = 0;
        for tile in 0..self.parent.len() {
            let root = self.root(tile);
            if numbers[root] == usize::MAX {
                numbers[root] = next;
                next += 1;
            }
            numbers[tile] = numbers[root];
        }
        numbers
    }

    fn root(&mut self, mut tile: usize) -> usize {
        while self.parent[tile] != tile {
            self.parent[tile] = self.parent[self.parent[tile]];
            tile = self.parent[tile];
        }
        tile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_numbered_by_their_first_tile() {
        let mut groups = Groups::new(5);
        assert!(groups.join(4, 1));
        assert!(groups.join(3, 4));
        assert!(!groups.join(1, 3));
        assert_eq!(groups.numbers(), [0, 1, 2, 1, 1]);
    }
}
