//! Builds the cache of a folder of recordings, with the settings that the folder has in its `melscope.json`:
//! `cargo run --example build -- DIR`.

#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::error::Error;
use std::path::{Path, PathBuf};

use melscope::monitor::Stage;
use melscope::settings::FILE_NAME;
use melscope::{BuildOptions, BuildOutcome, Monitor, Project, Settings, build, estimate, workers};

/// A monitor that prints the stages of a build, and the files that it leaves out.
struct Printing;

impl Monitor for Printing {
    fn begin(&self, stage: Stage, total: u64) {
        println!("{}: {total} to do", stage.name());
    }

    fn skipped(&self, path: &Path, reason: &str) {
        println!("skipped {}: {reason}", path.display());
    }

    fn note(&self, message: &str, _files: &[(std::path::PathBuf, String)]) {
        println!("{message}");
    }

    fn warning(&self, message: &str) {
        println!("warning: {message}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: build DIR")?);
    let settings = Settings::load(&folder.join(FILE_NAME))?.unwrap_or_default();
    let project = Project::new(&folder, settings)?;
    let expected = estimate(&project, workers::available(), &Printing)?;
    println!("{} spectrograms, {} bytes", expected.spectrograms, expected.bytes);
    let options = BuildOptions { force: false, n_workers: workers::available() };
    // A program with a person in front of it would ask: the question says what would be written or replaced.
    let agree = |_: &_| Ok(true);
    match build(&project, &options, &Printing, &agree).map_err(|error| error.in_full())? {
        BuildOutcome::Built(report) => println!("built: {}", report.cache_dir.display()),
        BuildOutcome::AlreadyValid(report) => println!("already valid: {}", report.cache_dir.display()),
    }
    Ok(())
}
