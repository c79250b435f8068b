//! Streams and events.

use std::collections::VecDeque;
use std::ffi::{c_float, c_int, c_uint};

use crate::code::{Code, INVALID_HANDLE, INVALID_VALUE, NOT_READY, SUCCESS, put};
use crate::state::{Event, Work, bound, with};

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreate(stream: *mut u64, _flags: c_uint) -> Code {
    bound(|d| {
        let handle = d.new_handle();
        d.streams.insert(handle, VecDeque::new());
        put(stream, handle)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreateWithPriority(
    stream: *mut u64,
    flags: c_uint,
    _priority: c_int,
) -> Code {
    cuStreamCreate(stream, flags)
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamDestroy_v2(stream: u64) -> Code {
    with(|d| {
        // Queued work still runs.
        d.finish_stream(stream);
        match d.streams.remove(&stream) {
            Some(_) => SUCCESS,
            None => INVALID_HANDLE,
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamSynchronize(stream: u64) -> Code {
    bound(|d| d.finish_stream(stream))
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamQuery(stream: u64) -> Code {
    bound(|d| match d.streams.get(&stream) {
        Some(queue) if queue.is_empty() => SUCCESS,
        Some(_) => NOT_READY,
        None => INVALID_HANDLE,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamWaitEvent(stream: u64, event: u64, _flags: c_uint) -> Code {
    bound(|d| match d.events.get(&event) {
        // An event that was never recorded is not waited for.
        Some(e) if e.recorded == 0 || d.config.drop_waits => SUCCESS,
        Some(e) => {
            let ticket = e.recorded;
            d.push(stream, Work::Wait(event, ticket))
        }
        None => INVALID_HANDLE,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventCreate(event: *mut u64, _flags: c_uint) -> Code {
    bound(|d| {
        let handle = d.new_handle();
        d.events.insert(handle, Event::default());
        put(event, handle)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventDestroy_v2(event: u64) -> Code {
    with(|d| match d.events.remove(&event) {
        Some(_) => SUCCESS,
        None => INVALID_HANDLE,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventRecord(event: u64, stream: u64) -> Code {
    bound(|d| {
        let Some(e) = d.events.get_mut(&event) else {
            return INVALID_HANDLE;
        };
        e.recorded += 1;
        e.stream = stream;
        let ticket = e.recorded;
        d.push(stream, Work::Record(event, ticket))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventQuery(event: u64) -> Code {
    bound(|d| match d.events.get(&event) {
        Some(e) if e.done >= e.recorded => SUCCESS,
        Some(_) => NOT_READY,
        None => INVALID_HANDLE,
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventSynchronize(event: u64) -> Code {
    bound(|d| d.finish_event(event))
}

#[unsafe(no_mangle)]
extern "C" fn cuEventElapsedTime(ms: *mut c_float, start: u64, end: u64) -> Code {
    bound(|d| {
        let at = |event: u64| {
            d.events
                .get(&event)
                .and_then(|e| e.at.filter(|_| e.done >= e.recorded))
        };
        match (at(start), at(end)) {
            (Some(a), Some(b)) => put(ms, b.saturating_duration_since(a).as_secs_f32() * 1e3),
            _ if d.events.contains_key(&start) && d.events.contains_key(&end) => NOT_READY,
            _ => INVALID_VALUE,
        }
    })
}
