//! Drawn things that more than one panel or view uses.

pub(super) mod distill_help;
pub(super) mod fixed_place;
pub(super) mod icons;
pub(super) mod raster_texture;
