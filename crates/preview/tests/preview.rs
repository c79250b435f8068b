//! Pictures, decoded again.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use zemosaic_preview::{DEFAULT_MAX_SIDE, Mosaic, Picture, PreviewError, write_png};
use zemosaic_testkit::{Scenario, SimulatedTile, Sky};

struct Decoded {
    width: usize,
    height: usize,
    channels: usize,
    bytes: Vec<u8>,
}

impl Decoded {
    fn at(&self, x: usize, y: usize) -> &[u8] {
        &self.bytes[(y * self.width + x) * self.channels..][..self.channels]
    }
}

fn decode(path: &Path) -> Decoded {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::Eight);
    let channels = info.color_type.samples();
    Decoded {
        width: info.width as usize,
        height: info.height as usize,
        channels,
        bytes,
    }
}

fn picture(planes: usize, width: usize, height: usize, max_side: usize, pixels: &[f32]) -> Decoded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.png");
    let mosaic = Mosaic {
        planes,
        width,
        height,
    };
    let written = write_png(mosaic, &path, max_side, |plane, rows, values| {
        let first = (plane * height + rows.start) * width;
        values.copy_from_slice(&pixels[first..][..rows.len() * width]);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only the picture is left"
    );
    let decoded = decode(&path);
    assert_eq!(
        written,
        Picture {
            width: decoded.width,
            height: decoded.height,
            colour: planes >= 3
        }
    );
    decoded
}

fn sky_tile(colour: bool) -> Vec<f32> {
    let scene = Scenario::demo(1).scene;
    let tile = SimulatedTile {
        width: 300,
        height: 200,
        colour,
        center_deg: scene.center_deg,
        scale_arcsec: 8.0,
        noise: 2.0,
        ..SimulatedTile::default()
    };
    tile.render(&Sky::new(&scene), 1)
}

#[test]
fn a_colour_mosaic_is_rgba_and_neither_black_nor_burnt_out() {
    let decoded = picture(3, 300, 200, 150, &sky_tile(true));
    assert_eq!(
        (decoded.width, decoded.height, decoded.channels),
        (150, 100, 4)
    );
    let (mut dark, mut light, mut coloured) = (0, 0, 0);
    for pixel in decoded.bytes.chunks(4) {
        assert_eq!(pixel[3], 255);
        let most = *pixel[..3].iter().max().unwrap();
        let least = *pixel[..3].iter().min().unwrap();
        dark += usize::from(most < 4);
        light += usize::from(least > 250);
        coloured += usize::from(most - least > 12);
    }
    let count = 150 * 100;
    assert!(
        dark < count / 50 && light < count / 100,
        "{dark} dark, {light} white of {count}"
    );
    assert!(coloured > count / 20, "{coloured} coloured of {count}");
}

#[test]
fn a_mono_mosaic_is_grey_and_two_planes_show_the_first() {
    let pixels = sky_tile(false);
    let mono = picture(1, 300, 200, DEFAULT_MAX_SIDE, &pixels);
    assert_eq!((mono.width, mono.height, mono.channels), (300, 200, 2));
    let doubled: Vec<f32> = pixels
        .iter()
        .chain(&vec![f32::NAN; pixels.len()])
        .copied()
        .collect();
    assert_eq!(
        picture(2, 300, 200, DEFAULT_MAX_SIDE, &doubled).bytes,
        mono.bytes
    );
}

#[test]
fn the_first_row_is_at_the_bottom() {
    let decoded = picture(1, 2, 3, 10, &[0.0, 0.0, 1.0, 2.0, 100.0, 101.0]);
    assert!(decoded.at(0, 0)[0] > decoded.at(0, 1)[0]);
    assert!(decoded.at(0, 1)[0] > decoded.at(0, 2)[0]);
    assert!(decoded.at(1, 1)[0] > decoded.at(0, 1)[0]);
}

#[test]
fn holes_are_transparent_and_half_covered_pixels_half_so() {
    let mut pixels: Vec<f32> = (0..64).map(|n| 100.0 + (n % 5) as f32).collect();
    for hole in [0, 1, 8, 9, 6, 14] {
        pixels[hole] = f32::NAN;
    }
    let decoded = picture(1, 8, 8, 4, &pixels);
    assert_eq!(decoded.at(0, 3), [0, 0]);
    assert_eq!(decoded.at(3, 3)[1], 128);
    assert_eq!(decoded.at(1, 0)[1], 255);
}

#[test]
fn a_channel_that_is_dead_in_places_leaves_no_hole() {
    let mut pixels: Vec<f32> = (0..48).map(|n| 100.0 + (n % 5) as f32).collect();
    pixels[16] = f32::NAN;
    let decoded = picture(3, 4, 4, 4, &pixels);
    assert_eq!(decoded.at(0, 3)[3], 255);
}

#[test]
fn an_image_without_data_is_wholly_transparent() {
    for planes in [1, 3] {
        let decoded = picture(planes, 5, 4, 4, &vec![f32::NAN; planes * 20]);
        assert!(decoded.bytes.iter().all(|&byte| byte == 0));
    }
}

#[test]
fn a_constant_image_is_an_even_dark_grey() {
    for value in [0.0, 7.5, -1e30, f32::MAX] {
        let decoded = picture(3, 5, 4, 4, &[value; 60]);
        let first = decoded.at(0, 0).to_vec();
        assert!((10..100).contains(&first[0]), "{value}: {first:?}");
        assert!(decoded.bytes.chunks(4).all(|pixel| pixel == first));
    }
}

#[test]
fn stars_on_a_sky_without_noise_do_not_turn_it_black_or_white() {
    let mut pixels = vec![0.0; 10_000];
    for n in 0..20 {
        pixels[n * 491] = 1000.0 * n as f32;
    }
    let decoded = picture(1, 100, 100, 100, &pixels);
    assert!(
        (10..100).contains(&decoded.at(50, 50)[0]),
        "{:?}",
        decoded.at(50, 50)
    );
    assert!(decoded.at(19 * 491 % 100, 99 - 19 * 491 / 100)[0] > 240);
}

#[test]
fn one_pixel_is_a_picture() {
    let decoded = picture(1, 1, 1, DEFAULT_MAX_SIDE, &[5.0]);
    assert_eq!((decoded.width, decoded.height), (1, 1));
    assert_eq!(decoded.at(0, 0)[1], 255);
}

/// What is asked for of a mosaic of this size, in the order of the rows.
fn asked(mosaic: Mosaic, max_side: usize) -> (Picture, Vec<(usize, Range<usize>)>) {
    let folder = tempfile::tempdir().unwrap();
    let asked = Mutex::new(Vec::new());
    let path = folder.path().join("m.png");
    let written = write_png(mosaic, &path, max_side, |plane, rows, values| {
        assert_eq!(values.len(), rows.len() * mosaic.width);
        // No more than a row, or a megabyte.
        assert!(rows.len() == 1 || size_of_val(values) <= 1 << 20);
        asked.lock().unwrap().push((plane, rows));
        for (x, value) in values.iter_mut().enumerate() {
            *value = (x % 100) as f32;
        }
        Ok::<_, Infallible>(())
    })
    .unwrap();
    let mut asked = asked.into_inner().unwrap();
    asked.sort_by_key(|(plane, rows)| (*plane, rows.start));
    (written, asked)
}

#[test]
fn rows_are_read_a_few_at_a_time_and_hardly_any_twice() {
    let strip = Mosaic {
        planes: 3,
        width: 400_000,
        height: 7,
    };
    let (written, rows) = asked(strip, 2000);
    assert_eq!(
        (written.width, written.height, written.colour),
        (2000, 1, true)
    );
    let expected: Vec<_> = (0..3)
        .flat_map(|plane| (0..7).map(move |row| (plane, row..row + 1)))
        .collect();
    assert_eq!(rows, expected);
    let tall = Mosaic {
        planes: 1,
        width: 100,
        height: 5000,
    };
    let (_, rows) = asked(tall, 2048);
    let read: usize = rows.iter().map(|(_, rows)| rows.len()).sum();
    assert!(
        (5000..5000 + rows.len()).contains(&read),
        "{read} of 5000, {} reads",
        rows.len()
    );
    let mut next = 0;
    for (_, rows) in rows {
        assert!(rows.start <= next, "{next} was left out");
        next = next.max(rows.end);
    }
    assert_eq!(next, 5000);
}

#[test]
fn an_error_leaves_the_old_picture_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.png");
    fs::write(&path, "old").unwrap();
    let mosaic = Mosaic {
        planes: 1,
        width: 4,
        height: 4,
    };
    let error = write_png(mosaic, &path, 4, |_, rows, _| {
        if rows.contains(&2) {
            Err("torn")
        } else {
            Ok(())
        }
    })
    .unwrap_err();
    assert!(
        matches!(
            error,
            PreviewError::Read {
                plane: 0,
                row: 0..=2,
                source: "torn"
            }
        ),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let missing = folder.path().join("missing").join("m.png");
    let error = write_png(mosaic, &missing, 4, |_, _, _| Ok::<_, &str>(())).unwrap_err();
    assert_eq!(error.code(), "preview_write");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn impossible_shapes_are_refused_before_anything_is_allocated() {
    let path = Path::new("never-written.png");
    let refused = |planes, width, height, max_side| {
        let mosaic = Mosaic {
            planes,
            width,
            height,
        };
        write_png(mosaic, path, max_side, |_, _, _| Ok::<_, Infallible>(()))
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(0, 4, 4, 4), "preview_shape");
    assert_eq!(refused(1, 0, 4, 4), "preview_shape");
    assert_eq!(refused(1, usize::MAX, 4, 4), "preview_shape");
    assert_eq!(refused(1, 4, 4, 0), "preview_shape");
    assert_eq!(refused(1, 4, 4, usize::MAX), "preview_shape");
}
