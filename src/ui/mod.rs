//! The window.
//!
//! `App::logic` takes what jobs have sent into the [`state`] and runs the frame's [`command`]s; `App::ui` draws the
//! state and collects commands. Neither waits for anything. Each view has a file of its own, and [`theme`] owns colour.

mod actions;
mod app;
pub mod audit;
pub mod augment;
pub mod browser;
mod build_view;
pub mod command;
mod engine;
mod file_list;
pub mod files;
mod help;
pub mod history;
pub mod listen;
mod listen_panel;
mod panels;
mod remedy;
mod result_view;
mod screenshot;
pub mod settings;
mod speaker;
pub mod state;
mod status_bar;
mod tensor_view;
pub mod theme;
mod top_bar;
pub mod tune;

use std::path::PathBuf;

pub use app::App;
pub use screenshot::Shot;
use state::View;
use theme::Theme;

use crate::error::Error;

/// How the window starts.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// A folder, or a file of it, to open; the last folder where there is none.
    pub path: Option<PathBuf>,
    /// A file of the folder to select, by its path below it.
    pub file: Option<PathBuf>,
    /// The colours; those of last time where there are none.
    pub theme: Option<Theme>,
    /// The view that is shown first.
    pub view: View,
    /// A picture to take once everything has settled, after which the window closes.
    pub shot: Option<Shot>,
}

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
