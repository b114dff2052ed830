//! The heatmaps as textures, made anew only when something that they show has changed.

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::model::Tune;
use crate::picture::{Cells, ColorMap, Raster};
use crate::pipeline::preview::Viewport;

/// What the cells of both panes were made of.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    revision: u64,
    viewport: Viewport,
    is_difference: bool,
}

/// The textures of the Tune view.
#[derive(Default)]
pub struct Pictures {
    source: Option<Source>,
    cells: Option<(Cells, Option<Cells>)>,
    magnitude: Option<TextureHandle>,
    inst_freq: Option<TextureHandle>,
    /// The thresholds of A and B that the mask was painted with.
    thresholds: [f64; 2],
    magnitude_most: f32,
}

impl Pictures {
    /// The magnitude, and the instantaneous frequency with its mask.
    pub fn textures(&self) -> Option<[&TextureHandle; 2]> {
        Some([self.magnitude.as_ref()?, self.inst_freq.as_ref()?])
    }

    /// What the palest colour of the magnitude stands for, in ln(1 + mel power).
    pub fn magnitude_most(&self) -> f32 {
        self.magnitude_most
    }

    /// Brings the textures up to date with `tune` and the threshold of the settings.
    pub fn update(&mut self, ctx: &Context, tune: &Tune, threshold: f64) {
        let (Some(shown), Some(preview)) = (&tune.shown, tune.drawn()) else {
            *self = Self::default();
            return;
        };
        if tune.pane_px.contains(&0) {
            return;
        }
        let compared = tune.compared();
        let source =
            Source { revision: tune.revision, viewport: tune.viewport(), is_difference: compared.is_some() };
        let is_new = self.source.as_ref() != Some(&source);
        if is_new {
            let other = compared.map(|(_, other)| other.cells(&source.viewport));
            self.cells = Some((preview.cells(&source.viewport), other));
            self.source = Some(source);
        }
        let Some((cells, other)) = &self.cells else { return };
        let thresholds = [threshold, compared.map_or(0.0, |(kept, _)| kept.settings.if_threshold)];
        let is_masked_anew = self.thresholds != thresholds;
        if is_new {
            let (magnitude, most) = match other {
                None => (cells.magnitude(shown.magnitude_max), shown.magnitude_max),
                Some(other) => {
                    let most = cells.magnitude_difference_max(other).max(0.01);
                    (cells.magnitude_difference(other, most), most)
                }
            };
            self.magnitude_most = most;
            set(&mut self.magnitude, ctx, "magnitude", &magnitude);
        }
        if is_new || is_masked_anew {
            let inst_freq = match other {
                None => cells.inst_freq(ColorMap::Diverging, threshold),
                Some(other) => cells.inst_freq_difference(other, thresholds),
            };
            set(&mut self.inst_freq, ctx, "inst_freq", &inst_freq);
            self.thresholds = thresholds;
        }
    }
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A texture pixel for pixel as `raster`.
fn set(texture: &mut Option<TextureHandle>, ctx: &Context, name: &str, raster: &Raster) {
    let image = color_image(raster);
    match texture {
        Some(texture) => texture.set(image, TextureOptions::NEAREST),
        None => *texture = Some(ctx.load_texture(name, image, TextureOptions::NEAREST)),
    }
}

/// The picture in the window's own form.
pub fn color_image(raster: &Raster) -> ColorImage {
    ColorImage::from_rgba_premultiplied([raster.width(), raster.height()], raster.as_rgba())
}
