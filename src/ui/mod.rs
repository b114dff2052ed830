//! The window.
//!
//! `App::logic` takes what jobs have sent into the [`session`] and the [`views`] and runs the frame's commands; `App::ui`
//! draws them and collects commands. Neither waits for anything. Imports go down this list and never up: the window
//! itself, then views, the panels around them, work in the background, the session that all of them read, settings as
//! they are typed, widgets, and [`theme`], which owns colour.

mod actions;
mod app;
mod background;
pub mod fonts;
mod memory;
pub mod number_text;
mod panels;
mod remedy;
mod screenshot;
pub mod session;
pub mod settings;
pub mod theme;
pub mod view;
pub mod views;
mod widgets;

pub use app::{App, Start, tabs};
pub use screenshot::Shot;

use crate::error::Error;

/// Why there is no window, or no picture of it.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The system gives no window.
    #[error(
        "no window can be opened ({0}). It takes a display (X11 or Wayland) and OpenGL; on Debian and its relatives the \
         packages libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libegl1 libgl1. Without a window, \
         `melscope build DIR` does the same in the terminal"
    )]
    NoWindow(String),
    /// The file to select is not there.
    #[error(transparent)]
    NoFile(Error),
    /// The picture cannot be taken or written.
    #[error(transparent)]
    Screenshot(#[from] Error),
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When the system gives no window, or the picture that `start` asks for cannot be written.
pub fn run(start: Start) -> Result<(), WindowError> {
    #[cfg(target_os = "linux")]
    if ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().all(|name| std::env::var_os(name).is_none()) {
        return Err(WindowError::NoWindow(
            "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set".into(),
        ));
    }
    if let (Some(folder), Some(name)) = (&start.path, &start.file) {
        let path = folder.join(name);
        std::fs::metadata(&path).map_err(|error| WindowError::NoFile(Error::io("select", &path)(error)))?;
    }
    let (sender, taken) = crossbeam_channel::bounded(1);
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Melscope")
        .with_app_id("melscope")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([800.0, 500.0]);
    if let Some(shot) = &start.shot {
        let size = shot.size.map(|side| side * shot.scale);
        viewport = viewport.with_inner_size(size).with_min_inner_size([1.0, 1.0]);
    }
    let options = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        // A picture has the size that was asked for, not that of last time.
        persist_window: start.shot.is_none(),
        ..Default::default()
    };
    let wants_shot = start.shot.is_some();
    let create: eframe::AppCreator<'_> = Box::new(move |cc| Ok(Box::new(App::new(cc, start, Some(sender)))));
    // A library of the system that is missing is a panic in the window's own.
    crate::workers::catch("the window", || eframe::run_native("melscope", options, create))
        .map_err(|panic| WindowError::NoWindow(panic.to_string()))?
        .map_err(|error| WindowError::NoWindow(error.to_string()))?;
    if wants_shot {
        let closed = || WindowError::NoWindow("the window was closed before the picture was taken".into());
        taken.try_recv().map_err(|_empty| closed())??;
    }
    Ok(())
}
