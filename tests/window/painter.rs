//! A painter on the processor for the pictures of the window. egui paints triangles only; a crate that has a graphics
//! card fill them would be the longest part of compiling the tests.
//!
//! It fills as graphics cards do: corners snap to 1/256 of a pixel, a pixel belongs to the triangle that covers its
//! centre, and the top-left rule settles who owns the pixels on a shared edge.

use std::collections::HashMap;

use egui::epaint::{ClippedPrimitive, ImageData, ImageDelta, Primitive, Vertex};
use egui::{
    Color32, ColorImage, Context, FullOutput, Pos2, Rect, TextureFilter, TextureId, TextureWrapMode,
    TexturesDelta,
};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};

/// Parts of a pixel to which a corner snaps.
const SUBPIXELS: f32 = 256.0;

/// Part of a texel by which a place between two texels counts as the second's, however its sum was rounded.
const TIE: f32 = 1e-3;

/// A colour with its alpha multiplied in, each channel from 0 to 1.
type Channels = [f32; 4];

/// A texture. Outside of itself it goes on with the pixels of its edge, or from the start.
struct Texture {
    image: ColorImage,
    is_linear: bool,
    repeats: bool,
}

impl Texture {
    fn at(&self, x: i32, y: i32) -> Channels {
        let [width, height] = self.image.size;
        let within = |at: i32, n: usize| {
            let n = n as i32;
            (if self.repeats { at.rem_euclid(n) } else { at.clamp(0, n - 1) }) as usize
        };
        let (x, y) = (within(x, width), within(y, height));
        channels(self.image.pixels[y * width + x])
    }

    fn sample(&self, at: [f32; 2]) -> Channels {
        let [x, y] = [at[0] * self.image.size[0] as f32, at[1] * self.image.size[1] as f32];
        if !self.is_linear {
            return self.at((x + TIE).floor() as i32, (y + TIE).floor() as i32);
        }
        let [x, y] = [x - 0.5, y - 0.5];
        let [left, top] = [x.floor() as i32, y.floor() as i32];
        let [right_part, bottom_part] = [x - x.floor(), y - y.floor()];
        let upper = mix(self.at(left, top), self.at(left + 1, top), right_part);
        let lower = mix(self.at(left, top + 1), self.at(left + 1, top + 1), right_part);
        mix(upper, lower, bottom_part)
    }
}

fn channels(color: Color32) -> Channels {
    color.to_array().map(|channel| f32::from(channel) / 255.0)
}

fn mix(a: Channels, b: Channels, part_of_b: f32) -> Channels {
    std::array::from_fn(|n| a[n] + (b[n] - a[n]) * part_of_b)
}

/// The pixels that a clip rectangle leaves: from the first to before the last, across and down.
struct Clip {
    min: [i32; 2],
    end: [i32; 2],
}

/// A triangle's corner, in parts of a pixel.
type Corner = [i64; 2];

/// Twice the area of the triangle from `a` over `b` to `c`; above zero if it turns clockwise on the screen.
fn area(a: Corner, b: Corner, c: Corner) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// A clockwise triangle's edge from `a` to `b` owns the pixels whose centres it meets if it is a left or a top edge.
fn owns_its_pixels(a: Corner, b: Corner) -> bool {
    b[1] < a[1] || (b[1] == a[1] && b[0] > a[0])
}

/// The painter, with the textures of the one window that it paints.
#[derive(Default)]
pub(crate) struct Painter {
    textures: HashMap<TextureId, Texture>,
}

impl Painter {
    fn set(&mut self, id: TextureId, delta: ImageDelta) {
        let ImageData::Color(image) = delta.image;
        let Some([left, top]) = delta.pos else {
            let is_linear = delta.options.magnification == TextureFilter::Linear;
            let repeats = delta.options.wrap_mode == TextureWrapMode::Repeat;
            self.textures.insert(id, Texture { image: image.as_ref().clone(), is_linear, repeats });
            return;
        };
        let texture = self.textures.get_mut(&id).expect("a patch is of a texture that is there");
        let width = texture.image.width();
        for (y, row) in image.pixels.chunks_exact(image.width()).enumerate() {
            let start = (top + y) * width + left;
            texture.image.pixels[start..start + row.len()].copy_from_slice(row);
        }
    }

    fn paint(&self, shape: &ClippedPrimitive, pixels_per_point: f32, onto: &mut RgbaImage) {
        let Primitive::Mesh(mesh) = &shape.primitive else { panic!("the window paints by meshes alone") };
        let texture = &self.textures[&mesh.texture_id];
        let clip = clip(shape.clip_rect, pixels_per_point, onto);
        for corners in mesh.indices.as_chunks::<3>().0 {
            let corners = corners.map(|index| &mesh.vertices[index as usize]);
            fill(corners, texture, pixels_per_point, &clip, onto);
        }
    }
}

fn clip(rect: Rect, pixels_per_point: f32, onto: &RgbaImage) -> Clip {
    let size = [onto.width() as i32, onto.height() as i32];
    let pixel = |at: Pos2, axis: usize| ((at[axis] * pixels_per_point).round() as i32).clamp(0, size[axis]);
    Clip { min: [0, 1].map(|axis| pixel(rect.min, axis)), end: [0, 1].map(|axis| pixel(rect.max, axis)) }
}

fn fill(vertices: [&Vertex; 3], texture: &Texture, pixels_per_point: f32, clip: &Clip, onto: &mut RgbaImage) {
    let snapped =
        |vertex: &Vertex| [0, 1].map(|axis| (vertex.pos[axis] * pixels_per_point * SUBPIXELS).round() as i64);
    let [a, mut b, mut c] = vertices;
    if area(snapped(a), snapped(b), snapped(c)) < 0 {
        (b, c) = (c, b);
    }
    let vertices = [a, b, c];
    let [a, b, c] = vertices.map(snapped);
    let whole = area(a, b, c);
    if whole == 0 {
        return;
    }
    // A weight of zero is inside only on an edge that owns its pixels.
    let least = [(b, c), (c, a), (a, b)].map(|(from, to)| i64::from(!owns_its_pixels(from, to)));
    let colors = vertices.map(|vertex| channels(vertex.color));
    let one = SUBPIXELS as i64;
    let range = |axis: usize| {
        let min = a[axis].min(b[axis]).min(c[axis]).div_euclid(one) as i32;
        let max = a[axis].max(b[axis]).max(c[axis]).div_euclid(one) as i32;
        min.max(clip.min[axis])..(max + 1).min(clip.end[axis])
    };
    for y in range(1) {
        for x in range(0) {
            let centre = [x, y].map(|n| i64::from(n) * one + one / 2);
            let weights = [area(b, c, centre), area(c, a, centre), area(a, b, centre)];
            if weights.iter().zip(least).any(|(weight, least)| *weight < least) {
                continue;
            }
            let weights = weights.map(|weight| weight as f32 / whole as f32);
            let between = |values: [f32; 3]| (0..3).map(|n| values[n] * weights[n]).sum::<f32>();
            let uv = [0, 1].map(|axis| between(vertices.map(|vertex| vertex.uv[axis])));
            let texel = texture.sample(uv);
            let source: Channels = std::array::from_fn(|n| between(colors.map(|color| color[n])) * texel[n]);
            blend(onto.get_pixel_mut(x as u32, y as u32), source);
        }
    }
}

fn blend(pixel: &mut Rgba<u8>, source: Channels) {
    for (channel, value) in pixel.0.iter_mut().zip(source) {
        let behind = f32::from(*channel) / 255.0;
        *channel = ((value + behind * (1.0 - source[3])) * 255.0).round() as u8;
    }
}

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        delta.set.drain().for_each(|(id, images)| images.into_iter().for_each(|image| self.set(id, image)));
        delta.free.drain().for_each(|id| drop(self.textures.remove(&id)));
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let pixels_per_point = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * pixels_per_point;
        let mut picture = RgbaImage::new(size.x.round() as u32, size.y.round() as u32);
        for shape in ctx.tessellate(output.shapes.clone(), pixels_per_point) {
            self.paint(&shape, pixels_per_point, &mut picture);
        }
        Ok(picture)
    }
}
