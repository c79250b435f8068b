//! Windows of tile rows for one chunk, made from the last chunk's windows and the files.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use zemosaic_coadd::{Window, drop_without};
use zemosaic_fits::FitsError;

use crate::background::Correction;
use crate::spare::Spare;
use crate::tile::{ReadRows, Tile, TileDamage, read_by_row};

/// Rows of one tile in memory: every channel, then the maps.
#[derive(Debug)]
pub(crate) struct HeldRows {
    rows: Range<usize>,
    planes: Vec<Vec<f32>>,
    variances: Option<Vec<f32>>,
    alphas: Option<Vec<f32>>,
    /// Where the buffers are returned to.
    spare: Arc<Spare>,
}

impl Drop for HeldRows {
    fn drop(&mut self) {
        let maps = self.variances.take().into_iter().chain(self.alphas.take());
        for plane in self.planes.drain(..).chain(maps) {
            self.spare.put(plane);
        }
    }
}

/// The windows of a chunk: one entry per tile, empty if the tile is not needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkWindows {
    /// Channels that the windows hold.
    pub(crate) channels: Range<usize>,
    pub(crate) held: Vec<Option<Arc<HeldRows>>>,
    pub(crate) damaged: Vec<TileDamage>,
    pub(crate) bytes_read: u64,
    /// Time the reading took.
    pub(crate) spent: Duration,
}

impl ChunkWindows {
    /// Returns itself if it holds these channels, else nothing, because rows of another channel are of no use.
    pub(crate) fn of_channels(self, channels: &Range<usize>) -> Self {
        if self.channels == *channels {
            self
        } else {
            Self::default()
        }
    }

    /// Bytes of the pixels held.
    pub(crate) fn bytes(&self) -> u64 {
        self.held.iter().flatten().map(|held| held.bytes()).sum()
    }
}

impl HeldRows {
    /// The window in the form that kernels take.
    pub(crate) fn window(&self, tile: &Tile) -> Window<'_> {
        let [width, height] = tile.size();
        Window {
            first_row: self.rows.start as u32,
            rows: self.rows.len() as u32,
            width,
            height,
            values: self.planes.iter().map(Vec::as_slice).collect(),
            variances: self.variances.as_deref(),
            alphas: self.alphas.as_deref(),
        }
    }

    /// Bytes of the pixels held.
    fn bytes(&self) -> u64 {
        let planes = self
            .planes
            .iter()
            .chain(&self.variances)
            .chain(&self.alphas);
        planes
            .map(|plane| size_of_val(plane.as_slice()) as u64)
            .sum()
    }

    /// Reads `rows` of `channels`; rows that `last`, which holds the same channels, already has are copied from there.
    ///
    /// A row that cannot be read becomes NaN, and the first error is returned as well. Values are changed by the
    /// correction of their plane, if there is one.
    pub(crate) fn load(
        tile: &Tile,
        rows: Range<usize>,
        channels: Range<usize>,
        last: Option<&Self>,
        correction: impl Fn(usize) -> Option<Correction>,
        spare: &Arc<Spare>,
    ) -> (Self, u64, Option<FitsError>) {
        let mut bytes = 0;
        let mut damage = None;
        let width = tile.shape.width;
        let window = &rows;
        let mut fill = |old: Option<&Vec<f32>>, read: ReadRows<'_>| {
            let old = old
                .zip(last)
                .map(|(plane, held)| (plane.as_slice(), &held.rows));
            let (plane, read_bytes, error) = slide(width, window, old, read, spare);
            bytes += read_bytes;
            damage = damage.take().or(error);
            plane
        };
        let variances = tile.has_variances().then(|| {
            fill(last.and_then(|l| l.variances.as_ref()), &mut |rows, out| {
                tile.read_variances(rows, out)
            })
        });
        let alphas = tile.has_alphas().then(|| {
            fill(last.and_then(|l| l.alphas.as_ref()), &mut |rows, out| {
                tile.read_alphas(rows, out)
            })
        });
        let planes: Vec<Vec<f32>> = channels
            .clone()
            .enumerate()
            .map(|(i, channel)| {
                let correction = correction(tile.plane(channel));
                fill(last.map(|l| &l.planes[i]), &mut |part, out| {
                    let first_row = part.start;
                    let from = (first_row - window.start) * width;
                    let bytes = tile.read_values(tile.plane(channel), part, out)?;
                    for map in variances.iter().chain(&alphas) {
                        drop_without(&map[from..from + out.len()], out);
                    }
                    if let Some(correction) = &correction {
                        correction.apply(first_row, width, out);
                    }
                    Ok(bytes)
                })
            })
            .collect();
        tile.seen().look(&planes);
        let held = Self {
            rows,
            planes,
            variances,
            alphas,
            spare: Arc::clone(spare),
        };
        (held, bytes, damage)
    }
}

/// One plane of `rows`: the part that `old` holds is copied, the rest is read.
fn slide(
    width: usize,
    rows: &Range<usize>,
    old: Option<(&[f32], &Range<usize>)>,
    read: ReadRows<'_>,
    spare: &Spare,
) -> (Vec<f32>, u64, Option<FitsError>) {
    let mut plane = spare.take(rows.len() * width);
    let kept = old.map_or(0..0, |(_, held)| {
        held.start.max(rows.start)..held.end.min(rows.end)
    });
    let missing = if kept.is_empty() {
        [rows.clone(), 0..0]
    } else {
        [rows.start..kept.start, kept.end..rows.end]
    };
    if let Some((values, held)) = old.filter(|_| !kept.is_empty()) {
        let from = (kept.start - held.start) * width;
        let to = (kept.start - rows.start) * width;
        let count = kept.len() * width;
        plane[to..to + count].copy_from_slice(&values[from..from + count]);
    }
    let mut bytes = 0;
    let mut damage = None;
    for part in missing.into_iter().filter(|r| !r.is_empty()) {
        let at = (part.start - rows.start) * width;
        let out = &mut plane[at..at + part.len() * width];
        let (more, bad) = read_by_row(part, width, out, read);
        bytes += more;
        damage = damage.or(bad);
    }
    (plane, bytes, damage)
}
