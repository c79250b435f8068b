//! Images of every pixel type, stored in every way, with wild values, scales and maps, and what they must become.

mod packed;
mod stored;

use proptest::prelude::*;
use zemosaic_coadd::{Combine, Kernel};
use zemosaic_engine::{Blank, Depth, PlaneSource, Tile, TileSpec, WeightMap};
use zemosaic_wcs::Grid;

use crate::build::OnDisk;
use crate::counted::peak_of;
use crate::files::{FIXED, one_line, open};
use crate::{corpus, mosaic};
use stored::Stored;

/// A map beside the image, by the patterns of its own pixels.
#[derive(Debug, Clone)]
struct Map {
    image: Stored,
    /// In the image's file, else in one of its own.
    inside: bool,
    /// Of a different size than the image.
    astray: bool,
}

#[derive(Debug, Clone)]
struct Case {
    image: Stored,
    weights: Option<Map>,
    alpha: Option<Map>,
    weight: f32,
    flux_scale: f32,
    feather: f32,
    kernel: Kernel,
    combine: Combine,
    /// How many times the tile is there.
    copies: usize,
}

const KERNELS: [Kernel; 6] = [
    Kernel::Nearest,
    Kernel::Bilinear,
    Kernel::Bicubic,
    Kernel::Lanczos3,
    Kernel::Lanczos4,
    Kernel::Exact,
];
const COMBINES: [Combine; 9] = [
    Combine::Mean,
    Combine::Median,
    Combine::Winsorized,
    Combine::KappaSigma,
    Combine::Min,
    Combine::Max,
    Combine::Sum,
    Combine::First,
    Combine::Last,
];

fn map() -> impl Strategy<Value = Map> {
    (
        Stored::strategy(),
        any::<bool>(),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(image, inside, astray)| Map {
            image,
            inside,
            astray,
        })
}

fn positive() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(1.0),
        0.1..10.0_f32,
        Just(1e30),
        Just(f32::MAX),
        Just(1e-40)
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let maps = (prop::option::of(map()), prop::option::of(map()));
    let factors = (
        positive(),
        positive(),
        prop_oneof![Just(0.0), 0.1..100.0_f32],
    );
    let kernel = prop_oneof![
        Just(Kernel::Nearest),
        prop::sample::select(KERNELS.to_vec())
    ];
    let combine = prop_oneof![Just(Combine::Mean), prop::sample::select(COMBINES.to_vec())];
    (
        Stored::strategy(),
        maps,
        factors,
        (kernel, combine, 1_usize..5),
    )
        .prop_map(
            |(
                image,
                (weights, alpha),
                (weight, flux_scale, feather),
                (kernel, combine, copies),
            )| Case {
                image,
                weights,
                alpha,
                weight,
                flux_scale,
                feather,
                kernel,
                combine,
                copies,
            },
        )
}

/// A map's pixels, as stored with the image.
fn laid(map: &Map, image: &Stored) -> Stored {
    if map.astray {
        map.image.of_size(map.image.width, map.image.height)
    } else {
        map.image.of_size(image.width, image.height)
    }
}

/// The files of a case on disk, and the tile that they make.
fn tile(case: &Case, disk: &OnDisk) -> (TileSpec, usize) {
    let first = usize::from(case.image.is_table());
    let (mut extensions, mut next) = (Vec::new(), first + 1);
    let mut length = 0;
    let mut lay = |map: &Option<Map>, name: &str| {
        let map = map.as_ref()?;
        let stored = laid(map, &case.image);
        let file = format!("{name}.fits");
        let (path, hdu) = if map.inside {
            extensions.extend(stored.hdu(Some(name)));
            next += 1;
            (disk.path("tile.fits"), next - 1)
        } else {
            let (bytes, hdu) = stored.file(&[]);
            length += bytes.len();
            (disk.write(&file, &bytes), hdu)
        };
        Some(PlaneSource { path, hdu })
    };
    let weight_map = lay(&case.weights, "WEIGHT");
    let alpha = lay(&case.alpha, "ALPHA");
    let (bytes, hdu) = case.image.file(&extensions);
    let path = disk.write("tile.fits", &bytes);
    let spec = TileSpec {
        weight: f64::from(case.weight),
        flux_scale: case.flux_scale,
        // Where edges are soft, whatever looks like a border goes.
        blank: if case.feather > 0.0 {
            Blank::Border
        } else {
            Blank::None
        },
        trim: (case.feather / 10.0).min(3.0),
        weight_map: weight_map.map(|plane| WeightMap {
            plane,
            holds: Depth::Weight,
        }),
        alpha,
        feather: case.feather,
        ..TileSpec::of(PlaneSource { path, hdu })
    };
    // Each map may open the image's file again.
    (spec, length + 3 * bytes.len())
}

/// Weight of each pixel by the maps; nothing where a map cannot be read or does not fit.
fn weights(case: &Case) -> Option<Vec<f32>> {
    let image = &case.image;
    let pixels = image.width * image.height;
    let map = |map: &Option<Map>, opacity: bool| match map {
        None => Some(vec![1.0; pixels]),
        Some(map) => {
            let stored = laid(map, image);
            let fits = (stored.width, stored.height) == (image.width, image.height);
            let factor = if opacity && stored.bitpix > 0 {
                1.0 / 255.0
            } else {
                1.0
            };
            let values = stored.expected().filter(|_| fits)?;
            Some(values.iter().map(|v| v * factor).collect::<Vec<f32>>())
        }
    };
    let (weights, alphas) = (map(&case.weights, false)?, map(&case.alpha, true)?);
    let fold = |(w, a): (&f32, &f32)| if *w > 0.0 && *a > 0.0 { w * a } else { 0.0 };
    Some(weights.iter().zip(&alphas).map(fold).collect())
}

fn same(found: f32, expected: f32) -> bool {
    found == expected || (!found.is_finite() && !expected.is_finite())
}

/// The image by itself: every pixel is what its bytes stand for.
fn read(case: &Case, spec: &TileSpec, bytes: usize) {
    let Some(file) = open(&spec.image.path, bytes) else {
        panic!("a good file does not open");
    };
    let reader = match (file.reader(spec.image.hdu), case.image.expected()) {
        (Ok(reader), Some(_)) => reader,
        (Err(error), None) => return one_line(&error, error.code()),
        // Tables and headers may differ in what they take for a number.
        (Ok(_), None) if case.image.is_table() => return,
        (Ok(_), None) => panic!("a bad keyword was taken"),
        (Err(error), Some(_)) => panic!("a good image was refused: {error}"),
    };
    let shape = reader.shape();
    let Stored {
        width,
        height,
        planes,
        ..
    } = case.image;
    assert_eq!(
        (shape.width, shape.height, shape.planes),
        (width, height, planes)
    );
    let expected = case.image.expected().unwrap();
    for (plane, expected) in expected.chunks(width * height).enumerate() {
        let mut out = vec![0.0; width * height];
        let rows = 0..height;
        let (read, peak) = peak_of(|| reader.read_rows(plane, rows, &mut out));
        read.unwrap();
        // Tiles of a compressed image may be as large as all of it, in several forms.
        let most = FIXED + 4 * bytes + 32 * expected.len() * planes;
        assert!(peak <= most, "read_rows took {peak} bytes of {most}");
        for (at, (found, expected)) in out.iter().zip(expected).enumerate() {
            assert!(
                same(*found, *expected),
                "plane {plane}, pixel {at}: {found}, not {expected}"
            );
        }
    }
}

/// On its own grid the tile comes back where its pixels and weights are of a sane size, and no hole is filled.
fn compare(case: &Case, made: &mosaic::Mosaic) {
    let plain =
        case.weight == 1.0 && case.flux_scale == 1.0 && case.feather == 0.0 && case.copies == 1;
    if case.kernel != Kernel::Nearest || !plain {
        return;
    }
    let (values, weights) = (case.image.expected().unwrap(), weights(case).unwrap());
    let pixels = weights.len();
    for (at, (found, value)) in made.values.iter().zip(&values).enumerate() {
        let weight = weights[at % pixels];
        if !value.is_finite() || weight == 0.0 {
            assert!(found.is_nan(), "pixel {at} is a hole, not {found}");
        } else if (1e-15..1e15).contains(&weight)
            && value.abs() < 1e15
            && (*value == 0.0 || value.abs() > 1e-15)
        {
            let apart = (found - value).abs() / value.abs().max(f32::MIN_POSITIVE);
            assert!(apart < 1e-6, "pixel {at}: {found}, not {value}");
            let coverage = made.coverage[at % pixels];
            assert!(
                (coverage - weight).abs() <= 1e-6 * weight,
                "coverage {coverage}, not {weight}"
            );
        }
    }
}

pub fn wild_images() {
    let disk = OnDisk::new();
    corpus::run("images", &case(), |case| {
        let (spec, bytes) = tile(case, &disk);
        read(case, &spec, bytes);
        let (opened, peak) = peak_of(|| Tile::open(&spec));
        let most = 4 * bytes + 3 * FIXED;
        assert!(peak <= most, "open took {peak} bytes of {most}");
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => return one_line(&error, error.code()),
        };
        let grid = Grid {
            wcs: opened.wcs.clone(),
            width: case.image.width,
            height: case.image.height,
        };
        let again = (1..case.copies).map(|_| Tile::open(&spec).unwrap());
        let tiles = std::iter::once(opened).chain(again).collect();
        match mosaic::mosaic(
            tiles,
            &grid,
            case.kernel,
            case.combine,
            &disk.path("out.fits"),
        ) {
            Ok(made) if case.image.expected().is_some() && weights(case).is_some() => {
                compare(case, &made);
            }
            Ok(_) => {}
            Err(error) => one_line(&error, error.code()),
        }
    });
}
