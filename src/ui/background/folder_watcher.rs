//! The watch over the open folder: it is read again when its files have changed, and what came of it is merged into the
//! list. Drained once a frame, never waited for.

use std::sync::Arc;

use egui::Context;

use crate::jobs::folder_watch::FolderWatch;
use crate::jobs::{Background, Listing, ListingEvent, Stopping};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// Watches the open folder.
#[derive(Debug, Default)]
pub(in crate::ui) struct FolderWatcher {
    /// The folder that is watched.
    serial: Option<u64>,
    starting: Option<Background<Result<FolderWatch, String>>>,
    watch: Option<FolderWatch>,
    /// True when something may have changed unseen.
    is_due: bool,
    listing: Option<Listing>,
    stopping: Vec<Stopping>,
}

impl FolderWatcher {
    /// True while the list may be about to change.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.starting.is_some()
            || self.is_due
            || self.listing.is_some()
            || self.watch.as_ref().is_some_and(FolderWatch::has_changes)
    }

    /// Takes what has come into `folder`, and reads it again where it has changed: not while a task needs its files as they
    /// are, nor before its headers were read for the first time. Gives words that belong to no view.
    pub(in crate::ui) fn update(&mut self, ctx: &Context, folder: &mut Folder) -> Option<String> {
        self.stopping.retain(|stopping| !stopping.is_done());
        if self.serial != Some(folder.serial) {
            self.start(ctx, folder);
        }
        self.drain_start(folder);
        if let Some(watch) = &self.watch {
            self.is_due |= watch.take_changes();
            if let Some(problem) = watch.take_problem() {
                folder.watch_problem = Some(problem);
            }
        }
        let notice = self.drain_listing(folder);
        if self.is_due && self.listing.is_none() && !folder.is_reading && folder.task.is_none() {
            self.is_due = false;
            let (root, ffmpeg) = (folder.root.clone(), folder.settings.ffmpeg);
            match Listing::again(root, ffmpeg, folder.files.known()) {
                Ok(listing) => self.listing = Some(listing),
                Err(error) => return Some(with_remedy(&error)),
            }
        }
        notice
    }

    /// Ends the watch: the folder is no longer open.
    pub(in crate::ui) fn stop(&mut self) {
        self.stopping.extend(self.listing.take().map(Listing::stop));
        *self = Self { stopping: std::mem::take(&mut self.stopping), ..Self::default() };
    }

    fn start(&mut self, ctx: &Context, folder: &mut Folder) {
        self.stop();
        self.serial = Some(folder.serial);
        let (root, cache_dir, ctx) = (folder.root.clone(), folder.cache_dir(), ctx.clone());
        let start = move || FolderWatch::start(&root, cache_dir, Arc::new(move || ctx.request_repaint()));
        match Background::start("folder-watch", start) {
            Ok(starting) => self.starting = Some(starting),
            Err(error) => folder.watch_problem = Some(with_remedy(&error)),
        }
    }

    fn drain_start(&mut self, folder: &mut Folder) {
        let Some(started) = self.starting.as_ref().and_then(Background::poll) else { return };
        self.starting = None;
        match started.map_err(|error| with_remedy(&error)).and_then(|started| started) {
            Ok(watch) => {
                self.watch = Some(watch);
                // Between the first scan and now nobody watched.
                self.is_due = true;
            }
            Err(problem) => folder.watch_problem = Some(problem),
        }
    }

    fn drain_listing(&mut self, folder: &mut Folder) -> Option<String> {
        for _ in 0..EVENTS_PER_FRAME {
            match self.listing.as_ref().and_then(Listing::poll)? {
                ListingEvent::Again(listed) => {
                    if folder.take_listed(*listed) {
                        folder.is_reading = true;
                        folder.needs_checks = true;
                    }
                }
                ListingEvent::Header { index, header } => folder.files.set_header(index, header),
                ListingEvent::Done => {
                    self.stopping.extend(self.listing.take().map(Listing::stop));
                    folder.is_reading = false;
                }
                ListingEvent::Failed(error) => {
                    self.stopping.extend(self.listing.take().map(Listing::stop));
                    folder.is_reading = false;
                    return Some(with_remedy(&error));
                }
                // Only a folder that is opened has its contents told.
                ListingEvent::Contents(_) => {}
            }
        }
        None
    }
}
