//! Errors as the command line says them: the problem, and what to do with the flag to pass.

use crate::error::{Error, Remedy};

/// The problem with its remedy, in one sentence.
pub fn with_remedy(error: &Error) -> String {
    match error.remedy() {
        None => error.to_string(),
        Some(remedy) => format!("{error}; {}", words(remedy)),
    }
}

/// The sentence of an error on its way out of the command line.
pub(super) fn message(error: &anyhow::Error) -> String {
    error.downcast_ref().map_or_else(|| error.to_string(), with_remedy)
}

fn words(remedy: Remedy) -> String {
    match remedy {
        Remedy::ReplaceExisting => "name another file, or pass --force to replace it".into(),
        Remedy::MoveAwayOrOtherCacheDir => "move it elsewhere, or name another place with --cache-dir".into(),
        Remedy::FreeSpaceOrOtherCacheDir => "free some space or name another place with --cache-dir".into(),
        Remedy::ReplaceReference => "agree to replacing it, with --yes".into(),
        Remedy::KeepChunks => {
            "change --exclude-chunks and the flags that begin so, or --trim-silence-dbfs (off switches a rule off)".into()
        }
        Remedy::NameDataset => "name the folder that holds it with --dataset".into(),
        Remedy::OtherPictureSize => "choose another --size or --scale".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_names_the_flag_that_does_it() {
        let outside = Error::OutsideDataset { path: "a.wav".into(), dataset: "set".into() };
        assert_eq!(
            with_remedy(&outside),
            "a.wav: it does not lie in the dataset set; name the folder that holds it with --dataset"
        );
        assert_eq!(with_remedy(&Error::Cancelled), "cancelled");
        let exists = anyhow::Error::from(Error::Exists { path: "a.npy".into() });
        assert_eq!(message(&exists), "a.npy: it exists; name another file, or pass --force to replace it");
        assert_eq!(message(&anyhow::anyhow!("no terminal")), "no terminal");
    }
}
