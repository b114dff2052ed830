//! A picture of the window, taken once everything has settled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{ColorImage, Context, Rect, Vec2, ViewportCommand};

use crate::error::{Error, Remedy, Result};
use crate::ui::widgets::raster_texture;
use crate::whole_file;

/// Frames without anything going on after which the content counts as settled: sizes are known in the second.
const FRAMES_AT_REST: u32 = 4;

/// Frames in which a window that does not have the wanted size is asked for it again, some seconds at least.
const FRAMES_TO_RESIZE: u32 = 200;

/// The time from frame to frame while something is waited for.
const BUSY_FRAME_INTERVAL: Duration = Duration::from_millis(10);

/// The time that an estimate that becomes better is waited for: of a large dataset it is never ready soon.
const ESTIMATE_MAX: Duration = Duration::from_secs(3);

/// The picture to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// Where it goes: a PNG file, replaced when it exists.
    pub file: PathBuf,
    /// Width and height in points.
    pub size: [f32; 2],
    /// Pixels per point.
    pub scale: f32,
}

/// Takes one picture, writes it, and closes the window.
#[derive(Debug)]
pub(super) struct ScreenshotTaker {
    shot: Shot,
    n_at_rest: u32,
    estimating_since: Option<Instant>,
    n_resizing: u32,
    taken: Option<Receiver<Arc<ColorImage>>>,
    result: Sender<Result<()>>,
}

impl ScreenshotTaker {
    pub(super) fn new(shot: Shot, result: Sender<Result<()>>) -> Self {
        Self { shot, n_at_rest: 0, estimating_since: None, n_resizing: 0, taken: None, result }
    }

    /// Called once a frame; `is_busy` while the content may still change, `is_estimating` while a number in it becomes better.
    pub(super) fn logic(&mut self, ctx: &Context, is_busy: bool, is_estimating: bool) {
        // Frames that nobody sees would take the processor from what is waited for.
        ctx.request_repaint_after(if is_busy || is_estimating {
            BUSY_FRAME_INTERVAL
        } else {
            Duration::ZERO
        });
        ctx.set_pixels_per_point(self.shot.scale);
        if let Some(taken) = &self.taken {
            if let Ok(image) = taken.try_recv() {
                // The receiver reads it after the window has closed.
                self.result.try_send(write_png(&self.shot.file, &image)).ok();
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            return;
        }
        if !self.has_size(ctx) {
            self.n_at_rest = 0;
            return;
        }
        self.n_at_rest = if is_busy { 0 } else { self.n_at_rest + 1 };
        if is_busy {
            self.estimating_since = None;
        } else if is_estimating
            && self.estimating_since.get_or_insert_with(Instant::now).elapsed() < ESTIMATE_MAX
        {
            return;
        }
        if self.n_at_rest > FRAMES_AT_REST {
            let (sender, receiver) = bounded(1);
            self.taken = Some(receiver);
            ctx.request_screenshot(move |image| {
                sender.try_send(image).ok();
            });
        }
    }

    /// True when the window has the size of the picture. A display that counts points otherwise is asked for it in ours;
    /// one that refuses ends the attempt.
    fn has_size(&mut self, ctx: &Context) -> bool {
        let (size, wanted) = (ctx.content_rect().size(), Vec2::from(self.shot.size));
        // Less than a pixel is a matter of rounding.
        if ((size - wanted) * self.shot.scale).abs().max_elem() < 1.0 {
            return true;
        }
        if self.n_resizing == FRAMES_TO_RESIZE {
            let problem = format!(
                "the display gives the window {} x {} points, not {} x {}",
                size.x, size.y, wanted.x, wanted.y
            );
            let refusal = Error::refused(&self.shot.file, problem, Remedy::OtherPictureSize);
            self.result.try_send(Err(refusal)).ok();
            ctx.send_viewport_cmd(ViewportCommand::Close);
        } else if self.n_resizing.is_multiple_of(10) {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(wanted));
        }
        self.n_resizing += 1;
        false
    }
}

fn write_png(path: &Path, image: &ColorImage) -> Result<()> {
    let raster = raster_texture::part_of(image, Rect::EVERYTHING);
    whole_file::write(path, true, |file| raster.write_png(file).map_err(Error::io("write", path)))
}
