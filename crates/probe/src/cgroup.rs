//! Memory limits of Linux control groups, versions 1 and 2 (kernel documentation `cgroup-v1/memory` and `cgroup-v2`): a
//! process is subject to the limits of its own group and of every group above it.

use crate::memory::MemorySource;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// One group with a limit, bytes.
pub(crate) struct Level {
    pub(crate) limit: u64,
    /// What the group uses, less the page cache that it gives up first.
    used: u64,
    pub(crate) source: MemorySource,
}

impl Level {
    pub(crate) fn available(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// The file names of the same figures in one version.
struct Files {
    source: MemorySource,
    limits: &'static [&'static str],
    usage: &'static str,
    /// Key of the inactive page cache in `memory.stat`, child groups included.
    inactive: &'static str,
}

const VERSION_1: Files = Files {
    source: MemorySource::CgroupV1,
    limits: &["memory.limit_in_bytes"],
    usage: "memory.usage_in_bytes",
    inactive: "total_inactive_file",
};
/// Above `memory.high` a process is not killed but throttled until it hardly runs, so it counts as a limit.
const VERSION_2: Files = Files {
    source: MemorySource::CgroupV2,
    limits: &["memory.max", "memory.high"],
    usage: "memory.current",
    inactive: "inactive_file",
};

/// The groups with a limit that contain this process, read from the trees below `root`.
pub(crate) fn levels(root: &Path) -> Vec<Level> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let (groups, mounts) = (read("proc/self/cgroup"), read("proc/self/mountinfo"));
    let mut levels = Vec::new();
    for files in [VERSION_1, VERSION_2] {
        let Some(group) = group_of(&groups, files.source) else {
            continue;
        };
        let Some(mount) = mount_of(&mounts, files.source) else {
            continue;
        };
        let top = root.join(mount.point.trim_start_matches('/'));
        let inner = top.join(below(group, &mount.root));
        for folder in inner
            .ancestors()
            .take_while(|folder| folder.starts_with(&top))
        {
            levels.extend(level(folder, &files));
        }
    }
    levels
}

/// The group of this process: lines `number:controllers:path`, of version 2 `0::path`.
fn group_of(groups: &str, version: MemorySource) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let found = match version {
            MemorySource::CgroupV2 => number == "0" && controllers.is_empty(),
            _ => controllers.split(',').any(|name| name == "memory"),
        };
        found.then_some(path)
    })
}

struct Mount {
    /// The group that is visible at the mount point.
    root: String,
    point: String,
}

/// Where the groups are mounted (`proc_pid_mountinfo(5)`: fields 4, 5 and, after a dash, type and options).
fn mount_of(mounts: &str, version: MemorySource) -> Option<Mount> {
    mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(3);
        let (root, point) = (left.next()?, left.next()?);
        let mut right = right.split(' ');
        let (kind, options) = (right.next()?, right.nth(1).unwrap_or_default());
        let found = match version {
            MemorySource::CgroupV2 => kind == "cgroup2",
            _ => kind == "cgroup" && options.split(',').any(|name| name == "memory"),
        };
        found.then(|| Mount {
            root: unescape(root),
            point: unescape(point),
        })
    })
}

/// Blanks and backslashes are written as a backslash and three octal digits.
fn unescape(field: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .iter()
    .fold(field.to_owned(), |text, (code, plain)| {
        text.replace(code, plain)
    })
}

/// The part of `group` below the mount's root; the root itself when the group is outside it.
fn below(group: &str, root: &str) -> PathBuf {
    let rest = Path::new(group).strip_prefix(root).unwrap_or(Path::new(""));
    let inside = rest
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if inside {
        rest.to_owned()
    } else {
        PathBuf::new()
    }
}

fn level(folder: &Path, files: &Files) -> Option<Level> {
    // Without a limit the file says "max" (version 2) or is missing (the root group).
    let number = |name: &&str| {
        fs::read_to_string(folder.join(name))
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    let limit = files.limits.iter().filter_map(number).min()?;
    let usage = number(&files.usage).unwrap_or(0);
    let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let inactive = stat.lines().find_map(|line| {
        line.strip_prefix(files.inactive)?
            .trim()
            .parse::<u64>()
            .ok()
    });
    Some(Level {
        limit,
        used: usage.saturating_sub(inactive.unwrap_or(0)),
        source: files.source,
    })
}

/// Trees of other computers.
#[cfg(test)]
pub(crate) mod fake {
    use std::fs;
    use std::path::Path;

    pub(crate) struct Tree(tempfile::TempDir);

    impl Tree {
        pub(crate) fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        pub(crate) fn root(&self) -> &Path {
            self.0.path()
        }

        pub(crate) fn file(self, path: &str, text: &str) -> Self {
            let path = self.root().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        pub(crate) fn version_1(self, group: &str, root: &str) -> Self {
            self.file("proc/self/cgroup", &format!("5:cpu,cpuacct:/x\n4:memory:{group}\n0::/\n")).file(
                "proc/self/mountinfo",
                &format!(
                    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
                     32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
                     35 31 0:32 {root} /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
                ),
            )
        }

        pub(crate) fn version_2(self, group: &str) -> Self {
            self.file("proc/self/cgroup", &format!("0::{group}\n"))
                .file(
                    "proc/self/mountinfo",
                    "29 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
                )
        }

        pub(crate) fn group(self, folder: &str, max: &str, current: u64, inactive: u64) -> Self {
            self.file(&format!("{folder}/memory.max"), &format!("{max}\n"))
                .file(&format!("{folder}/memory.current"), &format!("{current}\n"))
                .file(
                    &format!("{folder}/memory.stat"),
                    &format!("anon 1\ninactive_file {inactive}\n"),
                )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Tree;
    use super::*;

    #[test]
    fn paths_are_taken_below_the_mount_and_never_above_it() {
        assert_eq!(below("/a/b", "/"), Path::new("a/b"));
        assert_eq!(below("/a/b", "/a"), Path::new("b"));
        assert_eq!(below("/a/b", "/ab"), Path::new(""));
        assert_eq!(below("/../../etc", "/"), Path::new(""));
        assert_eq!(below("/", "/"), Path::new(""));
    }

    #[test]
    fn mount_points_are_unescaped() {
        let mount = mount_of(
            "1 2 0:3 / /a\\040b rw - cgroup2 none rw",
            MemorySource::CgroupV2,
        )
        .unwrap();
        assert_eq!(mount.point, "/a b");
    }

    #[test]
    fn the_soft_limit_counts_and_missing_figures_do_not() {
        let tree = Tree::new()
            .version_2("/a")
            .file("sys/fs/cgroup/a/memory.max", "1000\n")
            .file("sys/fs/cgroup/a/memory.high", "700\n");
        let levels = levels(tree.root());
        assert_eq!(levels.len(), 1);
        assert_eq!((levels[0].limit, levels[0].available()), (700, 700));
    }

    #[test]
    fn torn_files_are_no_limit() {
        for text in ["", ":", "0:", "0::", "4:memory", "0::/a\n"] {
            let tree = Tree::new()
                .file("proc/self/cgroup", text)
                .file("proc/self/mountinfo", "1 2 - cgroup2");
            assert!(levels(tree.root()).is_empty());
        }
    }
}
