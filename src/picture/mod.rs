//! Pictures of tensors, without a window: colours ([`colormap`]), levels ([`level`]), what pixels show ([`cells`]) and how much
//! of it is masked ([`hatching`], [`outline`]), pixels ([`raster`]) and whole sheets ([`sheet`]).

pub mod cells;
pub mod colormap;
pub mod hatching;
pub mod level;
pub mod outline;
pub mod raster;
pub mod sheet;

pub use cells::{Cell, Cells};
pub use colormap::ColorMap;
pub use hatching::Hatching;
pub use level::{LevelRange, LevelUnit};
pub use raster::{Heatmap, Raster};
pub use sheet::draw_tensors;
