//! What the tree shows of the rows in sight: outlines, levels and masked shares. Asked for when nothing more urgent runs,
//! drained once a frame.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use super::latest_work::LatestWork;
use crate::jobs::file_previews::{
    FilePowersEvent, FilePowersRequest, ThumbnailEvent, start_file_powers, start_thumbnails,
};
use crate::pipeline::preview::PowerCounts;
use crate::settings::Settings;
use crate::source::SourcePath;
use crate::ui::session::browse::BrowseOptions;
use crate::ui::session::folder::Folder;

/// Files whose mel powers are kept: a quarter of a megabyte each.
const POWERS_MAX: usize = 160;

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 64;

/// The threads behind the columns of the tree.
#[derive(Debug)]
pub(in crate::ui) struct RowPreviews {
    /// The folder, and its revision, that all of this is about.
    known: Option<(u64, u64)>,
    thumbnails: LatestWork<Vec<PathBuf>, ThumbnailEvent>,
    /// The files whose thumbnails were asked for last, or cannot be had.
    asked_thumbnails: Vec<PathBuf>,
    powers: LatestWork<FilePowersRequest, FilePowersEvent>,
    asked_powers: Option<FilePowersRequest>,
    /// The mel powers of files as `settings` have them; `None` for one that cannot be read.
    counts: BTreeMap<PathBuf, Option<Arc<PowerCounts>>>,
    settings: Option<Settings>,
    /// The threshold that the shares in the list are about.
    threshold: Option<f64>,
}

impl Default for RowPreviews {
    fn default() -> Self {
        let is_last_thumbnail = |event: &ThumbnailEvent| !matches!(event, ThumbnailEvent::File { .. });
        let is_last_powers = |event: &FilePowersEvent| !matches!(event, FilePowersEvent::File { .. });
        Self {
            known: None,
            thumbnails: LatestWork::new(start_thumbnails, is_last_thumbnail),
            asked_thumbnails: Vec::new(),
            powers: LatestWork::new(start_file_powers, is_last_powers),
            asked_powers: None,
            counts: BTreeMap::new(),
            settings: None,
            threshold: None,
        }
    }
}

impl RowPreviews {
    /// True while a row becomes more complete.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.thumbnails.is_busy() || self.powers.is_busy()
    }

    /// Takes what has come into `folder`, and asks for what its rows in sight lack where `is_idle`: nothing runs that a
    /// person waits for.
    pub(in crate::ui) fn update(
        &mut self,
        ctx: &Context,
        folder: &mut Folder,
        options: BrowseOptions,
        is_idle: bool,
    ) {
        let known = Some((folder.serial, folder.files.revision()));
        if self.known != known {
            self.forget();
            self.known = known;
        }
        self.drain_thumbnails(folder);
        self.drain_powers(folder);
        if options.columns.masked {
            self.follow_threshold(folder);
        }
        let is_idle = is_idle && folder.task.is_none();
        if is_idle && (options.columns.waveform || options.columns.peak || options.matches_loudness) {
            self.ask_thumbnails(ctx, folder);
        }
        if is_idle && options.columns.masked && !self.thumbnails.is_busy() {
            self.ask_powers(ctx, folder);
        }
    }

    /// Forgets what belongs to another folder, or to files that were changed.
    fn forget(&mut self) {
        self.thumbnails.cancel();
        self.powers.cancel();
        self.asked_thumbnails.clear();
        self.asked_powers = None;
        self.counts.clear();
        (self.settings, self.threshold) = (None, None);
    }

    fn drain_thumbnails(&mut self, folder: &mut Folder) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.thumbnails.next() else { return };
            match event {
                ThumbnailEvent::File { path, thumbnail } => {
                    if let (Some(file), Some(thumbnail)) = (folder.files.at_mut(&path), thumbnail) {
                        file.thumbnail = Some(Arc::new(thumbnail));
                    }
                }
                ThumbnailEvent::Done => {}
                ThumbnailEvent::Failed(error) => log::error!("{error}"),
            }
        }
    }

    fn ask_thumbnails(&mut self, ctx: &Context, folder: &Folder) {
        let files = folder.files.all();
        let missing = folder.files.in_sight().map(|index| &files[index]);
        let missing = missing.filter(|file| file.thumbnail.is_none() && !matches!(file.header, Some(Err(_))));
        let missing: Vec<PathBuf> = missing.map(|file| file.path.clone()).collect();
        // What was asked for comes, or cannot be had.
        if missing.iter().all(|path| self.asked_thumbnails.contains(path)) {
            return;
        }
        self.asked_thumbnails.clone_from(&missing);
        if let Err(error) = self.thumbnails.request(ctx, missing) {
            log::error!("{error}");
        }
    }

    fn drain_powers(&mut self, folder: &mut Folder) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.powers.next() else { return };
            match event {
                FilePowersEvent::File { path, powers } => {
                    let threshold = folder.settings.if_threshold;
                    if let (Some(file), Some(powers)) = (folder.files.at_mut(&path), &powers) {
                        file.masked_share = masked_share(powers, threshold);
                    }
                    self.counts.insert(path, powers);
                }
                FilePowersEvent::Done => {}
                FilePowersEvent::Failed(error) => log::error!("{error}"),
            }
        }
    }

    /// Forgets shares that are of other settings, and finds those of another threshold from the powers that are known.
    fn follow_threshold(&mut self, folder: &mut Folder) {
        let threshold = folder.settings.if_threshold;
        let is_same = |known: &Settings| known.has_same_unmasked_tensors(&folder.settings);
        if !self.settings.as_ref().is_some_and(is_same) {
            self.powers.cancel();
            self.asked_powers = None;
            self.counts.clear();
            self.settings = Some(folder.settings.unmasked_tensors());
        } else if self.threshold == Some(threshold) {
            return;
        }
        self.threshold = Some(threshold);
        folder.files.forget_masked_shares();
        self.fill_shares(folder);
    }

    /// The shares of the rows in sight whose powers are known.
    fn fill_shares(&self, folder: &mut Folder) {
        let threshold = folder.settings.if_threshold;
        let files = folder.files.all();
        let missing = folder.files.in_sight().map(|index| &files[index]);
        let missing = missing.filter(|file| file.masked_share.is_none());
        let missing: Vec<PathBuf> = missing.map(|file| file.path.clone()).collect();
        for path in missing {
            let Some(Some(powers)) = self.counts.get(&path) else { continue };
            if let Some(file) = folder.files.at_mut(&path) {
                file.masked_share = masked_share(powers, threshold);
            }
        }
    }

    fn ask_powers(&mut self, ctx: &Context, folder: &mut Folder) {
        let files = folder.files.all();
        let in_sight = folder.files.in_sight().map(|index| &files[index]);
        let in_sight: Vec<SourcePath> = in_sight
            .map(|file| SourcePath { path: file.path.clone(), relative: file.relative.clone() })
            .collect();
        if self.counts.len() > POWERS_MAX {
            self.counts.retain(|path, _| in_sight.iter().any(|file| file.path == *path));
        }
        self.fill_shares(folder);
        let files: Vec<SourcePath> =
            in_sight.into_iter().filter(|file| !self.counts.contains_key(&file.path)).collect();
        let settings = folder.settings.unmasked_tensors();
        let is_asked = self.asked_powers.as_ref().is_some_and(|asked| {
            asked.settings == settings && files.iter().all(|file| asked.files.contains(file))
        });
        if files.is_empty() || is_asked {
            return;
        }
        let request = FilePowersRequest { files, settings };
        self.asked_powers = Some(request.clone());
        if let Err(error) = self.powers.request(ctx, request) {
            log::error!("{error}");
        }
    }
}

/// The share that a mask with `threshold` takes; `None` of a file of which every chunk is left out.
fn masked_share(powers: &PowerCounts, threshold: f64) -> Option<f64> {
    (powers.n_values() > 0).then(|| powers.masked_share(threshold))
}
