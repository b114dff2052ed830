//! Drawn things and what goes with them, that more than one panel or view uses.

pub(super) mod distill_help;
pub(super) mod elided_text;
pub(super) mod fixed_place;
pub(super) mod hatched_image;
pub(super) mod icons;
pub(super) mod name_label;
pub(super) mod place;
pub(super) mod raster_texture;
pub(super) mod shapes_svg;
pub(super) mod take_key;
pub(super) mod tick_box;
pub(super) mod waveform_columns;
