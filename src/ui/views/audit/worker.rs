//! The jobs behind the Audit view: told by commands, drained once a frame, never waited for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::command::Format;
use super::export::default_path;
use super::map::worker::MapWorker;
use super::model::{Audit, Basis, Exported, Found, Prepared, Rejudged};
use crate::audit::{AuditReport, FileAudit};
use crate::dataset::{self, Dataset};
use crate::error::{Error, Result};
use crate::jobs::{Background, Job, JobEvent, Outcome, Request, Stopping};
use crate::monitor::Silent;
use crate::pipeline::{AuditFiles, Project};
use crate::settings::FfmpegUse;
use crate::ui::background::save_dialog::ask_where;
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::session::task::{Task, TaskKind};
use crate::workers;

/// The time between two looks at what a running audit has measured.
const ARRIVAL_INTERVAL: Duration = Duration::from_millis(400);

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// The threads that audit the open folder, compare it with what was audited, and write reports.
#[derive(Debug, Default)]
pub(super) struct AuditWorker {
    job: Option<Job>,
    preparing: Option<Background<Prepared>>,
    rejudging: Option<Background<Rejudged>>,
    comparing: Option<Background<Result<bool>>>,
    exporting: Option<Background<(Format, Option<Result<PathBuf>>)>>,
    stopping: Vec<Stopping>,
    map: MapWorker,
    /// The files that the running audit has measured so far, with their places in the dataset.
    arrived: Vec<(usize, Arc<FileAudit>)>,
    /// When they were last prepared to be shown.
    shown_at: Option<Instant>,
}

impl AuditWorker {
    /// True while something runs whose result the window waits for.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some()
            || self.preparing.is_some()
            || self.rejudging.is_some()
            || self.comparing.is_some()
            || self.exporting.is_some()
            || self.map.is_busy()
            || !self.stopping.is_empty()
    }

    /// Tells the running audit to stop; its last event says when it has.
    pub(super) fn cancel(&self, folder: &mut Folder) {
        if let (Some(job), Some(task)) = (&self.job, &mut folder.audit_task) {
            task.is_cancelling = true;
            job.cancel();
        }
    }

    /// Forgets everything: the folder is no longer open.
    pub(super) fn stop(&mut self) {
        self.stopping.extend(self.job.take().map(Job::stop));
        self.preparing = None;
        self.rejudging = None;
        self.comparing = None;
        self.map.stop();
        // A report that is being written is completed.
        self.exporting = None;
    }

    /// Forgets the jobs that were stopped and have come to their end.
    pub(super) fn forget_stopped(&mut self) {
        self.stopping.retain(|stopping| !stopping.is_done());
    }

    /// Takes what the jobs have sent into `folder` and `audit`.
    pub(super) fn drain(&mut self, folder: &mut Folder, audit: &mut Audit) {
        self.drain_job(folder, audit);
        self.show_arrived(folder, audit);
        self.drain_prepared(folder, audit);
        self.rejudge(folder, audit);
        self.drain_comparison(audit);
        self.drain_export(audit);
        self.map.drain(&mut audit.map);
    }

    /// Starts an audit, unless something runs or there is nothing to audit.
    pub(super) fn start(&mut self, folder: &mut Folder, audit: &mut Audit) {
        if folder.task.is_some() || folder.audit_task.is_some() || folder.files.all().is_empty() {
            return;
        }
        let basis = Basis::of(&folder.settings, dataset::now_ns());
        let started = Project::new(&folder.root, folder.settings.clone()).and_then(|project| {
            Job::start(Request::Audit {
                project,
                n_workers: workers::beside_window(),
                files: AuditFiles::default(),
                // The first rows are there long before the last file is measured.
                tells_files: true,
            })
        });
        audit.was_started = true;
        audit.problem = None;
        audit.exported = None;
        audit.warnings.clear();
        self.arrived.clear();
        self.shown_at = None;
        match started {
            Ok(job) => {
                self.job = Some(job);
                audit.running = Some(basis);
                folder.audit_task = Some(Task::new(TaskKind::Audit));
            }
            Err(error) => audit.problem = Some(with_remedy(&error)),
        }
    }

    fn drain_job(&mut self, folder: &mut Folder, audit: &mut Audit) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.job.as_ref().and_then(|job| job.events().try_recv().ok()) else { return };
            match event {
                JobEvent::Progress(progress) => {
                    if let Some(task) = &mut folder.audit_task {
                        task.advance(progress);
                    }
                    continue;
                }
                JobEvent::Warning(message) => {
                    audit.warnings.push(message);
                    continue;
                }
                JobEvent::Done(Outcome::Audited(report)) => {
                    // Of a hundred thousand files this takes longer than a frame.
                    match Background::start("audit-table", move || Prepared::new(report)) {
                        Ok(preparing) => self.preparing = Some(preparing),
                        Err(error) => fail(folder, audit, with_remedy(&error)),
                    }
                }
                JobEvent::Failed(error) => fail(folder, audit, with_remedy(&error)),
                JobEvent::Cancelled => {
                    fail(folder, audit, "The audit was cancelled. What it measured is not kept.".into());
                }
                JobEvent::File { index, file } => {
                    self.arrived.push((index, file));
                    continue;
                }
                // An audit says nothing else.
                _ => continue,
            }
            self.stopping.extend(self.job.take().map(Job::stop));
        }
    }

    fn drain_prepared(&mut self, folder: &mut Folder, audit: &mut Audit) {
        let Some(prepared) = self.preparing.as_ref().and_then(Background::poll) else { return };
        self.preparing = None;
        let is_partial = prepared.as_ref().is_ok_and(Prepared::is_partial);
        let Some(basis) = audit.running.clone() else { return };
        if !is_partial {
            folder.audit_task = None;
            audit.running = None;
        }
        match prepared {
            Ok(prepared) => {
                let found = Found::new(prepared, basis, &folder.files, audit.found.as_ref());
                // The list of files says the same as the table.
                folder.files.set_audited(found.audited());
                // It would be made anew with every file that comes.
                if !is_partial {
                    self.map.start(found.report(), &mut audit.map);
                }
                audit.found = Some(found);
            }
            Err(error) => audit.problem = Some(with_remedy(&error)),
        }
    }

    /// Prepares the files that have been measured so far to be shown, every now and then, until there is a result.
    fn show_arrived(&mut self, folder: &Folder, audit: &Audit) {
        let is_due = self.shown_at.is_none_or(|shown| shown.elapsed() >= ARRIVAL_INTERVAL);
        let has_result = audit.found.as_ref().is_some_and(|found| !found.is_partial());
        if self.job.is_none() || self.preparing.is_some() || has_result || !is_due || self.arrived.is_empty()
        {
            return;
        }
        let Some(basis) = audit.running.clone() else { return };
        self.shown_at = Some(Instant::now());
        let (mut files, root) = (self.arrived.clone(), folder.root.clone());
        let prepare = move || {
            files.sort_unstable_by_key(|(index, _)| *index);
            Prepared::partial(root, files.into_iter().map(|(_, file)| file).collect(), &basis)
        };
        self.preparing =
            Background::start("audit-table", prepare).inspect_err(|error| log::error!("{error}")).ok();
    }

    /// Judges the set anew, in the background, when files were left out or taken back. Nothing is measured.
    fn rejudge(&mut self, folder: &mut Folder, audit: &mut Audit) {
        if let Some(rejudged) = self.rejudging.as_ref().and_then(Background::poll) {
            self.rejudging = None;
            match (rejudged, &mut audit.found) {
                (Ok(rejudged), Some(found)) => {
                    found.take_rejudged(rejudged);
                    audit.map.recolor(found.report());
                    folder.files.set_audited(found.audited());
                }
                (Err(error), _) => audit.problem = Some(with_remedy(&error)),
                // Another folder is open.
                (Ok(_), None) => {}
            }
        }
        if self.rejudging.is_some() || self.preparing.is_some() {
            return;
        }
        let work = audit.found.as_ref().and_then(|found| found.rejudging(&folder.settings.exclude));
        if let Some(work) = work {
            self.rejudging =
                Background::start("audit-judge", work).inspect_err(|error| log::error!("{error}")).ok();
        }
    }

    /// Compares the folder with what was audited, in the background.
    pub(super) fn look_at_files(&mut self, folder: &Folder, audit: &Audit) {
        let Some(found) = &audit.found else { return };
        if self.comparing.is_some() || folder.audit_task.is_some() {
            return;
        }
        let (report, began_ns) = (Arc::clone(found.report()), found.began_ns());
        let ffmpeg = folder.settings.ffmpeg;
        let compare = move || has_other_files(&report, ffmpeg, began_ns);
        self.comparing =
            Background::start("audit-files", compare).inspect_err(|error| log::error!("{error}")).ok();
    }

    fn drain_comparison(&mut self, audit: &mut Audit) {
        let Some(compared) = self.comparing.as_ref().and_then(Background::poll) else { return };
        self.comparing = None;
        let Some(found) = &mut audit.found else { return };
        // A folder that cannot be listed is not what it was.
        found.has_other_files = compared.and_then(|compared| compared).unwrap_or(true);
    }

    /// Writes a report to `to`, or to where the system's dialog says, which asks itself before a file is replaced.
    pub(super) fn export(
        &mut self,
        folder: &Folder,
        audit: &mut Audit,
        format: Format,
        to: Option<PathBuf>,
        replace: bool,
    ) {
        let Some(found) = &audit.found else { return };
        if self.exporting.is_some() {
            return;
        }
        let (report, settings) = (Arc::clone(found.report()), folder.settings.clone());
        let root = folder.root.clone();
        let export = move || {
            let replace = replace || to.is_none();
            let path = to.or_else(|| ask(&root, format))?;
            let write = |project| write(&report, &project, format, path, replace);
            Some(Project::new(&root, settings).and_then(write))
        };
        let export = move || (format, export());
        audit.exported = None;
        match Background::start("audit-report", export) {
            Ok(exporting) => self.exporting = Some(exporting),
            Err(error) => audit.exported = Some(Exported::Failed(with_remedy(&error))),
        }
    }

    fn drain_export(&mut self, audit: &mut Audit) {
        let Some(exported) = self.exporting.as_ref().and_then(Background::poll) else { return };
        self.exporting = None;
        audit.exported = Some(match exported {
            Ok((_, Some(Ok(path)))) => Exported::Written(path),
            Ok((format, Some(Err(Error::Exists { path })))) => Exported::Exists { format, path },
            Ok((_, Some(Err(error)))) | Err(error) => Exported::Failed(with_remedy(&error)),
            // A dialog that was cancelled and one that could not be shown look the same.
            Ok((_, None)) => Exported::Failed(
                "No report was written. If no dialog appeared: type the path under Export…, and save it there.".into(),
            ),
        });
    }
}

/// Ends the audit that runs without a result. What it has measured of some files is no result.
fn fail(folder: &mut Folder, audit: &mut Audit, problem: String) {
    audit.found = audit.found.take().filter(|found| !found.is_partial());
    folder.audit_task = None;
    audit.running = None;
    audit.problem = Some(problem);
}

/// Asks in the system's dialog where a report goes; the dialog asks before a file is replaced.
fn ask(root: &Path, format: Format) -> Option<PathBuf> {
    let path = default_path(root);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let title = format!("Save the audit as {}", format.name());
    ask_where(&title, path.parent().unwrap_or(root), &format!("{name}.{}", format.extension()))
}

/// Writes a report to `path`, complete or not at all.
fn write(
    report: &AuditReport,
    project: &Project,
    format: Format,
    path: PathBuf,
    replace: bool,
) -> Result<PathBuf> {
    let mut files = AuditFiles { replace, ..AuditFiles::default() };
    let file = match format {
        Format::Csv => &mut files.csv,
        Format::Json => &mut files.json,
        Format::Html => &mut files.html,
        Format::Card => &mut files.card,
    };
    *file = Some(path.clone());
    files.check()?;
    files.write(report, project, &Silent)?;
    Ok(path)
}

/// True when the folder holds other files than those of `report`, or one that was written since `began_ns`.
fn has_other_files(report: &AuditReport, ffmpeg: FfmpegUse, began_ns: i64) -> Result<bool> {
    let now = Dataset::scan(&report.root, &[], ffmpeg, &Silent)?;
    let is_same = now.sources.len() == report.files.len()
        && now.sources.iter().zip(report.files.iter()).all(|(source, file)| {
            source.relative == file.path && source.size == file.size && source.mtime_ns < began_ns
        });
    Ok(!is_same)
}
