//! Tensors from a file of a cache, of a model or of `analyze`, as they were before they were normalised.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use ndarray::{Array4, ArrayD, ArrayView4, Axis, Ix4};
use ndarray_npy::ReadNpyExt;

use super::project::Project;
use crate::cache::manifest::Manifest;
use crate::cache::pt;
use crate::cache::verify::Tensors;
use crate::error::{Error, Remedy, Result};
use crate::settings::AnalysisSettings;

/// More than ln(1 + mel power) can be of a chunk at full level: with the longest window, 65 536 samples, each bin has at most a power
/// of 2^30, e^21, and a band at most all of them.
const LOG_POWER_MAX: f32 = 32.0;

/// Less than this, ln(1 + mel power) of a model's output that is not normalised never is: only rounding and the model's own error take it below 0.
/// Silence in a normalised tensor lies some tenths to some standard deviations below the mean.
const LOG_POWER_MIN: f32 = -0.25;

/// What is known of tensors that are in no cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalisation {
    /// They are normalised where channel 0 goes below what it can be otherwise.
    #[default]
    Unknown,
    /// They are normalised with the statistics of the dataset's cache.
    Normalised,
    /// They are not.
    Raw,
}

/// Tensors, not normalised, and the settings that they were made with.
#[derive(Debug)]
pub(super) struct TensorFile {
    /// `[chunks, 2, n_mels, frames]`.
    pub(super) values: Array4<f32>,
    pub(super) settings: AnalysisSettings,
    /// True where they were normalised in the file.
    pub(super) was_normalised: bool,
}

/// True for a name that tensors have: `.pt` or `.npy`.
pub fn is_tensor_name(path: &Path) -> bool {
    has_extension(path, "pt") || has_extension(path, "npy")
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

impl TensorFile {
    /// Reads `.pt` or `.npy`. A tensor of a cache has that cache's settings and statistics; any other was made with the settings of
    /// `project`, and where it is normalised, with the statistics of its cache.
    ///
    /// # Errors
    /// When it cannot be read, has another shape or values that no tensor has, or statistics are wanted and there is no cache.
    pub(super) fn read(project: &Project, path: &Path, normalisation: Normalisation) -> Result<Self> {
        let mut settings = project.settings().analysis();
        let values = if has_extension(path, "pt") { pt::read(path)?.into_dyn() } else { read_npy(path)? };
        let own = cache_of(path);
        let shape = values.shape().to_vec();
        let values = if values.ndim() == 3 { values.insert_axis(Axis(0)) } else { values };
        if let Some(manifest) = &own
            && let Some(melscope) = &manifest.melscope
        {
            settings = manifest.settings(melscope).analysis();
        }
        let is_wanted = |values: &Array4<f32>| {
            !values.is_empty() && values.len_of(Axis(1)) == 2 && values.len_of(Axis(2)) == settings.n_mels
        };
        let Some(mut values) = values.into_dimensionality::<Ix4>().ok().filter(is_wanted) else {
            let expected = settings.n_mels;
            let problem = format!(
                "its shape is {shape:?} where [2, {expected}, frames] or [chunks, 2, {expected}, frames] is expected"
            );
            return Err(Error::refused(path, problem, Remedy::NameTensor));
        };
        let n_frames = values.len_of(Axis(3));
        if n_frames != settings.n_frames() {
            settings.chunk_samples = (n_frames - 1) * settings.hop_samples;
        }
        settings.check()?;
        let least = values.index_axis(Axis(1), 0).into_iter().copied().fold(f32::INFINITY, f32::min);
        let was_normalised = match normalisation {
            Normalisation::Unknown => own.is_some() || least < LOG_POWER_MIN,
            Normalisation::Normalised => true,
            Normalisation::Raw => false,
        };
        if was_normalised {
            let manifest = match own {
                Some(manifest) => manifest,
                None => statistics(project, path)?,
            };
            values.outer_iter_mut().for_each(|tensor| manifest.normalization_stats.denormalise_array(tensor));
        }
        check(path, &values.view())?;
        Ok(Self { values, settings, was_normalised })
    }
}

fn read_npy(path: &Path) -> Result<ArrayD<f32>> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    ArrayD::<f32>::read_npy(file).map_err(|error| {
        let problem = format!("it holds no array of float32 that can be read ({error})");
        Error::refused(path, problem, Remedy::NameTensor)
    })
}

/// Refuses values that no tensor has, of `[chunks, 2, n_mels, frames]`.
fn check(path: &Path, values: &ArrayView4<'_, f32>) -> Result<()> {
    let too_large = values.index_axis(Axis(1), 0).into_iter().copied().find(|value| *value > LOG_POWER_MAX);
    let not_finite = values.iter().copied().find(|value| !value.is_finite());
    match not_finite.or(too_large) {
        Some(value) => {
            let problem = format!("a value of it is {value}, which no tensor has that is not normalised");
            Err(Error::refused(path, problem, Remedy::NameTensor))
        }
        None => Ok(()),
    }
}

/// The manifest of the cache that a tensor's file belongs to, where it is one of ours.
fn cache_of(path: &Path) -> Option<Manifest> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tensors = Tensors::open(folder).ok()?;
    let name = path.file_name()?;
    let is_of_cache = tensors.number_of(name).is_some() && tensors.manifest.melscope.is_some();
    is_of_cache.then_some(tensors.manifest)
}

/// The manifest of the dataset's cache, whose statistics a model's output is normalised with.
fn statistics(project: &Project, path: &Path) -> Result<Manifest> {
    Tensors::open(project.cache_dir()).map(|tensors| tensors.manifest).map_err(|error| {
        let problem = format!(
            "it is normalised, and the statistics to undo that are those of the dataset's cache, which cannot be read ({error})"
        );
        Error::refused(path, problem, Remedy::NameTensor)
    })
}
