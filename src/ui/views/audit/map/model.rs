//! The map of the set as plain values: what is seen of it, what is chosen on it, and how it is coloured.

use std::collections::BTreeSet;

use super::grid::MapGrid;
use super::lasso;
use super::legend::{Legend, MapColor};
use super::view::MapView;
use crate::audit::{AuditReport, TimbreMap};
use crate::ui::views::audit::command::MapCommand;

/// Files of the list of those that sound most alike.
pub(in crate::ui::views::audit) const ALIKE: usize = 8;

/// A map, prepared to be drawn.
#[derive(Debug)]
pub(in crate::ui::views::audit) struct PreparedMap {
    pub(in crate::ui::views::audit) map: TimbreMap,
    pub(in crate::ui::views::audit) grid: MapGrid,
    pub(in crate::ui::views::audit) legends: [Legend; MapColor::ALL.len()],
}

impl PreparedMap {
    pub(in crate::ui::views::audit) fn new(map: TimbreMap, report: &AuditReport) -> Self {
        let grid = MapGrid::new(&map.points);
        Self { legends: MapColor::ALL.map(|color| Legend::new(report, color)), grid, map }
    }
}

/// How far the making of a map has come.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum MapProgress {
    /// Nothing is made, and nothing is there.
    #[default]
    None,
    /// The share that is done, 0 to 1.
    Making(f32),
    /// Why there is no map, in words.
    Failed(String),
    /// The map is there.
    Done,
}

/// The map of the audited files, and how it is shown.
#[derive(Debug, Default)]
pub struct MapModel {
    pub(in crate::ui::views::audit) prepared: Option<PreparedMap>,
    /// How far the map is.
    pub progress: MapProgress,
    /// What decides the colours.
    pub color: MapColor,
    /// True when the point under the pointer is played.
    pub plays_on_hover: bool,
    /// What is seen of it.
    pub view: MapView,
    /// The line that is being drawn around points, in places of the map.
    pub lasso: Vec<[f32; 2]>,
    /// The rows that are chosen on the map.
    pub chosen: BTreeSet<u32>,
    /// Changes with what points look like: with the map, their colours, and `chosen`.
    pub(in crate::ui::views::audit) revision: u64,
    /// The point that the pointer rests on, since when, in seconds, and whether it was played.
    pub(in crate::ui::views::audit) rested: Option<(u32, f64, bool)>,
    /// The row of the selected file, and the rows that sound most like it with their distances.
    pub(in crate::ui::views::audit) alike: Option<(u32, Vec<(u32, f32)>)>,
}

impl MapModel {
    /// Gives the points the colours of `report`, which has the same files judged anew. They stay where they are.
    pub(in crate::ui::views::audit) fn recolor(&mut self, report: &AuditReport) {
        if let Some(prepared) = &mut self.prepared {
            prepared.legends = MapColor::ALL.map(|color| Legend::new(report, color));
            self.revision += 1;
        }
    }

    /// The map; `None` until it is made.
    pub fn map(&self) -> Option<&TimbreMap> {
        self.prepared.as_ref().map(|prepared| &prepared.map)
    }

    /// Forgets the map and what was chosen on it, and keeps how it is shown.
    pub(in crate::ui::views::audit) fn forget(&mut self) {
        let Self { color, plays_on_hover, revision, .. } = *self;
        *self = Self { color, plays_on_hover, revision: revision + 1, ..Self::default() };
    }

    /// Finds what sounds most like the file of row `selected`, where another is selected than before.
    pub(in crate::ui::views::audit) fn follow(&mut self, selected: Option<u32>) {
        if self.alike.as_ref().map(|(row, _)| *row) == selected {
            return;
        }
        let near = |row: u32| {
            let near = self.map()?.neighbours(row as usize, ALIKE).into_iter();
            Some((row, near.map(|(other, distance)| (other as u32, distance)).collect()))
        };
        self.alike = selected.and_then(near);
    }

    /// Runs a command.
    pub(in crate::ui::views::audit) fn run(&mut self, command: MapCommand) {
        match command {
            MapCommand::Color(color) => self.color = color,
            MapCommand::PlayOnHover(plays) => self.plays_on_hover = plays,
            MapCommand::See(view) => self.view = view,
            MapCommand::Draw(place) => self.lasso.push(place),
            MapCommand::CloseLasso => self.close_lasso(),
            MapCommand::ForgetChosen => self.choose(BTreeSet::new()),
            MapCommand::Rest(rested) => self.rested = rested.map(|(row, since_s)| (row, since_s, false)),
            MapCommand::RestHeard => {
                if let Some((_, _, was_played)) = &mut self.rested {
                    *was_played = true;
                }
            }
        }
    }

    fn close_lasso(&mut self) {
        let line = std::mem::take(&mut self.lasso);
        let Some(prepared) = &self.prepared else { return };
        let inside = prepared.grid.points().iter().filter(|(_, point)| lasso::encloses(&line, *point));
        self.choose(inside.map(|(row, _)| *row).collect());
    }

    fn choose(&mut self, rows: BTreeSet<u32>) {
        self.chosen = rows;
        self.revision += 1;
    }
}
