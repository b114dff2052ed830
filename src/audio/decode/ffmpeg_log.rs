//! The messages of `ffmpeg`, as far as they tell what a file is and what is wrong with it.

/// The longest message that is kept; bytes of a line beyond are dropped.
const LINE_BYTES_MAX: usize = 4_096;

/// The content of the messages so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    line: Vec<u8>,
    version: Option<String>,
    container: String,
    codec: String,
    duration_s: Option<f64>,
    is_estimated: bool,
    n_audio_streams: u32,
    is_introduced: bool,
    n_errors: u32,
    last_error: Option<String>,
}

impl Log {
    /// Takes more bytes of the messages.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut self.line);
                self.take_line(&String::from_utf8_lossy(&line));
            } else if self.line.len() < LINE_BYTES_MAX {
                self.line.push(byte);
            }
        }
    }

    fn take_line(&mut self, line: &str) {
        let (level, message) = split_level(line);
        if matches!(level, "error" | "fatal" | "panic") {
            self.n_errors += 1;
            self.last_error = Some(message.trim().to_owned());
            return;
        }
        let text = message.trim();
        if let Some(rest) = text.strip_prefix("ffmpeg version ") {
            self.version
                .get_or_insert_with(|| short_version(rest.split_whitespace().next().unwrap_or_default()));
        } else if let Some(rest) = text.strip_prefix("Input #0, ") {
            rest.split(',').next().unwrap_or_default().clone_into(&mut self.container);
        } else if let Some(rest) = text.strip_prefix("Duration: ") {
            self.duration_s = seconds(rest.split(',').next().unwrap_or_default());
        } else if text.starts_with("Output #0") {
            self.is_introduced = true;
        } else if text.contains("Estimating duration from bitrate") {
            self.is_estimated = true;
        } else if text.starts_with("Stream #0")
            && !self.is_introduced
            && let Some((_, rest)) = text.split_once(": Audio: ")
        {
            self.n_audio_streams += 1;
            if self.codec.is_empty() {
                rest.split([',', ' ']).next().unwrap_or_default().clone_into(&mut self.codec);
            }
        }
    }

    /// The program and its version: "ffmpeg 5.1.9".
    pub(super) fn decoder(&self) -> Option<String> {
        self.version.as_ref().map(|version| format!("ffmpeg {version}"))
    }

    /// The container's name for people; what only the program reads has its name there.
    pub(super) fn container(&self) -> &str {
        match self.container.as_str() {
            "" => "unknown",
            "asf" => "Windows Media (ASF)",
            "wav" => "WAV",
            "w64" => "Wave64",
            "aiff" => "AIFF",
            "au" => "AU",
            "caf" => "CAF",
            "nistsphere" => "NIST SPHERE",
            "flac" => "FLAC",
            "ogg" => "Ogg",
            "mov" => "MP4",
            "matroska" => "Matroska",
            "mp3" => "MPEG audio",
            "aac" => "ADTS",
            other => other,
        }
    }

    /// The codec's name, as the program has it.
    pub(super) fn codec(&self) -> &str {
        if self.codec.is_empty() { "unknown" } else { &self.codec }
    }

    /// The length in the file's headers, in seconds.
    pub(super) fn duration_s(&self) -> Option<f64> {
        self.duration_s.filter(|_| !self.is_estimated)
    }

    /// Audio streams in the file.
    pub(super) fn n_audio_streams(&self) -> u32 {
        self.n_audio_streams
    }

    /// True once everything was said that comes before the samples.
    pub(super) fn is_introduced(&self) -> bool {
        self.is_introduced
    }

    /// Errors so far.
    pub(super) fn n_errors(&self) -> u32 {
        self.n_errors
    }

    /// The last of them.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}

/// A message's level and its text: "[wmav2 @ 0x55aa] [error] overflow" is an error that says "overflow".
fn split_level(line: &str) -> (&str, &str) {
    let mut rest = line;
    while let Some((mark, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if matches!(mark, "panic" | "fatal" | "error" | "warning" | "info" | "verbose" | "debug") {
            return (mark, behind);
        }
        if !mark.contains(" @ ") {
            break;
        }
        rest = behind.trim_start();
    }
    ("info", rest)
}

/// A version without what a distribution adds to it; the name of a state between versions stays whole.
fn short_version(version: &str) -> String {
    let short = version.split(['-', '+', '~']).next().unwrap_or_default();
    if short.contains('.') && short.starts_with(|c: char| c.is_ascii_digit()) { short } else { version }
        .to_owned()
}

/// The seconds of "00:01:02.50"; `None` for "N/A".
fn seconds(text: &str) -> Option<f64> {
    text.trim().split(':').try_fold(0.0, |sum, part| part.parse::<f64>().ok().map(|part| 60.0 * sum + part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_what_the_file_is() {
        let mut log = Log::default();
        log.push(
            b"[info] ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000\n\
              [info] Input #0, asf, from 'file:/a.wma':\n\
              [info]   Duration: 00:01:02.50, start: 0.000000, bitrate: 130 kb/s\n\
              [info]   Stream #0:0: Audio: wmav2 (a[1][0][0] / 0x0161), 44100 Hz\n\
              [info]   Stream #0:1: Audio: wmav2\n\
              [wmav2 @ 0x55aa] [err",
        );
        assert_eq!(
            (log.decoder().as_deref(), log.container(), log.codec()),
            (Some("ffmpeg 5.1.9"), "Windows Media (ASF)", "wmav2")
        );
        assert_eq!((log.duration_s(), log.n_audio_streams(), log.n_errors()), (Some(62.5), 2, 0));
        log.push(
            b"or] frame_len overflow\n[info] Output #0, au, to 'pipe:'\n[info]   Stream #0:0: Audio: pcm\n",
        );
        assert_eq!((log.n_errors(), log.last_error()), (1, Some("frame_len overflow")));
        assert!(log.is_introduced());
        assert_eq!(log.n_audio_streams(), 2);
    }

    #[test]
    fn versions_are_short_where_they_are_versions() {
        assert_eq!(short_version("n7.0"), "n7.0");
        assert_eq!(short_version("N-109468-gd39b34123d"), "N-109468-gd39b34123d");
        assert_eq!(short_version("2023-01-01-git-62da0b4a74"), "2023-01-01-git-62da0b4a74");
        assert_eq!(short_version("6.1.1-tessus"), "6.1.1");
        assert_eq!(seconds("N/A"), None);
    }
}
