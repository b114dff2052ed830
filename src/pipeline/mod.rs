//! (pipeline)

pub mod demo;
