//! The progress of a job, counted from many threads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::monitor::Stage;

/// The least time between two reports of one stage.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// The progress of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The stage it is in.
    pub stage: Stage,
    /// Units done.
    pub done: u64,
    /// Units in all; 0 where that is not known.
    pub total: u64,
    /// Time since the stage began.
    pub elapsed: Duration,
    /// Expected time to the stage's end; `None` until something is done.
    pub remaining: Option<Duration>,
}

impl Progress {
    /// Units per second so far.
    pub fn rate_per_s(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(1e-3)
    }
}

/// Counts units from many threads and says when it is time for a report.
#[derive(Debug, Default)]
pub(super) struct ProgressMeter {
    stage: Mutex<Option<(Stage, u64, Instant)>>,
    done: AtomicU64,
    /// Milliseconds since the stage began at which the next report is due.
    next_report_ms: AtomicU64,
}

impl ProgressMeter {
    pub(super) fn begin(&self, stage: Stage, total: u64) -> Progress {
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some((stage, total, Instant::now()));
        self.done.store(0, Ordering::Relaxed);
        self.next_report_ms.store(REPORT_INTERVAL.as_millis() as u64, Ordering::Relaxed);
        Progress { stage, done: 0, total, elapsed: Duration::ZERO, remaining: None }
    }

    /// Counts `n` units; a report when one is due. The last unit always gives one.
    pub(super) fn advance(&self, n: u64) -> Option<Progress> {
        let done = self.done.fetch_add(n, Ordering::Relaxed) + n;
        let (stage, total, began) = (*self.stage.lock().unwrap_or_else(PoisonError::into_inner))?;
        let elapsed = began.elapsed();
        let now_ms = elapsed.as_millis() as u64;
        let due_ms = self.next_report_ms.load(Ordering::Relaxed);
        let next_ms = now_ms + REPORT_INTERVAL.as_millis() as u64;
        let is_due = now_ms >= due_ms
            && self
                .next_report_ms
                .compare_exchange(due_ms, next_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !is_due && done != total {
            return None;
        }
        // A total made from unknown lengths may be too small.
        let total = if total == 0 { 0 } else { total.max(done) };
        let remaining = (total > 0).then(|| elapsed.mul_f64((total - done) as f64 / done.max(1) as f64));
        Some(Progress { stage, done, total, elapsed, remaining })
    }
}
