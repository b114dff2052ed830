//! The thread that makes variants to preview, and the textures of what it made.

use egui::{Context, TextureFilter, TextureHandle, TextureOptions};

use super::model::Augment;
use crate::jobs::variant_previews::{VariantPreviewEvent, start_variant_previews};
use crate::pipeline::VariantPreviewRequest;
use crate::ui::background::latest_work::{LatestWork, RevisionTextures};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::widgets::raster_texture;

/// Enlarged, the edges of a place stay where they are; made smaller, places are mixed.
const TEXTURE: TextureOptions =
    TextureOptions { minification: TextureFilter::Linear, ..TextureOptions::NEAREST };

/// The thread that makes variants to preview.
#[derive(Debug)]
pub(super) struct VariantPreviewWorker {
    work: LatestWork<VariantPreviewRequest, VariantPreviewEvent>,
    textures: RevisionTextures<Vec<[TextureHandle; 2]>>,
}

impl Default for VariantPreviewWorker {
    fn default() -> Self {
        Self {
            work: LatestWork::new(start_variant_previews, |_| true),
            textures: RevisionTextures::default(),
        }
    }
}

impl VariantPreviewWorker {
    /// True while something is being made.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// Both channels of the original and of each variant that is shown.
    pub(super) fn textures(&self) -> &[[TextureHandle; 2]] {
        self.textures.get().map_or(&[], Vec::as_slice)
    }

    /// Takes what was made for `folder`, and asks for what is wanted and not there.
    pub(super) fn update(&mut self, ctx: &Context, folder: &Folder, augment: &mut Augment) {
        while let Some(event) = self.work.next() {
            // What was asked for by another folder is nothing to this one.
            if augment.asked.is_some() {
                augment.take(event);
            }
        }
        if let Some(file) = folder.selected_file() {
            augment.turn_to(file);
            let request = augment.request(file, &folder.settings);
            if augment.asked.as_ref() != Some(&request) {
                augment.asked = Some(request.clone());
                if let Err(error) = self.work.request(ctx, request) {
                    augment.fail(with_remedy(&error));
                }
            }
        }
        self.upload(ctx, augment);
    }

    /// Stops what is being made, so that it is asked for again by whoever looks again.
    pub(super) fn pause(&mut self, augment: &mut Augment) {
        if self.work.is_busy() {
            self.work.cancel();
            augment.asked = None;
        }
    }

    /// Forgets everything: the folder is no longer open.
    pub(super) fn forget(&mut self) {
        self.work.cancel();
        self.textures.clear();
    }

    fn upload(&mut self, ctx: &Context, augment: &Augment) {
        let Some(shown) = augment.shown() else {
            self.textures.clear();
            return;
        };
        self.textures.update(augment.n_made, || {
            let load = |raster| raster_texture::load(ctx, "variant", raster, TEXTURE);
            shown.variants.iter().map(|variant| variant.pictures.each_ref().map(load)).collect()
        });
    }
}
