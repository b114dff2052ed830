//! The map of the set: every recording as a point, near to those that sound like it, coloured by its folder.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};

use super::foreign::Foreign;
use crate::audit::{AuditReport, TimbreMap, folder_name};
use crate::in_words;

/// Folders that have a colour of their own; the rest share one.
const COLORS: usize = 7;

/// Points at most, taken evenly from all: the page stays small enough for any browser.
const POINTS_MAX: usize = 15_000;

/// The side of the drawing, and its margin.
const SIDE: f32 = 600.0;
const MARGIN: f32 = 8.0;

/// The look of the map: colours after M. Okabe and K. Ito, "Color universal design", 2008.
pub(super) const STYLE: &str = "
svg.map { width: 45rem; } .map circle { stroke: Canvas; stroke-width: .5; } .map .out { fill: none; stroke: #888; stroke-width: 1.5; }
.m0 { fill: #b35900; color: #b35900; } .m1 { fill: #0072b2; color: #0072b2; } .m2 { fill: #00775a; color: #00775a; }
.m3 { fill: #7a6a00; color: #7a6a00; } .m4 { fill: #3f4fc0; color: #3f4fc0; } .m5 { fill: #c43c00; color: #c43c00; }
.m6 { fill: #a0428a; color: #a0428a; } .m7 { fill: #5f5f5f; color: #5f5f5f; }
@media (prefers-color-scheme: dark) {
.m0 { fill: #e69f00; color: #e69f00; } .m1 { fill: #56b4e9; color: #56b4e9; } .m2 { fill: #2fc79a; color: #2fc79a; }
.m3 { fill: #f0e442; color: #f0e442; } .m4 { fill: #8ea6ff; color: #8ea6ff; } .m5 { fill: #ff7f50; color: #ff7f50; }
.m6 { fill: #e58bc6; color: #e58bc6; } .m7 { fill: #b4b4b4; color: #b4b4b4; } }
";

/// The map; nothing for a set without one.
pub(super) fn of(report: &AuditReport, map: &TimbreMap) -> Markup {
    if map.n_points() == 0 {
        return PreEscaped(String::new());
    }
    let folders: Vec<String> = report.files.iter().map(|file| file.folder()).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for folder in &folders {
        *counts.entry(folder).or_default() += 1;
    }
    let mut largest: Vec<(&str, usize)> = counts.into_iter().collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let colors: BTreeMap<&str, usize> =
        largest.iter().enumerate().map(|(place, (folder, _))| (*folder, place.min(COLORS))).collect();
    let n_more = largest.len().saturating_sub(COLORS);
    let every = map.n_points().div_ceil(POINTS_MAX);
    let placed = map.points.iter().enumerate().filter_map(|(file, point)| Some((file, (*point)?)));
    let at = |share: f32| format!("{:.1}", MARGIN + share * (SIDE - 2.0 * MARGIN));
    html! {
        h2 { "Map" }
        p { "Every recording as a point, near to those that sound like it. Axes have no meaning of their own." }
        p {
            @for (folder, n) in largest.iter().take(COLORS) {
                span class={ "m" (colors[folder]) } { "● " }
                (Foreign(folder_name(folder))) " (" (n) ") "
            }
            @if n_more > 0 {
                span class={ "m" (COLORS) } { "● " } (in_words::count(n_more, "other folder"))
            }
        }
        svg class="map" viewBox={ "0 0 " (SIDE) " " (SIDE) } role="img" aria-label="Map of the recordings by what they sound like" {
            @for (file, [x, y]) in placed.step_by(every) {
                @let audited = &report.files[file];
                @let class = if report.is_excluded(file) { "out".to_owned() } else { format!("m{}", colors[folders[file].as_str()]) };
                circle class=(class) cx=(at(x)) cy=(at(y)) r="3" { title { (Foreign(&audited.path)) } }
            }
        }
    }
}
