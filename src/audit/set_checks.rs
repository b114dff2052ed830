//! The checks of the set as a whole, for whatever no file shows by itself.

use std::collections::BTreeMap;

use super::common_band_edge;
use super::digest::Digest;
use super::finding::{Check, Finding, Severity};
use super::measure::Chunking;
use super::number_words::percent;
use super::set_finding::SetFinding;
use crate::in_words;

/// Fewer recordings than these give a model little to generalise from.
const FILES_MIN: usize = 5;

/// Among fewer values there is no telling which is the odd one.
const OUTLIERS_OF_MIN: usize = 8;

/// The standard deviations, estimated from the median absolute deviation, make an outlier.
const OUTLIER_SIGMAS: f64 = 5.0;

/// The standard deviation of a normal distribution over its median absolute deviation.
const SIGMA_PER_MAD: f64 = 1.4826;

/// Differences in level that are large by themselves: 16 bits hold 96 dB, of which a take this much quieter has 80.
const LEVEL_OUTLIER_LU: f64 = 15.0;

/// Differences in duration that are large by themselves: a factor of eight.
const DURATION_OUTLIER_FACTOR: f64 = 8.0;

/// Rates below this share of the highest miss bands that others have.
const MIXED_RATES_SHARE: f64 = 0.8;

/// From these shares of padding on, much of what the model sees is silence.
const PADDING_NOTE: f64 = 0.3;
const PADDING_WARNING: f64 = 0.6;

/// Every finding about the set but duplicates and what nearly all files have. `used` are its files that have sound, by their
/// place.
pub(super) fn check(used: &Used<'_>, chunking: Chunking) -> Vec<SetFinding> {
    let mut findings = Vec::new();
    findings.extend(too_few_files(used));
    findings.extend(mixed_rates(used));
    findings.extend(mixed_channels(used));
    findings.extend(common_band_edge::of_set(used, chunking));
    findings.extend(padding(used, chunking));
    findings.extend(level_outliers(used));
    findings.extend(duration_outliers(used));
    findings
}

type Used<'a> = [(usize, &'a Digest)];

fn too_few_files(used: &Used<'_>) -> Option<SetFinding> {
    (used.len() < FILES_MIN).then(|| {
        let what = format!("{} that can be used", in_words::count(used.len(), "file"));
        SetFinding::new(Finding::new(Check::TooFewFiles, Severity::Warning, what), [])
    })
}

/// The files by a property of theirs.
fn by<K: Ord>(used: &Used<'_>, key: impl Fn(&Digest) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups = BTreeMap::<K, Vec<usize>>::new();
    for (index, digest) in used {
        groups.entry(key(digest)).or_default().push(*index);
    }
    groups
}

/// Those of the groups that are not the largest.
fn minority<K: Ord>(groups: BTreeMap<K, Vec<usize>>) -> Vec<usize> {
    let largest = groups.values().map(Vec::len).max().unwrap_or(0);
    let mut is_first_largest = true;
    let mut others: Vec<usize> = groups
        .into_values()
        .filter(|group| !(group.len() == largest && std::mem::take(&mut is_first_largest)))
        .flatten()
        .collect();
    others.sort_unstable();
    others
}

fn mixed_rates(used: &Used<'_>) -> Option<SetFinding> {
    let rates = by(used, |digest| digest.sample_rate_hz);
    let (lowest, highest) = (*rates.first_key_value()?.0, *rates.last_key_value()?.0);
    (rates.len() > 1).then(|| {
        let is_wide = f64::from(lowest) < MIXED_RATES_SHARE * f64::from(highest);
        let severity = if is_wide { Severity::Warning } else { Severity::Note };
        let parts: Vec<String> = rates
            .iter()
            .map(|(rate, files)| {
                format!("{} at {}", in_words::count(files.len(), "file"), in_words::rate(*rate))
            })
            .collect();
        SetFinding::new(Finding::new(Check::MixedRates, severity, in_words::list(&parts)), minority(rates))
    })
}

fn mixed_channels(used: &Used<'_>) -> Option<SetFinding> {
    let counts = by(used, |digest| digest.n_channels);
    (counts.len() > 1).then(|| {
        let parts: Vec<String> = counts
            .iter()
            .map(|(n, files)| {
                let channels = in_words::count(*n, "channel");
                format!("{} of {channels}", in_words::count(files.len(), "file"))
            })
            .collect();
        let finding = Finding::new(Check::MixedChannels, Severity::Note, in_words::list(&parts));
        SetFinding::new(finding, minority(counts))
    })
}

fn padding(used: &Used<'_>, chunking: Chunking) -> Option<SetFinding> {
    let n_padding: u64 = used.iter().map(|(_, digest)| digest.n_padding).sum();
    let n_chunks: u64 = used.iter().map(|(_, digest)| digest.n_chunks).sum();
    let share = n_padding as f64 / (n_chunks * chunking.chunk_samples as u64).max(1) as f64;
    (share >= PADDING_NOTE).then(|| {
        let severity = if share >= PADDING_WARNING { Severity::Warning } else { Severity::Note };
        let chunk_s = chunking.chunk_samples as f64 / f64::from(chunking.sample_rate_hz);
        let what = format!("{} of the chunks of {chunk_s} s is padding", percent(share as f32));
        SetFinding::new(Finding::new(Check::Padding, severity, what), [])
    })
}

/// The values that are further from the median than `least` and than [`OUTLIER_SIGMAS`]: index and distance.
fn outliers(values: &[(usize, f64)], least: f64) -> Vec<(usize, f64)> {
    if values.len() < OUTLIERS_OF_MIN {
        return Vec::new();
    }
    let median = median(values.iter().map(|(_, value)| *value).collect());
    let deviation = self::median(values.iter().map(|(_, value)| (value - median).abs()).collect());
    let limit = least.max(OUTLIER_SIGMAS * SIGMA_PER_MAD * deviation);
    let distances = values.iter().map(|(index, value)| (*index, value - median));
    distances.filter(|(_, distance)| distance.abs() > limit).collect()
}

/// The middle of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn level_outliers(used: &Used<'_>) -> Vec<SetFinding> {
    let levels: Vec<(usize, f64)> =
        used.iter().filter_map(|(index, digest)| Some((*index, f64::from(digest.loudness_lufs?)))).collect();
    let find = |(index, distance): (usize, f64)| {
        let direction = if distance > 0.0 { "louder" } else { "quieter" };
        let what = format!("{:.0} LU {direction} than the median of the set", distance.abs());
        SetFinding::new(Finding::new(Check::LevelOutlier, Severity::Warning, what), [index])
    };
    outliers(&levels, LEVEL_OUTLIER_LU).into_iter().map(find).collect()
}

fn duration_outliers(used: &Used<'_>) -> Vec<SetFinding> {
    let logs: Vec<(usize, f64)> =
        used.iter().map(|(index, digest)| (*index, digest.duration_s.ln())).collect();
    let find = |(index, distance): (usize, f64)| {
        let direction = if distance > 0.0 { "longer" } else { "shorter" };
        let what = format!("{:.0} times {direction} than the median of the set", distance.abs().exp());
        SetFinding::new(Finding::new(Check::DurationOutlier, Severity::Note, what), [index])
    };
    outliers(&logs, DURATION_OUTLIER_FACTOR.ln()).into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_is_far_by_itself_and_by_the_spread_of_the_rest() {
        let values =
            |odd: f64| (0..20).map(|n| (n, f64::from(n as u32 % 5))).chain([(20, odd)]).collect::<Vec<_>>();
        // The median is 2 and the median absolute deviation 1: five sigmas are 7.4.
        assert_eq!(outliers(&values(10.0), 1.0), [(20, 8.0)]);
        assert_eq!(outliers(&values(9.0), 1.0), []);
        assert_eq!(outliers(&values(10.0), 15.0), []);
        assert_eq!(outliers(&values(10.0)[15..], 1.0), [], "too few to tell");
    }

    #[test]
    fn the_largest_group_is_the_rule_and_the_others_are_named() {
        let groups = BTreeMap::from([(1, vec![4, 5]), (2, vec![0, 1]), (3, vec![2])]);
        assert_eq!(minority(groups), [0, 1, 2]);
    }
}
