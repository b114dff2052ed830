//! The thread behind the Augment view, and the textures of what it made.

use super::super::remedy::with_remedy;
use std::sync::Arc;

use egui::{Context, TextureFilter, TextureHandle, TextureOptions};

use super::model::Augment;
use crate::jobs::latest::Notify;
use crate::jobs::variant_previews::{VariantPreviewQueue, start_variant_previews};
use crate::ui::state::{Phase, State, View};
use crate::ui::tune::pictures::color_image;

/// Enlarged, the edges of a place stay where they are; made smaller, places are mixed.
const TEXTURE: TextureOptions =
    TextureOptions { minification: TextureFilter::Linear, ..TextureOptions::NEAREST };

/// Makes what the view shows.
#[derive(Default)]
pub(in crate::ui) struct Auditioning {
    variant_previews: Option<VariantPreviewQueue>,
    is_waiting: bool,
    textures: Option<(u64, Vec<[TextureHandle; 2]>)>,
}

impl Auditioning {
    /// True while something is being made.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.is_waiting
    }

    /// Both channels of the original and of each variant that is shown.
    pub(in crate::ui) fn textures(&self) -> &[[TextureHandle; 2]] {
        self.textures.as_ref().map_or(&[], |(_, textures)| textures)
    }

    /// Takes what was made for the open folder, and asks for what is wanted and not there. Nothing is made for whoever
    /// does not look.
    pub(in crate::ui) fn update(&mut self, ctx: &Context, state: &mut State) {
        let Phase::Open(folder) = &mut state.phase else {
            self.stop();
            self.textures = None;
            return;
        };
        let augment = &mut folder.augment;
        if state.view != View::Augment {
            if self.is_waiting {
                self.stop();
                augment.asked = None;
            }
            return;
        }
        while let Some((_, event)) = self.variant_previews.as_ref().and_then(VariantPreviewQueue::try_next) {
            self.is_waiting = false;
            // What was asked for by another folder is nothing to this one.
            if augment.asked.is_some() {
                augment.take(event);
            }
        }
        let selected = folder.files.selected().and_then(|index| folder.files.all().get(index));
        if let Some(file) = selected {
            augment.turn_to(file);
            let request = augment.request(file, &folder.settings);
            if augment.asked.as_ref() != Some(&request) {
                augment.asked = Some(request);
                self.ask(ctx, augment);
            }
        }
        self.upload(ctx, augment);
    }

    fn stop(&mut self) {
        if let (true, Some(variant_previews)) = (self.is_waiting, &self.variant_previews) {
            variant_previews.cancel();
        }
        self.is_waiting = false;
    }

    fn ask(&mut self, ctx: &Context, augment: &mut Augment) {
        if self.variant_previews.is_none() {
            let ctx = ctx.clone();
            let notify: Notify = Arc::new(move || ctx.request_repaint());
            match start_variant_previews(notify) {
                Ok(variant_previews) => self.variant_previews = Some(variant_previews),
                Err(error) => augment.fail(with_remedy(&error)),
            }
        }
        if let (Some(variant_previews), Some(request)) = (&self.variant_previews, &augment.asked) {
            variant_previews.request(request.clone());
            self.is_waiting = true;
        }
    }

    fn upload(&mut self, ctx: &Context, augment: &Augment) {
        let Some(shown) = augment.shown() else {
            self.textures = None;
            return;
        };
        if self.textures.as_ref().is_none_or(|(n_made, _)| *n_made != augment.n_made) {
            let upload = |raster| ctx.load_texture("variant", color_image(raster), TEXTURE);
            let textures = shown.variants.iter().map(|take| take.pictures.each_ref().map(upload)).collect();
            self.textures = Some((augment.n_made, textures));
        }
    }
}

impl std::fmt::Debug for Auditioning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auditioning").field("is_waiting", &self.is_waiting).finish_non_exhaustive()
    }
}
