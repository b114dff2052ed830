//! Opening a folder: its settings and files first, then what their headers tell, file by file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::stopping::Stopping;
use crate::audio::decode::{self, Length};
use crate::dataset::{Dataset, Unlisted, passed_over};
use crate::error::{Error, Result};
use crate::in_words;
use crate::monitor::{Monitor, Stage};
use crate::path_text::RelPath;
use crate::settings::{FILE_NAME, FfmpegUse, Settings};
use crate::workers;

/// Events that may wait for a slow receiver before the reading waits for it.
const EVENTS_MAX: usize = 1024;

/// The information of a file's header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub n_channels: usize,
    /// Codec and container for people: "PCM 24 bit in WAV".
    pub format: String,
    /// Length in seconds; `None` where only decoding tells.
    pub duration_s: Option<f64>,
}

/// A folder that was opened, before any of its files.
#[derive(Debug)]
pub struct Contents {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// The settings of its `melscope.json`, or the defaults.
    pub settings: Settings,
    /// Every recording in the dataset's order, excluded ones among them: its name and its absolute path.
    pub files: Vec<(RelPath, PathBuf)>,
    /// Everything that could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Everything that was passed over and may belong to the dataset, in words.
    pub notes: Vec<String>,
}

/// An event of a listing. `Contents` comes first, and exactly one of `Done` and `Failed` last.
#[derive(Debug)]
pub enum ListingEvent {
    /// The folder's files.
    Contents(Box<Contents>),
    /// The information of the header of file `index`, or why it cannot be read.
    Header {
        /// Number of the file in [`Contents::files`].
        index: usize,
        /// The header, or the reason in words.
        header: Result<Header, String>,
    },
    /// Every header was read.
    Done,
    /// The folder cannot be opened.
    Failed(Error),
}

/// A folder that is being read. Dropping it stops the reading and waits for its end.
#[derive(Debug)]
pub struct Listing {
    events: Option<Receiver<ListingEvent>>,
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listing {
    /// Starts to read the folder `root` on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(root: PathBuf) -> Result<Self> {
        let (sender, events) = bounded(EVENTS_MAX);
        let cancelled = Arc::new(AtomicBool::new(false));
        let reader = Reader { events: sender, cancelled: Arc::clone(&cancelled) };
        let run = move || {
            let result = workers::catch("listing", || reader.read(&root)).and_then(|result| result);
            reader.send(match result {
                Ok(()) => ListingEvent::Done,
                Err(error) => ListingEvent::Failed(error),
            });
        };
        let thread = std::thread::Builder::new()
            .name("listing".into())
            .spawn(run)
            .map_err(Error::thread("listing"))?;
        Ok(Self { events: Some(events), cancelled, thread: Some(thread) })
    }

    /// The next event that is there already.
    pub fn poll(&self) -> Option<ListingEvent> {
        self.events.as_ref()?.try_recv().ok()
    }

    /// Stops the reading without waiting for its end.
    pub fn stop(mut self) -> Stopping {
        self.cancelled.store(true, Ordering::Relaxed);
        // Without a receiver no send blocks, so the thread ends.
        self.events = None;
        Stopping { thread: self.thread.take() }
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.events = None;
        drop(Stopping { thread: self.thread.take() });
    }
}

struct Reader {
    events: Sender<ListingEvent>,
    cancelled: Arc<AtomicBool>,
}

impl Reader {
    fn send(&self, event: ListingEvent) {
        // A receiver that is gone has asked for nothing more.
        self.events.send(event).ok();
    }

    fn read(&self, root: &Path) -> Result<()> {
        // Exclusions are left to whoever shows the files: they change without the folder being read again.
        let settings = Settings::load(&root.join(FILE_NAME))?.unwrap_or_default();
        let ffmpeg = settings.ffmpeg;
        let dataset = Dataset::scan(root, &[], ffmpeg, self)?;
        let paths: Vec<PathBuf> = dataset.sources.iter().map(|source| source.path.clone()).collect();
        self.send(ListingEvent::Contents(Box::new(Contents {
            root: dataset.root,
            settings,
            files: dataset.sources.into_iter().map(|source| (source.relative, source.path)).collect(),
            unlisted: dataset.unlisted,
            notes: passed_over::notes(&dataset.passed_over, ffmpeg),
        })));
        let read = |(): &mut (), index: usize| {
            self.check()?;
            // A decoder's panic costs its file, as in a build.
            let header =
                workers::catch("header", || header_of(&paths[index], ffmpeg, self)).and_then(|header| header);
            let header = header.map_err(|error| reason_of(&error));
            self.send(ListingEvent::Header { index, header });
            Ok(())
        };
        let read = workers::map_indexed("headers", workers::available(), paths.len(), || (), read)?;
        read.into_iter().collect()
    }
}

impl Monitor for Reader {
    fn begin(&self, _stage: Stage, _total: u64) {}
    fn advance(&self, _n: u64) {}
    fn skipped(&self, _path: &Path, _reason: &str) {}
    fn warning(&self, _message: &str) {}
    fn note(&self, _message: &str, _files: &[(PathBuf, String)]) {}
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn header_of(path: &Path, ffmpeg: FfmpegUse, monitor: &dyn Monitor) -> Result<Header> {
    let (info, length) = decode::measure_by(path, ffmpeg, monitor)?;
    Ok(Header {
        sample_rate_hz: info.sample_rate_hz,
        n_channels: info.n_channels,
        format: in_words::audio_format(&info.codec, &info.container),
        duration_s: match length {
            Length::Exact(n_frames) | Length::About(n_frames) => {
                Some(n_frames as f64 / f64::from(info.sample_rate_hz))
            }
            Length::Unknown => None,
        },
    })
}

/// The reason alone where the file is known from the context.
fn reason_of(error: &Error) -> String {
    match error {
        Error::Audio { reason, .. } => reason.clone(),
        Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn events_of(root: &Path) -> Vec<ListingEvent> {
        let listing = Listing::start(root.to_path_buf()).unwrap();
        let events = listing.events.as_ref().unwrap();
        let began = Instant::now();
        let mut all = Vec::new();
        while !matches!(all.last(), Some(ListingEvent::Done | ListingEvent::Failed(_))) {
            assert!(began.elapsed() < Duration::from_mins(1), "the listing does not end: {all:?}");
            all.extend(events.recv_timeout(Duration::from_mins(1)));
        }
        all
    }

    #[test]
    fn files_come_before_their_headers_and_each_header_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("demo");
        let files = crate::pipeline::demo::write_demo(&root).unwrap();
        let events = events_of(&root);
        let ListingEvent::Contents(contents) = &events[0] else { panic!("{:?}", events[0]) };
        assert_eq!(contents.files.len(), files.len());
        let mut told = Vec::new();
        for event in &events {
            if let ListingEvent::Header { index, header } = event {
                let name = contents.files[*index].0.to_string();
                match header {
                    Ok(header) if name == "pad.wav" => {
                        assert_eq!((header.sample_rate_hz, header.n_channels), (44_100, 2));
                        assert_eq!(header.duration_s, Some(2.0));
                    }
                    Ok(_) => assert!(!name.contains("text-not-audio"), "{name} is no audio"),
                    Err(reason) => assert!(name.starts_with("flaws/"), "{name}: {reason}"),
                }
                told.push(*index);
            }
        }
        told.sort_unstable();
        assert_eq!(told, (0..files.len()).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_folder_fails_in_words() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let events = events_of(file.path());
        assert!(
            matches!(&events[..], [ListingEvent::Failed(error)] if error.to_string().contains("not a folder"))
        );
    }
}
