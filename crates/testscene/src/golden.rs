//! Texts that are committed: figures of chunks, and kernel sources that Rust prints.

use std::path::Path;

use zemosaic_coadd::ChunkJob;
use zemosaic_coadd::backend::ChunkSize;

/// Compares a committed file with the expected text; with `ZEMOSAIC_WRITE=1` writes it.
///
/// # Panics
/// If they differ.
pub fn assert_golden(path: &Path, text: &str) {
    if std::env::var_os("ZEMOSAIC_WRITE").is_some() {
        std::fs::write(path, text).expect("a file that may be written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    // A checkout may have different line ends.
    let found = found.replace("\r\n", "\n");
    let name = path.display();
    let wrong = found.lines().zip(text.lines()).find(|(a, b)| a != b);
    if let Some((found, expected)) = wrong {
        panic!("{name}: {found:?} must be {expected:?}; ZEMOSAIC_WRITE=1 writes it");
    }
    assert!(
        found == text,
        "{name} is not as long as it must be; ZEMOSAIC_WRITE=1 writes it"
    );
}

/// One line about the bytes of a chunk on `device`, for a committed file.
pub fn size_line(job: &ChunkJob, device: &str, size: &ChunkSize) -> String {
    let (rows, tiles) = (&job.rows, job.tiles.len());
    format!(
        "rows {rows:?} of {} px, {} channels, {tiles} tiles, {:?}, {:?}{device}: device {}, largest {}, staging {}\n",
        job.width, job.channels, job.kernel, job.combine, size.device, size.largest, size.staging
    )
}
