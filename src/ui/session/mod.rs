//! The session, as plain values that every view reads: the folder with its files and settings, what is heard, and the
//! commands that change them.

pub mod command;
pub mod edit;
pub mod files;
pub mod folder;
pub mod history;
pub mod listen;
pub mod state;
pub mod task;
mod task_share;
pub mod variant;
pub mod view_id;
