//! The command line: grammar, dispatch and exit codes. What it does is the pipeline's; what it says is `show`'s.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{CommandFactory, Parser};

use crate::error::Error;
use crate::jobs::{Job, JobEvent, Request};
use crate::pipeline::{self, AuditFiles, BuildOptions, JudgeRequest, Project, Question, ReconstructRequest};
use crate::workers;

mod args;
mod audit;
mod json;
mod judge;
mod reconstruct;
mod remedy;
mod settings_args;
mod show;
mod split;
mod terminal;

use args::{AuditArgs, BuildArgs, Cli, Command, DatasetArgs};
pub use args::{Theme, View, WindowArgs};
use json::Json;
pub use remedy::with_remedy;
use show::{Output, People};
use terminal::{Exit, say, tell};

/// Parses the arguments of the process, does what they ask for and returns the exit code. Without a subcommand it calls
/// `open_window`, which fails with the reason in words.
pub fn main(open_window: impl FnOnce(WindowArgs) -> Result<(), String>) -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("off")).init();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no mistakes. A closed terminal cannot be told anything.
            error.print().ok();
            return ExitCode::from(if error.use_stderr() { Exit::Usage } else { Exit::Done });
        }
    };
    let Some(command) = cli.command else {
        return match open_window(cli.window) {
            Ok(()) => Exit::Done.into(),
            Err(reason) => {
                tell(format_args!("melscope: {reason}"));
                Exit::Failed.into()
            }
        };
    };
    dispatch(command)
        .unwrap_or_else(|error| {
            tell(format_args!("melscope: {}", remedy::message(&error)));
            match error.downcast_ref::<Error>() {
                Some(Error::Settings(_) | Error::SettingsFile { .. }) => Exit::Usage,
                Some(Error::Cancelled) => Exit::Interrupted,
                _ => Exit::Failed,
            }
        })
        .into()
}

fn dispatch(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Build { shard, dataset, build, json } => with_output(json.json, build.yes, |output| {
            let (project, options) = (project(&dataset)?, options(&build));
            drive(
                match shard {
                    None => Request::Build(project, options),
                    Some(shard) => Request::BuildShard { project, shard, options },
                },
                output,
            )
        }),
        Command::Merge { dataset, build, json } => with_output(json.json, build.yes, |output| {
            drive(Request::Merge(project(&dataset)?, options(&build)), output)
        }),
        Command::Estimate { dataset, json } => with_output(json.json, false, |output| {
            let n_workers = workers::available();
            drive(Request::Estimate { project: project(&dataset)?, n_workers }, output)
        }),
        Command::Status { dataset, json } => {
            with_output(json.json, false, |output| drive(Request::Status(project(&dataset)?), output))
        }
        Command::Verify { dataset, json } => {
            with_output(json.json, false, |output| drive(Request::Verify(project(&dataset)?), output))
        }
        Command::Split { write, json, dataset } => with_output(json.json, false, |output| {
            drive(Request::Split { project: project(&dataset)?, writes: write }, output)
        }),
        Command::Clean { dataset } => {
            with_output(false, false, |output| drive(Request::Clean(project(&dataset)?), output))
        }
        Command::Analyze { file, output: to, force, settings } => {
            let root = folder_of(&file);
            let project = Project::new(root, settings.resolve(root)?)?;
            with_output(false, false, |output| {
                drive(Request::Analyze { project, file, output: to, replace: force }, output)
            })
        }
        Command::Reconstruct {
            input,
            way,
            rounds,
            normalized,
            dataset,
            output: to,
            force,
            json,
            settings,
        } => {
            let root = dataset.as_deref().unwrap_or_else(|| folder_of(&input));
            let project = Project::new(root, settings.resolve(root)?)?;
            let request = ReconstructRequest {
                input,
                way: way.into(),
                n_rounds: usize::from(rounds),
                normalisation: normalized.into(),
                output: to,
                replace: force,
            };
            with_output(json.json, false, |output| drive(Request::Reconstruct { project, request }, output))
        }
        Command::Judge { input, chunks, rounds, jobs, json, settings } => {
            let is_file = input.is_file();
            let root = if is_file { folder_of(&input) } else { &input };
            let project = Project::new(root, settings.resolve(root)?)?;
            let request = JudgeRequest {
                file: is_file.then(|| input.clone()),
                n_rounds: usize::from(rounds),
                n_chunks: (chunks > 0).then_some(chunks as usize),
                n_workers: jobs.map_or_else(workers::available, usize::from),
            };
            with_output(json.json, false, |output| drive(Request::Judge { project, request }, output))
        }
        Command::Augment { file, variants, output: folder, dataset, settings } => {
            let root = dataset.as_deref().unwrap_or_else(|| folder_of(&file));
            let project = Project::new(root, settings.resolve(root)?)?;
            with_output(false, false, |output| {
                drive(Request::Augment { project, file, n_variants: variants, folder }, output)
            })
        }
        Command::Audit { dataset, audit, json } => with_output(json.json, false, |output| {
            let n_workers = audit.jobs.map_or_else(workers::available, usize::from);
            let AuditArgs { csv, chunks, html, card, force, .. } = audit;
            let files = AuditFiles { csv, chunks, html, json: None, card, replace: force };
            drive(Request::Audit { project: project(&dataset)?, n_workers, files, tells_files: true }, output)
        }),
        Command::Run { dataset, build, command } => run(&dataset, &build, &command),
        Command::Demo { dir } => {
            let files = pipeline::demo::write_demo(&dir)?;
            say(format_args!("{} recordings in {}", files.len(), dir.display()));
            say(format_args!("Next: melscope build {}", dir.display()));
            Ok(Exit::Done)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "melscope", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    }
}

/// The folder that a file lies in.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn project(dataset: &DatasetArgs) -> anyhow::Result<Project> {
    Ok(Project::new(&dataset.dir, dataset.settings.resolve(&dataset.dir)?)?)
}

fn options(build: &BuildArgs) -> BuildOptions {
    BuildOptions { force: build.force, n_workers: build.jobs.map_or_else(workers::available, usize::from) }
}

/// Runs `work` with the output that was asked for; with `--json` an error is an event as well.
fn with_output(
    json: bool,
    yes: bool,
    work: impl FnOnce(&mut dyn Output) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    if !json {
        return work(&mut People::new(yes));
    }
    work(&mut Json::new(yes)).inspect_err(json::error)
}

/// Runs a job to its end, showing its events. Ctrl-C cancels it.
fn drive(request: Request, output: &mut dyn Output) -> anyhow::Result<Exit> {
    let job = Job::start(request)?;
    let cancel = job.cancel_flag();
    ctrlc::set_handler(move || {
        cancel.store(true, Ordering::Relaxed);
        show::leave_question();
    })?;
    for event in job.events() {
        match event {
            JobEvent::Progress(progress) => output.progress(&progress),
            JobEvent::Skipped { path, reason } => output.skipped(&path, &reason),
            JobEvent::Warning(message) => output.warning(&message),
            JobEvent::Note { message, files } => output.note(&message, &files),
            JobEvent::Estimate(estimate) => output.estimate(&estimate),
            // All files are told at the end, in order and with what the whole set shows.
            JobEvent::File { .. } => {}
            // Whoever calls for a small build in a terminal has said so; only the window asks where space is short.
            JobEvent::Question(Question::Size(estimate)) if !estimate.asks_first() => job.answer(true),
            JobEvent::Question(question) => job.answer(output.ask(&question)?),
            JobEvent::Done(outcome) => return Ok(output.done(&outcome)),
            JobEvent::Failed(error) => {
                output.end();
                return Err(error.into());
            }
            JobEvent::Cancelled => {
                output.end();
                return Err(Error::Cancelled.into());
            }
        }
    }
    anyhow::bail!("the job ended without a result")
}

fn run(dataset: &DatasetArgs, build: &BuildArgs, command: &[OsString]) -> anyhow::Result<Exit> {
    let project = project(dataset)?;
    let cache_dir = project.cache_dir().to_path_buf();
    // What the command prints belongs to it alone: a pipe behind it must not read ours.
    let exit = drive(Request::Build(project, options(build)), &mut People::on_stderr(build.yes))?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    become_command(command, &cache_dir)
}

#[cfg(unix)]
fn become_command(command: &[OsString], cache_dir: &PathBuf) -> anyhow::Result<Exit> {
    use std::os::unix::process::CommandExt;
    let error =
        std::process::Command::new(&command[0]).args(&command[1..]).env("MELSCOPE_CACHE", cache_dir).exec();
    Err(Error::io("start", &command[0])(error).into())
}

/// Where no process can be replaced, it is started and its exit code passed on.
#[cfg(not(unix))]
fn become_command(command: &[OsString], cache_dir: &PathBuf) -> anyhow::Result<Exit> {
    let status = std::process::Command::new(&command[0])
        .args(&command[1..])
        .env("MELSCOPE_CACHE", cache_dir)
        .status()
        .map_err(Error::io("start", &command[0]))?;
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}
