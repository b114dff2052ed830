//! Files that a scan passes over although it may belong to the dataset: told, so that nobody misses it without knowing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::audio::decode::{EXTENSIONS, Foreign, foreign_kind};
use crate::in_words;
use crate::settings::FfmpegUse;

/// Names that a line gives before it only counts.
const NAMES_MAX: usize = 3;

/// Endings that programs give to what stands for a file in the cloud.
const PLACEHOLDERS: [&str; 4] = ["icloud", "cloud", "cloudf", "onedrive"];

/// A file or folder that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Its absolute path.
    pub path: PathBuf,
    /// Why.
    pub why: Why,
}

/// The reason for passing over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// An audio file of a kind that is not read.
    Kind(Foreign),
    /// A link to a folder, which is not entered.
    LinkedFolder,
    /// It stands for a file that is in the cloud.
    Placeholder,
}

impl PassedOver {
    fn reason(&self, ffmpeg: FfmpegUse) -> String {
        match &self.why {
            Why::Kind(kind) => {
                let reason = format!("files of the kind {} are not read", kind.extension);
                match hint(&[*kind], ffmpeg) {
                    Some(hint) => format!("{reason}; {hint}"),
                    None => reason,
                }
            }
            Why::LinkedFolder => "a link to a folder, which is not entered".into(),
            Why::Placeholder => "a placeholder for a file in the cloud: download it".into(),
        }
    }
}

/// True for the name of what stands for an audio file that is in the cloud: ".a.wav.icloud", "a.wav.cloud".
pub(super) fn is_placeholder(path: &Path) -> bool {
    let is_mark = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| PLACEHOLDERS.iter().any(|mark| extension.eq_ignore_ascii_case(mark)));
    let inner = Path::new(path.file_stem().unwrap_or_default());
    let is_audio = || {
        let extension =
            inner.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
        extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
            || foreign_kind(inner).is_some()
    };
    is_mark && is_audio()
}

/// Everything that was passed over by its reason: a line, and the files with their reasons.
pub fn groups(passed_over: &[PassedOver], ffmpeg: FfmpegUse) -> Vec<(String, Vec<(PathBuf, String)>)> {
    let of = |is_of: fn(&Why) -> bool| -> Vec<&PassedOver> {
        passed_over.iter().filter(|passed| is_of(&passed.why)).collect()
    };
    let kinds = of(|why| matches!(why, Why::Kind(_)));
    let linked = of(|why| *why == Why::LinkedFolder);
    let placeholders = of(|why| *why == Why::Placeholder);
    let lines = [
        (kinds_line(&kinds, ffmpeg), kinds),
        (
            format!("{}, not entered: {}", in_words::count(linked.len(), "linked folder"), names(&linked)),
            linked,
        ),
        (
            format!(
                "{} for audio files in the cloud, not downloaded: {}",
                in_words::count(placeholders.len(), "placeholder"),
                names(&placeholders)
            ),
            placeholders,
        ),
    ];
    lines
        .into_iter()
        .filter(|(_, files)| !files.is_empty())
        .map(|(line, files)| {
            let told = files.into_iter().map(|passed| (passed.path.clone(), passed.reason(ffmpeg)));
            (line, told.collect())
        })
        .collect()
}

/// The lines alone.
pub fn notes(passed_over: &[PassedOver], ffmpeg: FfmpegUse) -> Vec<String> {
    groups(passed_over, ffmpeg).into_iter().map(|(line, _)| line).collect()
}

/// "6 audio files of kinds that are not read: 5 wma, 1 avi (install ffmpeg to read them)".
fn kinds_line(files: &[&PassedOver], ffmpeg: FfmpegUse) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds = Vec::new();
    for passed in files {
        if let Why::Kind(kind) = passed.why {
            *counts.entry(kind.extension).or_default() += 1;
            kinds.push(kind);
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let counts: Vec<String> =
        counts.iter().map(|(extension, count)| format!("{count} {extension}")).collect();
    let hint = hint(&kinds, ffmpeg).map_or_else(String::new, |hint| format!(" ({hint})"));
    let of_kinds =
        if counts.len() == 1 { "of a kind that is not read" } else { "of kinds that are not read" };
    format!("{} {of_kinds}: {}{hint}", in_words::count(files.len(), "audio file"), counts.join(", "))
}

/// The way to have them read, where there is one.
fn hint(kinds: &[Foreign], ffmpeg: FfmpegUse) -> Option<String> {
    let n_readable = kinds.iter().filter(|kind| kind.is_read_by_ffmpeg).count();
    let them = if kinds.len() == 1 { "it" } else { "them" };
    let whom = if n_readable < kinds.len() { format!("{n_readable} of {them}") } else { them.to_owned() };
    (n_readable > 0).then(|| match ffmpeg {
        FfmpegUse::Auto => format!("install ffmpeg to read {whom}"),
        FfmpegUse::Off => format!("ffmpeg would read {whom}, and the settings switch it off"),
    })
}

fn names(files: &[&PassedOver]) -> String {
    let names = files
        .iter()
        .take(NAMES_MAX)
        .map(|passed| passed.path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    if files.len() > NAMES_MAX {
        names.push(format!("{} more", files.len() - NAMES_MAX));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_and_name() {
        let kind = |name: &str| PassedOver {
            path: PathBuf::from(name),
            why: Why::Kind(foreign_kind(Path::new(name)).unwrap()),
        };
        let mut files: Vec<_> = ["a.wma", "b.wma", "c.avi"].map(kind).into();
        files.push(PassedOver { path: "/set/music".into(), why: Why::LinkedFolder });
        assert_eq!(
            notes(&files, FfmpegUse::Auto),
            [
                "3 audio files of kinds that are not read: 2 wma, 1 avi (install ffmpeg to read them)",
                "1 linked folder, not entered: music",
            ]
        );
        let [only] = &notes(&[kind("a.mid")], FfmpegUse::Auto)[..] else { panic!() };
        assert_eq!(only, "1 audio file of a kind that is not read: 1 mid");
        assert!(notes(&files, FfmpegUse::Off)[0].contains("switch it off"));
    }

    #[test]
    fn placeholders_are_known_by_their_names() {
        assert!(is_placeholder(Path::new("a/.b.wav.icloud")));
        assert!(is_placeholder(Path::new("b.WMA.cloud")));
        assert!(!is_placeholder(Path::new("cover.jpg.icloud")));
        assert!(!is_placeholder(Path::new("b.wav")));
    }
}
