//! Random samples of pixels, of every kind that a rule may meet.

use crate::tile::noise;

/// A sample as a kernel delivers it: value, weight, and whether it has all taps.
pub type Drawn = (f32, f32, bool);

/// Random numbers that are the same everywhere.
struct Random(u32);

impl Random {
    /// 0..1
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(1);
        noise(self.0.wrapping_mul(0x85eb_ca6b))
    }

    fn below(&mut self, n: u32) -> u32 {
        (self.next() * n as f32) as u32
    }

    /// Roughly normal, of deviation 1.
    fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.next()).sum::<f32>() * 1.414 - 4.242
    }
}

/// The samples of `tiles` tiles for pixel number `pixel`: none, partial, or whole ones. Values are finite and
/// weights are powers of two up to 1, so that kernels can be made to deliver exactly these numbers.
pub fn drawn(pixel: u32, tiles: usize) -> Vec<Option<Drawn>> {
    let mut random = Random(pixel.wrapping_mul(977));
    let kind = random.below(8);
    let there = [1.0, 1.0, 0.8, 0.5, 0.2][random.below(5) as usize];
    let partial = [0.0, 0.0, 0.3, 0.8, 1.0][random.below(5) as usize];
    let level = [500.0, 0.0, -2e4, 0.5][random.below(4) as usize];
    let sign = if random.below(2) == 0 { 1.0 } else { -1.0 };
    let tiles = 0..tiles as u32;
    tiles
        .map(|tile| {
            let value = value(&mut random, kind, tile, level) * sign;
            let weight = [1.0, 0.5, 0.25][random.below(3) as usize];
            let whole = random.next() >= partial;
            (random.next() < there).then_some((value, weight, whole))
        })
        .collect()
}

fn value(random: &mut Random, kind: u32, tile: u32, level: f32) -> f32 {
    match kind {
        // A sky, without and with what one tile alone shows.
        0 => level + 3.0 * random.normal(),
        1 if random.below(5) == 0 => level + 1e4 * random.next(),
        1 => level + random.normal(),
        // Ties; few values, of which most are alike; one value.
        2 => level + random.below(4) as f32,
        3 if random.below(6) == 0 => level + 1.0,
        3 | 4 => level,
        // Two halves, one of which is just far enough away to be dropped, or not quite.
        5 if tile.is_multiple_of(2) => {
            level + (6 + random.below(8)) as f32 + 9.0 * random.below(3) as f32
        }
        5 => level + random.below(2) as f32,
        // Heavy tails, so that rejection takes many rounds.
        6 => level + random.normal() / (0.02 + random.next()),
        // The extremes of the range of floats.
        _ => [0.0, -0.0, 1.0, -1.0, 3.3e38, -3.3e38, 1e-12, 7e18][random.below(8) as usize],
    }
}
