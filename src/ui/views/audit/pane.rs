//! The panes of the Audit view: what of the set it shows.

/// What of the set is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuditPane {
    /// Every file in a row, with what was found in the selected one.
    #[default]
    Files,
    /// The chunks that harm, and what leaves chunks out.
    Chunks,
    /// Every folder in a row, and what is about the set as a whole.
    Folders,
    /// Every file as a point by what it sounds like.
    Map,
}

impl AuditPane {
    /// Every pane, in order.
    pub const ALL: [Self; 4] = [Self::Files, Self::Chunks, Self::Folders, Self::Map];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Chunks => "Chunks",
            Self::Folders => "Folders",
            Self::Map => "Map",
        }
    }

    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Files => "Every file in a row, and what was found in it",
            Self::Chunks => "The chunks that are silent, too quiet, clipped or mostly padding",
            Self::Folders => "What each folder holds, and what is about the set as a whole",
            Self::Map => "Every recording as a point: those that sound alike are near to each other",
        }
    }
}
