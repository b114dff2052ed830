//! Where chunks are left out of what is shown, as plain values.

use std::ops::Range;

use crate::settings::Settings;

/// Where chunks are left out of what is shown, as far as its preview has come.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// The revision of the preview, and the settings, that the times are of.
    pub(super) known: Option<(u64, Settings)>,
    /// The times, in order and apart from each other, in seconds.
    pub times_s: Vec<Range<f64>>,
}

impl LeftOut {
    /// True where the times are of this revision of the preview, and of the rules in `settings`.
    pub(super) fn is_of(&self, revision: u64, settings: &Settings) -> bool {
        let is_same =
            |(known, rules): &(u64, Settings)| *known == revision && has_same_rules(rules, settings);
        self.known.as_ref().is_some_and(is_same)
    }
}

fn has_same_rules(a: &Settings, b: &Settings) -> bool {
    a.exclude_chunks == b.exclude_chunks
        && a.exclude_chunks_quieter_dbfs == b.exclude_chunks_quieter_dbfs
        && a.exclude_chunks_padding == b.exclude_chunks_padding
        && a.trim_silence_dbfs == b.trim_silence_dbfs
}
