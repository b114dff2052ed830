//! Opening a folder: its settings and files first, then what their headers tell, file by file. Reading it again: only the
//! headers of files that came or changed.

use std::collections::BTreeMap;
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
use crate::monitor::Monitor;
use crate::settings::{FILE_NAME, FfmpegUse, Settings};
use crate::source::SourceFile;
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

/// The recordings of a folder and what was passed over, before any file is opened.
#[derive(Debug)]
pub struct Listed {
    /// Every recording in the dataset's order, excluded ones among them; none is marked as such.
    pub sources: Vec<SourceFile>,
    /// Everything that could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// Everything that was passed over and may belong to the dataset, in words.
    pub notes: Vec<String>,
}

/// A folder that was opened, before any of its files.
#[derive(Debug)]
pub struct Contents {
    /// The folder: absolute, with links resolved.
    pub root: PathBuf,
    /// The settings of its `melscope.json`, or the defaults.
    pub settings: Settings,
    /// Its recordings.
    pub listed: Listed,
}

/// The size in bytes and the modification time in ns since 1970 of each file whose header is known.
pub type KnownFiles = Vec<(PathBuf, (u64, i64))>;

/// An event of a listing. `Contents` or `Again` comes first, and exactly one of `Done` and `Failed` last.
#[derive(Debug)]
pub enum ListingEvent {
    /// The folder's files.
    Contents(Box<Contents>),
    /// The files of a folder that is read again.
    Again(Box<Listed>),
    /// The information of the header of a file, or why it cannot be read.
    Header {
        /// Number of the file in [`Listed::sources`].
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
        Self::run(move |reader| reader.read(&root))
    }

    /// Starts to read the folder `root` again, with the headers of those files only that are not `known` as they are now.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn again(root: PathBuf, ffmpeg: FfmpegUse, known: KnownFiles) -> Result<Self> {
        Self::run(move |reader| reader.read_again(&root, ffmpeg, &known))
    }

    fn run(work: impl FnOnce(&Reader) -> Result<()> + Send + 'static) -> Result<Self> {
        let (sender, events) = bounded(EVENTS_MAX);
        let cancelled = Arc::new(AtomicBool::new(false));
        let reader = Reader { events: sender, cancelled: Arc::clone(&cancelled) };
        let run = move || {
            let result = workers::catch("listing", || work(&reader)).and_then(|result| result);
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
        let settings = Settings::load(&root.join(FILE_NAME))?.unwrap_or_default();
        let ffmpeg = settings.ffmpeg;
        let (root, listed) = self.list(root, ffmpeg)?;
        let files = numbered(&listed, |_source| true);
        self.send(ListingEvent::Contents(Box::new(Contents { root, settings, listed })));
        self.read_headers(&files, ffmpeg)
    }

    fn read_again(&self, root: &Path, ffmpeg: FfmpegUse, known: &KnownFiles) -> Result<()> {
        let known: BTreeMap<&Path, (u64, i64)> =
            known.iter().map(|(path, version)| (path.as_path(), *version)).collect();
        let (_, listed) = self.list(root, ffmpeg)?;
        let is_new =
            |source: &SourceFile| known.get(source.path.as_path()) != Some(&(source.size, source.mtime_ns));
        let files = numbered(&listed, is_new);
        self.send(ListingEvent::Again(Box::new(listed)));
        self.read_headers(&files, ffmpeg)
    }

    /// The folder's full path, and its files.
    fn list(&self, root: &Path, ffmpeg: FfmpegUse) -> Result<(PathBuf, Listed)> {
        // Exclusions are left to whoever shows the files: they change without the folder being read again.
        let dataset = Dataset::scan(root, &[], ffmpeg, self)?;
        let notes = passed_over::notes(&dataset.passed_over, ffmpeg);
        Ok((dataset.root, Listed { sources: dataset.sources, unlisted: dataset.unlisted, notes }))
    }

    fn read_headers(&self, files: &[(usize, PathBuf)], ffmpeg: FfmpegUse) -> Result<()> {
        let read = |(): &mut (), place: usize| {
            self.check()?;
            let (index, path) = &files[place];
            // A decoder's panic costs its file, as in a build.
            let header = workers::catch("header", || header_of(path, ffmpeg, self)).and_then(|header| header);
            let header = header.map_err(|error| reason_of(&error));
            self.send(ListingEvent::Header { index: *index, header });
            Ok(())
        };
        let read = workers::map_indexed("headers", workers::available(), files.len(), || (), read)?;
        read.into_iter().collect()
    }
}

/// The sources that are `wanted`, with their numbers.
fn numbered(listed: &Listed, wanted: impl Fn(&SourceFile) -> bool) -> Vec<(usize, PathBuf)> {
    let sources = listed.sources.iter().enumerate().filter(|(_, source)| wanted(source));
    sources.map(|(index, source)| (index, source.path.clone())).collect()
}

impl Monitor for Reader {
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
        all_events(&Listing::start(root.to_path_buf()).unwrap())
    }

    fn all_events(listing: &Listing) -> Vec<ListingEvent> {
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
        assert_eq!(contents.listed.sources.len(), files.len());
        let mut told = Vec::new();
        for event in &events {
            if let ListingEvent::Header { index, header } = event {
                let name = contents.listed.sources[*index].relative.to_string();
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
    fn a_folder_that_is_read_again_opens_only_what_came_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        let words = |name: &str, text: &str| {
            let path = root.join(name);
            let write = |file: &mut std::fs::File| {
                std::io::Write::write_all(file, text.as_bytes()).map_err(Error::io("write", &path))
            };
            crate::whole_file::write(&path, true, write).unwrap();
        };
        words("a.wav", "these are words");
        words("b.wav", "these are words");
        let events = events_of(&root);
        let ListingEvent::Contents(contents) = &events[0] else { panic!("{:?}", events[0]) };
        let known = contents.listed.sources.iter();
        let known: KnownFiles =
            known.map(|source| (source.path.clone(), (source.size, source.mtime_ns))).collect();
        words("b.wav", "these are other words");
        words("c.wav", "these are words");
        let events = all_events(&Listing::again(root.clone(), FfmpegUse::Off, known).unwrap());
        let ListingEvent::Again(listed) = &events[0] else { panic!("{:?}", events[0]) };
        assert_eq!(listed.sources.len(), 3);
        let read = events.iter().filter_map(|event| match event {
            ListingEvent::Header { index, .. } => Some(*index),
            _ => None,
        });
        let mut read: Vec<usize> = read.collect();
        read.sort_unstable();
        assert_eq!(read, [1, 2]);
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
