//! Kernels that can be launched, and their launches.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::Block;
use crate::code::Code;
use crate::kernel::{SourceLaunch, group_threads};
use crate::ptx::{Program, PtxLaunch};

/// A kernel.
#[derive(Clone)]
pub(crate) enum Function {
    /// Its place in the table of kernels that were compiled for the CPU.
    Source(usize),
    Ptx(Arc<Program>),
    /// One that does nothing.
    Null,
}

/// A launch in the queue of a stream.
pub(crate) enum Launch {
    Source(SourceLaunch),
    Ptx(PtxLaunch),
    Null,
}

impl Function {
    /// A launch; `None` if the kernel does not take groups of so many threads.
    ///
    /// # Safety
    /// `arguments` must point to the kernel's arguments.
    pub unsafe fn launch(
        &self,
        arguments: *const *const u8,
        groups: u32,
        threads: u32,
    ) -> Option<Launch> {
        match self {
            Self::Ptx(program) => {
                // SAFETY: the caller says so.
                let launch = unsafe { PtxLaunch::new(program, arguments, groups, threads) };
                launch.map(Launch::Ptx)
            }
            _ if threads != group_threads() => None,
            Self::Null => Some(Launch::Null),
            Self::Source(place) => {
                // SAFETY: the caller says so; these kernels have one argument.
                let argument = unsafe { arguments.read() };
                SourceLaunch::new(*place, argument, groups).map(Launch::Source)
            }
        }
    }
}

impl Launch {
    /// Runs it; on a fault, the code of the lost device.
    pub fn run(
        &self,
        blocks: &BTreeMap<u64, Block>,
        pinned: &BTreeMap<u64, Block>,
    ) -> Result<(), Code> {
        match self {
            Self::Source(launch) => launch.run(),
            Self::Ptx(launch) => return launch.run(blocks, pinned),
            Self::Null => {}
        }
        Ok(())
    }
}
