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
    use super::*;

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
