//! The points of the map as one mesh, made anew only when something about it changes.

use std::sync::Arc;

use egui::{Color32, Id, Mesh, Pos2, Rect, Shape, Ui, vec2};

use super::legend::MapColor;
use super::model::{MapModel, PreparedMap};
use super::view::MapView;
use crate::ui::session::folder::Folder;
use crate::ui::views::audit::model::Found;

/// The corners of a point.
const CORNERS: usize = 8;

/// The radius of a point: smaller where there are many, within these ends.
const RADII: [f32; 2] = [1.8, 4.0];

/// From so many points on they begin to become smaller.
const FEW: f32 = 300.0;

/// What the mesh depends on.
#[derive(Debug, Clone, PartialEq)]
struct MeshKey {
    rect: Rect,
    view: MapView,
    color: MapColor,
    is_dark: bool,
    revision: u64,
    excluded: Vec<bool>,
}

/// The points that are seen in the pane `rect`.
pub(in crate::ui::views::audit) fn points(
    ui: &Ui,
    rect: Rect,
    folder: &Folder,
    found: &Found,
    map: &MapModel,
    prepared: &PreparedMap,
) -> Shape {
    let excluded =
        |row: u32| found.number_of(row).is_some_and(|number| folder.files.all()[number].is_excluded);
    let key = MeshKey {
        rect,
        view: map.view,
        color: map.color,
        is_dark: ui.visuals().dark_mode,
        revision: map.revision,
        excluded: (0..prepared.map.points.len() as u32).map(excluded).collect(),
    };
    let id = Id::unique("audit-map-mesh");
    let known = ui.data(|data| data.get_temp::<Arc<(MeshKey, Arc<Mesh>)>>(id));
    if let Some(known) = known.filter(|known| known.0 == key) {
        return Shape::mesh(Arc::clone(&known.1));
    }
    let mesh = Arc::new(mesh(ui, &key, map, prepared));
    ui.data_mut(|data| data.insert_temp(id, Arc::new((key, Arc::clone(&mesh)))));
    Shape::mesh(mesh)
}

fn mesh(ui: &Ui, key: &MeshKey, map: &MapModel, prepared: &PreparedMap) -> Mesh {
    let n = prepared.map.n_points() as f32;
    // As much closer as it is looked at, as much larger points may be.
    let radius = (RADII[1] * (FEW / n).sqrt() * map.view.zoom().sqrt()).clamp(RADII[0], RADII[1]);
    let seen = key.view.seen(key.rect).expand(key.view.length(key.rect, 2.0 * RADII[1]));
    let ground = ui.visuals().extreme_bg_color;
    let chosen_color = ui.visuals().strong_text_color();
    let groups = &prepared.legends[key.color as usize].groups;
    let mut mesh = Mesh::default();
    for (row, point) in prepared.grid.points() {
        if !seen.contains((*point).into()) {
            continue;
        }
        let at = key.view.to_pane(key.rect, *point);
        let color = key.color.color(ui, groups[*row as usize]);
        if map.chosen.contains(row) {
            disc(&mut mesh, at, radius + 2.0, chosen_color);
        }
        disc(&mut mesh, at, radius, color);
        if key.excluded[*row as usize] {
            disc(&mut mesh, at, radius - 1.2, ground);
        }
    }
    mesh
}

fn disc(mesh: &mut Mesh, centre: Pos2, radius: f32, color: Color32) {
    let first = mesh.vertices.len() as u32;
    for corner in 0..CORNERS {
        let (sine, cosine) = (std::f32::consts::TAU * (corner as f32 + 0.5) / CORNERS as f32).sin_cos();
        mesh.colored_vertex(centre + radius * vec2(cosine, sine), color);
    }
    for corner in 1..CORNERS as u32 - 1 {
        mesh.add_triangle(first, first + corner, first + corner + 1);
    }
}
