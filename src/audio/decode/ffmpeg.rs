//! The files that we have no decoder for, read by an `ffmpeg` that is installed: its output is a pipe of samples.
//!
//! It is started without a shell, on one file under its absolute path, and may open nothing else. The pipe is bounded, so
//! that memory is constant; a program that gives nothing for a minute is ended, and so is one whose reader is dropped.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select};

use super::backend::Backend;
use super::convert::to_f32;
use super::ffmpeg_log::Log;
use super::info::SourceInfo;
use crate::audio::container::{SampleCoding, SampleFormat};
use crate::audio::remark::Remark;
use crate::error::Error;
use crate::settings::{FfmpegUse, SAMPLE_RATES_HZ};
use crate::workers::Pump;

/// The time for which it may give nothing before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// The time in which it says its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(10);

/// Bytes that are read from the pipe at once, and blocks that wait.
const BLOCK_BYTES: usize = 64 * 1024;
const N_AHEAD: usize = 4;

/// The most channels that a file may have.
const CHANNELS_MAX: usize = 255;

/// The header of an AU file: six numbers of four bytes.
const AU_HEAD_BYTES: usize = 24;

/// The longest header that is taken for one.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// The length that may be missing at the end: other programs round lengths, and count the encoder's delay.
const MISSING_S_MAX: f64 = 0.5;

/// The same where it has reported errors.
const MISSING_WITH_ERRORS_S_MAX: f64 = 0.1;

/// The program's file where it is to be used and on the search path.
pub(super) fn program(use_of_it: FfmpegUse) -> Option<PathBuf> {
    if use_of_it == FfmpegUse::Off {
        return None;
    }
    let name = format!("ffmpeg{}", env::consts::EXE_SUFFIX);
    // A relative entry would start whatever lies in the folder that one happens to be in.
    let folders =
        env::split_paths(&env::var_os("PATH")?).filter(|folder| folder.is_absolute()).collect::<Vec<_>>();
    folders.into_iter().map(|folder| folder.join(&name)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

/// The program and its version as a manifest records them: "ffmpeg 5.1.9".
pub(super) fn version(program: &Path) -> Option<String> {
    let mut run = Run::start(program, &["-version".into()], VERSION_PATIENCE).ok()?;
    let mut text = Vec::new();
    while let Ok(Some(block)) = run.next_block(&mut Log::default()) {
        text.extend(block);
        if text.contains(&b'\n') || text.len() > HEAD_BYTES_MAX {
            break;
        }
    }
    let mut log = Log::default();
    log.push(&text);
    log.push(b"\n");
    log.decoder()
}

/// The program while it runs. Dropping it ends the program and waits for its end.
struct Run {
    child: Child,
    output: Option<Pump>,
    messages: Option<Pump>,
    patience: Duration,
}

impl Run {
    fn start(program: &Path, arguments: &[OsString], patience: Duration) -> Result<Self, String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            // It would make a file of its log.
            .env_remove("FFREPORT");
        apart(&mut command);
        let child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
        let mut run = Self { child, output: None, messages: None, patience };
        // From here on the program is ended if anything fails.
        let said = |error: Error| error.to_string();
        if let Some(output) = run.child.stdout.take() {
            run.output = Some(Pump::start("ffmpeg output", output, BLOCK_BYTES, N_AHEAD).map_err(said)?);
        }
        if let Some(messages) = run.child.stderr.take() {
            run.messages = Some(Pump::start("ffmpeg messages", messages, 4_096, N_AHEAD).map_err(said)?);
        }
        Ok(run)
    }

    /// The next block of output, `None` at its end. Messages are taken while it waits: the program never waits for us to
    /// read one pipe while we wait for the other.
    fn next_block(&mut self, log: &mut Log) -> Result<Option<Vec<u8>>, String> {
        let output = self.output.as_ref().map_or_else(crossbeam_channel::never, Pump::blocks);
        let mut messages = self.messages.as_ref().map_or_else(crossbeam_channel::never, Pump::blocks);
        let deadline = Instant::now() + self.patience;
        loop {
            select! {
                recv(output) -> block => return block.ok().transpose().map_err(|error| error.to_string()),
                recv(messages) -> block => take_messages(block.ok(), &mut messages, log),
                default(deadline.saturating_duration_since(Instant::now())) => return Err(self.hangs()),
            }
        }
    }

    /// Takes messages until `is_enough`, or until there are no more.
    fn read_messages(&mut self, log: &mut Log, is_enough: impl Fn(&Log) -> bool) -> Result<(), String> {
        let Some(messages) = self.messages.as_ref().map(Pump::blocks) else { return Ok(()) };
        let deadline = Instant::now() + self.patience;
        while !is_enough(log) {
            match messages.recv_deadline(deadline) {
                Ok(Ok(block)) => log.push(&block),
                Ok(Err(_)) | Err(crossbeam_channel::RecvTimeoutError::Disconnected) => break,
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => return Err(self.hangs()),
            }
        }
        Ok(())
    }

    fn hangs(&self) -> String {
        format!("ffmpeg hangs: it has given nothing for {} s", self.patience.as_secs_f64())
    }

    /// Waits for the end of the program, whose output has ended; true where it says that all went well.
    fn is_success(&mut self, log: &mut Log) -> Result<bool, String> {
        self.read_messages(log, |_| false)?;
        let deadline = Instant::now() + self.patience;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status.success()),
                Ok(None) if Instant::now() < deadline => {
                    // Both pipes are closed: it is about to end.
                    crossbeam_channel::after(Duration::from_millis(1)).recv().ok();
                }
                Ok(None) => return Err(self.hangs()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

fn take_messages(
    block: Option<io::Result<Vec<u8>>>,
    messages: &mut Receiver<io::Result<Vec<u8>>>,
    log: &mut Log,
) {
    match block {
        Some(Ok(block)) => log.push(&block),
        // A closed channel would be ready for ever.
        Some(Err(_)) | None => *messages = crossbeam_channel::never(),
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It may have ended by itself.
        end_all(&mut self.child);
        self.child.kill().ok();
        self.child.wait().ok();
        // The pumps end with its pipes.
        self.output = None;
        self.messages = None;
    }
}

/// Gives the program a group of its own: what it starts itself ends with it.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    /// No console window appears.
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(unix)]
fn end_all(child: &mut Child) {
    // Once it was waited for, its number may be another's.
    if matches!(child.try_wait(), Ok(None)) {
        let group = rustix::process::Pid::from_child(child);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
}

#[cfg(not(unix))]
fn end_all(_child: &mut Child) {}

/// A file that `ffmpeg` reads.
pub(super) struct FfmpegReader {
    info: SourceInfo,
    run: Run,
    log: Log,
    format: SampleFormat,
    decoder: String,
    /// Bytes that were read and not given.
    bytes: Vec<u8>,
    samples: Vec<f32>,
    n_frames: u64,
    flaw: Option<String>,
    remarks: Vec<Remark>,
}

impl FfmpegReader {
    /// Lets `program` read the file at `path`; fails with its reason where it does not.
    pub(super) fn open(program: &Path, path: &Path) -> Result<Self, String> {
        Self::open_within(program, path, PATIENCE)
    }

    fn open_within(program: &Path, path: &Path, patience: Duration) -> Result<Self, String> {
        let path = std::path::absolute(path).map_err(|error| error.to_string())?;
        let mut run = Run::start(program, &arguments(&path), patience)?;
        let mut log = Log::default();
        let mut bytes = Vec::new();
        let n_head = loop {
            if let Some(n_head) = head_bytes(&bytes)? {
                break n_head;
            }
            let Some(block) = run.next_block(&mut log)? else {
                run.is_success(&mut log)?;
                let nothing = || "ffmpeg finds no audio in it".to_owned();
                return Err(log.last_error().map_or_else(nothing, |said| format!("ffmpeg says: {said}")));
            };
            bytes.extend(block);
        };
        // What it says of its output comes last before the samples.
        run.read_messages(&mut log, Log::is_introduced)?;
        let number = |at: usize| bytes[at..at + 4].iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        let (sample_rate_hz, n_channels) = (number(16), number(20) as usize);
        bytes.drain(..n_head);
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            let (min, max) = (SAMPLE_RATES_HZ.start(), SAMPLE_RATES_HZ.end());
            return Err(format!(
                "its sample rate is {sample_rate_hz} Hz, which is not within {min} to {max} Hz"
            ));
        }
        if !(1..=CHANNELS_MAX).contains(&n_channels) {
            return Err(format!("it has {n_channels} channels; 1 to {CHANNELS_MAX} can be read"));
        }
        let format = SampleFormat::new(SampleCoding::Float, 4, true).ok_or("no format for its samples")?;
        let n_others = log.n_audio_streams().saturating_sub(1);
        let remarks =
            if n_others > 0 { vec![Remark::OtherTracks { n_tracks: n_others }] } else { Vec::new() };
        Ok(Self {
            info: SourceInfo {
                sample_rate_hz,
                n_channels,
                codec: log.codec().to_owned(),
                container: log.container().to_owned(),
            },
            decoder: log.decoder().unwrap_or_else(|| "ffmpeg of an unknown version".to_owned()),
            run,
            log,
            format,
            bytes,
            samples: Vec::new(),
            n_frames: 0,
            flaw: None,
            remarks,
        })
    }

    /// The length that the file's headers give, in frames; not to the frame.
    pub(super) fn announced_frames(&self) -> Option<u64> {
        let duration_s = self.log.duration_s()?;
        Some((duration_s * f64::from(self.info.sample_rate_hz)).round() as u64)
    }

    /// Judges how it ended.
    fn finish(&mut self) -> Result<(), String> {
        let is_success = self.run.is_success(&mut self.log)?;
        let read_s = self.n_frames as f64 / f64::from(self.info.sample_rate_hz);
        let said = self.log.last_error().map(|said| format!(" (ffmpeg says: {said})")).unwrap_or_default();
        let missing_s_max = if self.log.n_errors() > 0 { MISSING_WITH_ERRORS_S_MAX } else { MISSING_S_MAX };
        let announced_s = self.log.duration_s().filter(|duration_s| duration_s - read_s > missing_s_max);
        if !is_success {
            self.flaw = Some(format!("ffmpeg ended before the file's end{said}"));
        } else if let Some(announced_s) = announced_s {
            self.flaw =
                Some(format!("the file ends after {read_s:.3} of the {announced_s:.3} s it promises{said}"));
        } else if self.log.n_errors() > 0 {
            self.remarks.push(Remark::DecoderSays {
                n_messages: self.log.n_errors(),
                last: self.log.last_error().unwrap_or_default().to_owned(),
            });
        }
        Ok(())
    }
}

/// The arguments of `ffmpeg`: the first audio stream of one file as numbers of 32 bits behind an AU header.
fn arguments(path: &Path) -> Vec<OsString> {
    // With the protocol before it no name is taken for an option or for another protocol.
    let mut url = OsString::from("file:");
    url.push(path);
    let mut arguments: Vec<OsString> = Vec::new();
    arguments.extend(["-v", "level+info", "-nostats", "-nostdin"].map(OsString::from));
    arguments.extend(["-protocol_whitelist", "file,pipe", "-threads", "1", "-i"].map(OsString::from));
    arguments.push(url);
    let output = ["-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"];
    arguments.extend(output.map(OsString::from));
    arguments
}

/// The length of the AU header that `bytes` begin with; `None` where more of it has to come.
fn head_bytes(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(head) = bytes.get(..AU_HEAD_BYTES) else { return Ok(None) };
    let n_head = head[4..8].iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    if &head[..4] != b".snd" || !(AU_HEAD_BYTES..=HEAD_BYTES_MAX).contains(&n_head) {
        return Err("ffmpeg gives something else than was asked for".to_owned());
    }
    Ok((bytes.len() >= n_head).then_some(n_head))
}

impl Backend for FfmpegReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn expected_frames(&self) -> Option<u64> {
        // Not to the frame: `finish` judges it.
        None
    }

    fn advance(&mut self) -> Result<bool, String> {
        let frame_bytes = self.format.n_bytes() * self.info.n_channels;
        while self.bytes.len() < frame_bytes {
            let Some(block) = self.run.next_block(&mut self.log)? else {
                self.samples.clear();
                self.finish()?;
                return Ok(false);
            };
            self.bytes.extend(block);
        }
        let n_used = self.bytes.len() / frame_bytes * frame_bytes;
        self.samples.resize(n_used / self.format.n_bytes(), 0.0);
        to_f32(self.format, &self.bytes[..n_used], &mut self.samples);
        self.bytes.drain(..n_used);
        self.n_frames += (n_used / frame_bytes) as u64;
        Ok(true)
    }

    fn samples(&self) -> &[f32] {
        &self.samples
    }

    fn flaw(&self) -> Option<&str> {
        self.flaw.as_deref()
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn decoder(&self) -> Option<&str> {
        Some(&self.decoder)
    }
}

#[cfg(all(test, unix))]
#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that cannot write its program fails"
)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program in the place of ffmpeg: `body` in the shell's language.
    fn fake(body: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (text, program) = (folder.path().join("text"), folder.path().join("ffmpeg"));
        fs::write(&text, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&text, fs::Permissions::from_mode(0o755)).unwrap();
        // Another process writes the program: what another test starts meanwhile would inherit a file that this one has open
        // for writing, and the system starts no such file.
        assert!(Command::new("cp").arg("-p").args([&text, &program]).status().unwrap().success());
        (folder, program)
    }

    /// An AU header of 8 kHz in mono, and its messages.
    const INTRODUCTION: &str = "echo '[info] ffmpeg version 7.0.1-fake Copyright' >&2
echo '[info] Input #0, asf, from x' >&2
echo '[info]   Duration: 00:00:01.00, start: 0.0' >&2
echo '[info]   Stream #0:0: Audio: wmav2 (abc), 8000 Hz' >&2
printf '.snd\\000\\000\\000\\030\\377\\377\\377\\377\\000\\000\\000\\006\\000\\000\\037\\100\\000\\000\\000\\001'
echo '[info] Output #0, au, to x' >&2";

    fn opened(body: &str, patience: Duration) -> Result<FfmpegReader, String> {
        let (_folder, program) = fake(body);
        FfmpegReader::open_within(&program, Path::new("-x:y.wma"), patience)
    }

    #[test]
    fn samples_and_words_come_through_whatever_it_writes_beside_them() {
        // More than a pipe holds, on both: neither may wait for the other.
        let body = format!(
            "{INTRODUCTION}\nhead -c 300000 /dev/zero\nhead -c 300000 /dev/zero >&2\nhead -c 300000 /dev/zero"
        );
        let mut reader = opened(&body, Duration::from_secs(20)).unwrap();
        assert_eq!((reader.info.sample_rate_hz, reader.info.n_channels), (8_000, 1));
        assert_eq!(
            (reader.info.codec.as_str(), reader.info.container.as_str()),
            ("wmav2", "Windows Media (ASF)")
        );
        assert_eq!(reader.decoder(), Some("ffmpeg 7.0.1"));
        assert_eq!(reader.announced_frames(), Some(8_000));
        let mut n_samples = 0;
        while reader.advance().unwrap() {
            n_samples += reader.samples().len();
        }
        assert_eq!((n_samples, reader.flaw()), (150_000, None));
    }

    #[test]
    fn failing_and_stopping_early_are_damage() {
        let failed = format!("{INTRODUCTION}\nhead -c 32000 /dev/zero\necho '[error] no more' >&2\nexit 3");
        let mut reader = opened(&failed, Duration::from_secs(20)).unwrap();
        while reader.advance().unwrap() {}
        assert!(reader.flaw().unwrap().contains("no more"), "{:?}", reader.flaw());
        let short = format!("{INTRODUCTION}\nhead -c 8000 /dev/zero");
        let mut reader = opened(&short, Duration::from_secs(20)).unwrap();
        while reader.advance().unwrap() {}
        assert!(reader.flaw().unwrap().contains("after 0.250 of the 1.000 s"), "{:?}", reader.flaw());
        let error = opened("echo '[fatal] it is not so' >&2; exit 1", Duration::from_secs(20)).err().unwrap();
        assert!(error.contains("it is not so"), "{error}");
        let error = opened("echo nothing of that kind here", Duration::from_secs(20)).err().unwrap();
        assert!(error.contains("something else"), "{error}");
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_started() {
        let patience = Duration::from_millis(300);
        let began = Instant::now();
        let error = opened("sleep 600", patience).err().unwrap();
        assert!(error.contains("hangs"), "{error}");
        let mut reader = opened(&format!("{INTRODUCTION}\nsleep 600"), patience).unwrap();
        assert!(reader.advance().unwrap_err().contains("hangs"));
        // Dropped in the middle of an endless output.
        let mut reader = opened(&format!("{INTRODUCTION}\ncat /dev/zero"), patience).unwrap();
        assert!(reader.advance().unwrap());
        drop(reader);
        assert!(began.elapsed() < Duration::from_mins(1));
    }

    #[test]
    fn no_file_name_is_an_option_or_another_protocol() {
        let arguments = arguments(Path::new("/a/-y:http:b.wma"));
        let url = arguments.iter().position(|argument| argument == "-i").unwrap() + 1;
        assert_eq!(arguments[url], "file:/a/-y:http:b.wma");
        assert_eq!(program(FfmpegUse::Off), None);
    }
}
