//! Runs cases of a corpus until its time is over.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// The same cases on every machine, as many as its time allows.
const SEED: u64 = 0x5EED_0F2E_3054_1C00;
/// No case is anywhere near so slow: it hangs.
const HANG: u64 = 60;

/// The one case to run, and of which corpus.
fn only() -> Option<(String, u64)> {
    let text = std::env::var("ZEMOSAIC_FUZZ_CASE").ok()?;
    let (name, case) = text
        .split_once(':')
        .expect("a corpus and a number, such as images:7");
    Some((name.to_owned(), case.parse().expect("the number of a case")))
}

/// Runs `check` on case after case; a case that fails is made as small as it goes and printed.
///
/// # Panics
///
/// When a case fails.
pub fn run<S>(name: &str, strategy: &S, check: impl Fn(&S::Value))
where
    S: Strategy,
    S::Value: Debug,
{
    let seconds = std::env::var("ZEMOSAIC_FUZZ_SECONDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    let only = only();
    if only.as_ref().is_some_and(|(wanted, _)| wanted != name) {
        return;
    }
    let first = only.as_ref().map_or(0, |(_, case)| *case);
    let began = Instant::now();
    let watch = Watch::new(name, began);
    let last = std::env::temp_dir().join(format!("zemosaic-hostile-{name}.case"));
    let mut case = first;
    let mut slowest = (Duration::ZERO, 0);
    loop {
        let config = Config {
            failure_persistence: None,
            max_shrink_iters: 2000,
            max_shrink_time: 20_000,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(config, rng(name, case));
        let tree = strategy.new_tree(&mut runner).unwrap();
        // Where to look when the process dies.
        std::fs::write(&last, case.to_string()).unwrap();
        let start = Instant::now();
        let ran = runner.run_one(tree, |value| {
            watch.begin(case);
            check(&value);
            Ok(())
        });
        slowest = slowest.max((start.elapsed(), case));
        if let Err(TestError::Fail(reason, value)) = ran {
            panic!(
                "{name}: case {case} (ZEMOSAIC_FUZZ_CASE={name}:{case}), made small: {value:?}\n{reason}"
            );
        }
        case += 1;
        if only.is_some() || began.elapsed().as_secs() >= seconds {
            break;
        }
    }
    std::fs::remove_file(&last).unwrap();
    let cases = case - first;
    // Not by println!, so that it is seen without --show-output too.
    let line = format!(
        "hostile {name}: {cases} cases in {:.1} s, seed {SEED:#x}, the slowest {:.0} ms (case {})\n",
        began.elapsed().as_secs_f64(),
        slowest.0.as_secs_f64() * 1e3,
        slowest.1
    );
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
}

/// A generator for each case, so that any can be had without those before it.
fn rng(name: &str, case: u64) -> TestRng {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&SEED.to_le_bytes());
    seed[8..16].copy_from_slice(&case.to_le_bytes());
    for (byte, letter) in seed[16..].iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// Ends the process when a case does not end.
struct Watch {
    began: Instant,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    over: AtomicBool,
    case: AtomicU64,
    since: AtomicU64,
}

impl Watch {
    fn new(name: &str, began: Instant) -> Self {
        let state = Arc::new(State::default());
        let (seen, name) = (Arc::clone(&state), name.to_owned());
        std::thread::spawn(move || {
            while !seen.over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(500));
                let now = began.elapsed().as_secs();
                if now > seen.since.load(Ordering::Relaxed) + HANG {
                    let case = seen.case.load(Ordering::Relaxed);
                    eprintln!(
                        "hostile {name}: case {case} hangs (ZEMOSAIC_FUZZ_CASE={name}:{case})"
                    );
                    std::process::abort();
                }
            }
        });
        Self { began, state }
    }

    fn begin(&self, case: u64) {
        self.state.case.store(case, Ordering::Relaxed);
        let now = self.began.elapsed().as_secs();
        self.state.since.store(now, Ordering::Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
    }
}
