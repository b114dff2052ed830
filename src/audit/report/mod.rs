#![doc = include_str!("REPORT.md")]

pub mod card;
mod charts;
pub mod csv;
mod foreign;
pub mod html;
pub mod json;
mod map;
