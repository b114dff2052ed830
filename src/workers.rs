//! Scoped threads with scratch of their own, and panics that become errors.
//!
//! Everything that computes in parallel goes through here, so that three things hold everywhere: a thread has a name,
//! no thread outlives the call that started it, and a panic harms one item only. A caught panic is not printed: it
//! reaches the person as an [`Error::Panic`], once, through whoever handles it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, bounded};

use crate::error::{Error, Result};
use crate::monitor::Monitor;

/// The number of workers unless told otherwise: as many threads as the system runs at once for this process, at least 1.
pub fn available() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The number of workers beside a window, which keeps one thread for itself; at least 1.
pub fn beside_window() -> usize {
    available().saturating_sub(1).max(1)
}

/// Runs `body(worker)` for `worker` in `0..n_threads`, each on a thread named `name-worker`; returns when all have ended.
///
/// Either every body runs or none does, because bodies may wait for one another.
///
/// # Errors
/// [`Error::Thread`] when the system refuses a thread (nothing has run then), [`Error::Panic`] when a body panicked: the
/// first in the order of workers, after all have ended.
pub fn scope(name: &str, n_threads: usize, body: impl Fn(usize) + Sync) -> Result<()> {
    let all_started = OnceLock::new();
    thread::scope(|scope| {
        let mut handles = Vec::with_capacity(n_threads);
        let mut refusal = None;
        for worker in 0..n_threads {
            let thread_name = format!("{name}-{worker}");
            let (body, all_started) = (&body, &all_started);
            let run = move || {
                let place = thread::current().name().unwrap_or("worker").to_owned();
                if *all_started.wait() { catch(&place, || body(worker)) } else { Ok(()) }
            };
            match thread::Builder::new().name(thread_name).spawn_scoped(scope, run) {
                Ok(handle) => handles.push(handle),
                Err(error) => {
                    refusal = Some(Error::thread(name)(error));
                    break;
                }
            }
        }
        all_started.get_or_init(|| refusal.is_none());
        let mut outcome = refusal.map_or(Ok(()), Err);
        for handle in handles {
            let ended = handle.join().unwrap_or_else(|payload| Err(panic_error(name, &*payload)));
            outcome = outcome.and(ended);
        }
        outcome
    })
}

/// The stop sign that the workers of one [`fail_fast`] share.
pub struct StopSign<'a> {
    monitor: &'a dyn Monitor,
    is_failed: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl StopSign<'_> {
    /// `Err(Error::Cancelled)` once the person has asked to stop, or another worker has failed: bodies ask between items.
    pub fn check(&self) -> Result<()> {
        if self.is_failed.load(Ordering::Acquire) { Err(Error::Cancelled) } else { self.monitor.check() }
    }

    fn fail(&self, error: Error) {
        // Told before it is flagged: others that stop at the flag must not be the first to tell.
        lock(&self.failure).get_or_insert(error);
        self.is_failed.store(true, Ordering::Release);
    }
}

/// Runs `body(worker, stop)` for `worker` in `0..n_threads` as [`scope`] does, until all have ended: the first error or
/// panic of one stops the others at their next [`StopSign::check`].
///
/// # Errors
/// The first error or panic of a body, in the order of time; [`Error::Io`] when the system refuses a thread.
pub fn fail_fast(
    name: &str,
    n_threads: usize,
    monitor: &dyn Monitor,
    body: impl Fn(usize, &StopSign<'_>) -> Result<()> + Sync,
) -> Result<()> {
    let stop = StopSign { monitor, is_failed: AtomicBool::new(false), failure: Mutex::new(None) };
    scope(name, n_threads, |worker| {
        let ended = catch(&format!("{name}-{worker}"), || body(worker, &stop));
        if let Err(error) = ended.and_then(|ended| ended) {
            stop.fail(error);
        }
    })?;
    stop.failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Runs `read`, which decodes the file at `path`; a panic of the decoder becomes an [`Error::Audio`] against the file.
pub fn catch_decoder<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch("decoder", read).unwrap_or_else(|panic| Err(Error::audio(path, decoder_panic(&panic))))
}

/// The reason against a file whose decoder ended with `panic`.
pub fn decoder_panic(panic: &Error) -> String {
    format!("the decoder broke down: {panic}")
}

/// A thread that reads the output of another program ahead, block by block.
///
/// Dropping it waits for its thread, which ends with the output: whoever drops it has ended the program before.
#[derive(Debug)]
pub struct Pump {
    blocks: Option<Receiver<io::Result<Vec<u8>>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Pump {
    /// Starts to read `source` in blocks of up to `block_bytes`, of which up to `n_ahead` wait to be taken.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system refuses a thread.
    pub fn start(
        name: &str,
        mut source: impl Read + Send + 'static,
        block_bytes: usize,
        n_ahead: usize,
    ) -> Result<Self> {
        let (sender, blocks) = bounded(n_ahead);
        let run = move || {
            loop {
                let mut block = vec![0; block_bytes];
                let read = match source.read(&mut block) {
                    Ok(0) => break,
                    Ok(n_read) => {
                        block.truncate(n_read);
                        Ok(block)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_over = read.is_err();
                if sender.send(read).is_err() || is_over {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name(name.into()).spawn(run).map_err(Error::thread(name))?;
        Ok(Self { blocks: Some(blocks), thread: Some(thread) })
    }

    /// The blocks in order; the channel closes at the end of the output, and never gives anything where it was dropped.
    pub fn blocks(&self) -> Receiver<io::Result<Vec<u8>>> {
        self.blocks.clone().unwrap_or_else(crossbeam_channel::never)
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        // Without a receiver no send blocks.
        self.blocks = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic, and there would be no one to tell.
            thread.join().ok();
        }
    }
}

/// The content of `mutex`, which a panic of another worker does not spoil: every panic is caught and told elsewhere.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Computes `work(scratch, index)` for every `index` in `0..n_items` on up to `n_threads` threads (at least one);
/// returns the results by index.
///
/// Workers take the items in order, each the next one that is left, so that `n_threads` changes neither what is
/// computed nor the order of the results. A worker makes its scratch once, and anew after a panic, which may have left
/// it half changed. A panic in `work` becomes the [`Error::Panic`] of its item, and the worker goes on.
///
/// # Errors
/// As [`scope`]: the system refused a thread, or `scratch` panicked. What `work` returns is never an error of the whole.
pub fn map_indexed<S, T: Send>(
    name: &str,
    n_threads: usize,
    n_items: usize,
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> Result<T> + Sync,
) -> Result<Vec<Result<T>>> {
    let next = AtomicUsize::new(0);
    let collected = Mutex::new(Vec::with_capacity(n_items));
    scope(name, n_threads.max(1).min(n_items), |_worker| {
        let mut own = Vec::new();
        let mut current = None;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= n_items {
                break;
            }
            let mut worker_scratch = current.take().unwrap_or_else(&scratch);
            let result = catch(name, || {
                let result = work(&mut worker_scratch, index);
                (worker_scratch, result)
            });
            own.push((
                index,
                result.and_then(|(kept, result)| {
                    current = Some(kept);
                    result
                }),
            ));
        }
        lock(&collected).append(&mut own);
    })?;
    let mut collected = collected.into_inner().unwrap_or_else(PoisonError::into_inner);
    collected.sort_unstable_by_key(|&(index, _)| index);
    Ok(collected.into_iter().map(|(_, result)| result).collect())
}

/// Runs `f`; a panic becomes an [`Error::Panic`] with its message and source line, and is kept off the terminal.
///
/// What `f` was changing when it panicked may be half changed: the caller drops it or makes it anew.
pub fn catch<T>(place: &str, f: impl FnOnce() -> T) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !record_if_caught(info) {
                previous(info);
            }
        }));
    });
    LAST_PANIC.take();
    CATCHES.set(CATCHES.get() + 1);
    let outcome = panic::catch_unwind(AssertUnwindSafe(f));
    CATCHES.set(CATCHES.get() - 1);
    outcome.map_err(|payload| panic_error(place, &*payload))
}

thread_local! {
    /// The number of calls of [`catch`] this thread is inside of.
    static CATCHES: Cell<usize> = const { Cell::new(0) };
    /// The note of the hook about the panic that is on its way to a [`catch`]: message and source line.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes a panic that a [`catch`] of this thread is waiting for; false when there is none, and the panic is not ours.
fn record_if_caught(info: &PanicHookInfo<'_>) -> bool {
    // A thread that is ending may have lost its thread-locals already: it is not inside of a catch then.
    let is_caught = CATCHES.try_with(Cell::get).is_ok_and(|n| n > 0);
    if is_caught {
        let line = info.location().map_or_else(String::new, |location| format!(" ({location})"));
        LAST_PANIC.replace(Some(format!("{}{line}", message_of(info.payload()))));
    }
    is_caught
}

fn panic_error(place: &str, payload: &(dyn Any + Send)) -> Error {
    // A panic that was resumed from another place did not pass the hook: only its payload tells.
    let message = LAST_PANIC.take().unwrap_or_else(|| message_of(payload).to_owned());
    Error::Panic { place: place.to_owned(), message }
}

/// The text of `panic!("…")`, which is a `&str` or a `String`.
fn message_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;
    use std::sync::Barrier;

    use super::*;
    use crate::monitor::Silent;

    fn panic_text<T>(result: Result<T>) -> String {
        match result {
            Err(error @ Error::Panic { .. }) => error.to_string(),
            Err(error) => panic!("another error: {error}"),
            Ok(_) => panic!("no panic was caught"),
        }
    }

    #[test]
    fn results_come_by_index_whatever_the_number_of_threads() {
        for (n_threads, n_items) in [(0, 5), (1, 5), (3, 100), (8, 3), (2, 0)] {
            let results =
                map_indexed("order", n_threads, n_items, || (), |(), index| Ok(index * index)).unwrap();
            let squares: Vec<usize> = results.into_iter().map(Result::unwrap).collect();
            assert_eq!(squares, (0..n_items).map(|index| index * index).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_worker_takes_the_items_in_order() {
        let visited = Mutex::new(Vec::new());
        map_indexed(
            "visit",
            1,
            50,
            || (),
            |(), index| {
                visited.lock().unwrap().push(index);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(visited.into_inner().unwrap(), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_and_an_error_harm_their_own_item_only() {
        let work = |(): &mut (), index: usize| match index {
            3 => panic!("item {index} is broken"),
            5 => Err(Error::audio("five.wav", "no audio")),
            _ => Ok(index),
        };
        let mut results = map_indexed("fragile", 2, 8, || (), work).unwrap();
        assert_eq!(results.len(), 8);
        assert!(matches!(results.remove(5), Err(Error::Audio { .. })));
        let text = panic_text(results.remove(3));
        assert!(text.starts_with("internal error in fragile: item 3 is broken (src/workers.rs:"), "{text}");
        assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2, 4, 6, 7]);
    }

    #[test]
    fn scratch_is_made_once_a_worker_and_anew_after_a_panic() {
        let made = AtomicUsize::new(0);
        let make = || made.fetch_add(1, Ordering::Relaxed);
        // Both workers must have an item in hand before either may go on: so both make their scratch.
        let both = Barrier::new(2);
        let results = map_indexed("scratch", 2, 40, make, |scratch, index| {
            if index < 2 {
                both.wait();
            }
            Ok(*scratch)
        });
        let owners: BTreeSet<usize> = results.unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(owners, BTreeSet::from([0, 1]));
        assert_eq!(made.load(Ordering::Relaxed), 2);

        made.store(0, Ordering::Relaxed);
        let results = map_indexed("scratch", 1, 4, make, |scratch, index| {
            assert_ne!(index, 1);
            Ok(*scratch)
        });
        let owners: Vec<Option<usize>> = results.unwrap().into_iter().map(Result::ok).collect();
        assert_eq!(owners, [Some(0), None, Some(1), Some(1)]);
    }

    #[test]
    fn a_scope_runs_every_body_at_once_on_a_named_thread() {
        // Bodies that wait for one another end only if they run side by side.
        let all = Barrier::new(3);
        let names = Mutex::new(BTreeSet::new());
        scope("named", 3, |_worker| {
            all.wait();
            names.lock().unwrap().insert(thread::current().name().map(str::to_owned));
        })
        .unwrap();
        let expected = ["named-0", "named-1", "named-2"].map(|name| Some(name.to_owned()));
        assert_eq!(names.into_inner().unwrap(), BTreeSet::from(expected));
    }

    #[test]
    fn a_scope_names_the_worker_that_panicked_after_all_have_ended() {
        let ended = AtomicUsize::new(0);
        let outcome = scope("team", 4, |worker| {
            assert!(worker != 2, "worker {worker} fell");
            ended.fetch_add(1, Ordering::Relaxed);
        });
        assert!(panic_text(outcome).starts_with("internal error in team-2: worker 2 fell ("));
        assert_eq!(ended.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn the_first_failure_stops_the_others_and_is_the_one_that_is_told() {
        let broken = || Error::audio("x.wav", "broken");
        for is_panic in [false, true] {
            let both = Barrier::new(2);
            let outcome = fail_fast("first", 2, &Silent, |worker, stop| {
                both.wait();
                if worker == 0 {
                    assert!(!is_panic, "on purpose");
                    return Err(broken());
                }
                // Ends only because the other one failed.
                loop {
                    stop.check()?;
                    thread::yield_now();
                }
            });
            let text = outcome.unwrap_err().to_string();
            let told = if is_panic { "internal error in first-0: on purpose" } else { "x.wav: broken" };
            assert!(text.starts_with(told), "{text}");
        }
        fail_fast("none", 3, &Silent, |_worker, stop| stop.check()).unwrap();
    }

    #[test]
    fn a_panic_of_the_decoder_is_a_reason_against_its_file() {
        let error = catch_decoder::<()>(Path::new("x.wav"), || panic!("odd bytes")).unwrap_err();
        assert!(matches!(&error, Error::Audio { reason, .. } if reason.contains("odd bytes")), "{error}");
    }

    #[test]
    fn a_panic_without_a_text_and_a_resumed_one_are_errors_too() {
        let text = panic_text(catch("odd", || panic::panic_any(7)));
        assert!(
            text.starts_with("internal error in odd: a panic without a message (src/workers.rs:"),
            "{text}"
        );
        let text = panic_text(catch("odd", || panic::resume_unwind(Box::new("brought along"))));
        assert_eq!(text, "internal error in odd: brought along");
        assert!(
            panic_text(catch("outer", || panic_text(catch("inner", || 1)))).contains("no panic was caught")
        );
    }

    /// The hook is one for the process, so this test runs in a process of its own and reads what that one prints.
    #[test]
    fn a_caught_panic_is_quiet_and_any_other_is_not() {
        const IS_CHILD: &str = "MELSCOPE_TEST_PANICS";
        if std::env::var_os(IS_CHILD).is_some() {
            panic_text(catch("here", || panic!("a caught one")));
            let other = thread::Builder::new().spawn(|| panic!("a stray one")).unwrap();
            assert!(other.join().is_err());
            return;
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "workers::tests::a_caught_panic_is_quiet_and_any_other_is_not", "--nocapture"])
            .env(IS_CHILD, "1")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}");
        assert!(printed.contains("a stray one"), "{printed}");
        assert!(!printed.contains("a caught one"), "{printed}");
    }
}
