#![doc = include_str!("REPORT.md")]

mod charts;
pub mod csv;
pub mod html;
pub mod json;
