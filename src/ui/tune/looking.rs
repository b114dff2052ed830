//! The looks behind the Tune view: asked for when the file or the settings change, drained once a frame.

use super::super::remedy::with_remedy;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::model::{Shown, Tune};
use crate::error::Result;
use crate::jobs::latest::Notify;
use crate::jobs::previews::{
    PreviewEvent, PreviewQueue, ShareEvent, ShareQueue, ShareRequest, start_previews, start_shares,
};
use crate::path_text::RelPath;
use crate::pipeline::preview::{LIMIT_BYTES, Preview, PreviewRequest, ShareEstimate, Subject};
use crate::settings::{AnalysisSettings, Settings};
use crate::ui::state::{Folder, View};
use crate::workers;

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 256;

const ALL_CHUNKS: Range<usize> = 0..usize::MAX;

/// A file or a variant, and how it is looked at, without the threshold.
type Sight = (Subject, AnalysisSettings);

/// One thread that looks at recordings, and what it was asked for.
struct Eye {
    previews: PreviewQueue,
    asked: Option<(Sight, Range<usize>)>,
    is_busy: bool,
}

impl Eye {
    fn start(notify: &Notify) -> Result<Self> {
        Ok(Self { previews: start_previews(Arc::clone(notify))?, asked: None, is_busy: false })
    }

    /// Asks for chunks of `sight` unless that is what was asked for last; true when it was not.
    fn ask(&mut self, sight: &Sight, chunks: Range<usize>) -> bool {
        let asked = Some((sight.clone(), chunks.clone()));
        if self.asked == asked {
            return false;
        }
        self.asked = asked;
        self.is_busy = true;
        let (subject, settings) = sight.clone();
        self.previews.request((PreviewRequest { subject, chunks, limit_bytes: LIMIT_BYTES }, settings));
        true
    }

    /// Takes `sight` as answered: what is shown is just that.
    fn adopt(&mut self, sight: Sight) {
        if self.is_busy {
            self.previews.cancel();
            self.is_busy = false;
        }
        self.asked = Some((sight, ALL_CHUNKS));
    }

    /// Forgets what was asked for.
    fn rest(&mut self) {
        if self.asked.take().is_some() {
            self.previews.cancel();
            self.is_busy = false;
        }
    }

    fn next(&mut self) -> Option<PreviewEvent> {
        let (_, event) = self.previews.try_next()?;
        self.is_busy = matches!(event, PreviewEvent::Update(_));
        Some(event)
    }
}

/// Everything that looks.
pub(in crate::ui) struct Looking {
    eyes: Result<Eyes>,
}

struct Eyes {
    whole: Eye,
    detail: Eye,
    kept: Eye,
    shares: ShareQueue,
    /// The settings that the dataset's share was asked for with, and the files left out.
    share_asked: Option<(AnalysisSettings, Vec<RelPath>)>,
    /// What was known of the dataset before it was asked for: the file in view.
    share_base: Option<ShareEstimate>,
    is_sharing: bool,
    /// The newest look, as long as an older picture is better.
    growing: Option<Shown>,
    growing_detail: Option<Preview>,
    growing_kept: Option<Shown>,
}

impl Looking {
    /// Starts the threads; `notify` asks for a frame.
    pub(in crate::ui) fn start(notify: &Notify) -> Self {
        Self { eyes: Eyes::start(notify) }
    }

    /// True while something is on its way that the panes will show.
    pub(in crate::ui) fn is_looking(&self) -> bool {
        let Ok(eyes) = &self.eyes else { return false };
        eyes.whole.is_busy || eyes.detail.is_busy || eyes.kept.is_busy
    }

    /// True while the estimate for the dataset becomes better.
    pub(in crate::ui) fn is_estimating(&self) -> bool {
        self.eyes.as_ref().is_ok_and(|eyes| eyes.is_sharing)
    }

    /// Asks for what the view of `folder` needs and takes what has come.
    pub(in crate::ui) fn update(&mut self, folder: Option<&mut Folder>, view: View) {
        match (&mut self.eyes, folder) {
            (Ok(eyes), Some(folder)) => {
                forget_variant_of_others(folder);
                if std::mem::replace(&mut folder.tune.is_fresh, false) {
                    eyes.rest();
                }
                // What has come may be what the next question waits for: no frame in between is at rest.
                eyes.drain(&mut folder.tune);
                if view == View::Tune {
                    eyes.ask(folder);
                }
                folder.tune.refresh(folder.settings.if_threshold);
            }
            (Ok(eyes), None) => eyes.rest(),
            (Err(error), Some(folder)) => folder.tune.problem = Some(with_remedy(error)),
            (Err(_), None) => {}
        }
    }
}

impl Eyes {
    fn start(notify: &Notify) -> Result<Self> {
        Ok(Self {
            whole: Eye::start(notify)?,
            detail: Eye::start(notify)?,
            kept: Eye::start(notify)?,
            shares: start_shares(Arc::clone(notify))?,
            share_asked: None,
            share_base: None,
            is_sharing: false,
            growing: None,
            growing_detail: None,
            growing_kept: None,
        })
    }

    fn ask(&mut self, folder: &mut Folder) {
        let Some(file) = folder.files.selected().and_then(|index| folder.files.all().get(index)) else {
            return;
        };
        let tune = &mut folder.tune;
        let sight = (tune.subject_of(file, &folder.settings), unmasked(&folder.settings));
        let is_shown = tune.shown.as_ref().is_some_and(|shown| shown.is_all_of(&sight.0, &sight.1));
        let is_new = if is_shown {
            self.whole.adopt(sight.clone());
            self.growing.take().is_some()
        } else {
            self.whole.ask(&sight, ALL_CHUNKS)
        };
        if is_new {
            self.growing = (!is_shown).then(|| Shown::new(sight.0.clone(), sight.1));
            self.detail.rest();
            self.growing_detail = None;
            tune.detail = None;
            tune.problem = None;
        }
        if let Some(chunks) = tune.chunks_in_sight() {
            let is_known = self.detail.asked.as_ref().is_some_and(|(known, there)| {
                *known == sight && there.start <= chunks.start && chunks.end <= there.end
            });
            if !is_known {
                // As much again on both sides: a step aside needs no new look.
                let margin = chunks.len();
                self.detail.ask(&sight, chunks.start.saturating_sub(margin)..chunks.end + margin);
                self.growing_detail = None;
            }
        }
        self.ask_kept(tune, &sight.0);
        self.ask_share(folder);
    }

    /// B is looked at only when it is compared with. A variant is drawn as A draws it: only the analysis is compared.
    fn ask_kept(&mut self, tune: &mut Tune, subject: &Subject) {
        let Some(kept) = tune.kept.as_mut().filter(|_| tune.shows_difference) else { return };
        let sight = (subject.cut_as(&kept.settings), unmasked(&kept.settings));
        if kept.shown.as_ref().is_some_and(|shown| shown.is_all_of(&sight.0, &sight.1)) {
            self.kept.adopt(sight);
            self.growing_kept = None;
        } else if self.kept.ask(&sight, ALL_CHUNKS) {
            kept.shown = None;
            self.growing_kept = Some(Shown::new(sight.0, sight.1));
            tune.touch();
        }
    }

    /// The dataset comes after the file in view, and not while a build needs the processor.
    fn ask_share(&mut self, folder: &mut Folder) {
        if folder.task.is_some() {
            if self.is_sharing {
                self.forget_share();
            }
            return;
        }
        let analysis = unmasked(&folder.settings);
        let exclude = &folder.settings.exclude;
        let is_known = |(known, excluded): &(_, Vec<RelPath>)| *known == analysis && excluded == exclude;
        if self.whole.is_busy || self.share_asked.as_ref().is_some_and(is_known) {
            return;
        }
        self.share_asked = Some((analysis, exclude.clone()));
        let included = folder.files.all().iter().filter(|file| !file.is_excluded);
        let mut files: Vec<PathBuf> = included.map(|file| file.path.clone()).collect();
        let shown = folder.tune.shown.as_ref().filter(|shown| shown.is_all_of(&shown.subject, &analysis));
        // What is in view need not be analysed again.
        let known = shown.and_then(|shown| {
            let Subject::File(shown_path) = &shown.subject else { return None };
            let index = files.iter().position(|path| path == shown_path)?;
            files.remove(index);
            shown.preview.powers().cloned()
        });
        self.share_base =
            known.map(|powers| ShareEstimate { powers, n_files: 1, n_skipped: 0, n_total: files.len() + 1 });
        folder.tune.share.clone_from(&self.share_base);
        self.is_sharing = !files.is_empty();
        if self.is_sharing {
            let n_workers = workers::beside_window();
            self.shares.request(ShareRequest {
                files,
                seed: folder.settings.seed,
                settings: analysis,
                n_workers,
            });
        }
    }

    fn forget_share(&mut self) {
        if self.share_asked.take().is_some() {
            self.shares.cancel();
            self.is_sharing = false;
        }
    }

    fn drain(&mut self, tune: &mut Tune) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.whole.next() else { break };
            self.take(event, tune);
        }
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.detail.next() else { break };
            self.take_detail(event, tune);
        }
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.kept.next() else { break };
            self.take_kept(event, tune);
        }
        while let Some((_, event)) = self.shares.try_next() {
            match event {
                ShareEvent::Estimate(estimate) => {
                    self.is_sharing = estimate.n_files + estimate.n_skipped < estimate.n_total;
                    tune.share = Some(match &self.share_base {
                        Some(base) => estimate.with(base),
                        None => estimate,
                    });
                }
                ShareEvent::Failed(error) => {
                    self.is_sharing = false;
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
            tune.span = super::span::Span::default();
        }
        tune.shown = Some(growing);
        tune.touch();
    }

    fn take_detail(&mut self, event: PreviewEvent, tune: &mut Tune) {
        match event {
            PreviewEvent::Update(update) => {
                if let Some(((_, settings), _)) = &self.detail.asked {
                    self.growing_detail.get_or_insert_with(|| Preview::new(*settings)).apply(update);
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

    fn rest(&mut self) {
        for eye in [&mut self.whole, &mut self.detail, &mut self.kept] {
            eye.rest();
        }
        self.forget_share();
        (self.growing, self.growing_detail, self.growing_kept) = (None, None, None);
    }
}

/// A variant that was chosen is shown until another file is selected.
fn forget_variant_of_others(folder: &mut Folder) {
    let selected = folder.files.selected().and_then(|index| folder.files.all().get(index));
    folder.tune.variant.take_if(|variant| selected.is_none_or(|file| file.path != variant.file));
}

/// How a file is analysed, apart from the threshold, which is applied to what was analysed.
fn unmasked(settings: &Settings) -> AnalysisSettings {
    AnalysisSettings { if_threshold: 0.0, ..settings.analysis() }
}
