//! A queue in which the latest request wins: one in flight, the newest next, those in between dropped.
//!
//! A slider asks faster than an analysis answers. Each request gets a generation number; a newer one tells the request
//! in flight to stop, and results of an older generation never come out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};

use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::workers;

/// Results that may wait for a slow receiver before the worker waits for it.
const RESULTS_MAX: usize = 64;

/// The time after which a worker that waits for its receiver notices that it is no longer wanted.
const WAIT: Duration = Duration::from_millis(20);

/// Called when a result is ready: the window asks for a repaint.
pub type Notify = Arc<dyn Fn() + Send + Sync>;

/// A request's turn at the worker: takes its results and tells it to stop. As a [`Monitor`] it is cancelled as soon as a
/// newer request is there.
pub struct Turn<R> {
    generation: u64,
    newest: Arc<AtomicU64>,
    results: Sender<(u64, R)>,
    notify: Notify,
}

impl<R: Send> Turn<R> {
    /// Sends a result; waits while the receiver is behind.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when nobody wants it any more.
    pub fn send(&self, result: R) -> Result<()> {
        let mut message = (self.generation, result);
        loop {
            self.check()?;
            match self.results.send_timeout(message, WAIT) {
                Ok(()) => break,
                Err(SendTimeoutError::Timeout(back)) => message = back,
                Err(SendTimeoutError::Disconnected(_)) => return Err(Error::Cancelled),
            }
        }
        (self.notify)();
        Ok(())
    }

    /// Sends a result unless the receiver is behind: for one that the next makes superfluous.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when nobody wants it any more.
    pub fn offer(&self, result: R) -> Result<()> {
        self.check()?;
        if self.results.try_send((self.generation, result)).is_ok() {
            (self.notify)();
        }
        Ok(())
    }
}

impl<R: Send> Monitor for Turn<R> {
    fn is_cancelled(&self) -> bool {
        self.newest.load(Ordering::Acquire) != self.generation
    }
}

/// The queue, with its one worker thread. Dropping it stops the request in flight and waits for its end.
pub struct Latest<Q, R> {
    newest: Arc<AtomicU64>,
    waiting: Arc<Mutex<Option<(u64, Q)>>>,
    wake: Option<Sender<()>>,
    results: Option<Receiver<(u64, R)>>,
    thread: Option<JoinHandle<()>>,
}

impl<Q: Send + 'static, R: From<Error> + Send + 'static> Latest<Q, R> {
    /// Starts the worker on a thread called `name`. `work` answers one request; an error that it returns, and a panic
    /// in it, is sent as the request's last result, [`Error::Cancelled`] apart.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        name: &'static str,
        notify: Notify,
        mut work: impl FnMut(Q, &Turn<R>) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        let newest = Arc::new(AtomicU64::new(0));
        let waiting = Arc::new(Mutex::new(None));
        let (wake, woken) = bounded(1);
        let (result_sender, results) = bounded(RESULTS_MAX);
        let shared = (Arc::clone(&newest), Arc::clone(&waiting));
        let run = move || {
            let (newest, waiting) = shared;
            for () in woken {
                let Some((generation, request)) = lock(&waiting).take() else { continue };
                let turn = Turn {
                    generation,
                    newest: Arc::clone(&newest),
                    results: result_sender.clone(),
                    notify: Arc::clone(&notify),
                };
                let outcome = workers::catch(name, || work(request, &turn)).and_then(|outcome| outcome);
                if let Err(error) = outcome
                    && !matches!(error, Error::Cancelled)
                {
                    // Where it is not wanted any more, nobody needs the failure either.
                    turn.send(R::from(error)).ok();
                }
            }
        };
        let thread =
            std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(Error::thread(name))?;
        Ok(Self { newest, waiting, wake: Some(wake), results: Some(results), thread: Some(thread) })
    }
}

impl<Q, R> Latest<Q, R> {
    /// Asks; gives the request's generation. What was asked before is stopped or dropped.
    pub fn request(&self, request: Q) -> u64 {
        let mut waiting = lock(&self.waiting);
        let generation = self.newest.fetch_add(1, Ordering::AcqRel) + 1;
        *waiting = Some((generation, request));
        drop(waiting);
        if let Some(wake) = &self.wake {
            // A full channel means that the worker is about to look anyway.
            wake.try_send(()).ok();
        }
        generation
    }

    /// Stops what is in flight and drops what waits.
    pub fn cancel(&self) {
        let mut waiting = lock(&self.waiting);
        self.newest.fetch_add(1, Ordering::AcqRel);
        *waiting = None;
    }

    /// The next result that is there, with its generation, which is always the newest; never waits.
    pub fn try_next(&self) -> Option<(u64, R)> {
        self.first_current(|results| results.try_recv().ok())
    }

    /// The next result, waiting for it up to `timeout` for each one that is out of date.
    pub fn next_timeout(&self, timeout: Duration) -> Option<(u64, R)> {
        self.first_current(|results| results.recv_timeout(timeout).ok())
    }

    fn first_current(&self, receive: impl Fn(&Receiver<(u64, R)>) -> Option<(u64, R)>) -> Option<(u64, R)> {
        let results = self.results.as_ref()?;
        loop {
            let (generation, result) = receive(results)?;
            if generation == self.newest.load(Ordering::Acquire) {
                return Some((generation, result));
            }
        }
    }
}

impl<Q, R> Drop for Latest<Q, R> {
    fn drop(&mut self) {
        self.cancel();
        self.wake = None;
        self.results = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Long enough for any machine: a test that waits it out has failed.
    const LONG: Duration = Duration::from_secs(30);

    #[derive(Debug, PartialEq)]
    enum Said {
        Number(u32),
        Failed(String),
    }

    impl From<Error> for Said {
        fn from(error: Error) -> Self {
            Self::Failed(error.to_string())
        }
    }

    fn silent() -> Notify {
        Arc::new(|| {})
    }

    #[test]
    fn the_newest_request_wins_and_nothing_out_of_date_comes_out() {
        let (begun, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let answered = Arc::new(Mutex::new(Vec::new()));
        let shared = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&answered));
        let queue = Latest::start("test", silent(), move |request: u32, turn: &Turn<Said>| {
            let (begun, go_on, answered) = &shared;
            if request == 1 {
                turn.send(Said::Number(10))?;
                begun.wait();
                go_on.wait();
                assert!(turn.is_cancelled(), "a newer request is there");
                assert!(matches!(turn.send(Said::Number(11)), Err(Error::Cancelled)));
                return turn.check();
            }
            lock(answered).push(request);
            turn.send(Said::Number(request))
        })
        .unwrap();
        queue.request(1);
        begun.wait();
        // The result 10 waits already when it goes out of date; 2 goes out of date before its turn.
        queue.request(2);
        let newest = queue.request(3);
        go_on.wait();
        assert_eq!(queue.next_timeout(LONG), Some((newest, Said::Number(3))));
        assert_eq!(queue.try_next(), None);
        assert_eq!(*lock(&answered), [3]);
    }

    #[test]
    fn a_failure_and_a_panic_are_results_and_the_queue_lives_on() {
        let n_notified = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_notified);
        let notify: Notify = Arc::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let queue = Latest::start("test", notify, |request: u32, turn: &Turn<Said>| match request {
            0 => panic!("as planned"),
            1 => Err(Error::audio("x.wav", "broken")),
            _ => turn.send(Said::Number(request)),
        })
        .unwrap();
        queue.request(0);
        let Some((1, Said::Failed(reason))) = queue.next_timeout(LONG) else { panic!("no reason") };
        assert!(reason.contains("as planned"), "{reason}");
        queue.request(1);
        assert_eq!(queue.next_timeout(LONG), Some((2, Said::Failed("x.wav: broken".into()))));
        queue.request(2);
        assert_eq!(queue.next_timeout(LONG), Some((3, Said::Number(2))));
        drop(queue);
        assert_eq!(n_notified.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_worker_whose_results_nobody_takes_ends_when_the_queue_does() {
        let full = Arc::new(Barrier::new(2));
        let reached = Arc::clone(&full);
        let queue = Latest::start("test", silent(), move |(): (), turn: &Turn<Said>| {
            for number in 0.. {
                if number == RESULTS_MAX as u32 {
                    reached.wait();
                }
                turn.send(Said::Number(number))?;
            }
            Ok(())
        })
        .unwrap();
        queue.request(());
        full.wait();
        // Hangs here if the worker does not notice.
        drop(queue);
    }
}
