//! The project: a folder of recordings with the settings to build it with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::augment;
use crate::cache::manifest::AugmentationConfig;
use crate::dataset::{Dataset, passed_over};
use crate::distill;
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::Settings;
use crate::source::{SourceFile, SourcePath};

/// A folder of recordings with the settings to build it with: what every job starts from.
#[derive(Debug, Clone)]
pub struct Project {
    pub(super) root: PathBuf,
    pub(super) settings: Settings,
    pub(super) cache_dir: PathBuf,
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

    /// The recordings that a build takes, in the order of the dataset.
    pub(super) fn included(&self, monitor: &dyn Monitor) -> Result<Vec<SourcePath>> {
        let dataset = self.scan(monitor)?;
        let source =
            |source: &SourceFile| SourcePath { path: source.path.clone(), relative: source.relative.clone() };
        Ok(dataset.included().map(source).collect())
    }

    /// A recording with its place in the folder; one from elsewhere, which is in no list of the dataset's, keeps its path.
    pub(super) fn source_path(&self, file: &Path) -> SourcePath {
        let relative = self.relative(file).unwrap_or_else(|_elsewhere| RelPath::new(file));
        SourcePath { path: file.to_path_buf(), relative }
    }

    /// The path of a recording in the folder: what its variants are drawn from. A link counts as itself, as in a scan.
    pub(super) fn relative(&self, file: &Path) -> Result<RelPath> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = dunce::canonicalize(parent).map_err(Error::io("open the folder", parent))?;
        let path = folder.join(file.file_name().unwrap_or_default());
        path.strip_prefix(&self.root)
            .map(RelPath::new)
            .map_err(|_outside| Error::OutsideDataset { path: file.into(), dataset: self.root.clone() })
    }

    pub(super) fn scan(&self, monitor: &dyn Monitor) -> Result<Dataset> {
        monitor.begin(Stage::Scan, 0);
        let dataset = Dataset::scan(&self.root, &self.settings.exclude, self.settings.ffmpeg, monitor)?;
        for unlisted in &dataset.unlisted {
            monitor.skipped(&unlisted.path, &unlisted.reason);
        }
        for (message, files) in passed_over::groups(&dataset.passed_over, self.settings.ffmpeg) {
            monitor.note(&message, &files);
        }
        for exclusion in &dataset.idle_exclusions {
            monitor.warning(&format!(
                "{exclusion} is excluded in the settings, and there is no such file or folder"
            ));
        }
        if !self.settings.exclude_chunks.is_empty() {
            let known: BTreeSet<&RelPath> = dataset.sources.iter().map(|source| &source.relative).collect();
            let unknown = self.settings.exclude_chunks.iter().filter(|range| !known.contains(&range.source));
            for range in unknown {
                monitor.warning(&format!("{range} is left out in the settings, and there is no such file"));
            }
        }
        Ok(dataset)
    }

    /// The ranges that variants are drawn from, as a manifest records it; `None` without variants.
    pub(super) fn augmentation_config(&self) -> Option<AugmentationConfig> {
        let pitch_n_fft = augment::n_fft_at(self.settings.sample_rate_hz);
        AugmentationConfig::of(&self.settings.augmentation, pitch_n_fft)
    }

    /// The places where the trainer would not take the cache for its own, and why, in words.
    pub(super) fn trainer_notes(&self, dataset: &Dataset) -> Vec<String> {
        let mut notes = distill::notes(&self.settings);
        let paths = dataset.sources.iter().map(|source| (source.relative.as_bytes(), source.path.as_path()));
        match distill::common_folder(paths) {
            _ if dataset.sources.is_empty() => {}
            Some(folder) if folder == dataset.root => {}
            folder => notes.push(distill::folder_note(folder.as_deref())),
        }
        notes
    }
}

/// Everything that is possible in the settings but probably not meant, in words.
pub(super) fn warnings(settings: &Settings, plan: &AnalysisPlan) -> Vec<String> {
    let mut warnings = plan.settings().warnings();
    warnings.extend(settings.augmentation.warnings());
    let (n_empty, n_mels) = (plan.filters().n_empty(), plan.settings().n_mels);
    if n_empty > 0 {
        warnings.push(format!("{n_empty} of {n_mels} mel filters are empty: raise n_fft or lower n_mels"));
    }
    warnings
}
