//! The picture of a tensor, over the hatching that stands for the mask: it is seen where the picture is clear.

use egui::{
    Color32, Context, Id, Mesh, Rect, Response, Sense, TextureHandle, TextureOptions, Ui, Vec2, pos2, vec2,
};

use super::raster_texture;
use crate::picture::{Hatching, Raster};

/// Points after which the hatching repeats: the side of its texture.
const PERIOD: usize = Hatching::PERIOD;

/// Draws `texture`, stretched to `size` points. The hatching is as fine whatever the stretch, as in Tune.
pub(in crate::ui) fn hatched_image_ui(ui: &mut Ui, texture: &TextureHandle, size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let mut hatching = Mesh::with_texture(pattern(ui.ctx()).id());
    let n_repeats = rect.size() / PERIOD as f32;
    hatching.add_rect_with_uv(rect, Rect::from_min_size(pos2(0.0, 0.0), n_repeats), Color32::WHITE);
    ui.painter().add(hatching);
    let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(1.0, 1.0));
    ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
    response
}

/// One period of the hatching, as a texture that repeats; made once.
fn pattern(ctx: &Context) -> TextureHandle {
    let id = Id::unique("hatching");
    if let Some(known) = ctx.data(|data| data.get_temp::<TextureHandle>(id)) {
        return known;
    }
    let hatching = Hatching::new([PERIOD; 2], 1.0);
    let mut raster = Raster::new(PERIOD, PERIOD, [0; 3]);
    for at in 0..PERIOD * PERIOD {
        let (x, y) = (at % PERIOD, at / PERIOD);
        if let Some(color) = hatching.color(x, y, 1.0) {
            raster.set(x, y, color);
        }
    }
    let texture = raster_texture::load(ctx, "hatching", &raster, TextureOptions::NEAREST_REPEAT);
    ctx.data_mut(|data| data.insert_temp(id, texture.clone()));
    texture
}
