//! The window, driven by the names that a screen reader says, on the real engine; and the program itself on a display.
#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod advice;
mod audit;
mod audit_map;
mod augment;
mod auto_play;
mod build;
mod build_flow;
#[path = "../datasets/mod.rs"]
mod datasets;
mod file_tree;
mod flow;
mod folder_watch;
mod folders;
mod fonts;
mod frame;
mod hatching;
mod hear;
mod left_out;
mod levels;
mod listen;
mod measure;
mod painter;
mod panes;
mod pictures;
mod settings;
mod split;
mod support;
mod text_size;
mod tune;
mod two_files;
mod variant_in_tune;
mod welcome;
#[cfg(target_os = "linux")]
mod x11;
