//! Changes of a folder as the system tells them, gathered until they pause.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::latest::Notify;
use crate::settings::FILE_NAME;
use crate::workers::lock;

/// The folder has to be left alone for this long before it is read again.
const PAUSE: Duration = Duration::from_millis(300);

/// While changes go on and on, it is read again this long after the first.
const PATIENCE: Duration = Duration::from_secs(2);

/// The times of the first and the last change that nobody has taken yet, and why no more come.
#[derive(Debug, Default)]
struct News {
    changed: Option<(Instant, Instant)>,
    problem: Option<String>,
}

/// The watch over a folder and everything below it, which ends when it is dropped.
#[derive(Debug)]
pub struct FolderWatch {
    news: Arc<Mutex<News>>,
    /// Held, because it ends the watch when it is dropped.
    _watcher: RecommendedWatcher,
}

impl FolderWatch {
    /// Watches `root` except what lies in `cache_dir` or has a hidden name below it. `notify` is called after each change.
    /// Takes a while in a folder with many others, and so belongs on a thread that nobody waits for.
    ///
    /// # Errors
    /// In words: when the system cannot watch so many folders, or not this one.
    pub fn start(root: &Path, cache_dir: PathBuf, notify: Notify) -> Result<Self, String> {
        let news = Arc::new(Mutex::new(News::default()));
        let told = Arc::clone(&news);
        let watched = root.to_path_buf();
        let handle = move |event: notify::Result<Event>| {
            match event {
                Ok(event) if concerns_files(&event, &watched, &cache_dir) => {
                    let now = Instant::now();
                    let mut news = lock(&told);
                    news.changed = Some((news.changed.map_or(now, |(first, _)| first), now));
                }
                Ok(_) => return,
                Err(error) => lock(&told).problem = Some(words(&error)),
            }
            notify();
        };
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(handle, config).map_err(|error| words(&error))?;
        watcher.watch(root, RecursiveMode::Recursive).map_err(|error| words(&error))?;
        Ok(Self { news, _watcher: watcher })
    }

    /// True when there are changes that nobody has taken yet.
    pub fn has_changes(&self) -> bool {
        lock(&self.news).changed.is_some()
    }

    /// Takes the changes, once they have paused or gone on for long; true when there were some.
    pub fn take_changes(&self) -> bool {
        let now = Instant::now();
        let is_due = |(first, last): (Instant, Instant)| now - last >= PAUSE || now - first >= PATIENCE;
        lock(&self.news).changed.take_if(|times| is_due(*times)).is_some()
    }

    /// Why changes are no longer told, in words; once.
    pub fn take_problem(&self) -> Option<String> {
        lock(&self.news).problem.take()
    }
}

/// True when recordings may have come, gone or changed.
fn concerns_files(event: &Event, root: &Path, cache_dir: &Path) -> bool {
    let is_written = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    // Without paths it says that events were lost.
    is_written && (event.paths.is_empty() || event.paths.iter().any(|path| is_listed(path, root, cache_dir)))
}

/// True for a place that a scan looks at.
fn is_listed(path: &Path, root: &Path, cache_dir: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    let is_hidden = below.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
    // Settings are saved beside the recordings.
    !is_hidden && !path.starts_with(cache_dir) && below != Path::new(FILE_NAME)
}

fn words(error: &notify::Error) -> String {
    let why = match &error.kind {
        ErrorKind::MaxFilesWatch => "the system watches as many folders as it may already".into(),
        ErrorKind::Io(error) if error.raw_os_error() == Some(24) => {
            "the system watches as many folders as it may already".into()
        }
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::PathNotFound => "it is not there".into(),
        _ => error.to_string(),
    };
    format!("New and changed files do not appear by themselves: {why}")
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, MetadataKind, ModifyKind, RemoveKind};

    use super::*;

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(path.into())
    }

    fn concerns(event: &Event) -> bool {
        concerns_files(event, Path::new("/a/.b/set"), Path::new("/a/.b/set/tensors"))
    }

    #[test]
    fn changes_count_where_recordings_are_and_reading_is_none() {
        let created = EventKind::Create(CreateKind::File);
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let touched = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        let removed = EventKind::Remove(RemoveKind::Folder);
        for kind in [created, written, touched, removed] {
            assert!(concerns(&event(kind, "/a/.b/set/x.wav")), "{kind:?}");
            for path in [".cache/000000.pt", ".tmp1", "sub/.hidden/x.wav", "tensors/1.pt", FILE_NAME] {
                assert!(!concerns(&event(kind, &format!("/a/.b/set/{path}"))), "{kind:?} {path}");
            }
        }
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!concerns(&event(opened, "/a/.b/set/x.wav")));
        assert!(concerns(&Event::new(EventKind::Other)), "events were lost");
    }
}
