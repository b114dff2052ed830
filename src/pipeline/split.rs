//! The split of a cache: what stands on each side, whether anything leaks, and drawing it anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::groups::Groups;
use super::project::Project;
use crate::cache::index::Row;
use crate::cache::lock::CacheLock;
use crate::cache::manifest;
use crate::cache::recover::recover;
use crate::cache::refresh;
use crate::cache::verify::Tensors;
use crate::error::{Error, Result};
use crate::in_words;
use crate::monitor::{Monitor, OnlyStops};
use crate::path_text::RelPath;
use crate::settings::Settings;
use crate::split::{self, Group, Side};
use crate::workers;

/// Problems that are named one by one.
const PROBLEMS_MAX: usize = 20;

/// What stands on one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct SideTotals {
    /// Groups: recordings, those of one take counted once.
    pub n_groups: usize,
    /// Recordings.
    pub n_recordings: usize,
    /// Tensors, variants among them.
    pub n_tensors: u64,
    /// Length of the original chunks without their padding, in seconds.
    pub duration_s: f64,
}

impl SideTotals {
    fn add(&mut self, other: &Self) {
        self.n_groups += other.n_groups;
        self.n_recordings += other.n_recordings;
        self.n_tensors += other.n_tensors;
        self.duration_s += other.duration_s;
    }
}

/// What one folder of the dataset gives to each side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FolderSplit {
    /// The folder as people read it; empty for the dataset's own.
    pub folder: String,
    /// In the order of [`Side::ALL`].
    pub sides: [SideTotals; 2],
}

/// The split of a cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitReport {
    /// True when the index holds this split; otherwise it is what would be drawn.
    pub is_stored: bool,
    /// True when it was written now.
    pub is_written: bool,
    /// The share of validation that the settings ask for, 0 to 1.
    pub share: f64,
    /// The seed that the settings ask for.
    pub seed: u64,
    /// All of both sides, in the order of [`Side::ALL`].
    pub sides: [SideTotals; 2],
    /// Each folder, in the order of paths.
    pub folders: Vec<FolderSplit>,
    /// What leaks, in words: groups that stand on both sides.
    pub problems: Vec<String>,
    /// True when drawing it anew, as the settings and the last audit have it now, would change nothing in the index.
    pub is_current: bool,
    /// Recordings that would change sides then.
    pub n_would_move: usize,
    /// Recordings of which no audit knows what they sound like: copies of them are found only where the files are equal.
    pub n_not_audited: usize,
    /// Validation tensors if tensors were drawn without regard to groups, as the trainer does, with the same share.
    pub n_by_tensor: u64,
    /// The part of them of which the same group is expected in training.
    pub n_leaked_by_tensor: f64,
}

impl SplitReport {
    /// True when nothing stands on both sides.
    pub fn is_tight(&self) -> bool {
        self.problems.is_empty()
    }

    /// That nothing leaks, in a sentence; `None` where something does.
    pub fn tight_sentence(&self) -> Option<&'static str> {
        self.is_tight().then_some("No recording, and no take that is known, is on both sides.")
    }

    /// What drawing it anew would change in the index, in a sentence; `None` for nothing.
    pub fn change_sentence(&self) -> Option<String> {
        Some(match self {
            Self { is_current: true, .. } => return None,
            Self { is_stored: false, .. } => {
                "The cache does not hold a split yet: this one would be drawn.".into()
            }
            Self { n_would_move: 0, .. } => {
                "The audit knows of other copies than the groups of the index.".into()
            }
            _ => {
                let recordings = in_words::count(self.n_would_move, "recording");
                format!("With the settings and the audit as they are now, {recordings} would change sides.")
            }
        })
    }

    /// What would leak if tensors were drawn one by one, in a sentence.
    pub fn by_tensor_sentence(&self) -> String {
        format!(
            "If tensors were drawn one by one, as the trainer does, {:.1} of {} for validation ({:.0} %) would on average have \
             others of their recording or take in training.",
            self.n_leaked_by_tensor,
            in_words::count(self.n_by_tensor, "tensor"),
            100.0 * self.n_leaked_by_tensor / self.n_by_tensor.max(1) as f64
        )
    }

    /// Which near-duplicates are not known, in a sentence; `None` where all are.
    pub fn not_audited_sentence(&self) -> Option<String> {
        let recordings = in_words::count(self.n_not_audited, "recording");
        (self.n_not_audited > 0).then(|| {
            format!("Near-duplicates are not known of {recordings} without an audit: audit the folder, then draw again.")
        })
    }

    /// The share of the tensors that is for validation, 0 to 1.
    pub fn validation_share(&self) -> f64 {
        let [train, validation] = self.sides.map(|side| side.n_tensors);
        validation as f64 / (train + validation).max(1) as f64
    }
}

/// The side of each recording, of which there are `n_tensors`, as the settings ask for it. `group_of` gives the place of the first
/// recording of its group.
pub(super) fn sides_of(
    settings: &Settings,
    recordings: &[&RelPath],
    group_of: &[u32],
    n_tensors: &[u64],
) -> Vec<Side> {
    let mut groups: Vec<Group> =
        recordings.iter().map(|path| Group { first: (*path).clone(), n_tensors: 0 }).collect();
    for ((group, n_tensors), path) in group_of.iter().zip(n_tensors).zip(recordings) {
        let group = &mut groups[*group as usize];
        // What gives no tensor is in no index, so that a group's name can be told from the index alone.
        if group.n_tensors == 0 {
            group.first = (*path).clone();
        }
        group.n_tensors += n_tensors;
    }
    let n_files = n_tensors.iter().filter(|n_tensors| **n_tensors > 0).count();
    let sides = split::sides(&groups, share_of(settings, n_files), settings.seed);
    group_of.iter().map(|group| sides[*group as usize]).collect()
}

fn share_of(settings: &Settings, n_files: usize) -> f64 {
    settings.validation_share.unwrap_or_else(|| split::usual_share(n_files))
}

/// Tells and checks the split of the cache of `project`; with `writes` the one that the settings and the last audit ask for now is
/// drawn and stored in the index. Tensors stay as they are.
///
/// # Errors
/// When there is no cache of Melscope's, when it cannot be written or is built anew meanwhile, or on cancel.
pub fn split(project: &Project, writes: bool, monitor: &dyn Monitor) -> Result<SplitReport> {
    let mut draw = Draw::of(project, monitor)?;
    let is_written = writes && draw.store(project)?;
    let is_stored = draw.tensors.rows.iter().all(|row| row.side.is_some());
    let is_current = draw.is_current();
    let n_would_move = draw.n_moves();
    if !is_stored {
        draw.apply();
    }
    let n_tensors = draw.tensors.rows.len();
    let share = share_of(&project.settings, draw.n_files);
    let mut report = SplitReport {
        is_stored,
        is_written,
        share,
        seed: project.settings.seed,
        sides: Default::default(),
        folders: Vec::new(),
        problems: draw.leaks(),
        is_current,
        n_would_move,
        n_not_audited: draw.groups.n_not_audited,
        n_by_tensor: split::n_by_tensor(n_tensors, share) as u64,
        n_leaked_by_tensor: 0.0,
    };
    draw.count(&mut report);
    Ok(report)
}

/// A cache, and the split that the settings ask for.
struct Draw {
    tensors: Tensors,
    /// The recording of each row, by its place in the manifest.
    of_rows: Vec<usize>,
    /// Recordings with tensors.
    n_files: usize,
    groups: Groups,
    /// The side of each recording.
    sides: Vec<Side>,
}

impl Draw {
    fn of(project: &Project, monitor: &dyn Monitor) -> Result<Self> {
        let tensors = Tensors::open(&project.cache_dir)?;
        let Some(melscope) = &tensors.manifest.melscope else {
            return Err(Error::NoCache { path: project.cache_dir.clone() });
        };
        let mut recordings = Vec::with_capacity(melscope.sources.len());
        for source in &melscope.sources {
            let content = blake3::Hash::from_hex(&source.blake3).map_err(|error| {
                let problem = format!("its manifest has no hash of {}: {error}", source.relative);
                Error::damaged_cache(&project.cache_dir, problem)
            })?;
            recordings.push((&source.relative, content));
        }
        let paths: Vec<&RelPath> = recordings.iter().map(|(path, _)| *path).collect();
        let places: HashMap<&RelPath, usize> = paths.iter().copied().zip(0..).collect();
        let place_of = |row: &Row| {
            places.get(&row.source).copied().ok_or_else(|| {
                let problem = format!("its index names {}, and its manifest does not", row.source);
                Error::damaged_cache(&project.cache_dir, problem)
            })
        };
        let of_rows: Vec<usize> = tensors.rows.iter().map(place_of).collect::<Result<_>>()?;
        let mut n_tensors = vec![0; paths.len()];
        for place in &of_rows {
            n_tensors[*place] += 1;
        }
        // What there is to say of the files, the build has said.
        let dataset = project.scan(&OnlyStops(monitor))?;
        let groups = project.groups(&dataset, &recordings, workers::available(), monitor)?;
        let sides = sides_of(&project.settings, &paths, &groups.of, &n_tensors);
        let n_files = n_tensors.iter().filter(|n_tensors| **n_tensors > 0).count();
        Ok(Self { tensors, of_rows, n_files, groups, sides })
    }

    /// Recordings that stand on the other side in the index.
    fn n_moves(&self) -> usize {
        let rows = self.of_rows.iter().zip(&self.tensors.rows);
        let moving = rows.filter(|(place, row)| row.side.is_some_and(|side| side != self.sides[**place]));
        moving.map(|(place, _)| place).collect::<BTreeSet<_>>().len()
    }

    /// The group and the side of a recording.
    fn drawn(&self, place: usize) -> (u32, Option<Side>) {
        (self.groups.of[place], Some(self.sides[place]))
    }

    /// True when every row of the index has its group and side.
    fn is_current(&self) -> bool {
        let mut rows = self.of_rows.iter().zip(&self.tensors.rows);
        rows.all(|(place, row)| (row.group, row.side) == self.drawn(*place))
    }

    /// Gives every row its group and side.
    fn apply(&mut self) {
        for (number, place) in self.of_rows.iter().enumerate() {
            let (group, side) = self.drawn(*place);
            let row = &mut self.tensors.rows[number];
            (row.group, row.side) = (group, side);
        }
    }

    /// Stores it in the cache's index; false when it stands there already.
    fn store(&mut self, project: &Project) -> Result<bool> {
        let lock = CacheLock::acquire(&project.cache_dir)?;
        recover(&lock)?;
        if Tensors::open(&project.cache_dir)?.manifest != self.tensors.manifest {
            let path = project.cache_dir.join(manifest::FILE_NAME);
            return Err(Error::disturbed(path, "another program has built it anew meanwhile"));
        }
        if self.is_current() {
            return Ok(false);
        }
        self.apply();
        refresh::replace_index(&lock, &self.tensors.rows, &self.tensors.manifest)?;
        Ok(true)
    }

    /// Counts both sides, as a whole and by folder, and what would leak if tensors were drawn.
    fn count(&self, report: &mut SplitReport) {
        let manifest = &self.tensors.manifest;
        let (rate_hz, chunk_samples) = (f64::from(manifest.sample_rate_hz), manifest.chunk_samples as f64);
        let mut of_recordings = vec![[SideTotals::default(); 2]; self.sides.len()];
        for (row, place) in self.tensors.rows.iter().zip(&self.of_rows) {
            let totals = &mut of_recordings[*place][row.side.unwrap_or(Side::Train) as usize];
            totals.n_tensors += 1;
            if row.variant == 0 {
                totals.duration_s += row.n_samples.map_or(chunk_samples, f64::from) / rate_hz;
            }
        }
        let mut folders = BTreeMap::<RelPath, [SideTotals; 2]>::new();
        let mut seen = HashSet::new();
        let mut group_lens = BTreeMap::<u32, u64>::new();
        let sources = self.tensors.manifest.melscope.iter().flat_map(|melscope| &melscope.sources);
        for ((source, of_recording), group) in sources.zip(of_recordings).zip(&self.groups.of) {
            for side in Side::ALL {
                let mut totals = of_recording[side as usize];
                if totals.n_tensors == 0 {
                    continue;
                }
                *group_lens.entry(*group).or_default() += totals.n_tensors;
                totals.n_recordings = 1;
                // A group counts in the folder of its first recording, and once for each side that it stands on.
                totals.n_groups = usize::from(seen.insert((*group, side)));
                let folder = source.relative.parent().unwrap_or_else(|| RelPath::new(""));
                folders.entry(folder).or_default()[side as usize].add(&totals);
                report.sides[side as usize].add(&totals);
            }
        }
        let folder = |(folder, sides): (RelPath, _)| FolderSplit { folder: folder.to_string(), sides };
        report.folders = folders.into_iter().map(folder).collect();
        report.n_leaked_by_tensor = split::expected_leaks(group_lens.values().copied(), report.n_by_tensor);
    }

    /// What stands on both sides in the index, in words: recordings with tensors on both, and recordings of the same take.
    fn leaks(&self) -> Vec<String> {
        let mut by_group = BTreeMap::<u32, BTreeMap<&RelPath, BTreeSet<Side>>>::new();
        for (row, place) in self.tensors.rows.iter().zip(&self.of_rows) {
            let group = by_group.entry(self.groups.of[*place]).or_default();
            group.entry(&row.source).or_default().extend(row.side);
        }
        let mut problems = Vec::new();
        for recordings in by_group.values() {
            let torn = recordings.iter().filter(|(_, sides)| sides.len() > 1);
            problems.extend(torn.map(|(path, _)| format!("{path} has tensors on both sides")));
            let on = |side: Side| {
                recordings.iter().find(|(_, sides)| sides.iter().eq([&side])).map(|(path, _)| path)
            };
            if let [Some(train), Some(validation)] = Side::ALL.map(on) {
                problems.push(format!(
                    "{train}, which is in training, and {validation}, which is in validation, are the same take"
                ));
            }
        }
        let n_more = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        if n_more > 0 {
            problems.push(format!("and {} more", in_words::count(n_more, "leak")));
        }
        problems
    }
}
