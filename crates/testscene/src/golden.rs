//! Texts that are written down and compared with what is made now.

use std::path::Path;

/// Compares `text` with the file, which `ZEMOSAIC_WRITE_GOLDEN=1` writes.
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
