//! The session, as plain values that every view reads: the folder with its files and settings, what is heard, and the
//! commands that change them.

pub mod browse;
pub mod chunk_exclusions;
pub mod command;
pub mod decibels;
pub mod edit;
pub mod exclusions;
pub mod file;
mod file_merge;
pub mod file_selection;
pub mod file_tree;
pub mod files;
pub mod folder;
pub mod history;
pub mod level_view;
pub mod listen;
pub mod loudness;
pub mod pane_arrangement;
pub mod settings_panel_choice;
pub mod state;
pub mod task;
mod task_share;
pub mod tour;
pub mod variant;
pub mod view_id;
