//! Whether there may be a GPU, found out without asking a driver.

use std::path::Path;

/// False when the system certainly has no GPU that a graphics driver serves: on Linux, when no GPU has a device file.
/// Loading a graphics driver just to find no GPU costs a short run more time and memory than its pixels.
pub fn may_have_gpu() -> bool {
    !cfg!(target_os = "linux") || has_device_file(Path::new("/dev"))
}

/// Whether the kernel has a render node, or the device file of a driver that uses its own.
fn has_device_file(dev: &Path) -> bool {
    let has = |folder: &Path, prefixes: &[&str]| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                prefixes.iter().any(|prefix| name.starts_with(prefix))
            })
        })
    };
    has(&dev.join("dri"), &["renderD"]) || has(dev, &["nvidia0", "kgsl-3d", "mali", "dxg"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_render_node_or_a_driver_file_is_a_gpu() {
        let dev = tempfile::tempdir().expect("a folder");
        let file = |name: &str| std::fs::write(dev.path().join(name), "").expect("a file");
        file("null");
        assert!(!has_device_file(dev.path()));
        std::fs::create_dir(dev.path().join("dri")).expect("a folder");
        file("dri/card0");
        assert!(
            !has_device_file(dev.path()),
            "a display without a render node cannot compute"
        );
        file("dri/renderD128");
        assert!(has_device_file(dev.path()));
        std::fs::remove_dir_all(dev.path().join("dri")).expect("removed");
        file("nvidia0");
        assert!(has_device_file(dev.path()));
    }
}
