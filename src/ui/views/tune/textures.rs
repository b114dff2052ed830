//! The heatmaps as textures, made anew only when something that they show has changed.

use egui::{Context, TextureHandle};

use super::model::Tune;
use crate::picture::{Cells, ColorMap};
use crate::pipeline::preview::Viewport;
use crate::ui::widgets::raster_texture;

/// The source that the cells of both panes were made of.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    revision: u64,
    viewport: Viewport,
    is_difference: bool,
}

/// The textures of the Tune view.
#[derive(Default)]
pub(super) struct HeatmapTextures {
    source: Option<Source>,
    cells: Option<(Cells, Option<Cells>)>,
    magnitude: Option<TextureHandle>,
    inst_freq: Option<TextureHandle>,
    /// The thresholds of A and B that the mask was painted with.
    thresholds: [f64; 2],
    magnitude_most: f32,
}

impl HeatmapTextures {
    /// The magnitude, and the instantaneous frequency with its mask.
    pub(super) fn textures(&self) -> Option<[&TextureHandle; 2]> {
        Some([self.magnitude.as_ref()?, self.inst_freq.as_ref()?])
    }

    /// The value of the palest colour of the magnitude, in ln(1 + mel power).
    pub(super) fn magnitude_most(&self) -> f32 {
        self.magnitude_most
    }

    /// Brings the textures up to date with `tune` and the threshold of the settings.
    pub(super) fn update(&mut self, ctx: &Context, tune: &Tune, threshold: f64) {
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
            raster_texture::set(&mut self.magnitude, ctx, "magnitude", &magnitude);
        }
        if is_new || is_masked_anew {
            let inst_freq = match other {
                None => cells.inst_freq(ColorMap::Diverging, threshold),
                Some(other) => cells.inst_freq_difference(other, thresholds),
            };
            raster_texture::set(&mut self.inst_freq, ctx, "inst_freq", &inst_freq);
            self.thresholds = thresholds;
        }
    }
}

impl std::fmt::Debug for HeatmapTextures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeatmapTextures").field("source", &self.source).finish_non_exhaustive()
    }
}
