//! Loss: a reason why the sound of a file is not all there, or not as it was.

use super::file_audit::FileAudit;
use super::finding::{Check, Finding};
use crate::audio::decode::Remark;
use crate::in_words;

/// The gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    Unread,
    Damaged,
    PartLeftOut,
    HeaderWrong,
}

impl Loss {
    pub(super) const ALL: [Self; 4] = [Self::Unread, Self::Damaged, Self::PartLeftOut, Self::HeaderWrong];

    pub(super) fn of(file: &FileAudit) -> Option<Self> {
        let of_finding = |finding: &Finding| match finding.check {
            Check::Unreadable | Check::Empty | Check::NotFinite => Some(Self::Unread),
            Check::Damaged => Some(Self::Damaged),
            Check::HeaderWrong => Some(Self::HeaderWrong),
            _ => None,
        };
        let remarks = file.measurements().map_or(&[][..], |measured| &measured.remarks);
        // Streams that were joined are all there.
        let is_left_out = |remark: &Remark| {
            matches!(remark, Remark::OtherTracks { .. } | Remark::CoreOnly { .. } | Remark::LeftOut { .. })
        };
        let left_out = remarks.iter().any(is_left_out).then_some(Self::PartLeftOut);
        file.findings.iter().filter_map(of_finding).chain(left_out).min()
    }

    /// The loss of `n` files, in words.
    pub(super) fn words(self, n: usize) -> String {
        let files = in_words::count(n, "file");
        match (self, n) {
            (Self::Unread, _) => format!("{files} cannot be read"),
            (Self::Damaged, 1) => format!("{files} is damaged"),
            (Self::Damaged, _) => format!("{files} are damaged"),
            (Self::PartLeftOut, 1) => format!("{files} is read only in part"),
            (Self::PartLeftOut, _) => format!("{files} are read only in part"),
            (Self::HeaderWrong, 1) => format!("{files} has another sound than its header says"),
            (Self::HeaderWrong, _) => format!("{files} have another sound than their headers say"),
        }
    }
}
