//! Space left on a disk.

use crate::error::ProbeError;
use std::path::Path;

/// Bytes that this user may still write where `path` is, or would be: for a file that does not exist yet, the nearest
/// existing folder is asked.
pub fn disk_free(path: &Path) -> Result<u64, ProbeError> {
    let existing = path.ancestors().find(|path| path.exists());
    // The ancestors of a relative path end in the empty path, which stands for the current folder.
    let existing = existing.unwrap_or(Path::new("."));
    fs4::available_space(existing).map_err(|source| ProbeError::Disk {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_yet_has_the_space_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(disk_free(&folder.path().join("not/yet/there.fits")).unwrap() > 0);
        assert!(disk_free(Path::new("not-yet-there.fits")).unwrap() > 0);
    }
}
