//! The state of the driver: memory, streams with their queues, events.
//!
//! Queued work runs only when someone waits for it. Then, depending on the configured order, other streams
//! first run as far as their own waits let them, and then the stream that is waited for.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::block::{Block, inside};
use crate::code::{
    Code, ILLEGAL_ADDRESS, INVALID_CONTEXT, INVALID_HANDLE, LAUNCH_TIMEOUT, NOT_INITIALIZED,
    OUT_OF_MEMORY, SUCCESS,
};
use crate::config::{Config, Order};
use crate::current::has_context;
use crate::function::{Function, Launch};
use crate::module::Module;
use crate::transfer::{Copy, Fill, SMALL, Shown};

/// Work queued on a stream.
pub(crate) enum Work {
    Copy(Copy),
    Fill(Fill),
    Launch(Launch),
    /// Waits for this recording of this event.
    Record(u64, u64),
    Wait(u64, u64),
    Free(u64),
}

#[derive(Default)]
pub(crate) struct Event {
    /// Recordings requested, and done.
    pub recorded: u64,
    pub done: u64,
    pub stream: u64,
    pub at: Option<Instant>,
}

pub(crate) struct Driver {
    pub config: Config,
    pub initialised: bool,
    /// Why the device is lost.
    pub lost: Option<Code>,
    /// Contexts besides the primary one.
    pub contexts: Vec<u64>,
    pub streams: BTreeMap<u64, VecDeque<Work>>,
    pub events: HashMap<u64, Event>,
    /// Device memory by address.
    pub blocks: BTreeMap<u64, Block>,
    /// Pinned host memory by address.
    pub pinned: BTreeMap<u64, Block>,
    /// Sizes of freed blocks that the pool keeps; each is reused only for a request of exactly its size.
    pub pooled: Vec<usize>,
    pub pool_keeps: u64,
    pub allocations: u64,
    pub launches: u64,
    pub modules: HashMap<u64, Module>,
    /// Kernels that were asked for, by the order of asking.
    pub functions: Vec<Function>,
    pub shown: Shown,
    handle: u64,
}

static DRIVER: Mutex<Option<Driver>> = Mutex::new(None);

/// Runs `work` on the state. Poisoning is ignored, because a test that panics reports that itself.
pub(crate) fn with<T>(work: impl FnOnce(&mut Driver) -> T) -> T {
    let mut guard: MutexGuard<Option<Driver>> =
        DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    work(guard.get_or_insert_with(Driver::new))
}

/// Like [`with`], for calls that need `cuInit` and a device that is not lost.
pub(crate) fn ready(work: impl FnOnce(&mut Driver) -> Code) -> Code {
    with(|driver| {
        if !driver.initialised {
            NOT_INITIALIZED
        } else if let Some(why) = driver.lost {
            why
        } else {
            work(driver)
        }
    })
}

/// Like [`ready`], for calls that need a current context on the calling thread.
pub(crate) fn bound(work: impl FnOnce(&mut Driver) -> Code) -> Code {
    ready(|driver| {
        if has_context() {
            work(driver)
        } else {
            INVALID_CONTEXT
        }
    })
}

impl Driver {
    fn new() -> Self {
        Self {
            config: Config::from_environment(),
            initialised: false,
            lost: None,
            contexts: Vec::new(),
            // 0 is the default stream.
            streams: BTreeMap::from([(0, VecDeque::new())]),
            events: HashMap::new(),
            blocks: BTreeMap::new(),
            pinned: BTreeMap::new(),
            pooled: Vec::new(),
            pool_keeps: 0,
            allocations: 0,
            launches: 0,
            modules: HashMap::new(),
            functions: Vec::new(),
            shown: Shown::default(),
            handle: 0x1000,
        }
    }

    pub fn new_handle(&mut self) -> u64 {
        self.handle += 0x10;
        self.handle
    }

    pub fn free_bytes(&self) -> u64 {
        let live: u64 = self.blocks.values().map(|b| b.bytes as u64).sum();
        let gone = live + self.pooled_bytes() + self.config.taken;
        self.config.total.saturating_sub(gone)
    }

    pub fn pooled_bytes(&self) -> u64 {
        self.pooled.iter().map(|n| *n as u64).sum()
    }

    /// Allocates device memory; with `from_pool` it may reuse what the pool keeps.
    pub fn allocate(&mut self, bytes: usize, from_pool: bool) -> Result<u64, Code> {
        self.allocations += 1;
        if self.config.fail_alloc == Some(self.allocations) {
            return Err(OUT_OF_MEMORY);
        }
        let kept = self.pooled.iter().position(|n| from_pool && *n == bytes);
        match kept {
            Some(place) => drop(self.pooled.swap_remove(place)),
            None if bytes as u64 > self.free_bytes() => return Err(OUT_OF_MEMORY),
            None => {}
        }
        let block = Block::new(bytes, self.config.device_memory()).ok_or(OUT_OF_MEMORY)?;
        let address = block.address();
        self.blocks.insert(address, block);
        Ok(address)
    }

    /// Whether a copy of so many bytes is left out.
    pub fn skips(&self, bytes: usize) -> bool {
        self.config.is_null() && bytes > SMALL
    }

    pub fn push(&mut self, stream: u64, work: Work) -> Code {
        match self.streams.get_mut(&stream) {
            Some(queue) => {
                queue.push_back(work);
                SUCCESS
            }
            None => INVALID_HANDLE,
        }
    }

    /// Runs until the stream is empty.
    pub fn finish_stream(&mut self, stream: u64) -> Code {
        if !self.streams.contains_key(&stream) {
            return INVALID_HANDLE;
        }
        self.run_until(stream, |d| {
            d.streams.get(&stream).is_none_or(VecDeque::is_empty)
        })
    }

    /// Runs until the event's last recording is done.
    pub fn finish_event(&mut self, event: u64) -> Code {
        let Some(found) = self.events.get(&event) else {
            return INVALID_HANDLE;
        };
        let (stream, ticket) = (found.stream, found.recorded);
        self.run_until(stream, |d| {
            d.events.get(&event).is_none_or(|e| e.done >= ticket)
        })
    }

    pub fn finish_all(&mut self) -> Code {
        let streams: Vec<u64> = self.streams.keys().copied().collect();
        let mut code = SUCCESS;
        for stream in streams {
            let one = self.finish_stream(stream);
            code = if one == SUCCESS { code } else { one };
        }
        code
    }

    fn run_until(&mut self, target: u64, done: impl Fn(&Self) -> bool) -> Code {
        while !done(self) {
            let before = self.queued();
            let mut others: Vec<u64> = self
                .streams
                .keys()
                .copied()
                .filter(|s| *s != target)
                .collect();
            match self.config.order {
                Order::First => {}
                Order::Last => others.reverse(),
                Order::Needed => others = self.needed_by(target),
            }
            for stream in others {
                while self.step(stream) {}
            }
            while !done(self) && self.step(target) {}
            if let Some(why) = self.lost {
                return why;
            }
            if !done(self) && self.queued() == before {
                // Streams that wait for each other: a real device would hang.
                return LAUNCH_TIMEOUT;
            }
        }
        self.lost.unwrap_or(SUCCESS)
    }

    fn queued(&self) -> usize {
        self.streams.values().map(VecDeque::len).sum()
    }

    /// The streams that the head of `target` waits for, deepest first.
    fn needed_by(&self, target: u64) -> Vec<u64> {
        let mut chain = Vec::new();
        let mut stream = target;
        while let Some(Work::Wait(event, ticket)) =
            self.streams.get(&stream).and_then(VecDeque::front)
        {
            match self.events.get(event) {
                Some(e) if e.done < *ticket && !chain.contains(&e.stream) => stream = e.stream,
                _ => break,
            }
            chain.push(stream);
        }
        chain.reverse();
        // The deepest stream runs as far as it can, because single steps are not worth the bookkeeping.
        chain.truncate(1);
        chain
    }

    /// Runs the first work item of a stream; false if it is empty, must wait, or the device is lost.
    fn step(&mut self, stream: u64) -> bool {
        if self.lost.is_some() {
            return false;
        }
        let Some(queue) = self.streams.get_mut(&stream) else {
            return false;
        };
        if let Some(Work::Wait(event, ticket)) = queue.front()
            && self.events.get(event).is_some_and(|e| e.done < *ticket)
        {
            return false;
        }
        let Some(work) = queue.pop_front() else {
            return false;
        };
        self.run(work);
        true
    }

    fn run(&mut self, work: Work) {
        match work {
            Work::Copy(copy) => {
                let left_out = copy.left_out().filter(|_| self.config.is_null());
                match left_out {
                    Some((to, bytes)) if inside(&self.pinned, to, bytes) => {
                        self.shown.show(to, bytes);
                    }
                    Some(_) => {}
                    None => self.lost = copy.run(&self.blocks).err(),
                }
            }
            Work::Fill(fill) => fill.run(&self.blocks, self.config.is_null()),
            Work::Launch(launch) => {
                self.launches += 1;
                if self.launches == 1 && self.config.is_null() {
                    eprintln!(
                        "fake-cuda: kernels and copies do nothing, so the output means nothing"
                    );
                }
                if self.config.lose_at == Some(self.launches) {
                    self.lost = Some(ILLEGAL_ADDRESS);
                } else if let Err(why) = launch.run(&self.blocks, &self.pinned) {
                    self.lost = Some(why);
                }
            }
            Work::Record(event, ticket) => {
                if let Some(event) = self.events.get_mut(&event) {
                    event.done = event.done.max(ticket);
                    event.at = Some(Instant::now());
                }
            }
            Work::Wait(..) => {}
            Work::Free(address) => {
                if let Some(block) = self.blocks.remove(&address)
                    && self.pooled_bytes() + block.bytes as u64 <= self.pool_keeps
                {
                    self.pooled.push(block.bytes);
                }
            }
        }
    }
}
