use super::*;

/// Marks of chance: about `share` of the pixels, and whole blocks of them.
fn scattered(width: usize, height: usize, share: f64, seed: u64) -> Bits {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut bits = Bits::new(width, height);
    for y in 0..height {
        for x in 0..width {
            if random() < share {
                set(bits.row_mut(y), x);
            }
        }
    }
    for _ in 0..(width * height).div_ceil(200) {
        let [x, y] = [random() * width as f64, random() * height as f64].map(|v| v as usize);
        for y in y..(y + 6).min(height) {
            (x..(x + 9).min(width)).for_each(|x| set(bits.row_mut(y), x));
        }
    }
    bits
}

fn cases() -> Vec<Bits> {
    let sizes = [
        (1, 1),
        (5, 4),
        (64, 9),
        (65, 33),
        (130, 40),
        (63, 70),
        (200, 3),
        (1, 90),
    ];
    let mut cases = Vec::new();
    for (i, (width, height)) in sizes.into_iter().enumerate() {
        for share in [0.0, 0.3, 0.6, 0.9] {
            cases.push(scattered(width, height, share, 77 + i as u64));
        }
    }
    cases
}

#[test]
fn property_opening_keeps_what_full_squares_cover() {
    for bits in cases() {
        let at = |x: isize, y: isize| {
            let inside =
                x >= 0 && y >= 0 && (x as usize) < bits.width && (y as usize) < bits.height;
            !inside || bits.has(x as usize, y as usize)
        };
        for r in [1, 2, 4] {
            let square = |x: isize, y: isize| (-r..=r).all(|j| (-r..=r).all(|i| at(x + i, y + j)));
            let opened = bits.open(r as usize);
            for y in 0..bits.height as isize {
                for x in 0..bits.width as isize {
                    let kept = (-r..=r).any(|j| (-r..=r).any(|i| square(x + i, y + j)));
                    assert_eq!(opened.has(x as usize, y as usize), kept, "{x}, {y} by {r}");
                }
            }
        }
    }
}

#[test]
fn property_joined_is_what_steps_from_a_seed_reach() {
    for bits in cases() {
        let mut seed = Bits::new(bits.width, bits.height);
        for (side, run) in bits
            .runs_on_sides()
            .into_iter()
            .filter(|(_, r)| r.len() > 2)
        {
            seed.mark(side, run);
        }
        let mut reached: Vec<[usize; 2]> = Vec::new();
        let mut expected = Bits::new(bits.width, bits.height);
        for y in 0..bits.height {
            for x in 0..bits.width {
                if seed.has(x, y) {
                    set(expected.row_mut(y), x);
                    reached.push([x, y]);
                }
            }
        }
        while let Some([x, y]) = reached.pop() {
            let mut step = |x: usize, y: usize| {
                if x < bits.width && y < bits.height && bits.has(x, y) && !expected.has(x, y) {
                    set(expected.row_mut(y), x);
                    reached.push([x, y]);
                }
            };
            step(x + 1, y);
            step(x.wrapping_sub(1), y);
            step(x, y + 1);
            step(x, y.wrapping_sub(1));
        }
        let joined = bits.joined(&seed);
        assert!(joined.marks == expected.marks);
        assert_eq!(joined.count(), expected.count());
    }
}

#[test]
fn property_outline_and_pixels_beside_it() {
    for bits in cases() {
        let mut edges = 0;
        for y in 0..bits.height {
            let beside = bits.beside(y);
            for x in 0..bits.width {
                let own = bits.has(x, y);
                edges += u64::from(x > 0 && bits.has(x - 1, y) != own);
                edges += u64::from(y > 0 && bits.has(x, y - 1) != own);
                let near = (x > 0 && bits.has(x - 1, y))
                    || (x + 1 < bits.width && bits.has(x + 1, y))
                    || (y > 0 && bits.has(x, y - 1))
                    || (y + 1 < bits.height && bits.has(x, y + 1));
                assert_eq!(has(&beside, x), near && !own, "{x}, {y}");
            }
        }
        assert_eq!(bits.outline(), edges);
    }
}

#[test]
fn half_planes_stay_whole_and_lines_go() {
    for slope in [0.0, 0.1, 0.37, 1.0, 2.6] {
        let mut bits = Bits::new(90, 80);
        for y in 0..80 {
            for x in 0..90 {
                if x as f64 * slope + 3.0 > y as f64 {
                    set(bits.row_mut(y), x);
                }
            }
        }
        for radius in [1, 4] {
            assert!(
                bits.open(radius).marks == bits.marks,
                "slope {slope} by {radius}"
            );
        }
    }
    let mut line = Bits::new(40, 40);
    (0..40).for_each(|y| (20..22).for_each(|x| set(line.row_mut(y), x)));
    assert_eq!(line.open(1).count(), 0);
    // A line along the edge is part of what lies outside.
    let mut edge = Bits::new(40, 40);
    (0..40).for_each(|y| set(edge.row_mut(y), 0));
    assert_eq!(edge.open(4).count(), 40);
}
