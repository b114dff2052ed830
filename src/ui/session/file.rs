//! One recording of the open folder: what is known of it, and its state at a glance. Plain values.

use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::Severity;
use crate::in_words;
use crate::jobs::Header;
use crate::path_text::RelPath;
use crate::pipeline::preview::Thumbnail;
use crate::source::SourceFile;

/// The state of a file at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Its header has not been read yet.
    Reading,
    /// Nothing speaks against it.
    Fine,
    /// The audit notes something that need not be changed.
    Noted,
    /// It can be used, but something about it should be known.
    Warning,
    /// The audit says that it harms the training.
    Harmful,
    /// It cannot be used.
    Unreadable,
    /// The settings leave it out.
    Excluded,
}

impl FileState {
    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "being read",
            Self::Fine => "fine",
            Self::Noted => "noted",
            Self::Warning => "warning",
            Self::Harmful => "harmful",
            Self::Unreadable => "unreadable",
            Self::Excluded => "excluded",
        }
    }
}

/// The result of the last audit for one file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AuditedFile {
    /// Errors, warnings and notes.
    pub n_findings: [u32; 3],
    /// Largest magnitude of a sample, 1 is full scale; `None` for what cannot be read.
    pub peak: Option<f32>,
    /// Integrated loudness in LUFS; `None` for what cannot be read or is too quiet to have any.
    pub loudness_lufs: Option<f32>,
}

impl AuditedFile {
    /// The weight of the gravest finding; `None` where nothing was found.
    fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().zip(self.n_findings).find(|(_, n)| *n > 0).map(|(severity, _)| severity)
    }

    /// The findings in words: "1 error and 2 notes".
    fn words(&self) -> String {
        let counts = Severity::ALL.into_iter().zip(self.n_findings).filter(|(_, n)| *n > 0);
        let counts: Vec<String> = counts.map(|(severity, n)| in_words::count(n, severity.name())).collect();
        in_words::list(&counts)
    }
}

/// One recording.
#[derive(Debug)]
pub struct File {
    /// Its place in the folder.
    pub relative: RelPath,
    /// The same for people.
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    /// Size in bytes, and modification time in ns since 1970, as of the last scan.
    pub version: (u64, i64),
    /// The facts of its header, or why it cannot be read; `None` until it was read.
    pub header: Option<Result<Header, String>>,
    /// Why the last build could not use it.
    pub skipped: Option<String>,
    /// True when the settings leave it out.
    pub is_excluded: bool,
    /// What an audit found since the folder was opened, if it was about the file as it is now.
    pub audited: Option<AuditedFile>,
    /// Its outline and level; `None` until it was in sight.
    pub thumbnail: Option<Arc<Thumbnail>>,
    /// The share of its mel powers below the mask threshold, 0 to 1; `None` unless it was asked for.
    pub masked_share: Option<f64>,
}

impl File {
    /// A recording of which nothing is known but its place.
    pub fn new(source: SourceFile) -> Self {
        Self {
            name: source.relative.to_string(),
            relative: source.relative,
            path: source.path,
            version: (source.size, source.mtime_ns),
            header: None,
            skipped: None,
            is_excluded: source.is_excluded,
            audited: None,
            thumbnail: None,
            masked_share: None,
        }
    }

    /// Its name without the folders that it lies in.
    pub fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Its length in seconds, where the header tells.
    pub fn duration_s(&self) -> Option<f64> {
        self.header.as_ref()?.as_ref().ok()?.duration_s
    }

    /// The largest magnitude of a sample, 1 is full scale, where it was measured.
    pub fn peak(&self) -> Option<f32> {
        let audited = self.audited.and_then(|audited| audited.peak);
        audited.or_else(|| self.thumbnail.as_ref().map(|thumbnail| thumbnail.peak))
    }

    /// The state of the file.
    pub fn state(&self) -> FileState {
        let worst = self.audited.and_then(|audited| audited.worst());
        match &self.header {
            _ if self.is_excluded => FileState::Excluded,
            Some(Err(_)) => FileState::Unreadable,
            _ if self.skipped.is_some() => FileState::Unreadable,
            _ if worst == Some(Severity::Error) => FileState::Harmful,
            None => FileState::Reading,
            Some(Ok(_)) if worst == Some(Severity::Warning) || self.header_remark().is_some() => {
                FileState::Warning
            }
            Some(Ok(_)) if worst.is_some() => FileState::Noted,
            Some(Ok(_)) => FileState::Fine,
        }
    }

    /// A remark that should be known about it, in words.
    pub fn remark(&self) -> Option<String> {
        let found = self.audited.filter(|audited| audited.worst().is_some());
        let found = found.map(|audited| format!("the audit found {}", audited.words()));
        let remarks = [self.skipped.clone().or_else(|| self.header_remark()), found];
        let remarks: Vec<String> = remarks.into_iter().flatten().collect();
        (!remarks.is_empty()).then(|| remarks.join("; "))
    }

    fn header_remark(&self) -> Option<String> {
        match self.header.as_ref()? {
            Err(reason) => Some(reason.clone()),
            Ok(Header { duration_s: None, .. }) => {
                Some("its header does not tell how long it is: only a build finds out".into())
            }
            Ok(Header { duration_s: Some(0.0), .. }) => Some("it holds no sound".into()),
            Ok(_) => None,
        }
    }

    /// The facts of its header in one line; empty until it was read.
    pub fn facts(&self) -> String {
        let Some(Ok(header)) = &self.header else { return String::new() };
        let length = header.duration_s.map_or_else(|| "length unknown".into(), in_words::duration);
        let channels = in_words::count(header.n_channels as u64, "channel");
        format!("{length} · {} · {channels} · {}", in_words::rate(header.sample_rate_hz), header.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> File {
        let relative = RelPath::new("drums/kick.wav");
        let path = PathBuf::from("/set/drums/kick.wav");
        File::new(SourceFile { relative, path, size: 1, mtime_ns: 1, is_excluded: false })
    }

    fn header(duration_s: Option<f64>) -> Header {
        Header { sample_rate_hz: 8_000, n_channels: 1, format: "FLAC".into(), duration_s }
    }

    #[test]
    fn each_state_has_its_reason() {
        let mut file = file();
        assert_eq!((file.state(), file.base_name()), (FileState::Reading, "kick.wav"));
        file.header = Some(Ok(header(Some(1.0))));
        assert_eq!((file.state(), file.remark()), (FileState::Fine, None));
        file.header = Some(Ok(header(None)));
        assert_eq!(file.state(), FileState::Warning);
        file.header = Some(Err("not audio".into()));
        assert_eq!((file.state(), file.remark().as_deref()), (FileState::Unreadable, Some("not audio")));
        file.header = Some(Ok(header(Some(1.0))));
        file.skipped = Some("a sample at 0.5 s is not a number".into());
        assert_eq!(file.state(), FileState::Unreadable);
        file.is_excluded = true;
        assert_eq!(file.state(), FileState::Excluded);
    }

    #[test]
    fn the_gravest_finding_of_an_audit_is_the_state() {
        let mut file = file();
        file.header = Some(Ok(header(Some(1.0))));
        for (n_findings, state, remark) in [
            ([0, 0, 0], FileState::Fine, None),
            ([0, 0, 2], FileState::Noted, Some("the audit found 2 notes")),
            ([0, 1, 2], FileState::Warning, Some("the audit found 1 warning and 2 notes")),
            ([1, 0, 0], FileState::Harmful, Some("the audit found 1 error")),
        ] {
            file.audited = Some(AuditedFile { n_findings, peak: Some(0.5), loudness_lufs: None });
            assert_eq!((file.state(), file.remark().as_deref()), (state, remark));
        }
        assert_eq!(file.peak(), Some(0.5));
    }
}
