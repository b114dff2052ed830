//! The jobs behind the Audit view: told by wishes, drained once a frame, never waited for.

use super::super::remedy::with_remedy;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::model::{Basis, Found, Prepared, Running};
use super::wish::{Format, Wish};
use crate::audit::AuditReport;
use crate::dataset::{self, Dataset};
use crate::error::Result;
use crate::jobs::{Background, Job, JobEvent, Outcome, Request, Stopping};
use crate::monitor::Silent;
use crate::pipeline::{AuditFiles, Project};
use crate::ui::state::{Folder, Phase, State, View};

/// Events that one frame takes, so that a frame stays short however fast they come.
const EVENTS_PER_FRAME: usize = 2000;

/// Audits the open folder.
#[derive(Debug, Default)]
pub(in crate::ui) struct Auditor {
    job: Option<Job>,
    preparing: Option<Background<Prepared>>,
    looking: Option<Background<Result<bool>>>,
    exporting: Option<Background<Option<Result<PathBuf>>>>,
    stopping: Vec<Stopping>,
}

impl Auditor {
    /// True while something runs whose result the window waits for.
    pub(in crate::ui) fn is_busy(&self) -> bool {
        self.job.is_some()
            || self.preparing.is_some()
            || self.looking.is_some()
            || self.exporting.is_some()
            || !self.stopping.is_empty()
    }

    /// Does what the view is asked for.
    pub(in crate::ui) fn run(&mut self, wish: Wish, folder: &mut Folder) {
        match (wish, &mut folder.audit.found) {
            (Wish::Start, _) => self.start(folder),
            (Wish::Filter(filter), Some(found)) => found.set_filter(filter),
            (Wish::Sort(column), Some(found)) => found.sort_by(column),
            (Wish::Move(n_rows), Some(found)) => {
                if let Some(number) = found.moved(folder.files.selected(), n_rows) {
                    folder.files.select(number);
                }
            }
            (Wish::LookAtFiles, Some(_)) => self.look_at_files(folder),
            (Wish::Export { format, to }, Some(_)) => self.export(folder, format, to),
            // There is nothing yet that could be shown or written.
            (_, None) => {}
        }
    }

    /// Tells the running audit to stop; its last event says when it has.
    pub(in crate::ui) fn cancel(&self, folder: &mut Folder) {
        if let (Some(job), Some(running)) = (&self.job, &mut folder.audit.running) {
            running.is_cancelling = true;
            job.cancel();
        }
    }

    /// Forgets everything: another folder is opened.
    pub(in crate::ui) fn stop(&mut self) {
        self.stopping.extend(self.job.take().map(Job::stop));
        self.preparing = None;
        self.looking = None;
        // A report that is being written is completed.
        self.exporting = None;
    }

    /// Takes what the jobs have sent into `state`, and begins the first audit of a folder when its view is shown.
    pub(in crate::ui) fn drain(&mut self, state: &mut State) {
        self.stopping.retain(|stopping| !stopping.is_done());
        let view = state.view;
        let Phase::Open(folder) = &mut state.phase else { return };
        // Who opens the view asks the question that it answers. Recordings are only read, one click stops it, and what
        // was measured once is known the next time.
        if view == View::Audit && !folder.audit.was_started && !folder.is_reading {
            self.start(folder);
        }
        self.drain_job(folder);
        self.drain_prepared(folder);
        self.drain_look(folder);
        self.drain_export(folder);
    }

    fn start(&mut self, folder: &mut Folder) {
        if folder.task.is_some() || folder.audit.is_running() || folder.files.all().is_empty() {
            return;
        }
        let basis = Basis::of(&folder.settings, dataset::now_ns());
        let started = Project::new(&folder.root, folder.settings.clone()).and_then(|project| {
            let n_workers = crate::ui::engine::n_workers();
            Job::start(Request::Audit {
                project,
                n_workers,
                files: AuditFiles::default(),
                tells_files: false,
            })
        });
        let audit = &mut folder.audit;
        audit.was_started = true;
        audit.problem = None;
        audit.exported = None;
        audit.warnings.clear();
        match started {
            Ok(job) => {
                self.job = Some(job);
                audit.running = Some(Running::new(basis));
            }
            Err(error) => audit.problem = Some(with_remedy(&error)),
        }
    }

    fn drain_job(&mut self, folder: &mut Folder) {
        for _ in 0..EVENTS_PER_FRAME {
            let Some(event) = self.job.as_ref().and_then(|job| job.events().try_recv().ok()) else { return };
            let audit = &mut folder.audit;
            match event {
                JobEvent::Progress(progress) => {
                    if let Some(running) = &mut audit.running {
                        running.progress = Some(progress);
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
                        Err(error) => audit.fail(with_remedy(&error)),
                    }
                }
                JobEvent::Failed(error) => audit.fail(with_remedy(&error)),
                JobEvent::Cancelled => {
                    audit.fail("The audit was cancelled. What it measured is not kept.".into());
                }
                // An audit says nothing else.
                _ => continue,
            }
            self.stopping.extend(self.job.take().map(Job::stop));
        }
    }

    fn drain_prepared(&mut self, folder: &mut Folder) {
        let Some(prepared) = self.preparing.as_ref().and_then(Background::poll) else { return };
        self.preparing = None;
        let Some(running) = folder.audit.running.take() else { return };
        match prepared {
            Ok(prepared) => {
                let before = folder.audit.found.as_ref();
                folder.audit.found = Some(Found::new(prepared, running.basis, &folder.files, before));
            }
            Err(error) => folder.audit.problem = Some(with_remedy(&error)),
        }
    }

    /// Compares the folder with what was audited, in the background.
    fn look_at_files(&mut self, folder: &Folder) {
        let Some(found) = &folder.audit.found else { return };
        if self.looking.is_some() || folder.audit.is_running() {
            return;
        }
        let (report, began_ns) = (Arc::clone(found.report()), found.began_ns());
        let preview = move || has_other_files(&report, began_ns);
        self.looking =
            Background::start("audit-look", preview).inspect_err(|error| log::error!("{error}")).ok();
    }

    fn drain_look(&mut self, folder: &mut Folder) {
        let Some(looked) = self.looking.as_ref().and_then(Background::poll) else { return };
        self.looking = None;
        let Some(found) = &mut folder.audit.found else { return };
        // A folder that cannot be listed is not what it was.
        found.has_other_files = looked.and_then(|looked| looked).unwrap_or(true);
    }

    fn export(&mut self, folder: &mut Folder, format: Format, to: Option<PathBuf>) {
        let Some(found) = &folder.audit.found else { return };
        if self.exporting.is_some() {
            return;
        }
        let (report, settings) = (Arc::clone(found.report()), folder.settings.clone());
        let root = folder.root.clone();
        let export = move || {
            let path = to.or_else(|| ask(&root, format))?;
            Some(write(&report, &Project::new(&root, settings).ok()?, format, path))
        };
        folder.audit.exported = None;
        match Background::start("audit-report", export) {
            Ok(exporting) => self.exporting = Some(exporting),
            Err(error) => folder.audit.exported = Some(Err(with_remedy(&error))),
        }
    }

    fn drain_export(&mut self, folder: &mut Folder) {
        let Some(exported) = self.exporting.as_ref().and_then(Background::poll) else { return };
        self.exporting = None;
        folder.audit.exported = Some(match exported {
            Ok(Some(Ok(path))) => Ok(format!("The report is in {}", path.display())),
            Ok(Some(Err(error))) | Err(error) => Err(with_remedy(&error)),
            // A dialog that was cancelled and one that could not be shown look the same.
            Ok(None) => Err("No report was written. If no dialog appeared: install zenity, or use \
                             `melscope audit DIR --csv FILE --html FILE` in a terminal."
                .into()),
        });
    }
}

/// Asks in the system's dialog where a report goes; the dialog asks before a file is replaced.
fn ask(root: &Path, format: Format) -> Option<PathBuf> {
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    rfd::FileDialog::new()
        .set_title(format!("Save the audit as {}", format.name()))
        .set_directory(root.parent().unwrap_or(root))
        .set_file_name(format!("{name}-audit.{}", format.extension()))
        .save_file()
}

/// Writes a report to `path`, complete or not at all.
fn write(report: &AuditReport, project: &Project, format: Format, path: PathBuf) -> Result<PathBuf> {
    let mut files = AuditFiles { replace: true, ..AuditFiles::default() };
    let file = match format {
        Format::Csv => &mut files.csv,
        Format::Json => &mut files.json,
        Format::Html => &mut files.html,
    };
    *file = Some(path.clone());
    files.write(report, project, &Silent)?;
    Ok(path)
}

/// True when the folder holds other files than those of `report`, or one that was written since `began_ns`.
fn has_other_files(report: &AuditReport, began_ns: i64) -> Result<bool> {
    let now = Dataset::scan(&report.root, &[], &Silent)?;
    let is_same = now.sources.len() == report.files.len()
        && now.sources.iter().zip(&report.files).all(|(source, file)| {
            source.relative == file.path && source.size == file.size && source.mtime_ns < began_ns
        });
    Ok(!is_same)
}
