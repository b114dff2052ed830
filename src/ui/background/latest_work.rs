//! Work in the background of which only the latest request matters: its thread, whether an answer is awaited, and the
//! textures of what has come.

use std::fmt;
use std::sync::Arc;

use egui::Context;

use crate::error::{Error, Result};
use crate::jobs::latest::{Latest, Notify};

/// A thread that answers the latest request, started with the first.
pub(in crate::ui) struct LatestWork<Q, R> {
    start: fn(Notify) -> Result<Latest<Q, R>>,
    /// Tells whether an answer is the last of its request.
    is_last: fn(&R) -> bool,
    queue: Option<Latest<Q, R>>,
    is_busy: bool,
}

impl<Q: Send + 'static, R: From<Error> + Send + 'static> LatestWork<Q, R> {
    /// Work that `start` starts, and whose requests end with an answer that `is_last`.
    pub(in crate::ui) fn new(start: fn(Notify) -> Result<Latest<Q, R>>, is_last: fn(&R) -> bool) -> Self {
        Self { start, is_last, queue: None, is_busy: false }
    }

    /// True while an answer is awaited.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Asks for something in place of what was asked for before; its answers ask for a frame.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(in crate::ui) fn request(&mut self, ctx: &Context, request: Q) -> Result<()> {
        let queue = if let Some(queue) = self.queue.take() {
            queue
        } else {
            let ctx = ctx.clone();
            (self.start)(Arc::new(move || ctx.request_repaint()))?
        };
        self.queue.insert(queue).request(request);
        self.is_busy = true;
        Ok(())
    }

    /// The next answer, where one has come.
    pub(in crate::ui) fn next(&mut self) -> Option<R> {
        let (_, answer) = self.queue.as_ref()?.try_next()?;
        self.is_busy = !(self.is_last)(&answer);
        Some(answer)
    }

    /// Stops what is being worked on: nobody awaits it any more.
    pub(in crate::ui) fn cancel(&mut self) {
        if let (true, Some(queue)) = (self.is_busy, &self.queue) {
            queue.cancel();
        }
        self.is_busy = false;
    }
}

impl<Q, R> fmt::Debug for LatestWork<Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestWork").field("is_busy", &self.is_busy).finish_non_exhaustive()
    }
}

/// Textures of a revision of something: made once, and forgotten with it.
pub(in crate::ui) struct RevisionTextures<T> {
    made: Option<(u64, T)>,
}

impl<T> Default for RevisionTextures<T> {
    fn default() -> Self {
        Self { made: None }
    }
}

impl<T> RevisionTextures<T> {
    /// The textures, where there are some.
    pub(in crate::ui) fn get(&self) -> Option<&T> {
        self.made.as_ref().map(|(_, textures)| textures)
    }

    /// Makes the textures of `revision` unless they are there.
    pub(in crate::ui) fn update(&mut self, revision: u64, make: impl FnOnce() -> T) {
        if self.made.as_ref().is_none_or(|(made, _)| *made != revision) {
            self.made = Some((revision, make()));
        }
    }

    /// Forgets them: there is nothing to show.
    pub(in crate::ui) fn clear(&mut self) {
        self.made = None;
    }
}

impl<T> fmt::Debug for RevisionTextures<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.made.as_ref().map(|(revision, _)| revision);
        f.debug_struct("RevisionTextures").field("revision", &revision).finish_non_exhaustive()
    }
}
