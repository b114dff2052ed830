//! The heatmaps as textures, made anew only when something that they show has changed.

use std::mem;

use egui::{Context, TextureHandle, TextureId};

use super::model::{Compared, Tune};
use crate::picture::outline::draw_outline;
use crate::picture::{Cells, ColorMap, Hatching, LevelRange, LevelUnit, Raster};
use crate::pipeline::preview::{Preview, Sampling, Viewport};
use crate::ui::session::level_view::LevelView;
use crate::ui::widgets::raster_texture;

/// The least that the colours of a difference reach to, in decibels and on the trainer's scale.
const DIFFERENCE_MIN_DB: f32 = 6.0;
const DIFFERENCE_MIN_LN: f32 = 0.1;

/// The source that the cells of both panes are made of.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    revision: u64,
    viewport: Viewport,
    other: Option<Viewport>,
}

/// The choices that the magnitude is painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Paint {
    view: LevelView,
    range: LevelRange,
    pixels_per_point: f32,
    n_fits: u64,
}

/// The cells of one preview, and the sampling and the threshold that they were filled for.
#[derive(Debug, Default)]
struct Sampled {
    sampling: Sampling,
    cells: Cells,
    threshold: Option<f64>,
}

/// The textures of the Tune view.
#[derive(Default)]
pub(super) struct HeatmapTextures {
    source: Option<Source>,
    paint: Option<Paint>,
    shown: Sampled,
    other: Option<Sampled>,
    hatching: Option<Hatching>,
    magnitude: Option<TextureHandle>,
    inst_freq: Option<TextureHandle>,
    /// The magnitude without the mask's outline: no threshold changes it.
    bare_magnitude: Option<Raster>,
    /// The pixels of both.
    rasters: Option<[Raster; 2]>,
    /// The thresholds of A and B that the cells were filled for.
    thresholds: [f64; 2],
    /// How far the colours of the difference reach, with the fit and the unit that it belongs to.
    difference_most: Option<(u64, LevelUnit, f32)>,
}

impl HeatmapTextures {
    /// The magnitude, and the instantaneous frequency with its mask.
    pub(super) fn textures(&self) -> Option<[&TextureHandle; 2]> {
        Some([self.magnitude.as_ref()?, self.inst_freq.as_ref()?])
    }

    /// The pixels of a texture, where it is one of these.
    pub(super) fn raster_of(&self, id: TextureId) -> Option<&Raster> {
        let index = self.textures()?.iter().position(|texture| texture.id() == id)?;
        self.rasters.as_ref().map(|rasters| &rasters[index])
    }

    /// How far the colours of the magnitude's difference reach, in the unit of the levels.
    pub(super) fn difference_most(&self) -> f32 {
        self.difference_most.map_or(DIFFERENCE_MIN_DB, |(_, _, most)| most)
    }

    /// Brings the textures of the shown recording up to date with `tune` and the threshold of the settings.
    pub(super) fn update(&mut self, ctx: &Context, tune: &Tune, threshold: f64) {
        let preview = tune.drawn();
        self.update_from(ctx, tune, preview, tune.viewport(), threshold, tune.compared());
    }

    /// Brings the textures of the recording beside up to date.
    pub(super) fn update_beside(&mut self, ctx: &Context, tune: &Tune, threshold: f64) {
        let beside = tune.beside.as_ref();
        let preview = beside.and_then(|beside| beside.shown.as_ref()).map(|shown| &shown.preview);
        let viewport = tune.viewport_moved(beside.map_or(0.0, |beside| beside.shift_s));
        self.update_from(ctx, tune, preview, viewport, threshold, None);
    }

    fn update_from(
        &mut self,
        ctx: &Context,
        tune: &Tune,
        preview: Option<&Preview>,
        viewport: Viewport,
        threshold: f64,
        compared: Option<Compared<'_>>,
    ) {
        let Some(preview) = preview else {
            *self = Self::default();
            return;
        };
        if tune.pane_px.contains(&0) {
            return;
        }
        let other = compared.map(|compared| tune.viewport_moved(compared.shift_s));
        let source = Source { revision: tune.revision, viewport, other };
        let paint = Paint {
            view: tune.levels.view,
            range: tune.levels.range(),
            pixels_per_point: ctx.pixels_per_point(),
            n_fits: tune.levels.n_fits(),
        };
        let thresholds =
            [threshold, compared.and_then(|compared| compared.own_threshold).unwrap_or(threshold)];
        let is_new = self.source.as_ref() != Some(&source);
        let is_masked_anew = is_new || self.thresholds != thresholds;
        let is_painted_anew = self.paint != Some(paint);
        if !is_masked_anew && !is_painted_anew {
            return;
        }
        if is_new || is_painted_anew {
            self.hatching = Some(Hatching::new(source.viewport.size, paint.pixels_per_point));
        }
        if is_masked_anew {
            self.shown.update(preview, is_new.then_some(&source.viewport), thresholds[0]);
            let other = compared.zip(source.other.as_ref());
            self.other = other.map(|(compared, viewport)| {
                let mut sampled = self.other.take().unwrap_or_default();
                sampled.update(compared.preview, is_new.then_some(viewport), thresholds[1]);
                sampled
            });
        }
        (self.source, self.paint, self.thresholds) = (Some(source), Some(paint), thresholds);
        if is_new || is_painted_anew {
            self.bare_magnitude = None;
        }
        self.paint(ctx, &paint);
    }

    /// Paints both textures of the cells.
    fn paint(&mut self, ctx: &Context, paint: &Paint) {
        let cells = &self.shown.cells;
        let Some(hatching) = &self.hatching else { return };
        let (magnitude, inst_freq) = match &self.other {
            None => {
                let paint_bare = || cells.magnitude(paint.view.color_map, &paint.range);
                let mut magnitude = self.bare_magnitude.get_or_insert_with(paint_bare).clone();
                if paint.view.has_outline && self.thresholds[0] > 0.0 {
                    let width_px = paint.pixels_per_point.round().max(1.0) as usize;
                    draw_outline(&mut magnitude, cells, width_px);
                }
                (magnitude, cells.inst_freq(ColorMap::Diverging, hatching))
            }
            Some(Sampled { cells: other, .. }) => {
                let key = (paint.n_fits, paint.range.unit);
                let known = self.difference_most.filter(|(n_fits, unit, _)| (*n_fits, *unit) == key);
                let most = known.map_or_else(
                    || difference_most(cells.magnitude_difference_max(other, &paint.range), key.1),
                    |(_, _, most)| most,
                );
                self.difference_most = Some((key.0, key.1, most));
                let magnitude = cells.magnitude_difference(other, &paint.range, most);
                (magnitude, cells.inst_freq_difference(other, hatching))
            }
        };
        raster_texture::set(&mut self.magnitude, ctx, "magnitude", &magnitude);
        raster_texture::set(&mut self.inst_freq, ctx, "inst_freq", &inst_freq);
        self.rasters = Some([magnitude, inst_freq]);
    }
}

impl Sampled {
    /// Brings the cells up to date with `preview`, seen through a new viewport where there is one.
    fn update(&mut self, preview: &Preview, viewport: Option<&Viewport>, threshold: f64) {
        let is_masked_alike = self.threshold == Some(threshold);
        let before = viewport.map(|viewport| mem::replace(&mut self.sampling, preview.sampling(viewport)));
        match before {
            Some(before) if is_masked_alike => {
                preview.fill_new_cells(&before, &self.sampling, threshold, &mut self.cells);
            }
            Some(_) => {
                self.cells = self.sampling.empty_cells();
                preview.fill_cells(&self.sampling, threshold, &mut self.cells);
            }
            None => preview.refill_cells(&self.sampling, threshold, &mut self.cells),
        }
        self.threshold = Some(threshold);
    }
}

/// A round number that the largest difference fits below.
fn difference_most(largest: f32, unit: LevelUnit) -> f32 {
    match unit {
        LevelUnit::Decibel => largest.ceil().max(DIFFERENCE_MIN_DB),
        LevelUnit::Ln1p => (largest * 10.0).ceil().max(DIFFERENCE_MIN_LN * 10.0) / 10.0,
    }
}

impl std::fmt::Debug for HeatmapTextures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeatmapTextures").field("source", &self.source).finish_non_exhaustive()
    }
}
