//! Main memory: what there is, what is free, what this process has used.

use crate::error::ProbeError;

/// Main memory now, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostMemory {
    /// Memory of the computer.
    pub total: u64,
    /// What this process can still allocate without swapping or being killed, given its control groups.
    pub available: u64,
    /// The smallest limit of the control groups that this process is in, if any is below `total`.
    pub cgroup_limit: Option<u64>,
    /// Which limit `available` comes from.
    pub source: MemorySource,
}

/// Where a figure of free memory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemorySource {
    /// `/proc/meminfo`.
    Meminfo,
    /// A control group of version 1.
    CgroupV1,
    /// A control group of version 2.
    CgroupV2,
    /// The system's own call (macOS, Windows and others).
    System,
}

impl MemorySource {
    /// A name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meminfo => "meminfo",
            Self::CgroupV1 => "cgroup_v1",
            Self::CgroupV2 => "cgroup_v2",
            Self::System => "system",
        }
    }
}

/// Main memory now.
#[cfg(target_os = "linux")]
pub fn memory() -> Result<HostMemory, ProbeError> {
    linux::memory_below(std::path::Path::new("/"))
}

/// Main memory now.
#[cfg(not(target_os = "linux"))]
pub fn memory() -> Result<HostMemory, ProbeError> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let (total, available) = (system.total_memory(), system.available_memory());
    if total == 0 {
        return Err(ProbeError::Memory {
            what: "the system reports none".to_owned(),
        });
    }
    Ok(HostMemory {
        total,
        available: available.min(total),
        cgroup_limit: None,
        source: MemorySource::System,
    })
}

/// The peak memory of this process, bytes; `None` where the system does not report it (Windows).
#[cfg(target_os = "linux")]
pub fn peak_rss() -> Option<u64> {
    linux::kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM")
}

/// The peak memory of this process, bytes; `None` where the system does not report it (Windows).
#[cfg(target_os = "macos")]
pub fn peak_rss() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // macOS counts ru_maxrss in bytes, other systems in kilobytes.
    u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss()).ok()
}

/// The peak memory of this process, bytes; `None` where the system does not report it (Windows).
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn peak_rss() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{HostMemory, MemorySource, ProbeError};
    use crate::cgroup;
    use std::fs;
    use std::path::Path;

    /// Memory as read from the `/proc` and `/sys` trees below `root`.
    pub(super) fn memory_below(root: &Path) -> Result<HostMemory, ProbeError> {
        let missing = |what: &str| ProbeError::Memory {
            what: format!("/proc/meminfo: {what}"),
        };
        let text = fs::read_to_string(root.join("proc/meminfo"))
            .map_err(|error| missing(&error.to_string()))?;
        let total = kilobytes(&text, "MemTotal").ok_or_else(|| missing("no MemTotal"))?;
        let available = kilobytes(&text, "MemAvailable").or_else(|| without_available(&text));
        let available = available.ok_or_else(|| missing("neither MemAvailable nor MemFree"))?;
        let mut memory = HostMemory {
            total,
            available: available.min(total),
            cgroup_limit: None,
            source: MemorySource::Meminfo,
        };
        for level in cgroup::levels(root) {
            if level.limit >= total {
                continue;
            }
            memory.cgroup_limit = Some(
                memory
                    .cgroup_limit
                    .map_or(level.limit, |limit| limit.min(level.limit)),
            );
            if level.available() < memory.available {
                memory.available = level.available();
                memory.source = level.source;
            }
        }
        Ok(memory)
    }

    /// The estimate for kernels before 3.14, which have no `MemAvailable`.
    fn without_available(text: &str) -> Option<u64> {
        let cached = ["Buffers", "Cached"]
            .iter()
            .filter_map(|key| kilobytes(text, key));
        kilobytes(text, "MemFree").map(|free| cached.fold(free, u64::saturating_add))
    }

    /// The value of a line `key:   123 kB`, in bytes.
    pub(super) fn kilobytes(text: &str, key: &str) -> Option<u64> {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(name, _)| *name == key)?;
        value
            .split_whitespace()
            .next()?
            .parse::<u64>()
            .ok()?
            .checked_mul(1024)
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::cgroup::fake::Tree;

        const KB: u64 = 1024;
        const MB: u64 = 1_048_576;
        const MEMINFO: &str = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\n\
            MemAvailable:    8000000 kB\nBuffers:          200000 kB\nCached:          3000000 kB\n";

        fn memory(tree: &Tree) -> HostMemory {
            memory_below(tree.root()).unwrap()
        }

        #[test]
        fn without_control_groups_meminfo_is_all() {
            let tree = Tree::new().file("proc/meminfo", MEMINFO);
            let expected = HostMemory {
                total: 16_000_000 * KB,
                available: 8_000_000 * KB,
                cgroup_limit: None,
                source: MemorySource::Meminfo,
            };
            assert_eq!(memory(&tree), expected);
        }

        #[test]
        fn old_kernels_are_estimated_and_nonsense_is_an_error() {
            let old = MEMINFO.replace("MemAvailable", "Other");
            assert_eq!(
                memory(&Tree::new().file("proc/meminfo", &old)).available,
                4_200_000 * KB
            );
            for text in [
                "",
                "MemTotal: x kB",
                "MemTotal: 99999999999999999999 kB",
                "MemTotal: 5 kB\n",
            ] {
                let error =
                    memory_below(Tree::new().file("proc/meminfo", text).root()).unwrap_err();
                assert_eq!(error.code(), "probe_memory");
            }
            assert!(memory_below(Tree::new().root()).is_err());
        }

        #[test]
        fn the_smallest_ancestor_of_version_2_rules_and_its_cache_is_free() {
            let tree = Tree::new()
                .file("proc/meminfo", MEMINFO)
                .version_2("/jobs/one/step")
                .group("sys/fs/cgroup/jobs/one/step", "max", 100 * MB, 10 * MB)
                .group(
                    "sys/fs/cgroup/jobs/one",
                    &(600 * MB).to_string(),
                    500 * MB,
                    150 * MB,
                )
                .group("sys/fs/cgroup/jobs", &(2000 * MB).to_string(), 900 * MB, 0);
            let memory = memory(&tree);
            assert_eq!(memory.available, 250 * MB);
            assert_eq!(memory.cgroup_limit, Some(600 * MB));
            assert_eq!(memory.source, MemorySource::CgroupV2);
        }

        #[test]
        fn a_full_ancestor_rules_though_its_limit_is_larger() {
            let tree = Tree::new()
                .file("proc/meminfo", MEMINFO)
                .version_2("/a/b")
                .group("sys/fs/cgroup/a/b", &(600 * MB).to_string(), 100 * MB, 0)
                .group("sys/fs/cgroup/a", &(1000 * MB).to_string(), 1001 * MB, 0);
            assert_eq!(
                (memory(&tree).available, memory(&tree).cgroup_limit),
                (0, Some(600 * MB))
            );
        }

        #[test]
        fn version_1_counts_the_mount_that_a_container_sees() {
            let tree = Tree::new()
                .file("proc/meminfo", MEMINFO)
                .version_1("/docker/abc", "/docker/abc")
                .file(
                    "sys/fs/cgroup/memory/memory.limit_in_bytes",
                    &format!("{}\n", 512 * MB),
                )
                .file(
                    "sys/fs/cgroup/memory/memory.usage_in_bytes",
                    &format!("{}\n", 300 * MB),
                )
                .file(
                    "sys/fs/cgroup/memory/memory.stat",
                    &format!("cache 5\ntotal_inactive_file {}\n", 20 * MB),
                );
            let memory = memory(&tree);
            assert_eq!(memory.available, 232 * MB);
            assert_eq!(memory.cgroup_limit, Some(512 * MB));
            assert_eq!(memory.source, MemorySource::CgroupV1);
        }

        #[test]
        fn a_limit_above_the_computers_memory_is_none() {
            let tree = Tree::new()
                .file("proc/meminfo", MEMINFO)
                .version_1("/", "/")
                .file(
                    "sys/fs/cgroup/memory/memory.limit_in_bytes",
                    "9223372036854771712\n",
                )
                .file("sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
            assert_eq!(memory(&tree).cgroup_limit, None);
            assert_eq!(memory(&tree).source, MemorySource::Meminfo);
        }

        #[test]
        fn this_computer_answers() {
            let memory = crate::memory().unwrap();
            assert!(memory.total > 0 && memory.available <= memory.total);
            assert!(crate::peak_rss().unwrap() > 100 * KB);
        }
    }
}
