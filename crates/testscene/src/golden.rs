//! Compares texts with committed files.

use std::path::Path;

use zemosaic_coadd::ChunkJob;
use zemosaic_coadd::backend::ChunkSize;

/// Compares `text` with the file; `ZEMOSAIC_WRITE_GOLDEN=1` writes it.
///
/// # Panics
///
/// If they differ, or the file cannot be written.
pub fn assert_golden(path: &Path, text: &str) {
    if std::env::var_os("ZEMOSAIC_WRITE_GOLDEN").is_some() {
        std::fs::write(path, text).expect("the golden file is written");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        golden == text,
        "{} is out of date: ZEMOSAIC_WRITE_GOLDEN=1 writes it",
        path.display()
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
