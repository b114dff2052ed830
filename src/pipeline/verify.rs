//! Reading every tensor back.

use super::project::Project;
use crate::cache::verify::Tensors;
use crate::dsp::stats::TensorStats;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::normalization::NormalizationStats;
use crate::workers;

/// The distance that the statistics of normalised tensors may have from mean 0 and deviation 1. Rounding to f32 moves a value by
/// at most 6e-8 of itself; a tensor that was left un-normalised, or normalised twice, moves them by far more.
const STATS_TOLERANCE: f64 = 1e-3;

/// The result of reading every tensor.
#[derive(Debug, Clone)]
pub struct VerifyReport {
    /// Number of tensors read.
    pub spectrograms: u64,
    /// Bytes of the tensors' files.
    pub bytes: u64,
    /// Everything that is wrong, in words, with the file's name.
    pub problems: Vec<String>,
}

impl VerifyReport {
    /// True when every tensor is as it was written.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads every tensor of the cache back: layout, shape, finite values, hash, and the statistics of all.
///
/// # Errors
/// When there is no cache of Melscope's, or on cancel. What is wrong with a tensor is in the report.
pub fn verify(project: &Project, monitor: &dyn Monitor) -> Result<VerifyReport> {
    let tensors = Tensors::open(&project.cache_dir)?;
    monitor.begin(Stage::Verify, tensors.rows.len() as u64);
    let read = |(): &mut (), number: usize| {
        monitor.check()?;
        let tensor = tensors.read(number)?;
        monitor.advance(1);
        // What `read` has accepted is contiguous.
        Ok(TensorStats::of(tensor.as_slice().unwrap_or_default()))
    };
    let results = workers::map_indexed("verify", workers::available(), tensors.rows.len(), || (), read)?;
    let mut problems = Vec::new();
    let mut stats = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(tensor) => stats.push(tensor),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => problems.push(error.to_string()),
        }
    }
    if problems.is_empty() {
        problems.extend(
            NormalizationStats::fold(stats).and_then(|stats| deviation_problem(project, &tensors, &stats)),
        );
    }
    Ok(VerifyReport {
        spectrograms: tensors.rows.len() as u64,
        bytes: tensors.manifest.cache_size_bytes,
        problems,
    })
}

/// Says so when the tensors do not have mean 0 and deviation 1, as normalising leaves them.
fn deviation_problem(project: &Project, tensors: &Tensors, stats: &NormalizationStats) -> Option<String> {
    let recorded = &tensors.manifest.normalization_stats;
    let is_off = |mean: f64, deviation: f64, recorded_deviation: f64| {
        // A channel without any deviation is only shifted: its deviation counts as 1 then and now.
        mean.abs() > STATS_TOLERANCE
            || ((deviation - 1.0).abs() > STATS_TOLERANCE && recorded_deviation != 1.0)
    };
    let off = is_off(stats.mag_mean, stats.mag_std, recorded.mag_std)
        || is_off(stats.if_mean, stats.if_std, recorded.if_std);
    off.then(|| {
        format!(
            "{}: the tensors have means {:.4} and {:.4} and deviations {:.4} and {:.4}, where 0 and 1 are expected; \
             build the cache anew",
            project.cache_dir.display(),
            stats.mag_mean,
            stats.if_mean,
            stats.mag_std,
            stats.if_std
        )
    })
}
