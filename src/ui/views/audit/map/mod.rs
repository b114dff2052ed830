//! The map of the set in the window: every recording as a point, near to those that sound like it.

mod grid;
mod lasso;
pub mod legend;
mod mesh;
pub mod model;
pub(super) mod page;
pub mod view;
pub(super) mod worker;
