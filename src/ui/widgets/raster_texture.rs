//! Rasters as textures.

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::picture::Raster;

/// A new texture, pixel for pixel as `raster`.
pub(in crate::ui) fn load(
    ctx: &Context,
    name: &str,
    raster: &Raster,
    options: TextureOptions,
) -> TextureHandle {
    ctx.load_texture(name, color_image(raster), options)
}

/// Makes `texture` pixel for pixel as `raster`. A pixel is one place of a tensor: enlarged, its edges stay where they are.
pub(in crate::ui) fn set(texture: &mut Option<TextureHandle>, ctx: &Context, name: &str, raster: &Raster) {
    match texture {
        Some(texture) => texture.set(color_image(raster), TextureOptions::NEAREST),
        None => *texture = Some(load(ctx, name, raster, TextureOptions::NEAREST)),
    }
}

/// The picture in the window's own form. Rasters are opaque.
fn color_image(raster: &Raster) -> ColorImage {
    ColorImage::from_rgba_premultiplied([raster.width(), raster.height()], raster.as_rgba())
}
