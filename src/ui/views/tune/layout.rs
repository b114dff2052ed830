//! Where everything below the tools stands: overview, panes, waveform, readout, histogram and spectrum.
//!
//! Heights are shares of what there is, within bounds. Where that is little, the row of the histogram becomes lower, then
//! the waveform, and then the row goes.

use egui::emath::GuiRounding as _;
use egui::{Rect, pos2, vec2};

use super::color_bar;
use crate::ui::session::pane_arrangement::PaneArrangement;

/// Room around a picture: the values at the left, the colour bar at the right, the title above, the times below.
const LEFT: f32 = 40.0;
const RIGHT: f32 = color_bar::WIDTH;
const ABOVE: f32 = 20.0;
const BELOW: f32 = 18.0;

/// Between two things.
const GAP: f32 = 6.0;

const OVERVIEW_HEIGHT: f32 = 22.0;

/// The row of tools between two recordings.
const TOOLS_HEIGHT: f32 = 22.0;

/// Two lines.
const READOUT_HEIGHT: f32 = 36.0;

/// Height that a heatmap keeps as long as something else can become lower, and the least that it ever has.
const HEATMAP_MIN: f32 = 110.0;
const HEATMAP_LEAST: f32 = 60.0;

/// Share of the height, the least and the most of it in points.
const WAVEFORM: [f32; 3] = [0.15, 48.0, 170.0];
const BOTTOM: [f32; 3] = [0.22, 84.0, 240.0];

/// Below this width heatmaps stand below each other, and the histogram has its row alone.
const PAIR_WIDTH_MIN: f32 = 420.0;

/// A pane: a picture with what stands around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PaneArea {
    /// All of it.
    pub(super) outer: Rect,
    /// The picture, on whole pixels.
    pub(super) picture: Rect,
    /// True where the times stand below the picture.
    pub(super) has_time_axis: bool,
}

/// The places of everything below the tools.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Areas {
    /// The strip of the whole recording.
    pub(super) overview: Rect,
    /// Magnitude and instantaneous frequency, of equal size.
    pub(super) heatmaps: [PaneArea; 2],
    /// The recording that is held beside.
    pub(super) beside: Option<BesideAreas>,
    /// The waveform.
    pub(super) waveform: PaneArea,
    /// The values under the pointer.
    pub(super) readout: Rect,
    /// The histogram, where there is room for it.
    pub(super) histogram: Option<Rect>,
    /// The spectrum, where there is room for it.
    pub(super) slice: Option<Rect>,
}

/// The places of the recording that is held beside, below those of the shown one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BesideAreas {
    /// The row of its tools.
    pub(super) tools: Rect,
    /// Its magnitude and instantaneous frequency, as large as those of the shown one.
    pub(super) heatmaps: [PaneArea; 2],
}

/// The heights that are shared out, in points.
#[derive(Debug, Clone, Copy)]
struct Heights {
    /// All heatmaps with the gap between them.
    heatmaps: f32,
    waveform: f32,
    /// 0 where there is no room.
    bottom: f32,
}

fn heights(available: f32, heatmap_rows: f32) -> Heights {
    let share = |[share, least, most]: [f32; 3]| (share * available).clamp(least, most);
    let heatmaps_min = heatmap_rows * HEATMAP_MIN + (heatmap_rows - 1.0) * GAP;
    let (mut waveform, mut bottom) = (share(WAVEFORM), share(BOTTOM));
    let left = |waveform: f32, bottom: f32| available - waveform - bottom - heatmaps_min;
    bottom = (bottom + left(waveform, bottom).min(0.0)).max(BOTTOM[1]);
    waveform = (waveform + left(waveform, bottom).min(0.0)).max(WAVEFORM[1]);
    if left(waveform, bottom) < 0.0 {
        bottom = 0.0;
        waveform = (waveform + left(waveform, bottom).max(0.0)).min(share(WAVEFORM));
    }
    let least = heatmap_rows * HEATMAP_LEAST;
    Heights { heatmaps: (available - waveform - bottom).max(least), waveform, bottom }
}

/// Shares out `whole`, where `has_beside` with another recording below the shown one.
pub(super) fn areas(
    whole: Rect,
    arrangement: PaneArrangement,
    has_beside: bool,
    pixels_per_point: f32,
) -> Areas {
    let has_room_beside = whole.width() >= PAIR_WIDTH_MIN;
    let arrangement = if has_room_beside { arrangement } else { PaneArrangement::Stacked };
    let heatmap_rows = match arrangement {
        PaneArrangement::SideBySide => 1.0,
        PaneArrangement::Stacked => 2.0,
    };
    let (n_recordings, between) = if has_beside { (2.0, TOOLS_HEIGHT + 2.0 * GAP) } else { (1.0, 0.0) };
    let fixed = OVERVIEW_HEIGHT + READOUT_HEIGHT + 4.0 * GAP + between;
    let heights = heights(whole.height() - fixed, heatmap_rows * n_recordings);
    let heatmaps_height = heights.heatmaps + between;
    let mut top = whole.top();
    let mut row = |height: f32| {
        let row = Rect::from_min_size(pos2(whole.left(), top), vec2(whole.width(), height));
        top += height + GAP;
        row
    };
    let overview = row(OVERVIEW_HEIGHT);
    let snap = |rect: Rect| rect.round_to_pixels(pixels_per_point);
    let pair = |row: Rect| match arrangement {
        PaneArrangement::SideBySide => side_by_side(row, pixels_per_point),
        PaneArrangement::Stacked => stacked(row, pixels_per_point),
    };
    let (heatmaps, beside, waveform) = match arrangement {
        PaneArrangement::SideBySide => {
            let (heatmaps, beside) = recordings(row(heatmaps_height), has_beside, pair);
            let outer = row(heights.waveform);
            let waveform = Rect::from_min_max(
                pos2(heatmaps[0].picture.left(), outer.top()),
                pos2(heatmaps[1].picture.right(), outer.bottom() - BELOW),
            );
            (heatmaps, beside, PaneArea { outer, picture: snap(waveform), has_time_axis: true })
        }
        PaneArrangement::Stacked => {
            let outer = row(heights.waveform);
            let (heatmaps, beside) = recordings(row(heatmaps_height), has_beside, pair);
            let x = heatmaps[0].picture.x_range();
            let picture = snap(Rect::from_x_y_ranges(x, outer.y_range()));
            (heatmaps, beside, PaneArea { outer, picture, has_time_axis: false })
        }
    };
    let readout = row(READOUT_HEIGHT);
    let bottom = (heights.bottom > 0.0).then(|| row(heights.bottom));
    let (histogram, slice) = match bottom {
        Some(bottom) if has_room_beside => {
            let width = (bottom.width() - GAP) / 2.0;
            let left = Rect::from_min_size(bottom.min, vec2(width, bottom.height()));
            (Some(left), Some(left.translate(vec2(width + GAP, 0.0))))
        }
        bottom => (bottom, None),
    };
    let overview = snap(Rect::from_x_y_ranges(waveform.picture.x_range(), overview.y_range()));
    Areas { overview, heatmaps, beside, waveform, readout, histogram, slice }
}

/// The heatmaps of the shown recording, and below them those of the one that is held beside.
fn recordings(
    row: Rect,
    has_beside: bool,
    pair: impl Fn(Rect) -> [PaneArea; 2],
) -> ([PaneArea; 2], Option<BesideAreas>) {
    if !has_beside {
        return (pair(row), None);
    }
    let size = vec2(row.width(), (row.height() - TOOLS_HEIGHT - 2.0 * GAP) / 2.0);
    let upper = Rect::from_min_size(row.min, size);
    let tools = Rect::from_min_size(upper.left_bottom() + vec2(0.0, GAP), vec2(size.x, TOOLS_HEIGHT));
    let lower = Rect::from_min_size(tools.left_bottom() + vec2(0.0, GAP), size);
    (pair(upper), Some(BesideAreas { tools, heatmaps: pair(lower) }))
}

/// Two heatmaps beside each other.
fn side_by_side(row: Rect, pixels_per_point: f32) -> [PaneArea; 2] {
    let width = (row.width() - GAP) / 2.0;
    let size = vec2(width - LEFT - RIGHT, row.height() - ABOVE - BELOW);
    let size = size.max(vec2(1.0, 1.0)).round_to_pixels(pixels_per_point);
    [row.left(), row.right() - width].map(|left| {
        let outer = Rect::from_min_size(pos2(left, row.top()), vec2(width, row.height()));
        let corner = (outer.min + vec2(LEFT, ABOVE)).round_to_pixels(pixels_per_point);
        PaneArea { outer, picture: Rect::from_min_size(corner, size), has_time_axis: true }
    })
}

/// Two heatmaps below each other, with one time axis below both.
fn stacked(row: Rect, pixels_per_point: f32) -> [PaneArea; 2] {
    let height = (row.height() - 2.0 * ABOVE - GAP - BELOW) / 2.0;
    let size = vec2(row.width() - LEFT - RIGHT, height).max(vec2(1.0, 1.0));
    let size = size.round_to_pixels(pixels_per_point);
    let area = |top: f32, has_time_axis: bool| {
        let below = if has_time_axis { BELOW } else { 0.0 };
        let outer = Rect::from_min_size(pos2(row.left(), top), vec2(row.width(), ABOVE + height + below));
        let corner = (outer.min + vec2(LEFT, ABOVE)).round_to_pixels(pixels_per_point);
        PaneArea { outer, picture: Rect::from_min_size(corner, size), has_time_axis }
    };
    [area(row.top(), false), area(row.top() + ABOVE + height + GAP, true)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [PaneArrangement; 2] = [PaneArrangement::SideBySide, PaneArrangement::Stacked];

    /// What the windows of 800 × 500, 1280 × 800, 2560 × 1080 and 3840 × 2160 at 200 % leave to the view, about.
    const SIZES: [[f32; 2]; 4] = [[500.0, 350.0], [720.0, 640.0], [2000.0, 920.0], [1380.0, 920.0]];

    fn each(test: impl Fn(PaneArrangement, [f32; 2], Areas)) {
        for arrangement in BOTH {
            for size in SIZES {
                for pixels_per_point in [1.0, 1.25, 2.0] {
                    let whole = Rect::from_min_size(pos2(203.3, 61.7), size.into());
                    test(arrangement, size, areas(whole, arrangement, false, pixels_per_point));
                }
            }
        }
    }

    #[test]
    fn everything_has_a_place_of_its_own_within_the_view() {
        each(|arrangement, size, areas| {
            let whole = Rect::from_min_size(pos2(203.3, 61.7), size.into()).expand(1.0);
            let [a, b] = areas.heatmaps;
            let mut all = vec![areas.overview, a.outer, b.outer, areas.waveform.outer, areas.readout];
            all.extend(areas.histogram);
            all.extend(areas.slice);
            for (n, place) in all.iter().enumerate() {
                assert!(whole.contains_rect(*place), "{arrangement:?} {size:?}: place {n} is {place}");
                for other in &all[n + 1..] {
                    let shared = place.shrink(0.5).intersect(*other);
                    assert!(!shared.is_positive(), "{arrangement:?} {size:?}: {place} and {other}");
                }
            }
            for area in [a, b, areas.waveform] {
                assert!(area.outer.expand(1.0).contains_rect(area.picture), "{area:?}");
            }
            // Sums of parts of a point are rounded, but by far less than a pixel.
            let difference = (a.picture.size() - b.picture.size()).abs();
            assert!(difference.max_elem() < 1e-3, "one size serves both textures, not {a:?} and {b:?}");
        });
    }

    #[test]
    fn heatmaps_keep_their_height_as_long_as_something_else_can_give_way() {
        each(|arrangement, size, areas| {
            let n_rows = if arrangement == PaneArrangement::Stacked { 2.0 } else { 1.0 };
            let both = areas.heatmaps[0].outer.union(areas.heatmaps[1].outer).height();
            let least = n_rows * HEATMAP_MIN;
            assert!(both >= least.min(size[1] - 136.0), "{arrangement:?} {size:?}: {both}");
            assert_eq!(areas.histogram.is_some(), arrangement != PaneArrangement::Stacked || size[1] > 400.0);
        });
    }

    #[test]
    fn a_narrow_view_has_its_heatmaps_below_each_other() {
        let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(270.0, 600.0));
        let [side_by_side, stacked] = BOTH.map(|arrangement| areas(whole, arrangement, false, 1.0));
        assert_eq!(side_by_side, stacked);
        assert_eq!(stacked.slice, None);
        let histogram = stacked.histogram.expect("there is height for it");
        assert_eq!(histogram.x_range(), whole.x_range());
    }

    #[test]
    fn stacked_pictures_have_the_same_edges() {
        each(|arrangement, _, areas| {
            let [a, b] = areas.heatmaps.map(|area| area.picture.x_range());
            let waveform = areas.waveform.picture.x_range();
            // Whole pixels: what is left of a sum of floats is far below one.
            let assert_same = |x: [f32; 2]| assert!((x[0] - x[1]).abs() < 1e-3, "{x:?}");
            assert_same([areas.overview.left(), waveform.min]);
            assert_same([areas.overview.right(), waveform.max]);
            assert_same([waveform.min, a.min]);
            assert_same([waveform.max, b.max]);
            if arrangement == PaneArrangement::Stacked {
                assert_same([a.min, b.min]);
                assert_same([a.max, b.max]);
            }
        });
    }

    #[test]
    fn a_recording_beside_has_panes_as_large_below_those_of_the_shown_one() {
        for arrangement in BOTH {
            let whole = Rect::from_min_size(pos2(203.3, 61.7), vec2(1000.0, 900.0));
            let areas = areas(whole, arrangement, true, 1.0);
            let beside = areas.beside.expect("it was asked for");
            for (upper, lower) in areas.heatmaps.iter().zip(beside.heatmaps) {
                assert_eq!(upper.picture.size(), lower.picture.size());
                assert_eq!(upper.picture.x_range(), lower.picture.x_range());
                assert!(
                    upper.outer.bottom() <= beside.tools.top() && beside.tools.bottom() <= lower.outer.top()
                );
            }
            assert!(beside.heatmaps[1].outer.bottom() <= whole.bottom());
        }
    }
}
