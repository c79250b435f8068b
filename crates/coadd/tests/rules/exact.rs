//! The exact kernel: areas, edges, and conservation of flux.

use zemosaic_coadd::Kernel;
use zemosaic_testscene::{Output, Scene, TestTile};

/// A dark tile with some pixels of different brightness, none near the edge.
fn stars(size: [u32; 2]) -> TestTile {
    TestTile::of(size, |x, y| {
        let inside = x > 20 && y > 20 && x < size[0] - 21 && y < size[1] - 21;
        let star = (x * 7919 + y * 104_729) % 61 == 0;
        if inside && star {
            1.0 + ((x * 31 + y * 17) % 997) as f32
        } else {
            0.0
        }
    })
}

/// The flux of a tile of weight 1 in the output: a pixel that extends beyond the tile holds only the
/// share given by its coverage.
fn flux(scene: &Scene, out: &Output) -> f64 {
    let mut sum = 0.0;
    for y in 0..scene.size[1] as usize {
        for x in 0..scene.size[0] as usize {
            let value = f64::from(out.value(x, y));
            if value != 0.0 && value.is_finite() {
                sum += value * f64::from(out.weight(x, y)) * scene.area(0, x, y);
            }
        }
    }
    sum
}

#[test]
fn property_flux_is_conserved() {
    let cases = [
        stars([300, 260]).at(310.3, 250.8, 0.0),
        stars([300, 260]).at(310.3, 250.8, 37.0),
        stars([300, 260]).at(310.3, 250.8, 200.0).distorted(),
        stars([300, 260]).at(310.3, 250.8, 11.0).zoomed(0.73),
        stars([900, 800]).at(310.3, 250.8, 28.0).zoomed(0.1),
        stars([900, 800]).at(310.3, 250.8, 28.0).zoomed(0.013),
        stars([60, 70]).at(310.3, 250.8, 64.0).zoomed(5.3),
    ];
    for (case, tile) in cases.into_iter().enumerate() {
        let expected: f64 = tile.channels[0].iter().map(|v| f64::from(*v)).sum();
        let scene = Scene::new(vec![tile], [620, 500]);
        let found = flux(&scene, &scene.on_cpu(Kernel::Exact));
        let error = (found - expected).abs() / expected;
        assert!(error < 1e-5, "case {case}: {error:e} of {expected} is lost");
        if case == 4 {
            // Interpolation looks at one pixel in a hundred: the comparison can fail.
            let bilinear = flux(&scene, &scene.on_cpu(Kernel::Bilinear));
            assert!((bilinear - expected).abs() / expected > 1e-3);
        }
    }
}

#[test]
fn property_a_large_footprint_depends_on_no_chunk() {
    let tiles = vec![
        TestTile::noisy([700, 650], 1, 2)
            .at(100.0, 90.0, 33.0)
            .zoomed(0.1),
        TestTile::noisy([500, 900], 2, 2)
            .at(120.4, 100.2, 190.0)
            .zoomed(0.17)
            .weighted(),
        TestTile::noisy([90, 60], 3, 2)
            .at(80.0, 130.0, 5.0)
            .translucent()
            .distorted(),
    ];
    let scene = Scene::new(tiles, [220, 200]);
    let expected = scene.on_cpu(Kernel::Exact);
    assert!(expected.covered > 10_000, "{} covered", expected.covered);
    for chunk in [1, 7, 64] {
        assert!(
            scene.on_cpu_in_chunks(Kernel::Exact, chunk) == expected,
            "{chunk}"
        );
    }
}

#[test]
fn a_pixel_is_covered_where_a_part_of_it_is() {
    // The tile covers 29.9 to 39.9 of the output: pixel 29 has a tenth less than half of a pixel.
    let tile = TestTile::of([10, 10], |_, _| 5.0).shifted([30.4, 30.0]);
    let scene = Scene::new(vec![tile], [64, 64]);
    let out = scene.on_cpu(Kernel::Exact);
    let share = |x: usize| f64::from(out.weight(x, 33));
    for (x, expected) in [
        (29, 0.0),
        (30, 0.6),
        (31, 1.0),
        (39, 1.0),
        (40, 0.4),
        (41, 0.0),
    ] {
        assert!((share(x) - expected).abs() < 1e-6, "{} at {x}", share(x));
    }
    assert_eq!((out.value(30, 33), out.value(40, 33)), (5.0, 5.0));
}

#[test]
fn a_mean_over_many_pixels_is_their_mean() {
    // Ten tile pixels along each side of an output pixel; holes are left out.
    let value = |x: u32, y: u32| {
        if (x + y).is_multiple_of(7) {
            f32::NAN
        } else {
            (x * x % 101 + y) as f32
        }
    };
    let tile = TestTile::of([400, 300], value)
        .at(60.0, 50.0, 0.0)
        .zoomed(0.1);
    let scene = Scene::new(vec![tile], [120, 100]);
    let out = scene.on_cpu(Kernel::Exact);
    // The tile's centre (199.5, 149.5) lies on the centre of output pixel (60, 50).
    let block = (195..205).flat_map(|x| (145..155).map(move |y| value(x, y)));
    let kept: Vec<f64> = block.filter(|v| !v.is_nan()).map(f64::from).collect();
    let mean = kept.iter().sum::<f64>() / kept.len() as f64;
    let got = f64::from(out.value(60, 50));
    assert!((got - mean).abs() < 1e-3 * mean, "{got}, not {mean}");
    let share = f64::from(out.weight(60, 50));
    assert!((share - kept.len() as f64 / 100.0).abs() < 1e-3, "{share}");
}
