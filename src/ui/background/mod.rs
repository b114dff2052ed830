//! Work behind the window on threads of its own: told by commands, drained once a frame, never waited for.

pub(super) mod demo_writer;
pub(super) mod file_manager;
pub(super) mod folder_watcher;
pub(super) mod folder_worker;
pub(super) mod latest_work;
pub(super) mod row_previews;
pub(super) mod save_dialog;
pub(super) mod speaker;
