//! Things to know about a file that are no damage: all of its sound was read, and something in it is not as it should be.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something about a file that a person should know although nothing is lost. Its text follows a file's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remark {
    /// The header gives a shorter length than the file has, and all of the file was read.
    BeyondHeader {
        /// The length in the header, in seconds.
        header_s: f64,
        /// The length that was read, in seconds.
        read_s: f64,
    },
    /// The header's MD5 of the decoded samples is not that of the samples.
    WrongMd5,
    /// Other audio tracks, which are not read.
    OtherTracks {
        /// Their number.
        n_tracks: u32,
    },
    /// Several streams one behind the other, all of which were read.
    JoinedStreams {
        /// Their number.
        n_streams: u32,
    },
    /// A stream of HE-AAC, of which only the core was read.
    CoreOnly {
        /// Where the core's spectrum ends.
        up_to_hz: u32,
    },
    /// Messages of the program that decoded it, which read it to its end all the same.
    DecoderSays {
        /// Their number.
        n_messages: u32,
        /// The last of them.
        last: String,
    },
    /// A part that was left out.
    LeftOut {
        /// Where it lies in what was read, in seconds.
        at_s: f64,
        /// A noun for it, in the singular: "a stream of another rate (22050 Hz)".
        what: String,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeyondHeader { header_s, read_s } => {
                write!(f, "the header says {}; {} were read", Seconds(*header_s), Seconds(*read_s))
            }
            Self::WrongMd5 => f.write_str("the sound is not that of the checksum (MD5) in the header"),
            Self::OtherTracks { n_tracks: 1 } => f.write_str("one more audio track in it is not read"),
            Self::OtherTracks { n_tracks } => {
                write!(f, "{n_tracks} more audio tracks in it are not read")
            }
            Self::JoinedStreams { n_streams } => {
                write!(f, "{n_streams} streams are joined in it, and were read one after the other")
            }
            Self::CoreOnly { up_to_hz } => {
                write!(f, "HE-AAC: only its core up to {} kHz is read", f64::from(*up_to_hz) / 1_000.0)
            }
            Self::DecoderSays { n_messages: 1, last } => write!(f, "ffmpeg reports an error in it: {last}"),
            Self::DecoderSays { n_messages, last } => {
                write!(f, "ffmpeg reports {n_messages} errors in it, the last: {last}")
            }
            Self::LeftOut { at_s, what } => write!(f, "at {}, {what} was left out", Seconds(*at_s)),
        }
    }
}

/// A time in seconds for people: as many decimals as tell it apart from nothing.
struct Seconds(f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = (self.0 * 1_000.0).round();
        write!(f, "{} s", milliseconds / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_sentences() {
        let beyond = Remark::BeyondHeader { header_s: 0.5, read_s: 6.0 };
        assert_eq!(beyond.to_string(), "the header says 0.5 s; 6 s were read");
        let left_out = Remark::LeftOut { at_s: 12.3456, what: "a stream of 22050 Hz".to_owned() };
        assert_eq!(left_out.to_string(), "at 12.346 s, a stream of 22050 Hz was left out");
        assert!(Remark::OtherTracks { n_tracks: 1 }.to_string().starts_with("one more audio track"));
    }
}
