//! The window, driven by the names that a screen reader says, on the real engine; and the program itself on a display.
#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod audit;
mod augment;
mod build;
#[path = "../datasets/mod.rs"]
mod datasets;
mod flow;
mod folders;
mod hatching;
mod levels;
mod listen;
mod painter;
mod pictures;
mod settings;
mod support;
mod tune;
mod variant_in_tune;
#[cfg(target_os = "linux")]
mod x11;
