//! A launch: all threads of all groups.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::access::{Memory, Wrong};
use super::integer::Undefined;
use super::program::Program;
use super::thread::{Problem, Thread};
use crate::block::Block;
use crate::code::{Code, ILLEGAL_ADDRESS, LAUNCH_FAILED, LAUNCH_TIMEOUT, MISALIGNED_ADDRESS};

/// A launch with its arguments, captured as the driver does it.
pub(crate) struct PtxLaunch {
    program: Arc<Program>,
    parameters: Vec<u8>,
    groups: u32,
    threads: u32,
}

/// Where a launch ended.
struct Fault {
    group: u32,
    thread: u32,
    at: usize,
    problem: Problem,
}

impl PtxLaunch {
    /// `None` for more threads than the kernel takes.
    ///
    /// # Safety
    /// `arguments` must point to as many arguments as the kernel has parameters.
    pub unsafe fn new(
        program: &Arc<Program>,
        arguments: *const *const u8,
        groups: u32,
        threads: u32,
    ) -> Option<Self> {
        let end = program
            .parameters
            .iter()
            .map(|(at, bytes)| at + bytes)
            .max();
        let mut parameters = vec![0; end.unwrap_or(0) as usize];
        for (n, (at, bytes)) in program.parameters.iter().enumerate() {
            let to = &mut parameters[*at as usize..][..*bytes as usize];
            // SAFETY: the caller has an argument of the parameter's size for each.
            unsafe { to.copy_from_slice(std::slice::from_raw_parts(*arguments.add(n), to.len())) };
        }
        (threads <= program.threads).then(|| Self {
            program: Arc::clone(program),
            parameters,
            groups,
            threads,
        })
    }

    /// Runs it. A fault is one line on stderr, and a code.
    pub fn run(
        &self,
        blocks: &BTreeMap<u64, Block>,
        pinned: &BTreeMap<u64, Block>,
    ) -> Result<(), Code> {
        let memory = Memory::new(blocks, pinned);
        let next = AtomicU32::new(0);
        let first: Mutex<Option<Fault>> = Mutex::new(None);
        let work = || {
            let mut thread = Thread::new(&self.program, &memory, &self.parameters);
            loop {
                let group = next.fetch_add(1, Relaxed);
                if group >= self.groups {
                    return;
                }
                for number in 0..self.threads {
                    let special = [number, group, self.threads, self.groups];
                    let Err((at, problem)) = thread.run(special) else {
                        continue;
                    };
                    // No further group begins.
                    next.store(self.groups, Relaxed);
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(Fault {
                        group,
                        thread: number,
                        at,
                        problem,
                    });
                    return;
                }
            }
        };
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(fault) => {
                eprintln!("fake-cuda: {}", self.describe(&fault));
                Err(fault.problem.code())
            }
        }
    }

    fn describe(&self, fault: &Fault) -> String {
        let Program {
            name,
            lines,
            registers,
            ..
        } = &*self.program;
        let (line, text) = &lines[fault.at];
        let what = match &fault.problem {
            Problem::Access(wrong, at) => format!("the address {at:#x} is {}", wrong.text()),
            Problem::Unwritten(slot) => {
                format!("{} was never written", registers[usize::from(*slot)])
            }
            Problem::Undefined(slot, why) => {
                format!(
                    "{} is undefined after {}",
                    registers[usize::from(*slot)],
                    why.text()
                )
            }
            Problem::Endless => "the thread does not end".into(),
            Problem::NoReturn => "the kernel ends without a return".into(),
        };
        let Fault { group, thread, .. } = fault;
        format!("{name}, line {line}: {text}: {what} (group {group}, thread {thread})")
    }
}

impl Problem {
    fn code(&self) -> Code {
        match self {
            Self::Access(Wrong::Outside, _) => ILLEGAL_ADDRESS,
            Self::Access(Wrong::Misaligned, _) => MISALIGNED_ADDRESS,
            Self::Endless => LAUNCH_TIMEOUT,
            _ => LAUNCH_FAILED,
        }
    }
}

impl Wrong {
    fn text(&self) -> &'static str {
        match self {
            Self::Outside => "outside of every allocation",
            Self::Misaligned => "not aligned",
            Self::Unwritten => "that of memory that was never written",
        }
    }
}

impl Undefined {
    fn text(self) -> &'static str {
        match self {
            Self::Shift => "a shift by its width or more",
            Self::Division => "a division by 0",
            Self::Conversion => "a conversion out of range",
        }
    }
}
