//! Kinds of audio files that we have no decoder for, by the endings of their names.

use std::path::Path;

/// A kind of files that hold audio and that we do not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// The ending of their names, in lower case.
    pub extension: &'static str,
    /// True where `ffmpeg` reads it.
    pub is_read_by_ffmpeg: bool,
}

/// The kinds that are looked for in a folder beside those that we read.
pub const FOREIGN: &[Foreign] = &[
    by_ffmpeg("wma"),
    by_ffmpeg("asf"),
    by_ffmpeg("wmv"),
    by_ffmpeg("avi"),
    by_ffmpeg("flv"),
    by_ffmpeg("amr"),
    by_ffmpeg("awb"),
    by_ffmpeg("ape"),
    by_ffmpeg("wv"),
    by_ffmpeg("tta"),
    by_ffmpeg("tak"),
    by_ffmpeg("ofr"),
    by_ffmpeg("dsf"),
    by_ffmpeg("dff"),
    by_ffmpeg("mpc"),
    by_ffmpeg("mp+"),
    by_ffmpeg("ac3"),
    by_ffmpeg("ec3"),
    by_ffmpeg("eac3"),
    by_ffmpeg("dts"),
    by_ffmpeg("thd"),
    by_ffmpeg("ra"),
    by_ffmpeg("rm"),
    by_ffmpeg("aa"),
    by_ffmpeg("aa3"),
    by_ffmpeg("oma"),
    by_ffmpeg("at3"),
    by_ffmpeg("spx"),
    by_ffmpeg("gsm"),
    by_ffmpeg("voc"),
    by_ffmpeg("8svx"),
    by_ffmpeg("shn"),
    by_ffmpeg("vqf"),
    by_ffmpeg("g722"),
    by_ffmpeg("adx"),
    by_ffmpeg("mp1"),
    by_nothing("aax"),
    by_nothing("sd2"),
    by_nothing("mid"),
    by_nothing("midi"),
];

const fn by_ffmpeg(extension: &'static str) -> Foreign {
    Foreign { extension, is_read_by_ffmpeg: true }
}

/// Locked, not sound but notes, or of a form that is not in the file itself.
const fn by_nothing(extension: &'static str) -> Foreign {
    Foreign { extension, is_read_by_ffmpeg: false }
}

/// The kind that the name of `path` says.
pub fn foreign_kind(path: &Path) -> Option<Foreign> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    FOREIGN.iter().copied().find(|kind| kind.extension == extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::decode::EXTENSIONS;

    #[test]
    fn what_we_read_is_not_foreign() {
        assert!(FOREIGN.iter().all(|kind| !EXTENSIONS.contains(&kind.extension)));
        assert_eq!(foreign_kind(Path::new("a/b.WMA")).map(|kind| kind.is_read_by_ffmpeg), Some(true));
        assert_eq!(foreign_kind(Path::new("a/wma")), None);
    }
}
