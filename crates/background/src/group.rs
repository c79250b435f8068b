//! Groups of tiles that are connected by overlaps.

/// Disjoint sets of tiles.
#[derive(Clone, Debug)]
pub struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    /// Every tile in a group of its own.
    pub fn new(tiles: usize) -> Self {
        Self {
            parent: (0..tiles).collect(),
        }
    }

    /// Joins the groups of two tiles; false when they were in one group already.
    pub fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        // The lower index becomes the root, so that the result does not depend on the order of joining.
        self.parent[a.max(b)] = a.min(b);
        a != b
    }

    /// Group of each tile; groups are numbered from 0 in the order of their first tiles.
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
