//! How fast this machine can warp an image: the ceiling with which a bench compares the kernels.

use std::time::Instant;

/// Side of the image in pixels; it fits in no cache.
const SIDE: usize = 2000;
const ROUNDS: usize = 5;

/// Output pixels per second of the plainest bilinear warp that adds value and weight to two planes: one affine step per
/// pixel in f32, no holes, no edges, no maps. Best of five runs on `threads` threads.
pub fn warp_ceiling(threads: usize) -> f64 {
    let image: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 977) as f32).collect();
    let mut sums = vec![0.0; SIDE * SIDE];
    let mut weights = vec![0.0; SIDE * SIDE];
    let rows = SIDE.div_ceil(threads.max(1));
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        std::thread::scope(|scope| {
            let parts = sums
                .chunks_mut(rows * SIDE)
                .zip(weights.chunks_mut(rows * SIDE));
            for (part, (sums, weights)) in parts.enumerate() {
                let image = &image;
                scope.spawn(move || warp(image, part * rows, sums, weights));
            }
        });
        best = best.min(start.elapsed().as_secs_f64());
    }
    (SIDE * SIDE) as f64 / best.max(1e-9)
}

/// Rotated by a degree about the corner, and shrunk, so that every tap is inside the image.
fn warp(image: &[f32], first_row: usize, sums: &mut [f32], weights: &mut [f32]) {
    let (cos, sin) = (0.97, 0.017);
    let rows = sums
        .chunks_exact_mut(SIDE)
        .zip(weights.chunks_exact_mut(SIDE));
    for (row, (sums, weights)) in rows.enumerate() {
        let y = (first_row + row) as f32;
        let start = [sin * y + 1.0, cos * y + 1.0];
        for (column, (sum, weight)) in sums.iter_mut().zip(weights).enumerate() {
            let x = column as f32;
            let (u, v) = (start[0] + cos * x, start[1] + 0.01 * x);
            let (column, row) = (u as i32, v as i32);
            let (fx, fy) = (u - column as f32, v - row as f32);
            let at = row as usize * SIDE + column as usize;
            let (low, high) = (&image[at..at + 2], &image[at + SIDE..at + SIDE + 2]);
            let below = low[0] + fx * (low[1] - low[0]);
            let above = high[0] + fx * (high[1] - high[0]);
            *sum += below + fy * (above - below);
            *weight += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_stays_a_slope() {
        let image: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % SIDE) as f32).collect();
        let (mut sums, mut weights) = (vec![0.0; 2 * SIDE], vec![0.0; 2 * SIDE]);
        warp(&image, 1998, &mut sums, &mut weights);
        let expected = 0.97 * 1000.0 + 0.017 * 1999.0 + 1.0;
        assert!((sums[SIDE + 1000] - expected).abs() < 1e-2);
        assert!(weights.iter().all(|w| *w == 1.0));
    }
}
