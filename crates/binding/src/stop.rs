//! The end of the process by a signal that JavaScript does not answer.
//!
//! Signals are answered on the thread of JavaScript. While that thread is in a call that does not return (a pipe as a
//! list, a driver that hangs), nobody would hear them. Once it has heard one it says how much longer it may take.

use napi_derive::napi;

use crate::door::{Result, no_threads, now};

/// How a signal that is not answered ends the process.
#[napi(object)]
pub struct SignalGuard {
    /// Milliseconds from the first signal to the end.
    pub first_ms: u32,
    /// Milliseconds from a second signal to the end.
    pub second_ms: u32,
    /// Exit codes of SIGINT, and of SIGTERM and SIGHUP.
    pub interrupted: u32,
    pub terminated: u32,
    /// Whether SIGHUP ends the process.
    pub hangup: bool,
    /// Last words on stdout and stderr, where they can be written at once; `%t` stands for the seconds since `started`.
    pub out: String,
    pub err: String,
    /// How else it ends once the output is in its place, of which JavaScript may not know yet.
    pub published: Option<PublishedEnd>,
    /// Seconds that had passed when this was called.
    pub started: f64,
}

/// How a signal ends the process whose output is complete.
#[napi(object)]
pub struct PublishedEnd {
    pub exit: u32,
    pub out: String,
    pub err: String,
}

/// Ends the process when a signal is not answered in time. Called once handlers of JavaScript are in place; they are
/// called, too. Called again, it changes when and how, also after a signal.
#[napi]
pub fn guard_signals(guard: SignalGuard) -> Result<()> {
    now(|| watch::begin(guard).map_err(no_threads))
}

/// Whether SIGHUP was ignored when the process began, as under `nohup`; then it is not to be answered.
#[napi]
pub fn ignores_hangup() -> bool {
    watch::ignores_hangup()
}

/// Whether the output that was begun last is complete and in its place.
#[napi]
pub fn is_published() -> bool {
    zemosaic_fits::is_published()
}

/// Removes the temporary files of this process, which is about to end.
#[napi]
pub fn remove_temporary_files() {
    zemosaic_fits::remove_temporary_files();
}

#[cfg(unix)]
mod watch {
    use std::io;
    use std::os::fd::AsFd;
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::exit;

    use super::SignalGuard;

    /// How to end the process, and since when.
    static GUARD: Mutex<Option<(SignalGuard, Instant)>> = Mutex::new(None);

    fn now() -> MutexGuard<'static, Option<(SignalGuard, Instant)>> {
        GUARD.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn begin(guard: SignalGuard) -> io::Result<()> {
        let hangup = guard.hangup;
        if now().replace((guard, Instant::now())).is_some() {
            return Ok(());
        }
        let mut heard = vec![SIGINT, SIGTERM];
        if hangup {
            heard.push(SIGHUP);
        }
        let mut signals = Signals::new(heard)?;
        let (tell, told) = channel();
        thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                for signal in signals.forever() {
                    if tell.send(signal).is_err() {
                        return;
                    }
                }
            })?;
        thread::Builder::new()
            .name("signal guard".into())
            .spawn(move || wait(&told))?;
        Ok(())
    }

    /// JavaScript ends the process in time, or this does.
    fn wait(told: &Receiver<i32>) {
        let Ok(first) = told.recv() else { return };
        let heard = Instant::now();
        let ms = |of: fn(&SignalGuard) -> u32| {
            let ms = now().as_ref().map_or(0, |(guard, _)| of(guard));
            Duration::from_millis(ms.into())
        };
        loop {
            let left = ms(|guard| guard.first_ms).saturating_sub(heard.elapsed());
            match told.recv_timeout(left) {
                Ok(_) => {
                    thread::sleep(ms(|guard| guard.second_ms));
                    break;
                }
                // Meanwhile JavaScript may have asked for more time.
                Err(RecvTimeoutError::Timeout) if left.is_zero() => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        zemosaic_fits::remove_temporary_files();
        let Some((guard, start)) = now().take() else {
            return;
        };
        let seconds = guard.started + start.elapsed().as_secs_f64();
        let said = |words: &str| words.replace("%t", &format!("{seconds:.6}"));
        let published = guard.published.filter(|_| zemosaic_fits::is_published());
        let (status, out, err) = match published {
            Some(end) => (end.exit, end.out, end.err),
            None if first == SIGINT => (guard.interrupted, guard.out, guard.err),
            None => (guard.terminated, guard.out, guard.err),
        };
        speak(rustix::stdio::stdout(), &said(&out));
        speak(rustix::stdio::stderr(), &said(&err));
        exit(status as i32);
    }

    /// Writes only where that does not wait: a full pipe may never be read.
    fn speak(stream: impl AsFd, words: &str) {
        if words.is_empty() {
            return;
        }
        let mut wanted = [PollFd::new(&stream, PollFlags::OUT)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if poll(&mut wanted, Some(&now)) == Ok(1) {
            // Nobody is left to be told of a failure.
            let _ = rustix::io::write(&stream, words.as_bytes());
        }
    }

    pub fn ignores_hangup() -> bool {
        // SAFETY: with no new action sigaction only writes the present one into `now`, which is large enough.
        #[allow(unsafe_code)]
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(SIGHUP, std::ptr::null(), &raw mut now) == 0
                && now.sa_sigaction == libc::SIG_IGN
        }
    }
}

/// Windows ends a process by itself when its console is interrupted and the handlers do not answer.
#[cfg(not(unix))]
mod watch {
    pub fn begin(_: super::SignalGuard) -> std::io::Result<()> {
        Ok(())
    }

    pub fn ignores_hangup() -> bool {
        false
    }
}
