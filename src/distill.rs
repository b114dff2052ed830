//! The rules of `distill`, the trainer that Melscope prepares data for: the files that its scan finds, the folder that it
//! takes for the dataset, the keys that it compares, and the caches that it takes for its own.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::path_text::{self, RelPath};
use crate::settings::{IfMode, Settings};

/// The only rate that the trainer takes, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// The mode of instantaneous frequency that its models were trained on.
pub const IF_MODE: IfMode = IfMode::Filterbank;

/// The extensions that its scan takes, in any case.
const EXTENSIONS: [&str; 4] = ["wav", "aiff", "mp3", "flac"];

/// One file of the trainer's scan, as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedFile {
    /// Absolute and resolved.
    #[serde(with = "path_text::json")]
    pub path: PathBuf,
    /// Modification time in seconds since 1970, see [`seconds_from_ns`].
    #[serde(rename = "mtime")]
    pub mtime_s: f64,
}

/// The trainer's four keys of the analysis; it compares them as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpectrogramConfig {
    /// Mel power below which the instantaneous frequency is 0.
    #[serde(rename = "if_masking_threshold")]
    pub if_threshold: f64,
    /// Samples per FFT window.
    pub n_fft: usize,
    /// Samples from frame to frame.
    #[serde(rename = "hop_length")]
    pub hop_samples: usize,
    /// Mel bands.
    pub n_mels: usize,
}

impl From<&Settings> for SpectrogramConfig {
    fn from(settings: &Settings) -> Self {
        let Settings { if_threshold, n_fft, hop_samples, n_mels, .. } = *settings;
        Self { if_threshold, n_fft, hop_samples, n_mels }
    }
}

/// Lists the files among `files` (relative name, absolute resolved path, modification time in ns) that the trainer's scan
/// finds, in the order in which Python sorts strings.
pub fn list_files<'a>(files: impl IntoIterator<Item = (&'a RelPath, &'a Path, i64)>) -> Vec<ListedFile> {
    let mut listed: Vec<ListedFile> = files
        .into_iter()
        .filter(|(relative, ..)| scan_finds(relative.as_bytes()))
        .map(|(_, path, mtime_ns)| ListedFile { path: path.into(), mtime_s: seconds_from_ns(mtime_ns) })
        .collect();
    listed.sort_by(|a, b| code_points(&a.path).cmp(code_points(&b.path)));
    listed
}

/// True for a file that the trainer's scan finds, by its path in the dataset: its extensions, and nothing hidden.
pub fn scan_finds(relative: &[u8]) -> bool {
    let extension = relative.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    extension.len() < relative.len()
        && EXTENSIONS.iter().any(|taken| extension.eq_ignore_ascii_case(taken.as_bytes()))
        && !relative.split(|byte| *byte == b'/').any(|component| component.starts_with(b"."))
}

/// The deepest folder that holds every file (path in the dataset, absolute path) of the trainer's scan: the one that it takes
/// for the dataset. `None` where that scan finds nothing.
pub fn common_folder<'a>(files: impl IntoIterator<Item = (&'a [u8], &'a Path)>) -> Option<PathBuf> {
    let found = files.into_iter().filter(|(relative, _)| scan_finds(relative));
    let mut parents = found.filter_map(|(_, path)| path.parent());
    let first = parents.next()?.to_path_buf();
    Some(parents.fold(first, |common, parent| {
        common
            .components()
            .zip(parent.components())
            .take_while(|(a, b)| a == b)
            .map(|(component, _)| component)
            .collect()
    }))
}

/// Seconds since 1970 as Python's `os.stat` computes `st_mtime`, rounding included: the trainer compares them exactly.
pub fn seconds_from_ns(ns: i64) -> f64 {
    const NS_PER_S: i64 = 1_000_000_000;
    ns.div_euclid(NS_PER_S) as f64 + 1e-9 * ns.rem_euclid(NS_PER_S) as f64
}

/// Its name with what it is, where it is named first; a sentence goes on after it.
pub const NAMED: &str = "distill, the PyTorch trainer that reads this cache,";

/// What a person should know of it who has never heard of it.
pub const EXPLANATION: &str = "distill is a program in Python, made with PyTorch, that trains a network to make sounds \
    like those of a folder. It reads the tensors that Melscope writes there, so that it need not prepare them itself. \
    Nobody needs it to use Melscope: any program that can load PyTorch tensors can train on the same files.";

/// Python that reads a cache, whatever trainer it is for.
const LOADER: &str = r#"import csv, json, pathlib, torch

class MelscopeTensors(torch.utils.data.Dataset):
    def __init__(self, cache, split=None):
        # "train" and "validation" share no recording; None is all of them.
        self.cache = pathlib.Path(cache)
        self.stats = json.loads((self.cache / "manifest.json").read_text())["normalization_stats"]
        with open(self.cache / "index.csv", newline="", encoding="utf-8", errors="surrogateescape") as table:
            self.rows = [row for row in csv.DictReader(table) if split is None or row["split"] == split]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, number):
        # [2, mel bands, frames], normalised: x[0] * mag_std + mag_mean is ln(1 + mel power) again.
        return torch.load(self.cache / self.rows[number]["file"], weights_only=True)
"#;

/// Python that gives a trainer the tensors of the cache in `cache_dir`, variants among them, for training and for validation.
pub fn loader_code(cache_dir: &Path) -> String {
    // A path with quotes or backslashes is written as Python reads it: JSON's strings are Python's.
    let path = serde_json::Value::from(cache_dir.display().to_string());
    format!(
        "{LOADER}\ntrain = MelscopeTensors({path}, \"train\")\nvalidation = MelscopeTensors({path}, \"validation\")\n\
         train_loader = torch.utils.data.DataLoader(train, batch_size=16, shuffle=True)\n\
         validation_loader = torch.utils.data.DataLoader(validation, batch_size=16)\n"
    )
}

/// The settings with which the trainer would not take the cache for its own, and why, in words.
pub fn notes(settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if settings.sample_rate_hz != SAMPLE_RATE_HZ {
        notes.push(format!(
            "{NAMED} expects {SAMPLE_RATE_HZ} Hz, not {} Hz: it would not take this cache for its own",
            settings.sample_rate_hz
        ));
    }
    if settings.if_mode != IF_MODE {
        notes.push(format!("{NAMED} has models that were not trained on if_mode {}", settings.if_mode));
    }
    if settings.augmentation.expansion > 0 {
        notes.push(format!(
            "{NAMED} prepares its data anew where there are variants: to train on these, give it a loader that reads every \
             tensor, as the code under “In PyTorch” in the window does"
        ));
    }
    if settings.may_leave_out() {
        notes.push(format!(
            "{NAMED} does not take a cache for its own in which chunks are left out or ends trimmed, and prepares its data \
             anew: to train on this one, give it a loader that reads every tensor, as the code under “In PyTorch” in the \
             window does"
        ));
    }
    notes
}

/// The note about a dataset whose [`common_folder`] is `folder` and not the dataset's own.
pub fn folder_note(folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => format!(
            "{NAMED} takes the files' common folder for the dataset: it would look for the cache in {}",
            folder.display()
        ),
        None => format!(
            "{NAMED} finds only wav, aiff, mp3 and flac files, and there are none: it would not take this cache for its own"
        ),
    }
}

/// A path as Python's string: bytes that are not UTF-8 are surrogates there, below most of the other planes.
fn code_points(path: &Path) -> impl Iterator<Item = u32> {
    path.as_os_str().as_encoded_bytes().utf8_chunks().flat_map(|part| {
        let surrogates = part.invalid().iter().map(|byte| 0xDC00 + u32::from(*byte));
        part.valid().chars().map(u32::from).chain(surrogates)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_is_that_of_the_files_that_the_scan_finds() {
        let files = [("deep/a/x.wav", "/set/deep/a/x.wav"), ("deep/b/y.mp3", "/set/deep/b/y.mp3")];
        let others = [("z.ogg", "/set/z.ogg"), (".hidden/q.wav", "/set/.hidden/q.wav")];
        let folder = |files: &[(&'static str, &'static str)]| {
            common_folder(files.iter().map(|(relative, path)| (relative.as_bytes(), Path::new(*path))))
        };
        assert_eq!(folder(&[files[0], others[0], files[1], others[1]]), Some("/set/deep".into()));
        assert_eq!(folder(&others), None);
    }
}
