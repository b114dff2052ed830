//! The terminal that the program was started from: a line on each of its streams, and the exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit code: what the program says to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotValid = 3,
    ErrorsFound = 4,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Writes a line on standard output. A reader that has gone away, as `head` does, is no failure of ours.
pub(super) fn say(line: impl Display) {
    writeln!(io::stdout(), "{line}").ok();
}

/// Writes a line on standard error.
pub(super) fn tell(line: impl Display) {
    writeln!(io::stderr(), "{line}").ok();
}
