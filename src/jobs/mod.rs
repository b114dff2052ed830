//! Jobs: the pipeline on threads of its own, told to the terminal, to `--json` and to a window by the same events.
//!
//! A job runs on one named thread and speaks through a bounded channel. [`Job::cancel`] is heeded within 0.2 s,
//! except during the switch to a new cache, which ends by itself in milliseconds. Dropping a [`Job`] cancels it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::audit::{AuditReport, FileAudit};
use crate::cache::shard::Shard;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::pipeline::{
    AnalyzeReport, AuditFiles, BuildOptions, BuildOutcome, CleanReport, Estimate, JudgeReport, JudgeRequest,
    Project, Question, ReconstructReport, ReconstructRequest, ShardOutcome, SplitReport, StatusReport,
    VariantsReport, VerifyReport,
};
use crate::{pipeline, workers};

pub mod advice;
mod background;
pub mod browse;
pub mod excerpts;
pub mod file_previews;
#[cfg(feature = "gui")]
pub mod folder_watch;
pub mod latest;
mod listing;
pub mod moments;
pub mod passages;
pub mod previews;
mod progress;
mod stopping;
pub mod variant_previews;

pub use background::Background;
pub use listing::{Contents, Header, KnownFiles, Listed, Listing, ListingEvent};
pub use progress::Progress;
use progress::ProgressMeter;
pub use stopping::Stopping;

/// Events that may wait for a slow receiver before the job waits for it.
const EVENTS_MAX: usize = 256;

/// The work of a job.
#[derive(Debug, Clone)]
pub enum Request {
    /// Measure the sources and say what a build would make and need.
    Estimate {
        /// The folder, and the settings that a build would use.
        project: Project,
        /// Threads that a build would use, at least 1.
        n_workers: usize,
    },
    /// Build the cache unless a valid one is there.
    Build(Project, BuildOptions),
    /// Compute a shard of the build.
    BuildShard {
        /// The folder and its settings.
        project: Project,
        /// Which shard.
        shard: Shard,
        /// Options of the build.
        options: BuildOptions,
    },
    /// Make the cache of the shards that are computed.
    Merge(Project, BuildOptions),
    /// Say whether the cache is valid, or why not.
    Status(Project),
    /// Read every tensor back.
    Verify(Project),
    /// Tell and check the split into training and validation.
    Split {
        /// The folder, and the settings that a new draw follows.
        project: Project,
        /// Draw it anew and store it.
        writes: bool,
    },
    /// Remove what Melscope wrote.
    Clean(Project),
    /// Write the tensors of one file, or a picture of them.
    Analyze {
        /// The settings to analyse with.
        project: Project,
        /// The recording.
        file: PathBuf,
        /// The file that the tensors (`.npy`) or the picture (`.png`) go.
        output: PathBuf,
        /// Replace `output` when it exists.
        replace: bool,
    },
    /// Write variants of every chunk of one file, as a build would make them.
    Augment {
        /// The dataset that the file lies in, with the settings to draw from.
        project: Project,
        /// The recording.
        file: PathBuf,
        /// Variants of each chunk.
        n_variants: u32,
        /// A new or empty folder.
        folder: PathBuf,
    },
    /// Write the sound that comes back from the tensors of a recording, of a cache or of a model.
    Reconstruct {
        /// The settings that the tensors are made with.
        project: Project,
        /// What is rebuilt, and how.
        request: ReconstructRequest,
    },
    /// Say what the tensors of recordings keep of their sound.
    Judge {
        /// The dataset with its settings.
        project: Project,
        /// What is judged, and how much of it.
        request: JudgeRequest,
    },
    /// Measure every recording, and say whether the set is fit to train on.
    Audit {
        /// The folder, and the settings that chunks depend on.
        project: Project,
        /// Threads to use, at least 1.
        n_workers: usize,
        /// Reports to write.
        files: AuditFiles,
        /// Send [`JobEvent::File`] for each file.
        tells_files: bool,
    },
}

impl Request {
    fn name(&self) -> &'static str {
        match self {
            Self::Estimate { .. } => "estimate",
            Self::Build(..) => "build",
            Self::BuildShard { .. } => "build-shard",
            Self::Merge(..) => "merge",
            Self::Status(_) => "status",
            Self::Verify(_) => "verify",
            Self::Split { .. } => "split",
            Self::Clean(_) => "clean",
            Self::Analyze { .. } => "analyze",
            Self::Augment { .. } => "augment",
            Self::Reconstruct { .. } => "reconstruct",
            Self::Judge { .. } => "judge",
            Self::Audit { .. } => "audit",
        }
    }

    fn run(self, monitor: &JobMonitor) -> Result<Outcome> {
        Ok(match self {
            Self::Estimate { project, n_workers } => {
                let estimate = pipeline::estimate(&project, n_workers, monitor)?;
                monitor.send(JobEvent::Estimate(estimate));
                Outcome::Estimated
            }
            Self::Build(project, options) => {
                Outcome::Built(pipeline::build(&project, &options, monitor, &|question| {
                    monitor.ask(question)
                })?)
            }
            Self::BuildShard { project, shard, options } => {
                let approve = |question: &Question| monitor.ask(question);
                Outcome::Shard(pipeline::build_shard(&project, shard, &options, monitor, &approve)?)
            }
            Self::Merge(project, options) => {
                Outcome::Built(pipeline::merge(&project, &options, monitor, &|question| {
                    monitor.ask(question)
                })?)
            }
            Self::Status(project) => Outcome::Status(pipeline::status(&project, monitor)?),
            Self::Verify(project) => Outcome::Verified(pipeline::verify(&project, monitor)?),
            Self::Split { project, writes } => Outcome::Split(pipeline::split(&project, writes, monitor)?),
            Self::Clean(project) => Outcome::Cleaned(pipeline::clean(&project)?),
            Self::Analyze { project, file, output, replace } => {
                Outcome::Analyzed(pipeline::analyze(&project, &file, &output, replace, monitor)?)
            }
            Self::Augment { project, file, n_variants, folder } => {
                Outcome::Augmented(pipeline::write_variants(&project, &file, n_variants, &folder, monitor)?)
            }
            Self::Reconstruct { project, request } => {
                Outcome::Reconstructed(pipeline::reconstruct(&project, &request, monitor)?)
            }
            Self::Judge { project, request } => {
                Outcome::Judged(Box::new(pipeline::judge(&project, &request, monitor)?))
            }
            Self::Audit { project, n_workers, files, tells_files } => {
                files.check()?;
                let report = pipeline::audit(&project, n_workers, monitor, &|index, file| {
                    if tells_files {
                        monitor.send(JobEvent::File { index, file: Arc::clone(file) });
                    }
                })?;
                files.write(&report, &project, monitor)?;
                Outcome::Audited(Arc::new(report))
            }
        })
    }
}

/// The outcome of a job.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The estimate went out as [`JobEvent::Estimate`].
    Estimated,
    /// A cache is there: built now, or valid already.
    Built(BuildOutcome),
    /// A shard is computed, or not needed.
    Shard(ShardOutcome),
    /// The state of the cache.
    Status(StatusReport),
    /// The result of reading every tensor.
    Verified(VerifyReport),
    /// The split of the cache.
    Split(SplitReport),
    /// The files that were removed.
    Cleaned(CleanReport),
    /// The tensors or picture written for one file.
    Analyzed(AnalyzeReport),
    /// The variants that were written of one file.
    Augmented(VariantsReport),
    /// The sound that was rebuilt.
    Reconstructed(ReconstructReport),
    /// What the tensors keep.
    Judged(Box<JudgeReport>),
    /// The report of the audit.
    Audited(Arc<AuditReport>),
}

/// An event of a job. Exactly one of `Done`, `Failed` and `Cancelled` comes, as the last.
#[derive(Debug)]
pub enum JobEvent {
    /// The size and needs of a build; sent by an estimate, and by a build before it begins.
    Estimate(Estimate),
    /// The build waits for [`Job::answer`].
    Question(Question),
    /// Its progress. Sent at most twenty times a second; one may be left out when the receiver is slow.
    Progress(Progress),
    /// A source is left out, and why.
    Skipped {
        /// The source.
        path: PathBuf,
        /// The reason, in words.
        reason: String,
    },
    /// Something the person should know.
    Warning(String),
    /// Files and folders that were passed over although they may belong to the dataset.
    Note {
        /// All of them in one line.
        message: String,
        /// Each with its reason.
        files: Vec<(PathBuf, String)>,
    },
    /// A file was measured, where [`Request::Audit`] asks for it. Files come in any order; what only the whole set shows comes with the end.
    File {
        /// Its place in the dataset's order.
        index: usize,
        /// Its measurements and findings.
        file: Arc<FileAudit>,
    },
    /// It succeeded.
    Done(Outcome),
    /// It failed.
    Failed(Error),
    /// It stopped as asked, and nothing was changed.
    Cancelled,
}

/// A running job.
#[derive(Debug)]
pub struct Job {
    events: Option<Receiver<JobEvent>>,
    answers: Sender<bool>,
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Job {
    /// Starts a job on a thread of its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(request: Request) -> Result<Self> {
        let (event_sender, events) = bounded(EVENTS_MAX);
        let (answers, answer_receiver) = bounded(1);
        let cancelled = Arc::new(AtomicBool::new(false));
        let name = request.name();
        let monitor = JobMonitor {
            events: event_sender,
            answers: answer_receiver,
            cancelled: Arc::clone(&cancelled),
            meter: ProgressMeter::default(),
        };
        let run = move || {
            // A panic in the pipeline itself is a defect, but the person still gets a last event.
            let result = workers::catch(name, || request.run(&monitor)).and_then(|result| result);
            monitor.send(match result {
                Ok(outcome) => JobEvent::Done(outcome),
                Err(Error::Cancelled) => JobEvent::Cancelled,
                Err(error) => JobEvent::Failed(error),
            });
        };
        let thread = std::thread::Builder::new()
            .name(format!("job-{name}"))
            .spawn(run)
            .map_err(Error::thread(name))?;
        Ok(Self { events: Some(events), answers, cancelled, thread: Some(thread) })
    }

    /// The job's events, in order.
    ///
    /// # Panics
    /// Never: the receiver is only taken away on drop.
    pub fn events(&self) -> &Receiver<JobEvent> {
        self.events.as_ref().expect("the receiver lives as long as the job")
    }

    /// Answers [`JobEvent::Question`].
    pub fn answer(&self, approved: bool) {
        // A full channel means that the question has been answered already.
        self.answers.try_send(approved).ok();
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// A flag that stops the job when it is set: for a signal handler, which outlives no borrow.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Cancels the job without waiting for its end.
    pub fn stop(mut self) -> Stopping {
        self.cancel();
        // Without a receiver no send blocks, so the thread ends.
        self.events = None;
        Stopping { thread: self.thread.take() }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
        // Without a receiver no send blocks, so the thread ends.
        self.events = None;
        drop(Stopping { thread: self.thread.take() });
    }
}

struct JobMonitor {
    events: Sender<JobEvent>,
    answers: Receiver<bool>,
    cancelled: Arc<AtomicBool>,
    meter: ProgressMeter,
}

impl JobMonitor {
    fn send(&self, event: JobEvent) {
        // A receiver that is gone has asked for nothing more.
        self.events.send(event).ok();
    }

    /// Passes a build's question on to the person, where it needs one.
    fn ask(&self, question: &Question) -> Result<bool> {
        if let Question::Size(estimate) = question {
            self.send(JobEvent::Estimate(*estimate));
            if !estimate.asks_first() && !estimate.is_space_short() {
                return Ok(true);
            }
        }
        self.send(JobEvent::Question(question.clone()));
        loop {
            self.check()?;
            if let Ok(approved) = self.answers.recv_timeout(Duration::from_millis(50)) {
                return Ok(approved);
            }
        }
    }
}

impl Monitor for JobMonitor {
    fn begin(&self, stage: Stage, total: u64) {
        self.send(JobEvent::Progress(self.meter.begin(stage, total)));
    }

    fn advance(&self, n: u64) {
        if let Some(progress) = self.meter.advance(n) {
            self.events.try_send(JobEvent::Progress(progress)).ok();
        }
    }

    fn skipped(&self, path: &Path, reason: &str) {
        self.send(JobEvent::Skipped { path: path.to_path_buf(), reason: reason.into() });
    }

    fn warning(&self, message: &str) {
        self.send(JobEvent::Warning(message.into()));
    }

    fn note(&self, message: &str, files: &[(PathBuf, String)]) {
        self.send(JobEvent::Note { message: message.into(), files: files.to_vec() });
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
