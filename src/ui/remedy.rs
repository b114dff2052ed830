//! Errors as the window says them: the problem, and what to do in the window's own words.

use crate::error::{Error, Remedy};

/// The problem with its remedy. No flag of the command line is named: there is none here to pass.
pub(super) fn with_remedy(error: &Error) -> String {
    match error.remedy() {
        None => error.to_string(),
        Some(remedy) => format!("{error}; {}", words(remedy)),
    }
}

fn words(remedy: Remedy) -> String {
    match remedy {
        Remedy::MoveAwayOrOtherCacheDir => {
            "move it elsewhere, or name another cache_dir in melscope.json".into()
        }
        Remedy::FreeSpaceOrOtherCacheDir => {
            "free some space, or name another cache_dir in melscope.json".into()
        }
        Remedy::NameDataset | Remedy::NameFolder | Remedy::NameRecordings => {
            "open the folder that holds the recordings".into()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;

    use super::*;
    use crate::error::SettingsError;

    /// An error of each kind that names a path, which is `/set/a.wav`.
    fn errors_with_a_path() -> Vec<Error> {
        let path = || PathBuf::from("/set/a.wav");
        let problem = SettingsError { key: "hop".into(), value: "0".into(), expected: "at least 1".into() };
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        vec![
            Error::audio(path(), "it holds no sound"),
            Error::io("read", path())(missing()),
            Error::SettingsFile { path: path(), problem },
            Error::Exists { path: path() },
            Error::NotEmpty { path: path() },
            Error::Foreign { path: path(), n_others: 2, remedy: Remedy::MoveAway },
            Error::ReferenceCache { path: path(), remedy: Remedy::ReplaceReference },
            Error::NoCache { path: path() },
            Error::damaged_cache(path(), "it is cut"),
            Error::disturbed(path(), "it is gone"),
            Error::OutsideDataset { path: path(), dataset: "/other".into() },
            Error::refused(path(), "this is a file", Remedy::NameFolder),
            Error::Locked { path: path(), holder: "process 7".into() },
            Error::NoSpace { path: path(), needed: 2, free: 1 },
        ]
    }

    /// True for an error that names no path. Whoever adds a kind of error says here what it is, and to the list above.
    fn is_without_path(error: &Error) -> bool {
        match error {
            Error::Thread { .. } | Error::Settings(_) | Error::Cancelled | Error::Panic { .. } => true,
            Error::Audio { .. }
            | Error::Io { .. }
            | Error::SettingsFile { .. }
            | Error::Exists { .. }
            | Error::NotEmpty { .. }
            | Error::Foreign { .. }
            | Error::ReferenceCache { .. }
            | Error::NoCache { .. }
            | Error::DamagedCache { .. }
            | Error::Disturbed { .. }
            | Error::OutsideDataset { .. }
            | Error::Refused { .. }
            | Error::Locked { .. }
            | Error::NoSpace { .. } => false,
        }
    }

    #[test]
    fn every_error_names_its_path_once_and_no_number_of_the_system() {
        for error in errors_with_a_path() {
            assert!(!is_without_path(&error));
            let said = with_remedy(&error);
            assert_eq!(said.matches("/set/a.wav").count(), 1, "{said}");
            assert!(!said.contains("os error"), "{said}");
        }
    }

    #[test]
    fn what_the_system_says_is_told_without_its_number() {
        let error = Error::io("open the folder", "/set")(io::Error::from_raw_os_error(2));
        assert_eq!(with_remedy(&error), "cannot open the folder /set: No such file or directory");
        let error = Error::io("read", "/set (os error 2)")(io::Error::other("it is (os error 7) odd"));
        assert_eq!(with_remedy(&error), "cannot read /set (os error 2): it is (os error 7) odd");
    }

    #[test]
    fn the_window_names_no_flags() {
        for error in [
            Error::Exists { path: "report.csv".into() },
            Error::NoSpace { path: "cache".into(), needed: 2, free: 1 },
            Error::ReferenceCache { path: "cache".into(), remedy: Remedy::ReplaceReference },
            Error::OutsideDataset { path: "a.wav".into(), dataset: "set".into() },
        ] {
            let said = with_remedy(&error);
            assert!(!said.contains("--") && said.contains("; "), "{said}");
        }
    }
}
