//! Rasters as textures.

use egui::{Color32, ColorImage, Context, Pos2, Rect, TextureHandle, TextureOptions, vec2};

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

/// The part `rect_px` of a picture of the window, in pixels.
pub(in crate::ui) fn part_of(image: &ColorImage, rect_px: Rect) -> Raster {
    let [width, height] = image.size;
    let whole = Rect::from_min_size(Pos2::ZERO, vec2(width as f32, height as f32));
    let part = rect_px.round().intersect(whole);
    let [left, top] = [part.left() as usize, part.top() as usize];
    let [part_width, part_height] = [part.width().max(0.0) as usize, part.height().max(0.0) as usize];
    let mut raster = Raster::new(part_width, part_height, [0; 3]);
    for y in 0..part_height {
        for x in 0..part_width {
            let pixel = image.pixels[(top + y) * width + left + x];
            raster.set(x, y, [pixel.r(), pixel.g(), pixel.b()]);
        }
    }
    raster
}

/// The picture in the window's own form. The loop stands here and not in the library, which is hardly
/// optimised where it is quick to compile: this runs in each frame of a drag.
fn color_image(raster: &Raster) -> ColorImage {
    let (pixels, _) = raster.as_rgba().as_chunks();
    let pixels = pixels
        .iter()
        .map(|&[red, green, blue, alpha]| Color32::from_rgba_premultiplied(red, green, blue, alpha));
    ColorImage::new([raster.width(), raster.height()], pixels.collect())
}
