//! A thread that was told to stop and has not ended yet.

use std::thread::JoinHandle;

/// The rest of a job that nobody listens to any more. Dropping it waits for the thread's end; whoever must not wait
/// keeps it until [`Stopping::is_done`].
#[derive(Debug)]
pub struct Stopping {
    pub(super) thread: Option<JoinHandle<()>>,
}

impl Stopping {
    /// True when the thread has ended, so that dropping this does not wait.
    pub fn is_done(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Stopping {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic was told as the job's last event.
            thread.join().ok();
        }
    }
}
