//! Time that a thread itself takes, whatever other programs are running meanwhile.

use std::time::Instant;

/// Measures what the thread that made it takes, without the time in which it waited for a processor.
pub(super) struct Stopwatch {
    began: Instant,
    waited_s: f64,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { waited_s: waited_s(), began: Instant::now() }
    }

    /// Seconds since the start.
    pub(super) fn elapsed_s(&self) -> f64 {
        let elapsed_s = self.began.elapsed().as_secs_f64();
        (elapsed_s - (waited_s() - self.waited_s)).max(0.0)
    }
}

/// How long the system let this thread wait for a processor so far, in seconds: the second number of Linux's `schedstat`, see
/// Documentation/scheduler/sched-stats.rst. 0 on a system that does not tell.
fn waited_s() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited_ns = told.split_whitespace().nth(1).and_then(|ns| ns.parse::<u64>().ok());
    waited_ns.map_or(0.0, |ns| ns as f64 * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_tells_more_than_went_by_nor_less_than_nothing() {
        let began = Instant::now();
        let stopwatch = Stopwatch::start();
        let mut sum = 0.0;
        while began.elapsed().as_millis() < 5 {
            sum += f64::from(began.elapsed().subsec_nanos());
        }
        let measured_s = stopwatch.elapsed_s();
        assert!(
            sum > 0.0 && measured_s >= 0.0 && measured_s <= began.elapsed().as_secs_f64(),
            "{measured_s}"
        );
    }
}
