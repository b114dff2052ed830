//! What was drawn on a part of the window, as an SVG document: lines and letters stay lines and letters.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use egui::epaint::{ClippedShape, ColorMode, Mesh, PathShape, RectShape, TextShape};
use egui::layers::PaintList;
use egui::{Color32, Context, LayerId, Pos2, Rect, Shape, Stroke, TextureId};
use svg::node::element::{ClipPath, Definitions, Element, Group, Image, Rectangle};
use svg::{Document, Node};

use crate::picture::Raster;

/// The letters of the window, and what stands in for them elsewhere.
const FONTS: &str = "Ubuntu, Noto Sans, sans-serif";

/// The shapes that were drawn on `layer` in `rect`, in points, over `background`. `raster_of` gives the pixels of a texture.
pub(in crate::ui) fn document<'a>(
    ctx: &Context,
    layer: LayerId,
    rect: Rect,
    background: Color32,
    raster_of: &dyn Fn(TextureId) -> Option<&'a Raster>,
) -> String {
    let mut figure = Figure { raster_of, clips: BTreeMap::new(), body: Group::new() };
    figure.body.append(rectangle(rect, background, 0.0));
    ctx.graphics(|graphics| {
        let shapes = graphics.get(layer).into_iter().flat_map(PaintList::all_entries);
        for ClippedShape { clip_rect, shape, .. } in shapes {
            let clip = clip_rect.intersect(rect);
            if clip.is_positive() && shape.visual_bounding_rect().intersects(clip) {
                figure.add_clipped(clip, shape);
            }
        }
    });
    figure.finish(rect)
}

/// A document in the making.
struct Figure<'f, 'a> {
    raster_of: &'f dyn Fn(TextureId) -> Option<&'a Raster>,
    /// The number of each clip, by its edges in tenths of a point.
    clips: BTreeMap<[i32; 4], usize>,
    body: Group,
}

impl Figure<'_, '_> {
    fn add_clipped(&mut self, clip: Rect, shape: &Shape) {
        let tenths = [clip.left(), clip.top(), clip.right(), clip.bottom()].map(|edge| (edge * 10.0) as i32);
        let next = self.clips.len();
        let number = *self.clips.entry(tenths).or_insert(next);
        let mut group = Group::new().set("clip-path", format!("url(#clip{number})"));
        self.add(&mut group, shape);
        if group.get_children().is_some_and(|children| !children.is_empty()) {
            self.body.append(group);
        }
    }

    fn add(&self, group: &mut Group, shape: &Shape) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.add(group, shape)),
            Shape::Rect(rect) => self.add_rect(group, rect),
            Shape::LineSegment { points, stroke } => group.append(polyline(points, false, None, *stroke)),
            Shape::Path(PathShape { points, closed, fill, stroke }) => {
                let color = match &stroke.color {
                    ColorMode::Solid(color) => *color,
                    // No part of the window has such a line.
                    ColorMode::UV(_) => Color32::TRANSPARENT,
                };
                let stroke = Stroke::new(stroke.width, color);
                group.append(polyline(points, *closed, Some(*fill), stroke));
            }
            Shape::Circle(circle) => {
                let element = Element::new("circle");
                let mut element = with_fill(element, circle.fill);
                for (name, value) in [("cx", circle.center.x), ("cy", circle.center.y), ("r", circle.radius)]
                {
                    element.assign(name, value);
                }
                group.append(with_stroke(element, circle.stroke));
            }
            Shape::Text(text) => add_text(group, text),
            Shape::Mesh(mesh) => self.add_mesh(group, mesh),
            // Nothing else is drawn on a view.
            _ => {}
        }
    }

    fn add_rect(&self, group: &mut Group, shape: &RectShape) {
        if let Some(raster) = shape.brush.as_ref().and_then(|brush| (self.raster_of)(brush.fill_texture_id)) {
            group.append(image(raster, shape.rect));
            return;
        }
        let element = rectangle(shape.rect, shape.fill, f32::from(shape.corner_radius.nw));
        group.append(with_stroke(element, shape.stroke));
    }

    /// Adds a picture, which is two triangles of a texture, or coloured triangles.
    fn add_mesh(&self, group: &mut Group, mesh: &Mesh) {
        if let Some(raster) = (self.raster_of)(mesh.texture_id) {
            group.append(image(raster, mesh.calc_bounds()));
            return;
        }
        for corners in mesh.indices.chunks_exact(3) {
            let corners: Vec<_> = corners.iter().filter_map(|&at| mesh.vertices.get(at as usize)).collect();
            if let [first, ..] = corners[..] {
                let points: Vec<Pos2> = corners.iter().map(|vertex| vertex.pos).collect();
                group.append(polyline(&points, true, Some(first.color), Stroke::NONE));
            }
        }
    }

    fn finish(self, rect: Rect) -> String {
        let mut definitions = Definitions::new();
        for (tenths, number) in self.clips {
            let [left, top, right, bottom] = tenths.map(|edge| edge as f32 / 10.0);
            let clip = Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom));
            let path = ClipPath::new().set("id", format!("clip{number}"));
            definitions.append(path.add(place(Rectangle::new(), clip)));
        }
        let document = Document::new()
            .set("viewBox", (rect.left(), rect.top(), rect.width(), rect.height()))
            .set("width", rect.width())
            .set("height", rect.height())
            .add(definitions)
            .add(self.body);
        format!("{document}\n")
    }
}

/// Each row of a text as letters from its left end, as wide as in the window whatever font there is.
fn add_text(group: &mut Group, shape: &TextShape) {
    for placed in &shape.galley.rows {
        let (Some(first), Some(section)) = (placed.glyphs.first(), shape.galley.job.sections.first()) else {
            continue;
        };
        let words: String = placed.glyphs.iter().map(|glyph| glyph.chr).collect();
        if words.trim().is_empty() {
            continue;
        }
        let color = match shape.override_text_color.unwrap_or(section.format.color) {
            Color32::PLACEHOLDER => shape.fallback_color,
            color => color,
        };
        let at = shape.pos + placed.pos.to_vec2() + first.pos.to_vec2();
        let width: f32 = placed.glyphs.iter().map(|glyph| glyph.advance_width).sum();
        let mut element = with_fill(Element::new("text"), color.gamma_multiply(shape.opacity_factor));
        element.assign("x", at.x);
        element.assign("y", at.y);
        element.assign("font-family", FONTS);
        element.assign("font-size", section.format.font_id.size);
        element.assign("textLength", width);
        element.assign("lengthAdjust", "spacingAndGlyphs");
        if shape.angle != 0.0 {
            let degrees = shape.angle.to_degrees();
            element.assign("transform", format!("rotate({degrees} {} {})", shape.pos.x, shape.pos.y));
        }
        element.append(svg::node::Text::new(words));
        group.append(element);
    }
}

fn image(raster: &Raster, rect: Rect) -> Image {
    let mut png = Vec::new();
    // Writing to memory does not fail, and a picture that has no pixels has no size to be drawn at.
    raster.write_png(&mut png).ok();
    let source = format!("data:image/png;base64,{}", STANDARD.encode(png));
    place(Image::new(), rect)
        .set("preserveAspectRatio", "none")
        .set("style", "image-rendering: pixelated")
        .set("href", source)
}

/// An element with the place and the size of `rect`.
fn place<E: Node>(mut element: E, rect: Rect) -> E {
    let sides = [("x", rect.left()), ("y", rect.top()), ("width", rect.width()), ("height", rect.height())];
    for (name, value) in sides {
        element.assign(name, value);
    }
    element
}

fn rectangle(rect: Rect, fill: Color32, corner_radius: f32) -> Element {
    let mut element = with_fill(place(Element::new("rect"), rect), fill);
    if corner_radius > 0.0 {
        element.assign("rx", corner_radius);
    }
    element
}

fn polyline(points: &[Pos2], is_closed: bool, fill: Option<Color32>, stroke: Stroke) -> Element {
    let mut places = String::new();
    for point in points {
        // Writing to a string does not fail.
        write!(places, "{},{} ", point.x, point.y).ok();
    }
    let mut element = Element::new(if is_closed { "polygon" } else { "polyline" });
    element.assign("points", places.trim_end());
    with_stroke(with_fill(element, fill.unwrap_or(Color32::TRANSPARENT)), stroke)
}

fn with_fill(element: Element, color: Color32) -> Element {
    with_color(element, ["fill", "fill-opacity"], color)
}

fn with_stroke(mut element: Element, stroke: Stroke) -> Element {
    if stroke.is_empty() {
        return element;
    }
    element.assign("stroke-width", stroke.width);
    with_color(element, ["stroke", "stroke-opacity"], stroke.color)
}

fn with_color(mut element: Element, [color_name, opacity_name]: [&str; 2], color: Color32) -> Element {
    let [red, green, blue, alpha] = color.to_srgba_unmultiplied();
    if alpha == 0 {
        element.assign(color_name, "none");
        return element;
    }
    element.assign(color_name, format!("#{red:02x}{green:02x}{blue:02x}"));
    if alpha < 255 {
        element.assign(opacity_name, f32::from(alpha) / 255.0);
    }
    element
}
