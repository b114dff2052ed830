//! Pictures of tensors, without a window: colours ([`colormap`]), pixels ([`raster`]) and whole sheets ([`sheet`]).

pub mod colormap;
pub mod raster;
pub mod sheet;

pub use colormap::ColorMap;
pub use raster::{Heatmap, Raster};
pub use sheet::draw_tensors;
