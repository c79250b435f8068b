//! Whether there may be a GPU, and drivers for it, found out without loading a driver.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

/// Whether a library of NVIDIA's driver is where the loader looks for libraries. False does not prove that there is none.
pub fn has_cuda_library() -> bool {
    if cfg!(not(target_os = "linux")) {
        return cfg!(windows);
    }
    let cache = std::fs::read("/etc/ld.so.cache").unwrap_or_default();
    let known = b"libcuda.so";
    let own = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    cache.windows(known.len()).any(|name| name == known) || has_file(&folders(&own), "libcuda.so")
}

/// The folders of a list of them, and those that the loader always knows.
fn folders(list: &OsString) -> Vec<PathBuf> {
    const ALWAYS: [&str; 4] = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"];
    let listed = env::split_paths(list);
    listed.chain(ALWAYS.map(PathBuf::from)).collect()
}

fn has_file(folders: &[PathBuf], name: &str) -> bool {
    let here = |folder: &PathBuf| {
        let versions = ["", ".1"].map(|version| folder.join(format!("{name}{version}")));
        versions.iter().any(|path| path.exists())
    };
    folders.iter().any(here)
}

/// Whether a driver of Vulkan is installed; elsewhere than on Linux the system has a graphics interface of its own.
pub fn has_graphics_driver() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"];
    if named.iter().any(|name| env::var_os(name).is_some()) {
        return true;
    }
    let list = |name: &str, default: &str| env::var_os(name).unwrap_or_else(|| default.into());
    let lists = [
        list("XDG_CONFIG_DIRS", "/etc/xdg"),
        list("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
        list("XDG_DATA_HOME", ""),
        list("XDG_CONFIG_HOME", ""),
        "/etc:/usr/local/etc".into(),
    ];
    let home = env::var_os("HOME").map(PathBuf::from);
    let of_home = home
        .iter()
        .flat_map(|home| [home.join(".local/share"), home.join(".config")]);
    let found = lists
        .iter()
        .flat_map(|list| env::split_paths(list).collect::<Vec<_>>());
    found.chain(of_home).any(|folder| has_driver_file(&folder))
}

/// Whether a folder of the system's data names drivers of Vulkan.
fn has_driver_file(folder: &Path) -> bool {
    std::fs::read_dir(folder.join("vulkan/icd.d")).is_ok_and(|mut files| files.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_seen_by_their_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().to_path_buf();
        assert!(!has_file(std::slice::from_ref(&at), "libcuda.so"));
        std::fs::write(at.join("libcuda.so.1"), "").expect("a file");
        assert!(has_file(std::slice::from_ref(&at), "libcuda.so"));
        assert!(!has_driver_file(&at));
        std::fs::create_dir_all(at.join("vulkan/icd.d")).expect("a folder");
        assert!(!has_driver_file(&at), "a folder names nothing");
        std::fs::write(at.join("vulkan/icd.d/lvp.json"), "").expect("a file");
        assert!(has_driver_file(&at));
    }

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
