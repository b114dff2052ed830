//! Where the sound of nearly all of a set ends below the highest frequency that is analysed.

use std::collections::BTreeMap;

use super::band_edge::FULL_RATE;
use super::common_findings::{FILES_MIN, OF_SET_SHARE};
use super::digest::Digest;
use super::finding::{Check, Finding, Severity};
use super::measure::Chunking;
use super::number_words::hertz;
use super::set_finding::SetFinding;
use crate::in_words;
use crate::settings::Fix;
use crate::settings::table::SAMPLE_RATE;

/// With this share of the files the rate that their edge needs is proposed: a tenth of the set loses its highs at most.
const FIX_SHARE: f64 = 0.9;

/// The finding that stands for those of nearly all files.
pub(super) fn of_set(used: &[(usize, &Digest)], chunking: Chunking) -> Option<SetFinding> {
    let mut by_rate = BTreeMap::<u32, Vec<usize>>::new();
    for (index, digest) in used {
        if let Some(rate_hz) = digest.enough_rate_hz {
            by_rate.entry(rate_hz).or_default().push(*index);
        }
    }
    let (rate_hz, files) = by_rate.into_iter().max_by_key(|(_, files)| files.len())?;
    let share = files.len() as f64 / used.len() as f64;
    if used.len() < FILES_MIN || share < OF_SET_SHARE {
        return None;
    }
    let what = format!(
        "{} of {} hold nothing above {}, the analysis goes up to {}",
        files.len(),
        in_words::count(used.len(), "file"),
        hertz(rate_hz as f32 / 2.0),
        hertz(chunking.sample_rate_hz as f32 / 2.0)
    );
    let finding = SetFinding::new(Finding::new(Check::Bandwidth, Severity::Warning, what), []);
    let is_lower = share >= FIX_SHARE && f64::from(rate_hz) < FULL_RATE * f64::from(chunking.sample_rate_hz);
    let fix = Fix::new(format!("use a sample rate of {}", in_words::rate(rate_hz)), &SAMPLE_RATE, &rate_hz);
    Some(SetFinding { fix: is_lower.then_some(fix), ..finding }.standing_for(files))
}
