//! Pictures of tensors, without a window: colours ([`colormap`]), what pixels show ([`cells`]), pixels ([`raster`]) and whole sheets ([`sheet`]).

pub mod cells;
pub mod colormap;
pub mod raster;
pub mod sheet;

pub use cells::Cells;
pub use colormap::ColorMap;
pub use raster::{Heatmap, Raster};
pub use sheet::draw_tensors;
