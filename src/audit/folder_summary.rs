//! A summary of each folder of a set: where the hours are, and where what was found is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::audit_report::AuditReport;
use super::finding::Severity;
use super::verdict::BySeverity;
use crate::path_text::RelPath;

/// The name of a folder of the dataset for people: an empty one is that of the dataset itself.
pub fn folder_name(folder: &str) -> &str {
    if folder.is_empty() { "the folder itself" } else { folder }
}

/// One folder: the files that lie in it directly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FolderSummary {
    /// The folder; empty for that of the dataset itself.
    pub folder: RelPath,
    /// Audio files in it.
    pub n_files: usize,
    /// Files of these that a build uses: neither excluded nor without sound.
    pub n_used: usize,
    /// Files of these that are excluded.
    pub n_excluded: usize,
    /// Length of the used files, in seconds.
    pub seconds: f64,
    /// Integrated loudness of the used files; `None` where none has any.
    pub loudness: Option<LoudnessRange>,
    /// The sample rates of the used files in Hz, the lowest first.
    pub sample_rates_hz: BTreeSet<u32>,
    /// The files that are not excluded, by the severity of what was found in them.
    pub files_with: BySeverity,
}

/// Loudness in LUFS (ITU-R BS.1770).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LoudnessRange {
    /// Of the quietest file.
    pub lowest_lufs: f32,
    /// Of the file in the middle.
    pub median_lufs: f32,
    /// Of the loudest file.
    pub highest_lufs: f32,
}

impl LoudnessRange {
    /// The range of some values; `None` for no value.
    pub(super) fn of(values: &mut [f32]) -> Option<Self> {
        values.sort_unstable_by(f32::total_cmp);
        let (lowest_lufs, highest_lufs) = (*values.first()?, *values.last()?);
        Some(Self { lowest_lufs, median_lufs: values[values.len() / 2], highest_lufs })
    }
}

impl FolderSummary {
    /// The summaries of all folders that hold audio files, in the order of their paths.
    pub fn of(report: &AuditReport) -> Vec<Self> {
        let mut by_folder = BTreeMap::<RelPath, Vec<usize>>::new();
        for (index, file) in report.files.iter().enumerate() {
            let folder = file.path.parent().unwrap_or_else(|| RelPath::new(""));
            by_folder.entry(folder).or_default().push(index);
        }
        by_folder.into_iter().map(|(folder, files)| Self::of_folder(report, folder, &files)).collect()
    }

    fn of_folder(report: &AuditReport, folder: RelPath, files: &[usize]) -> Self {
        let included: Vec<usize> =
            files.iter().copied().filter(|index| !report.is_excluded(*index)).collect();
        let measured = included.iter().filter_map(|index| report.files[*index].measurements());
        let used: Vec<_> = measured.filter(|measured| measured.is_usable()).collect();
        let mut levels: Vec<f32> = used.iter().filter_map(|measured| measured.loudness_lufs).collect();
        let n_with = |severity: Severity| {
            included.iter().filter(|index| report.has_severity(**index, severity)).count()
        };
        Self {
            folder,
            n_files: files.len(),
            n_used: used.len(),
            n_excluded: files.len() - included.len(),
            seconds: used.iter().fold(0.0, |sum, measured| sum + measured.duration_s()),
            loudness: LoudnessRange::of(&mut levels),
            sample_rates_hz: used.iter().map(|measured| measured.sample_rate_hz).collect(),
            files_with: BySeverity::count(n_with),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_its_middle_and_both_ends() {
        let range = LoudnessRange::of(&mut [-20.0, -31.5, -14.0]).unwrap();
        assert_eq!((range.lowest_lufs, range.median_lufs, range.highest_lufs), (-31.5, -20.0, -14.0));
        assert_eq!(LoudnessRange::of(&mut []), None);
    }
}
