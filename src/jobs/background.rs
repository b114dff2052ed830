//! One piece of work that gives one answer, for whoever must not wait: a dialog, a file to save.

use crossbeam_channel::{Receiver, bounded};

use crate::error::{Error, Result};
use crate::workers;

/// Work on a named thread. Dropping it forgets the answer and leaves the work to end by itself: a dialog of the system
/// cannot be cancelled.
#[derive(Debug)]
pub struct Background<T> {
    name: &'static str,
    answer: Receiver<Result<T>>,
}

impl<T: Send + 'static> Background<T> {
    /// Starts `work`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(name: &'static str, work: impl FnOnce() -> T + Send + 'static) -> Result<Self> {
        let (sender, answer) = bounded(1);
        std::thread::Builder::new()
            .name(name.into())
            .spawn(move || {
                // A receiver that is gone has lost interest in the answer.
                sender.send(workers::catch(name, work)).ok();
            })
            .map_err(Error::thread(name))?;
        Ok(Self { name, answer })
    }

    /// The answer, once; `None` while the work goes on.
    pub fn poll(&self) -> Option<Result<T>> {
        self.answer.try_recv().ok()
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// When the work panicked, or its answer was taken before.
    pub fn wait(self) -> Result<T> {
        self.answer.recv().unwrap_or_else(|_disconnected| {
            Err(Error::Panic { place: self.name.into(), message: "there is no answer left".into() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_once_and_a_panic_is_an_error() {
        assert_eq!(Background::start("sum", || 1 + 1).unwrap().wait().unwrap(), 2);
        let error = Background::start("fall", || panic!("on purpose")).unwrap().wait().map(|(): ()| 0);
        assert!(error.unwrap_err().to_string().contains("on purpose"));
    }
}
