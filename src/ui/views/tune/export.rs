//! What is seen as a picture, and the numbers behind it as a table: asked for, drawn once more, and written by a thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};
use egui::{ColorImage, Context, Rect};

use super::command::{Capture, ExportFormat};
use super::model::Tune;
use crate::error::{Error, Result};
use crate::jobs::Background;
use crate::picture::Raster;
use crate::pipeline::preview::Preview;
use crate::ui::background::save_dialog::{NOTHING_WRITTEN, ask_where};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::widgets::raster_texture;
use crate::whole_file;

/// A picture of the window that is on its way, and the part of it that is wanted, in points.
#[derive(Debug)]
struct Screenshot {
    image: Receiver<Arc<ColorImage>>,
    rect: Rect,
    to: PathBuf,
}

/// The export that runs, from the question where it goes to the file.
#[derive(Debug, Default)]
pub(super) struct Exporter {
    asking: Option<(ExportFormat, Background<Option<PathBuf>>)>,
    /// A picture that waits to be drawn, and where it goes.
    drawing: Option<(ExportFormat, PathBuf)>,
    screenshot: Option<Screenshot>,
    writing: Option<Background<Result<PathBuf>>>,
}

impl Exporter {
    /// True while an export runs.
    pub(super) fn is_busy(&self) -> bool {
        self.asking.is_some() || self.drawing.is_some() || self.screenshot.is_some() || self.writing.is_some()
    }

    /// The picture that is to be drawn.
    pub(super) fn wanted(&self) -> Option<ExportFormat> {
        self.drawing.as_ref().filter(|_| self.screenshot.is_none()).map(|(format, _)| *format)
    }

    /// Begins an export to `to`, or to where the system's dialog says, unless one runs.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn begin(&mut self, folder: &Folder, format: ExportFormat, to: Option<PathBuf>) -> Result<()> {
        if self.is_busy() {
            return Ok(());
        }
        let name = folder.selected_file().and_then(|file| file.path.file_stem());
        let name = format!("{}.{}", name.unwrap_or_default().to_string_lossy(), format.extension());
        let start = folder.root.parent().unwrap_or(&folder.root).to_path_buf();
        let ask = move || to.or_else(|| ask_where(&format!("Save as {}", format.name()), &start, &name));
        self.asking = Some((format, Background::start("export-dialog", ask)?));
        Ok(())
    }

    /// Takes what was drawn of the view.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn take(&mut self, ctx: &Context, capture: Capture) -> Result<()> {
        let Some((_, to)) = self.drawing.take() else { return Ok(()) };
        if let Some(svg) = capture.svg {
            self.writing = Some(write_in_background(to, move |path| write_text(path, &svg))?);
        } else {
            let (sender, image) = bounded(1);
            ctx.request_screenshot(move |image| {
                // Nobody waits for a second picture.
                sender.try_send(image).ok();
            });
            self.screenshot = Some(Screenshot { image, rect: capture.rect, to });
        }
        Ok(())
    }

    /// Goes on with what runs. The way in which it ended, in words, once it has.
    pub(super) fn update(&mut self, ctx: &Context, tune: &Tune, threshold: f64) -> Option<String> {
        let went_on = self.go_on(ctx, tune, threshold);
        went_on.unwrap_or_else(|error| Some(with_remedy(&error)))
    }

    fn go_on(&mut self, ctx: &Context, tune: &Tune, threshold: f64) -> Result<Option<String>> {
        let asked = self.asking.as_ref().and_then(|(format, asking)| Some((*format, asking.poll()?)));
        if let Some((format, answer)) = asked {
            self.asking = None;
            match answer? {
                Some(to) if format == ExportFormat::Csv => self.write_numbers(tune, threshold, to)?,
                Some(to) => self.drawing = Some((format, to)),
                None => return Ok(Some(NOTHING_WRITTEN.into())),
            }
        }
        let taken = self.screenshot.as_ref().and_then(|screenshot| screenshot.image.try_recv().ok());
        if let Some(image) = taken
            && let Some(Screenshot { rect, to, .. }) = self.screenshot.take()
        {
            let raster = raster_texture::part_of(&image, rect * ctx.pixels_per_point());
            self.writing = Some(write_in_background(to, move |path| write_picture(path, &raster))?);
        }
        let Some(written) = self.writing.as_ref().and_then(Background::poll) else { return Ok(None) };
        self.writing = None;
        Ok(Some(format!("Written: {}", written??.display())))
    }

    /// Writes the numbers of the measuring box, or of what is in sight where there is none.
    fn write_numbers(&mut self, tune: &Tune, threshold: f64, to: PathBuf) -> Result<()> {
        let Some(preview) = tune.drawn() else {
            return Err(Error::audio(&to, "nothing is shown whose numbers could be written"));
        };
        let preview: Preview = preview.clone();
        let area = tune.area.clone().unwrap_or_else(|| tune.area_in_sight());
        let write = move |path: &Path| {
            whole_file::write(path, true, |file| {
                preview
                    .write_csv(&area, threshold, file)
                    .map_err(|error| Error::io("write", path)(error.into()))
            })
        };
        self.writing = Some(write_in_background(to, write)?);
        Ok(())
    }

    /// Forgets what runs: the folder is no longer open. A file that is being written is completed.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn write_in_background(
    to: PathBuf,
    write: impl FnOnce(&Path) -> Result<()> + Send + 'static,
) -> Result<Background<Result<PathBuf>>> {
    Background::start("export", move || write(&to).map(|()| to))
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    whole_file::write(path, true, |file| file.write_all(text.as_bytes()).map_err(Error::io("write", path)))
}

fn write_picture(path: &Path, raster: &Raster) -> Result<()> {
    whole_file::write(path, true, |file| raster.write_png(file).map_err(Error::io("write", path)))
}
