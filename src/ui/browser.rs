//! The tensors of the cache, to look at one by one: which is wanted, which is shown, and where it comes from.

use super::remedy::with_remedy;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::files::Files;
use super::state::{Folder, Phase, State, View};
use crate::cache::verify::Tensors;
use crate::in_words;
use crate::jobs::browse::{Browse, BrowseEvent, BrowseRequest, start_browse};
use crate::jobs::latest::Notify;
use crate::normalization::NormalizationStats;
use crate::picture::Raster;
use crate::pipeline::TensorPicture;

/// What the browser shows.
#[derive(Debug, Default)]
pub struct Browser {
    tensors: Option<Arc<Tensors>>,
    wanted: usize,
    shown: Option<TensorPicture>,
    /// Counts what was read, so that pictures of it are made once.
    n_read: u64,
    source: Option<PathBuf>,
    failure: Option<String>,
    is_asked: bool,
    text: Option<String>,
}

impl Browser {
    /// Number of tensors; 0 until the cache was opened.
    pub fn n_tensors(&self) -> usize {
        self.tensors.as_ref().map_or(0, |tensors| tensors.rows.len())
    }

    /// The tensor that was asked for.
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// The tensor that was read last.
    pub fn shown(&self) -> Option<&TensorPicture> {
        self.shown.as_ref()
    }

    /// Why it could not be read.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// The statistics that the cache was normalised with.
    pub fn stats(&self) -> Option<&NormalizationStats> {
        self.tensors.as_ref().map(|tensors| &tensors.manifest.normalization_stats)
    }

    /// The text of the number's field.
    pub fn text(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.wanted.to_string())
    }

    /// True when the text of the number's field is a tensor's.
    pub fn is_text_possible(&self) -> bool {
        self.text.as_ref().is_none_or(|text| text.trim().parse().is_ok_and(|n: usize| n < self.n_tensors()))
    }

    /// Where tensor `number` comes from: "drums/kick.wav, chunk 2, 2.00 s to 3.00 s".
    pub fn origin(&self, number: usize) -> String {
        let Some(row) = self.tensors.as_ref().and_then(|tensors| tensors.rows.get(number)) else {
            return String::new();
        };
        let Range { start, end } = self.range_s(number);
        let variant = match row.key.variant {
            0 => String::new(),
            variant => format!(", variant {variant}"),
        };
        format!("{}, chunk {}{variant}, {start:.2} s to {end:.2} s", row.source, row.key.chunk)
    }

    /// The file name of tensor `number`.
    pub fn name(number: usize) -> String {
        crate::cache::tensor_name(number as u64)
    }

    /// The excerpt that tensor `number` was made from, in seconds of its source.
    pub fn range_s(&self, number: usize) -> Range<f64> {
        let Some(tensors) = &self.tensors else { return 0.0..0.0 };
        let manifest = &tensors.manifest;
        let chunk_s = manifest.chunk_samples as f64 / f64::from(manifest.sample_rate_hz);
        let start_s = tensors.rows.get(number).map_or(0.0, |row| row.start_s);
        start_s..start_s + chunk_s
    }

    /// The file that the shown tensor was made from, where it is still one of the folder.
    pub fn source(&self) -> Option<&Path> {
        self.source.as_deref()
    }

    /// The tensor in words: "1.0 s, 41 % masked, strongest band 440 Hz".
    pub fn summary(&self) -> String {
        let Some(shown) = &self.shown else { return "no tensor was read yet".into() };
        let Range { start, end } = self.range_s(shown.number);
        format!(
            "{}, {:.0} % masked, strongest band {:.0} Hz",
            in_words::duration(end - start),
            shown.masked_share * 100.0,
            shown.strongest_hz
        )
    }

    /// Asks for tensor `number`.
    pub(super) fn want(&mut self, number: usize) {
        self.wanted = number.min(self.n_tensors().saturating_sub(1));
        self.text = None;
        self.failure = None;
        self.is_asked = false;
    }

    /// Changes the text of the number's field; a number asks for its tensor.
    pub(super) fn type_number(&mut self, text: String) {
        if let Ok(number) = text.trim().parse::<usize>()
            && number < self.n_tensors()
        {
            self.want(number);
        }
        self.text = Some(text);
    }

    /// Forgets the cache: it was built anew, or shall be read again.
    pub(super) fn forget(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }

    fn take(&mut self, event: BrowseEvent, files: &Files) {
        match event {
            BrowseEvent::Opened(tensors) => {
                self.tensors = Some(tensors);
                self.wanted = self.wanted.min(self.n_tensors().saturating_sub(1));
            }
            BrowseEvent::Read(picture) => {
                let row = self.tensors.as_ref().and_then(|tensors| tensors.rows.get(picture.number));
                self.source = row.and_then(|row| files.path_of(&row.source)).map(Path::to_path_buf);
                self.shown = Some(*picture);
                self.n_read += 1;
            }
            BrowseEvent::Failed(error) => {
                self.shown = None;
                self.failure = Some(with_remedy(&error));
            }
        }
    }
}

/// The thread behind the browser, and the textures of what it shows.
#[derive(Default)]
pub(super) struct Browsing {
    browse: Option<Browse>,
    asked_of: PathBuf,
    is_waiting: bool,
    textures: Option<(u64, [TextureHandle; 2])>,
}

impl std::fmt::Debug for Browsing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browsing").field("is_waiting", &self.is_waiting).finish_non_exhaustive()
    }
}

impl Browsing {
    /// True while a tensor is being read.
    pub(super) fn is_busy(&self) -> bool {
        self.is_waiting
    }

    /// Both channels of the tensor that is shown.
    pub(super) fn textures(&self) -> Option<&[TextureHandle; 2]> {
        self.textures.as_ref().map(|(_, textures)| textures)
    }

    /// Takes what was read into the open folder, and asks for what is wanted and not there. Nothing is
    /// read for whoever does not look.
    pub(super) fn update(&mut self, ctx: &Context, state: &mut State) {
        let folder = match &mut state.phase {
            Phase::Open(folder) if state.view == View::Build => folder,
            _ => {
                if self.is_waiting {
                    self.stop();
                }
                return;
            }
        };
        while let Some((_, event)) = self.browse.as_ref().and_then(Browse::try_next) {
            self.is_waiting = matches!(event, BrowseEvent::Opened(_));
            // Another folder may have been opened meanwhile.
            if self.asked_of == folder.cache_dir() {
                folder.browser.take(event, &folder.files);
            }
        }
        let has_tensors = matches!(&folder.status.answer, Some(Ok(report)) if report.spectrograms > 0);
        if has_tensors && !folder.browser.is_asked && folder.task.is_none() {
            self.ask(ctx, folder);
        }
        self.upload(ctx, &folder.browser);
    }

    fn stop(&mut self) {
        if let Some(browse) = &self.browse {
            browse.cancel();
        }
        self.is_waiting = false;
    }

    fn ask(&mut self, ctx: &Context, folder: &mut Folder) {
        let request = BrowseRequest {
            cache_dir: folder.cache_dir(),
            tensors: folder.browser.tensors.clone(),
            number: folder.browser.wanted,
        };
        folder.browser.is_asked = true;
        if self.browse.is_none() {
            let ctx = ctx.clone();
            let notify: Notify = Arc::new(move || ctx.request_repaint());
            match start_browse(notify) {
                Ok(browse) => self.browse = Some(browse),
                Err(error) => folder.browser.failure = Some(with_remedy(&error)),
            }
        }
        if let Some(browse) = &self.browse {
            self.asked_of.clone_from(&request.cache_dir);
            browse.request(request);
            self.is_waiting = true;
        }
    }

    fn upload(&mut self, ctx: &Context, browser: &Browser) {
        let Some(shown) = &browser.shown else {
            self.textures = None;
            return;
        };
        if self.textures.as_ref().is_none_or(|(n_read, _)| *n_read != browser.n_read) {
            let textures = [("magnitude", 0), ("frequency", 1)].map(|(name, channel)| {
                // A pixel is one place of the tensor: enlarged, its edges stay where they are.
                ctx.load_texture(name, color_image(&shown.pictures[channel]), TextureOptions::NEAREST)
            });
            self.textures = Some((browser.n_read, textures));
        }
    }
}

fn color_image(raster: &Raster) -> ColorImage {
    ColorImage::from_rgba_unmultiplied([raster.width(), raster.height()], raster.as_rgba())
}
