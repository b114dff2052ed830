//! The one place that orders the stages: scan, estimate, analyse, normalise, switch, and the way back.

mod analysis_pass;
mod analyze;
mod audit;
mod audit_files;
mod browse;
mod build;
pub mod demo;
mod estimate;
pub mod preview;
pub mod remarks;
mod status;
mod variant_preview;
mod variants;
mod verify;

use std::path::{Path, PathBuf};

pub use analyze::{AnalyzeReport, analyze};
pub use audit::audit;
pub use audit_files::AuditFiles;
pub use browse::{TensorPicture, draw_tensor};
pub use build::{BuildOptions, BuildOutcome, BuildReport, Question, build};
pub use estimate::{Estimate, estimate};
pub use status::{CleanReport, StatusReport, clean, status};
pub use variant_preview::{Take, VariantPreviewRequest, VariantPreviewer, VariantPreviews};
pub use variants::{ChunkVariants, VariantsReport, write_variants};
pub use verify::{VerifyReport, verify};

use crate::augment;
use crate::cache::manifest::AugmentationConfig;
use crate::dataset::Dataset;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{IfMode, Settings, TRAINER_RATE_HZ};

/// A folder of recordings with the settings to build it with: what every job starts from.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    settings: Settings,
    cache_dir: PathBuf,
}

impl Project {
    /// The folder `root` with `settings`.
    ///
    /// # Errors
    /// When the settings are impossible or `root` cannot be opened.
    pub fn new(root: &Path, settings: Settings) -> Result<Self> {
        settings.check()?;
        let root = dunce::canonicalize(root).map_err(Error::io("open the folder", root))?;
        let cache_dir = settings.cache_dir_of(&root);
        Ok(Self { root, settings, cache_dir })
    }

    /// The folder: absolute, with links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The cache's folder: absolute.
    pub fn cache_dir(&self) -> &Path {
        &self.cache_dir
    }

    /// The path of a recording in the folder: what its variants are drawn from. A link counts as itself, as in a scan.
    fn relative(&self, file: &Path) -> Result<RelPath> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = dunce::canonicalize(parent).map_err(Error::io("open the folder", parent))?;
        let path = folder.join(file.file_name().unwrap_or_default());
        path.strip_prefix(&self.root).map(RelPath::new).map_err(|_outside| {
            let problem = format!("it does not lie in the dataset {}", self.root.display());
            Error::refused(file, problem, "name the folder that holds it with --dataset")
        })
    }

    fn scan(&self, monitor: &dyn Monitor) -> Result<Dataset> {
        monitor.begin(Stage::Scan, 0);
        let dataset = Dataset::scan(&self.root, &self.settings.exclude, monitor)?;
        for unlisted in &dataset.unlisted {
            monitor.skipped(&unlisted.path, &unlisted.reason);
        }
        for exclusion in &dataset.idle_exclusions {
            monitor.warning(&format!(
                "{exclusion} is excluded in the settings, and there is no such file or folder"
            ));
        }
        Ok(dataset)
    }

    /// What variants are drawn from, as a manifest records it; `None` without variants.
    fn augmentation_config(&self) -> Option<AugmentationConfig> {
        let pitch_n_fft = augment::n_fft_at(self.settings.sample_rate_hz);
        AugmentationConfig::of(&self.settings.augmentation, pitch_n_fft)
    }

    /// Where the trainer would not take the cache for its own, and why, in words.
    fn trainer_notes(&self, dataset: &Dataset) -> Vec<String> {
        let mut notes = Vec::new();
        if self.settings.sample_rate_hz != TRAINER_RATE_HZ {
            notes.push(format!(
                "distill's trainer expects {TRAINER_RATE_HZ} Hz, not {} Hz: it would not take this cache for its own",
                self.settings.sample_rate_hz
            ));
        }
        if self.settings.if_mode != IfMode::Filterbank {
            notes.push(format!(
                "if_mode {} is not what distill's models were trained on",
                self.settings.if_mode
            ));
        }
        if self.settings.augmentation.expansion > 0 {
            notes.push(
                "distill's trainer accepts no cache with augmentation, not even its own: it would prepare the data anew"
                    .into(),
            );
        }
        match dataset.trainer_folder() {
            Some(folder) if folder != dataset.root => notes.push(format!(
                "distill's trainer takes the files' common folder for the dataset: it would look for the cache in {}",
                folder.display()
            )),
            Some(_) => {}
            None if dataset.sources.is_empty() => {}
            None => notes.push(
                "distill's trainer finds only wav, aiff, mp3 and flac files, and there are none: \
                 it would not take this cache for its own"
                    .into(),
            ),
        }
        notes
    }
}

/// What is possible in the settings but probably not meant, in words.
fn warnings(settings: &Settings, plan: &AnalysisPlan) -> Vec<String> {
    let mut warnings = plan.settings().warnings();
    warnings.extend(settings.augmentation.warnings());
    let (n_empty, n_mels) = (plan.filters().n_empty(), plan.settings().n_mels);
    if n_empty > 0 {
        warnings.push(format!("{n_empty} of {n_mels} mel filters are empty: raise n_fft or lower n_mels"));
    }
    warnings
}
