//! The previews behind the Tune view: asked for when the file or the settings change, drained once a frame.

use std::path::PathBuf;

use egui::Context;

use super::model::Tune;
use super::preview_thread::{ALL_CHUNKS, PreviewThread};
use super::shown::{PreviewTarget, Shown};
use super::span::Span;
use crate::error::Result;
use crate::jobs::previews::{PreviewEvent, ShareEvent, start_shares};
use crate::path_text::RelPath;
use crate::pipeline::preview::{Preview, ShareEstimate, ShareRequest, Subject};
use crate::settings::Settings;
use crate::source::SourcePath;
use crate::ui::background::latest_work::LatestWork;
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::workers;

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 256;

/// The threads of the Tune view: of the whole subject, of the part in sight, of B, and of the dataset's masked share.
#[derive(Debug)]
pub(super) struct PreviewWorker {
    whole: PreviewThread,
    detail: PreviewThread,
    kept: PreviewThread,
    share: LatestWork<ShareRequest, ShareEvent>,
    /// The settings that the dataset's share was asked for with, and the files left out.
    share_asked: Option<(Settings, Vec<RelPath>)>,
    /// The share that was known before the dataset was asked for: of the file in view.
    share_base: Option<ShareEstimate>,
    /// The revision of the folder's files that the share was asked for with.
    share_revision: u64,
    /// The file in view, and which of its versions was asked for.
    version: Option<(PathBuf, (u64, i64))>,
    /// The newest preview, as long as an older picture is better.
    growing: Option<Shown>,
    growing_detail: Option<Preview>,
    growing_kept: Option<Shown>,
}

impl Default for PreviewWorker {
    fn default() -> Self {
        let is_last = |event: &ShareEvent| match event {
            ShareEvent::Estimate(estimate) => estimate.n_files + estimate.n_skipped >= estimate.n_total,
            ShareEvent::Failed(_) => true,
        };
        Self {
            whole: PreviewThread::default(),
            detail: PreviewThread::default(),
            kept: PreviewThread::default(),
            share: LatestWork::new(start_shares, is_last),
            share_asked: None,
            share_base: None,
            share_revision: 0,
            version: None,
            growing: None,
            growing_detail: None,
            growing_kept: None,
        }
    }
}

impl PreviewWorker {
    /// True while something is on its way that the panes will show.
    pub(super) fn is_busy(&self) -> bool {
        [&self.whole, &self.detail, &self.kept].iter().any(|thread| thread.work.is_busy())
    }

    /// True while the estimate for the dataset becomes better.
    pub(super) fn is_estimating(&self) -> bool {
        self.share.is_busy()
    }

    /// Takes what has come into `tune`, and asks for what it needs of `folder` where it is shown.
    pub(super) fn update(&mut self, ctx: &Context, folder: &Folder, tune: &mut Tune, is_shown: bool) {
        // What has come may be what the next question waits for: no frame in between is at rest.
        self.drain(tune);
        self.follow_version(folder, tune);
        if is_shown && let Err(error) = self.ask(ctx, folder, tune) {
            tune.problem = Some(with_remedy(&error));
        }
        tune.left_out.update(tune.shown.as_ref(), tune.revision, folder);
        tune.refresh(folder.settings.if_threshold);
    }

    /// Forgets the picture of a file that was changed since it was asked for.
    fn follow_version(&mut self, folder: &Folder, tune: &mut Tune) {
        let version = folder.selected_file().map(|file| (file.path.clone(), file.version));
        if self.version == version {
            return;
        }
        let path = |version: &Option<(PathBuf, _)>| version.as_ref().map(|(path, _)| path.clone());
        if version.is_some() && path(&self.version) == path(&version) {
            for thread in [&mut self.whole, &mut self.detail, &mut self.kept] {
                thread.forget();
            }
            (self.growing, self.growing_detail, self.growing_kept) = (None, None, None);
            (tune.shown, tune.detail) = (None, None);
            tune.touch();
        }
        self.version = version;
    }

    fn ask(&mut self, ctx: &Context, folder: &Folder, tune: &mut Tune) -> Result<()> {
        let Some(subject) = folder.subject() else { return Ok(()) };
        let target = PreviewTarget::new(subject, &folder.settings);
        let is_shown = tune.shown.as_ref().is_some_and(|shown| shown.is_all_of(&target));
        let is_new = if is_shown {
            self.whole.adopt(target.clone());
            self.growing.take().is_some()
        } else {
            self.whole.ask(ctx, &target, ALL_CHUNKS)?
        };
        if is_new {
            self.growing = (!is_shown).then(|| Shown::new(target.clone()));
            self.detail.forget();
            self.growing_detail = None;
            tune.detail = None;
            tune.problem = None;
        }
        if let Some(chunks) = tune.chunks_in_sight() {
            let is_known = self.detail.asked.as_ref().is_some_and(|(known, there)| {
                *known == target && there.start <= chunks.start && chunks.end <= there.end
            });
            if !is_known {
                // As much again on both sides: a step aside needs no new preview.
                let margin = chunks.len();
                self.detail.ask(ctx, &target, chunks.start.saturating_sub(margin)..chunks.end + margin)?;
                self.growing_detail = None;
            }
        }
        self.ask_kept(ctx, folder, tune, &target.subject)?;
        self.ask_share(ctx, folder, tune)
    }

    /// B is previewed only when it is compared with. A variant is drawn as A draws it: only the analysis is compared.
    fn ask_kept(&mut self, ctx: &Context, folder: &Folder, tune: &mut Tune, subject: &Subject) -> Result<()> {
        let Some(kept) = tune.kept.as_mut().filter(|_| tune.shows_difference) else { return Ok(()) };
        let settings = kept.settings.clone().in_folder_of(&folder.settings);
        let target = PreviewTarget::new(subject.cut_as(&settings), &settings);
        if kept.shown.as_ref().is_some_and(|shown| shown.is_all_of(&target)) {
            self.kept.adopt(target);
            self.growing_kept = None;
        } else if self.kept.ask(ctx, &target, ALL_CHUNKS)? {
            kept.shown = None;
            self.growing_kept = Some(Shown::new(target));
            tune.touch();
        }
        Ok(())
    }

    /// The dataset comes after the file in view, and not while a build needs the processor.
    fn ask_share(&mut self, ctx: &Context, folder: &Folder, tune: &mut Tune) -> Result<()> {
        if folder.task.is_some() {
            if self.share.is_busy() {
                self.forget_share();
            }
            return Ok(());
        }
        let exclude = &folder.settings.exclude;
        let revision = folder.files.revision();
        let is_known = |(known, excluded): &(Settings, Vec<RelPath>)| {
            known.has_same_unmasked_tensors(&folder.settings)
                && excluded == exclude
                && self.share_revision == revision
        };
        if self.whole.work.is_busy() || self.share_asked.as_ref().is_some_and(is_known) {
            return Ok(());
        }
        let settings = folder.settings.unmasked_tensors();
        self.share_asked = Some((settings.clone(), exclude.clone()));
        self.share_revision = revision;
        let included = folder.files.all().iter().filter(|file| !file.is_excluded);
        let mut files: Vec<SourcePath> = included
            .map(|file| SourcePath { path: file.path.clone(), relative: file.relative.clone() })
            .collect();
        let is_as_built = |shown: &&Shown| {
            let target = PreviewTarget::new(shown.subject.clone(), &folder.settings);
            shown.is_all_of(&target) && !settings.may_leave_out_chunks()
        };
        let shown = tune.shown.as_ref().filter(is_as_built);
        // What is in view need not be analysed again, unless a build keeps less of it.
        let known = shown.and_then(|shown| {
            let Subject::File(shown_path) = &shown.subject else { return None };
            let index = files.iter().position(|file| file.path == *shown_path)?;
            files.remove(index);
            shown.preview.powers().cloned()
        });
        self.share_base =
            known.map(|powers| ShareEstimate { powers, n_files: 1, n_skipped: 0, n_total: files.len() + 1 });
        tune.share.clone_from(&self.share_base);
        if files.is_empty() {
            self.share.cancel();
            return Ok(());
        }
        let seed = folder.settings.seed;
        self.share.request(ctx, ShareRequest { files, seed, settings, n_workers: workers::beside_window() })
    }

    fn forget_share(&mut self) {
        self.share_asked = None;
        self.share.cancel();
    }

    fn drain(&mut self, tune: &mut Tune) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.whole.work.next() else { break };
            self.take(event, tune);
        }
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.detail.work.next() else { break };
            self.take_detail(event, tune);
        }
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.kept.work.next() else { break };
            self.take_kept(event, tune);
        }
        while let Some(event) = self.share.next() {
            match event {
                ShareEvent::Estimate(estimate) => {
                    tune.share = Some(match &self.share_base {
                        Some(base) => estimate.with(base),
                        None => estimate,
                    });
                }
                ShareEvent::Failed(error) => {
                    log::warn!("the masked share of the dataset is not known: {error}");
                }
            }
        }
    }

    fn take(&mut self, event: PreviewEvent, tune: &mut Tune) {
        match event {
            PreviewEvent::Update(update) => match &mut self.growing {
                Some(growing) => {
                    growing.apply(update);
                    // Another file replaces the picture with its first chunk, other settings once all is there.
                    let is_same_place = tune
                        .shown
                        .as_ref()
                        .is_some_and(|shown| shown.subject.is_same_place(&growing.subject));
                    if !is_same_place && !growing.preview.parts().is_empty() {
                        self.show(tune);
                    }
                }
                None => {
                    if let Some(shown) = &mut tune.shown {
                        shown.apply(update);
                        tune.touch();
                    }
                }
            },
            PreviewEvent::Done(summary) => {
                if self.growing.is_some() {
                    self.show(tune);
                }
                tune.shown = tune.shown.take().map(|shown| shown.completed(summary.damage));
                tune.touch();
            }
            PreviewEvent::Failed(error) => {
                self.growing = None;
                tune.shown = None;
                tune.problem = Some(with_remedy(&error));
                tune.touch();
            }
        }
    }

    fn show(&mut self, tune: &mut Tune) {
        let Some(growing) = self.growing.take() else { return };
        if tune.shown.as_ref().is_none_or(|shown| !shown.subject.is_same_place(&growing.subject)) {
            tune.span = Span::default();
            tune.area = None;
        }
        tune.shown = Some(growing);
        tune.touch();
    }

    fn take_detail(&mut self, event: PreviewEvent, tune: &mut Tune) {
        match event {
            PreviewEvent::Update(update) => {
                if let Some((target, _)) = &self.detail.asked {
                    self.growing_detail.get_or_insert_with(|| Preview::new(target.analysis)).apply(update);
                }
            }
            PreviewEvent::Done(_) => {
                tune.detail = self.growing_detail.take();
                tune.touch();
            }
            // The overview stays, and has told the reason where there is one.
            PreviewEvent::Failed(_) => self.growing_detail = None,
        }
    }

    fn take_kept(&mut self, event: PreviewEvent, tune: &mut Tune) {
        match event {
            PreviewEvent::Update(update) => {
                if let Some(shown) = &mut self.growing_kept {
                    shown.apply(update);
                }
            }
            PreviewEvent::Done(summary) => {
                let shown = self.growing_kept.take();
                if let Some(kept) = &mut tune.kept {
                    kept.shown = shown.map(|shown| shown.completed(summary.damage));
                }
                tune.touch();
            }
            PreviewEvent::Failed(_) => self.growing_kept = None,
        }
    }

    /// Forgets what was asked for: the folder is no longer open.
    pub(super) fn forget(&mut self) {
        for thread in [&mut self.whole, &mut self.detail, &mut self.kept] {
            thread.forget();
        }
        self.forget_share();
        (self.growing, self.growing_detail, self.growing_kept) = (None, None, None);
    }
}
