//! What could not be found out.

use std::io;
use std::path::PathBuf;

/// Why a fact is missing.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The system does not say how much memory there is.
    #[error("cannot find out how much memory is free ({what}); give --ram-mb")]
    Memory {
        /// What is missing.
        what: String,
    },
    /// The file system does not say how much space is left.
    #[error("cannot find out how much space is left at {}: {source}; check that the folder can be read", path.display())]
    Disk {
        /// The path asked about.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl ProbeError {
    /// A name that does not change between versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Memory { .. } => "probe_memory",
            Self::Disk { .. } => "probe_disk",
        }
    }
}
