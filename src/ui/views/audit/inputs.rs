//! What every pane of the Audit view is drawn from.

use super::model::{Audit, Found};
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::Listen;

/// What a pane is drawn from.
pub(super) struct PaneInputs<'a> {
    pub(super) folder: &'a Folder,
    pub(super) audit: &'a Audit,
    pub(super) found: &'a Found,
    pub(super) listen: &'a Listen,
}
