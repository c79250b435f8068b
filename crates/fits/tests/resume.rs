//! Going on after a writer that was dropped or killed: only what the files prove counts, and the bytes come out the same.

#![allow(clippy::unwrap_used)] // a test
#![cfg(unix)] // the damage is done by position

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use zemosaic_fits::{Card, Claim, DoneRows, MosaicSpec, MosaicWriter};

const WIDTH: usize = 7;
const HEIGHT: usize = 40;
const PLANES: usize = 4;

fn spec(path: &Path, split: bool) -> MosaicSpec<'_> {
    let wcs_cards = vec![Card::text("CTYPE1", "RA---TAN", "")];
    let mut cards = wcs_cards.clone();
    cards.push(Card::text("CREATOR", "zemosaic 0.1.0", ""));
    MosaicSpec {
        path,
        width: WIDTH,
        height: HEIGHT,
        planes: PLANES,
        apart: true,
        cards,
        coverage_unit: 1.0,
        wcs_cards,
        split,
        force: false,
        sync: true,
        keep: true,
        claim: Claim::default(),
    }
}

/// Rows 8..12 are empty in every channel.
fn is_empty(row: usize) -> bool {
    (8..12).contains(&row)
}

/// Makes rows of one channel as the engine does: joins the draft before it, leaves its own.
fn make(writer: &MosaicWriter, channel: usize, rows: std::ops::Range<usize>) -> DoneRows {
    for row in rows.clone() {
        let last = channel + 1 == PLANES;
        if is_empty(row) {
            writer.write_empty_values(channel, row..row + 1).unwrap();
            if last {
                writer.write_empty_coverage(row..row + 1).unwrap();
            } else {
                writer.write_empty_draft(channel, row..row + 1).unwrap();
            }
            continue;
        }
        let mut values = [(channel * 1000 + row) as f32; WIDTH];
        writer.write_values(channel, row, &mut values).unwrap();
        let (mut coverage, mut alpha) = ([0.0; WIDTH], [0; WIDTH]);
        if channel > 0 {
            writer
                .read_draft(channel - 1, row, &mut coverage, &mut alpha)
                .unwrap();
        }
        // Not idempotent: a row joined twice would show.
        for (c, a) in coverage.iter_mut().zip(&mut alpha) {
            *c = *c * 3.0 + row as f32 + 1.0;
            *a += channel as u8 + 1;
        }
        if last {
            writer.write_coverage(row, &mut coverage).unwrap();
            writer.write_alpha(row, &alpha).unwrap();
        } else {
            writer.write_draft(channel, row, &coverage, &alpha).unwrap();
        }
    }
    DoneRows {
        planes: channel..channel + 1,
        rows: rows.clone(),
        sums: writer.sums(channel..channel + 1, rows),
    }
}

/// All chunks of `step` rows of every channel, in order.
fn chunks(step: usize) -> Vec<(usize, std::ops::Range<usize>)> {
    (0..PLANES)
        .flat_map(|c| {
            (0..HEIGHT)
                .step_by(step)
                .map(move |r| (c, r..(r + step).min(HEIGHT)))
        })
        .collect()
}

fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| {
            let name = p.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(p).unwrap())
        })
        .collect();
    all.sort();
    all
}

fn unbroken(split: bool) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, split)).unwrap();
    for (channel, rows) in chunks(HEIGHT) {
        make(&writer, channel, rows);
    }
    writer.finish().unwrap();
    bytes(folder.path())
}

/// Where the rest begins after `done`.
fn rest(done: &[DoneRows]) -> (usize, usize) {
    done.last().map_or((0, 0), |d| match d.rows.end {
        HEIGHT => (d.planes.end, 0),
        row => (d.planes.start, row),
    })
}

fn go_on(writer: &MosaicWriter, done: &[DoneRows]) {
    let (mut channel, mut row) = rest(done);
    while channel < PLANES {
        make(writer, channel, row..HEIGHT);
        (channel, row) = (channel + 1, 0);
    }
}

#[test]
fn property_cut_off_anywhere_the_bytes_are_the_same() {
    for split in [false, true] {
        let whole = unbroken(split);
        assert_eq!(
            whole.len(),
            if split { 3 } else { 1 },
            "no temporary file is left"
        );
        let all = chunks(9);
        for stop in 0..=all.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("m.fits");
            let writer = MosaicWriter::create(&spec(&path, split)).unwrap();
            let done: Vec<_> = all[..stop]
                .iter()
                .map(|(c, rows)| make(&writer, *c, rows.clone()))
                .collect();
            // The chunk in hand is written in part, as a kill would leave it: it is made again.
            if let Some((channel, rows)) = all.get(stop) {
                make(
                    &writer,
                    *channel,
                    rows.start + 1..rows.end.min(rows.start + 6),
                );
            }
            drop(writer);
            let (writer, kept) = MosaicWriter::resume(&spec(&path, split), &done).unwrap();
            assert_eq!(kept, stop);
            go_on(&writer, &done);
            writer.finish().unwrap();
            assert!(
                bytes(folder.path()) == whole,
                "stopped after {stop}, split {split}"
            );
        }
    }
}

/// A run stopped after chunks of 10 rows, four of each channel; its folder, its file and what it had done.
fn stopped(after: usize) -> (tempfile::TempDir, PathBuf, Vec<DoneRows>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, false)).unwrap();
    let all = chunks(10);
    let done = all[..after]
        .iter()
        .map(|(c, rows)| make(&writer, *c, rows.clone()))
        .collect();
    drop(writer);
    (folder, path, done)
}

fn damage(path: &Path, offset: u64) {
    let file = OpenOptions::new()
        .write(true)
        .open(path.with_file_name(".m.fits.partial"))
        .unwrap();
    file.write_all_at(&[0x55; 3], offset).unwrap();
}

#[test]
fn what_was_lost_is_made_again() {
    let whole = unbroken(false);
    let plane = (WIDTH * HEIGHT * 4) as u64;
    let at = |channel: u64, row: u64| 2880 + channel * plane + row * WIDTH as u64 * 4;
    // The drafts behind the values: channels 3 and 1 in the final place, 2 and 0 in the spare one.
    let spare = whole[0].1.len() as u64;
    for (offset, kept) in [
        (at(2, 15), 9),
        (at(2, 3), 8),
        // Channel 2 has overwritten what channel 1 would read again.
        (at(1, 12), 0),
        (at(0, 0), 0),
        // A draft of channel 2 is lost; then one of channel 1 that it still reads.
        (spare + 15 * WIDTH as u64 * 4, 9),
        (spare - 2880 + 25 * WIDTH as u64 * 4, 0),
    ] {
        let (folder, path, done) = stopped(10);
        damage(&path, offset);
        let (writer, held) = MosaicWriter::resume(&spec(&path, false), &done).unwrap();
        assert_eq!(held, kept, "damage at {offset}");
        go_on(&writer, &done[..held]);
        writer.finish().unwrap();
        assert!(bytes(folder.path()) == whole, "damage at {offset}");
    }
}

#[test]
fn what_cannot_be_ours_begins_anew() {
    let records = |change: &dyn Fn(&mut Vec<DoneRows>)| {
        let (folder, path, mut done) = stopped(6);
        change(&mut done);
        let (writer, kept) = MosaicWriter::resume(&spec(&path, false), &done).unwrap();
        writer.abandon();
        assert!(bytes(folder.path()).is_empty(), "given up, it goes");
        kept
    };
    assert_eq!(records(&|_| {}), 6);
    assert_eq!(records(&|done| done[0].rows.start = 1), 0);
    assert_eq!(records(&|done| done[1].rows.end = usize::MAX), 1);
    assert_eq!(records(&|done| done[4].planes = 2..3), 4);
    assert_eq!(records(&|done| done[4].planes = 1..usize::MAX), 4);
    assert_eq!(records(&|done| done[2].rows = 30..40), 2);
    assert_eq!(records(&|done| done[0].sums[0] ^= 1), 0);

    // Another size, another run's file, none.
    let (_folder, path, done) = stopped(6);
    let mut other = spec(&path, false);
    other.height += 1;
    assert_eq!(MosaicWriter::resume(&other, &done).unwrap().1, 0);
    let (_folder, path, done) = stopped(6);
    std::fs::remove_file(path.with_file_name(".m.fits.partial")).unwrap();
    assert_eq!(
        MosaicWriter::resume(&spec(&path, false), &done).unwrap().1,
        0
    );
}

#[test]
fn complete_files_that_got_no_place_are_known_as_ours_or_abandoned() {
    let whole = unbroken(true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fits");
    let alpha = folder.path().join("m.alpha.fits");
    let complete = || {
        let writer = MosaicWriter::create(&spec(&path, true)).unwrap();
        go_on(&writer, &[]);
        writer
    };
    let in_the_way = |mut writer: MosaicWriter| {
        std::fs::create_dir(&alpha).unwrap();
        assert_eq!(writer.publish().unwrap_err().code(), "not_writable");
        std::fs::remove_dir(&alpha).unwrap();
        writer
    };
    drop(in_the_way(complete()));
    assert_eq!(bytes(folder.path()).len(), 3, "kept");
    in_the_way(complete()).abandon();
    assert!(bytes(folder.path()).is_empty(), "given up, they go");

    complete().finish().unwrap();
    assert!(bytes(folder.path()) == whole);
}

#[test]
fn what_is_kept_survives_a_run_that_cannot_begin() {
    let (folder, path, _) = stopped(6);
    let mut huge = spec(&path, false);
    (huge.width, huge.height) = (1 << 25, 1 << 25);
    assert_eq!(MosaicWriter::create(&huge).unwrap_err().code(), "no_space");
    assert_eq!(bytes(folder.path()).len(), 1);
    let other = folder.path().join("other.fits");
    huge.path = &other;
    assert_eq!(MosaicWriter::create(&huge).unwrap_err().code(), "no_space");
    assert_eq!(bytes(folder.path()).len(), 1, "a new file does not");
}

#[test]
fn drafts_are_read_back_and_count_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.fits");
    let writer = MosaicWriter::create(&spec(&path, false)).unwrap();
    writer.write_draft(0, 1, &[-2.5; 14], &[7; 14]).unwrap();
    let (mut coverage, mut alpha) = ([9.0; 21], [9; 21]);
    writer.read_draft(0, 0, &mut coverage, &mut alpha).unwrap();
    assert_eq!(coverage[..7], [0.0; 7], "nothing was written there");
    assert_eq!(
        (coverage[7..].to_vec(), alpha[7..].to_vec()),
        (vec![-2.5; 14], vec![7; 14])
    );
    writer
        .read_draft(1, 1, &mut coverage[..7], &mut alpha[..7])
        .unwrap();
    assert_eq!(coverage[..7], [0.0; 7], "the next channel's is elsewhere");
    assert_eq!(writer.finish().unwrap_err().code(), "out_of_range");
    let mut together = spec(&path, false);
    together.apart = false;
    let writer = MosaicWriter::create(&together).unwrap();
    let refused = writer.write_draft(0, 0, &[1.0; 7], &[1; 7]).unwrap_err();
    assert_eq!(refused.code(), "out_of_range");
    writer.abandon();
}
