//! The reports of an audit as files that a person names.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array3, Axis};

use super::project::Project;
use crate::audio::chunk::{Chunk, ChunkPool};
use crate::audio::kept::KeptChunks;
use crate::audit::report::{card, csv, html, json};
use crate::audit::{AuditReport, FileAudit, TimbreMap};
use crate::dsp::analysis::AnalysisPlan;
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::picture::raster::Channels;
use crate::picture::{Heatmap, Raster};
use crate::settings::{ChunkRules, Settings};
use crate::whole_file;
use crate::workers;

/// Files with findings that get a picture in the HTML report, the gravest first: a page that opens at once.
const PICTURES_MAX: usize = 32;

/// Chunks in a picture at most: what follows is not needed to recognise a sound.
const PICTURE_CHUNKS_MAX: usize = 8;

/// Columns and rows of a picture at most.
const PICTURE_SIZE: [usize; 2] = [240, 64];

/// The reports to write, and where.
#[derive(Debug, Clone, Default)]
pub struct AuditFiles {
    /// A table of all files.
    pub csv: Option<PathBuf>,
    /// A table of the chunks that harm.
    pub chunks: Option<PathBuf>,
    /// Everything, one object a line.
    pub json: Option<PathBuf>,
    /// A page for people.
    pub html: Option<PathBuf>,
    /// A dataset card: what the set holds, to be published beside it.
    pub card: Option<PathBuf>,
    /// Replace files that exist.
    pub replace: bool,
}

impl AuditFiles {
    /// Refuses what [`AuditFiles::write`] would refuse, before the work.
    pub fn check(&self) -> Result<()> {
        for path in [&self.csv, &self.chunks, &self.json, &self.html, &self.card].into_iter().flatten() {
            if !self.replace && path.symlink_metadata().is_ok() {
                return Err(Error::Exists { path: path.clone() });
            }
        }
        Ok(())
    }

    /// Writes the reports, each complete or not at all.
    ///
    /// # Errors
    /// When a file exists and is not to be replaced, when the system refuses, and on cancel.
    pub fn write(&self, report: &AuditReport, project: &Project, monitor: &dyn Monitor) -> Result<()> {
        if let Some(path) = &self.chunks {
            self.write_one(path, |to| csv::write_chunks(report, to))?;
        }
        if let Some(path) = &self.card {
            self.write_one(path, |to| card::write(report, project.settings(), to))?;
        }
        if [&self.csv, &self.json, &self.html].into_iter().all(Option::is_none) {
            return Ok(());
        }
        // The others have points on it.
        let map = TimbreMap::new(report, workers::available(), monitor)?;
        if let Some(path) = &self.csv {
            self.write_one(path, |to| csv::write(report, &map, to))?;
        }
        if let Some(path) = &self.json {
            self.write_one(path, |to| json::write(report, &map, to))?;
        }
        if let Some(path) = &self.html {
            let pictures = pictures(report, project, monitor)?;
            self.write_one(path, |to| html::write(report, &map, &pictures, to))?;
        }
        Ok(())
    }

    fn write_one(&self, path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
        whole_file::write(path, self.replace, |file: &mut File| {
            let mut buffered = BufWriter::new(file);
            fill(&mut buffered).and_then(|()| buffered.flush()).map_err(Error::io("write", path))
        })
    }
}

/// Small heatmaps of the files with the gravest findings, by their place in the report.
fn pictures(
    report: &AuditReport,
    project: &Project,
    monitor: &dyn Monitor,
) -> Result<BTreeMap<usize, Raster>> {
    let settings = project.settings();
    let plan = AnalysisPlan::new(settings.analysis())?;
    let rules = ChunkRules::new(settings);
    let shown = html::order(report).into_iter().filter(|index| report.files[*index].outcome.is_ok());
    let shown: Vec<usize> = shown.take(PICTURES_MAX).collect();
    let draw =
        |(): &mut (), place: usize| picture(&report.files[shown[place]], settings, &rules, &plan, monitor);
    let drawn = workers::map_indexed("picture", workers::available(), shown.len(), || (), draw)?;
    let mut pictures = BTreeMap::new();
    for (index, drawn) in shown.into_iter().zip(drawn) {
        match drawn {
            Ok(Some(raster)) => {
                pictures.insert(index, raster);
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // The report tells what is wrong with it.
            Ok(None) | Err(_) => {}
        }
    }
    Ok(pictures)
}

/// The magnitude of the first chunks of `file` that a build keeps; `None` when it keeps none.
fn picture(
    file: &FileAudit,
    settings: &Settings,
    rules: &ChunkRules,
    plan: &AnalysisPlan,
    monitor: &dyn Monitor,
) -> Result<Option<Raster>> {
    let shape = plan.settings().tensor_shape();
    let (check, rules) = (|| monitor.check(), rules.of(&file.path));
    let mut reader = KeptChunks::open(ChunkPool::default(), &file.file, settings, rules, &check)?;
    let mut chunk = Chunk::new(settings.chunk_samples());
    let mut scratch = plan.scratch();
    let mut tensors: Vec<Array3<f32>> = Vec::new();
    while tensors.len() < PICTURE_CHUNKS_MAX && reader.next(&mut chunk, &check)? {
        let mut tensor = Array3::zeros(shape);
        // A new array is contiguous.
        plan.analyze_into(&chunk.samples, &mut scratch, tensor.as_slice_mut().unwrap_or_default());
        tensors.push(tensor);
    }
    if tensors.is_empty() {
        return Ok(None);
    }
    let chunks: Vec<Channels<'_>> = tensors
        .iter()
        .map(|tensor| Channels {
            magnitude: tensor.index_axis(Axis(0), 0).reborrow(),
            inst_freq: tensor.index_axis(Axis(0), 1).reborrow(),
        })
        .collect();
    let most = chunks.iter().flat_map(|chunk| chunk.magnitude).fold(0.0, |most: f32, value| most.max(*value));
    let [n_columns, n_rows] = PICTURE_SIZE;
    Ok(Some(Heatmap::new(&chunks, n_columns, n_rows).magnitude([0.0, most])))
}
