//! What judging needs of each recording, side by side: a set of a hundred thousand is judged anew while a person waits.

use super::band_edge;
use super::check_set::FileChecks;
use super::chunking::Chunking;
use super::file_audit::FileAudit;
use super::finding::Severity;
use super::loss::Loss;
use super::measure::Measurements;

/// What the judgement of a set asks of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Digest {
    /// The checks that found something in the file by itself.
    pub(super) checks: FileChecks,
    /// How many findings these are.
    pub(super) n_findings: u32,
    /// Why its sound is not all there.
    pub(super) loss: Option<Loss>,
    /// True when a build can use its sound.
    pub(super) has_sound: bool,
    pub(super) sample_rate_hz: u32,
    pub(super) n_channels: u32,
    /// Length of what can be read, in seconds.
    pub(super) duration_s: f64,
    pub(super) n_chunks: u64,
    /// Samples that fill up its last chunk, at the build's rate.
    pub(super) n_padding: u64,
    /// Integrated loudness in LUFS.
    pub(super) loudness_lufs: Option<f32>,
    /// The lowest usual rate that holds all of it, where its band ends early.
    pub(super) enough_rate_hz: Option<u32>,
}

impl Digest {
    pub(super) fn of(file: &FileAudit, chunking: Chunking) -> Self {
        let of_findings = Self {
            checks: FileChecks::of(&file.findings),
            n_findings: file.findings.len() as u32,
            loss: Loss::of(file),
            ..Self::default()
        };
        let Some(measured) = file.measurements() else { return of_findings };
        Self {
            has_sound: measured.is_usable(),
            sample_rate_hz: measured.sample_rate_hz,
            n_channels: measured.n_channels,
            duration_s: Measurements::duration_s(measured),
            n_chunks: measured.n_chunks,
            n_padding: measured.n_padding,
            loudness_lufs: measured.loudness_lufs,
            enough_rate_hz: band_edge::enough_rate(measured, chunking),
            ..of_findings
        }
    }

    /// True for a file that cannot be used, or harms the training.
    pub(super) fn has_error(&self) -> bool {
        !self.checks.at(Severity::Error).is_empty()
    }
}
