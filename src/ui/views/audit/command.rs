//! The commands of the Audit view.

use std::path::PathBuf;

use super::model::Pane;
use crate::audit::table::{Column, Filter};

/// A command that only the Audit view understands.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditCommand {
    /// Audit the folder, again where it was audited before.
    Start,
    /// Show the rows that pass this.
    Filter(Filter),
    /// Sort by a column; by the one that sorts already the other way round.
    Sort(Column),
    /// Show a pane.
    ShowPane(Pane),
    /// Select the file so many rows further down.
    Move(isize),
    /// See whether files were added, changed or removed since the audit.
    LookAtFiles,
    /// Write a report.
    Export {
        /// Its form.
        format: Format,
        /// Where it goes, replaced when it exists; `None` asks in the system's dialog.
        to: Option<PathBuf>,
    },
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
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Html];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Html => "HTML",
        }
    }

    /// Its purpose.
    pub fn help(self) -> &'static str {
        match self {
            Self::Csv => "A table of all files, for a spreadsheet",
            Self::Json => "Everything that was measured and found, one object a line, for programs",
            Self::Html => "One page with charts and pictures, for a browser; it needs nothing else",
        }
    }

    /// The ending of the names of such files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "jsonl",
            Self::Html => "html",
        }
    }
}
