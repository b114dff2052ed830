//! The commands of the Audit view.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::map::legend::MapColor;
use super::map::view::MapView;
use super::pane::AuditPane;
use crate::audit::table::{Column, Filter};

/// A command that only the Audit view understands.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditCommand {
    /// Audit the folder, again where it was audited before.
    Start,
    /// Show a pane.
    ShowPane(AuditPane),
    /// Show the rows that pass this.
    Filter(Filter),
    /// Sort by a column; by the one that sorts already the other way round.
    Sort(Column),
    /// Select the file so many rows further down.
    Move(isize),
    /// Show only these rows, places in the report's files, in the table.
    ShowRows(BTreeSet<u32>),
    /// Show every row.
    ShowAllRows,
    /// Do something on the map.
    Map(MapCommand),
    /// Include the selected file, or leave it out, and select the next.
    Include(bool),
    /// Look at one of the selected file's findings, by its place in their list.
    SelectFinding(usize),
    /// Draw the waveform of a finding in so many pixels.
    SetMomentWidth(usize),
    /// See whether files were added, changed or removed since the audit.
    LookAtFiles,
    /// Change the path that a report goes to.
    TypeReportPath(String),
    /// Ask in the system's dialog where a report goes, and write it.
    AskReportPath(Format),
    /// Write a report.
    Export {
        /// Its form.
        format: Format,
        /// Where it goes.
        to: PathBuf,
        /// Replace what is there.
        replace: bool,
    },
}

/// A command for the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MapCommand {
    /// Colour the points by this.
    Color(MapColor),
    /// Play the point that the pointer rests on, or no more.
    PlayOnHover(bool),
    /// See another part of it.
    See(MapView),
    /// Go on with the line around points to this place of the map.
    Draw([f32; 2]),
    /// End the line, and choose the files inside of it.
    CloseLasso,
    /// Choose no file.
    ForgetChosen,
    /// Note on which row's point the pointer rests, and since when in seconds.
    Rest(Option<(u32, f64)>),
    /// Note that it was played.
    RestHeard,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for a spreadsheet.
    Csv,
    /// One object a line, for programs.
    Json,
    /// A page for people.
    Html,
    /// A page about the set, to be published with it.
    Card,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Html, Self::Csv, Self::Json, Self::Card];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Html => "HTML",
            Self::Card => "dataset card",
        }
    }

    /// Its purpose.
    pub fn help(self) -> &'static str {
        match self {
            Self::Csv => "A table of all files, for a spreadsheet",
            Self::Json => "Everything that was measured and found, one object a line, for programs",
            Self::Card => {
                "What the set holds, its rights and settings, as a Markdown page to publish beside the data"
            }
            Self::Html => "One page with charts and pictures, for a browser; it needs nothing else",
        }
    }

    /// The ending of the names of such files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "jsonl",
            Self::Html => "html",
            Self::Card => "md",
        }
    }
}
