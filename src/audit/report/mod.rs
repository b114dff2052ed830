#![doc = include_str!("REPORT.md")]

pub mod card;
mod charts;
mod chunk_table;
pub mod csv;
mod folder_table;
mod foreign;
pub mod html;
pub mod json;
mod map;
mod rows;
