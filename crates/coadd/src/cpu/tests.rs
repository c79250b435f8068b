//! The two builds of the hot loops agree to the bit.

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use zemosaic_wcs::lattice::lay;
use zemosaic_wcs::{Frame, Mapping, Wcs};

use super::{CpuBackend, simd};
use crate::{ChunkJob, Combine, Kernel, Sink, Strip, TileJob, TileRows, Window};

const SIDE: u32 = 200;

/// First row, value bits and coverage bits of a strip.
type StripBits = (u32, Vec<u32>, Vec<u32>);

struct Rows(Mutex<Vec<StripBits>>);

impl Sink for Rows {
    type Error = Infallible;

    fn take(&self, strip: &mut Strip) -> Result<(), Infallible> {
        let bits = |plane: &[f32]| plane.iter().map(|v| v.to_bits()).collect();
        let rows = (strip.first_row, bits(strip.values[0]), bits(strip.coverage));
        self.0.lock().expect("no panic in a sink").push(rows);
        Ok(())
    }
}

fn tangent(rotation_deg: f64) -> Wcs {
    let (s, c) = rotation_deg.to_radians().sin_cos();
    let scale = 1.0 / 3600.0;
    let cd = [[-scale * c, scale * s], [scale * s, scale * c]];
    Wcs::celestial("TAN", Frame::Icrs, [10.0, 20.0], [99.3, 101.8], cd).expect("a plain TAN")
}

/// The output of a job with one tile, rotated by each of the angles.
struct Turned<'a> {
    angles: &'a [f64],
    kernel: Kernel,
    combine: Combine,
    values: &'a [f32],
    variances: Option<&'a [f32]>,
}

fn rows(of: &Turned) -> Vec<StripBits> {
    let laid: Vec<_> = of
        .angles
        .iter()
        .map(|angle| {
            let mapping = Mapping::new(&tangent(0.0), &tangent(*angle));
            lay(mapping, [SIDE, SIDE], [260, 230], 1e-3, of.kernel.places())
        })
        .collect();
    let tile = |(lattice, profile)| TileJob {
        lattice,
        profile,
        rows: TileRows::of(Window {
            first_row: 0,
            rows: SIDE,
            stride: SIDE,
            first_column: 0,
            width: SIDE,
            height: SIDE,
            values: vec![of.values],
            variances: of.variances,
            alphas: None,
        }),
        weight: 1.7,
    };
    let job = ChunkJob {
        rows: 0..230,
        width: 260,
        channels: 1,
        tiles: laid.iter().map(|(l, p)| tile((l, p))).collect(),
        kernel: of.kernel,
        combine: of.combine,
    };
    let sink = Rows(Mutex::new(Vec::new()));
    CpuBackend::default()
        .run_chunk(&job, &sink)
        .unwrap_or_else(|never| match never {});
    let mut rows = sink.0.into_inner().expect("no panic in a sink");
    rows.sort();
    rows
}

/// Checks that both builds of the loops give the same bits, for enough pixels.
fn assert_same_bits(of: &Turned, what: &str) {
    let _alone = ALONE.lock();
    simd::PORTABLE.store(false, Ordering::SeqCst);
    let vector = rows(of);
    simd::PORTABLE.store(true, Ordering::SeqCst);
    let portable = rows(of);
    simd::PORTABLE.store(false, Ordering::SeqCst);
    assert!(vector == portable, "{what}");
    let covered = vector
        .iter()
        .flat_map(|r| &r.2)
        .filter(|w| **w != 0)
        .count();
    assert!(covered > 20_000, "only {covered} pixels compared");
}

/// The build is chosen for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// Noise with some dead pixels, and variances.
fn noise() -> [Vec<f32>; 2] {
    let value = |i: u32| {
        let (x, y) = (i % SIDE, i / SIDE);
        let hole = x % 41 == 7 && y % 29 == 3;
        if hole {
            f32::NAN
        } else {
            (i as f32).sin() * 1e4
        }
    };
    let pixels = || 0..SIDE * SIDE;
    [
        pixels().map(value).collect(),
        pixels().map(|i| (i % 17 + 1) as f32 / 3.0).collect(),
    ]
}

#[test]
fn property_vector_and_portable_code_give_the_same_bits() {
    let [values, variances] = noise();
    for kernel in Kernel::ALL {
        for variances in [None, Some(variances.as_slice())] {
            let of = Turned {
                angles: &[23.0],
                kernel,
                combine: Combine::Mean,
                values: &values,
                variances,
            };
            assert_same_bits(
                &of,
                &format!("{kernel:?}, variances {}", variances.is_some()),
            );
        }
    }
}

#[test]
fn property_stacks_have_the_same_bits_too() {
    let [values, variances] = noise();
    let angles: Vec<f64> = (0..9).map(|i| 23.0 + 40.0 * f64::from(i)).collect();
    for combine in [Combine::Median, Combine::Winsorized, Combine::KappaSigma] {
        let of = Turned {
            angles: &angles,
            kernel: Kernel::Bilinear,
            combine,
            values: &values,
            variances: Some(&variances),
        };
        assert_same_bits(&of, &format!("{combine:?}"));
    }
}
