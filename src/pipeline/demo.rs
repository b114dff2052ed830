//! A small dataset to try Melscope on: synthetic recordings, sound ones and ones with the usual flaws.
//!
//! Each file is named for what it is, so that a person can compare what Melscope says with what it should say. The
//! sounds are computed, the same bytes every time on one machine; nobody's recordings are needed to learn from.

mod sound;

use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::error::{Error, Remedy, Result};

/// Writes the demo's recordings into the folder `dir`, which is made when it is missing.
///
/// Returns the demo's files in the order of their paths: twenty, less than 3 MB together. When they are all there
/// already, byte for byte, nothing is written, whatever a build has put beside them.
///
/// # Errors
/// [`Error::Refused`] when the folder holds anything else: nothing is ever overwritten. [`Error::Io`] when the system
/// refuses to write; what was written until then stays.
pub fn write_demo(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files =
        files().map_err(|error| Error::io("make the recordings for", dir)(io::Error::other(error)))?;
    files.sort_by(|a, b| Path::new(a.name).cmp(Path::new(b.name)));
    if !is_empty(dir)? {
        return if files.iter().all(|file| is_written(file, dir)) {
            Ok(files.iter().map(|file| dir.join(file.name)).collect())
        } else {
            Err(Error::refused(
                dir,
                "the folder is not empty, and the demo overwrites nothing",
                Remedy::NameEmptyFolder,
            ))
        };
    }
    files.into_iter().map(|file| create(&dir.join(file.name), &file.bytes)).collect()
}

/// One file of the demo.
struct DemoFile {
    /// The path below the demo's folder, `/`-joined.
    name: &'static str,
    bytes: Vec<u8>,
}

/// The format that samples are stored in.
#[derive(Clone, Copy)]
enum Depth {
    Int16,
    Int24,
    Float32,
}

/// Every file of the demo, in reading order: first what is sound, then what is not.
fn files() -> hound::Result<Vec<DemoFile>> {
    use Depth::{Float32, Int16, Int24};

    let kick = wav(48_000, Int16, &[&sound::kick(48_000, 0.5)])?;
    let pluck = sound::plucked(48_000, 2.0, 196.0);
    let voice = sound::voice(48_000, 1.5);
    let short_pluck = sound::plucked(48_000, 1.0, 196.0);
    let (left, right) = (sound::pad(44_100, 2.0, -0.002), sound::pad(44_100, 2.0, 0.002));
    let short_pad = sound::pad(44_100, 0.75, 0.0);

    let mut cut = wav(48_000, Int16, &[&voice])?;
    cut.truncate(cut.len() / 2);

    let files = [
        ("drums/kick.wav", kick.clone()),
        ("drums/snare.wav", wav(44_100, Int16, &[&sound::snare(44_100, 0.3)])?),
        ("drums/hihat loop.wav", wav(44_100, Int16, &[&sound::hihats(44_100, 2.0)])?),
        ("bell.wav", wav(44_100, Int16, &[&sound::bell(44_100, 2.5)])?),
        ("melody.wav", wav(44_100, Int16, &[&sound::melody(44_100, 4.0)])?),
        ("pad.wav", wav(44_100, Int16, &[&left, &right])?),
        ("plucked.wav", wav(48_000, Int24, &[&pluck])?),
        ("sweep.wav", wav(48_000, Float32, &[&sound::sweep(48_000, 1.5)])?),
        ("voice.wav", wav(48_000, Int16, &[&voice])?),
        ("flaws/clipped.wav", wav(48_000, Int16, &[&scaled(&short_pluck, 6.0)])?),
        ("flaws/cut-in-the-middle.wav", cut),
        ("flaws/dc-offset.wav", wav(44_100, Int16, &[&with_dc_offset(&sound::bell(44_100, 1.0))])?),
        ("flaws/duplicate-of-kick.wav", kick),
        ("flaws/hum-50hz.wav", wav(48_000, Int16, &[&with_hum(&voice, 48_000)])?),
        (
            "flaws/mostly-silent.wav",
            wav(44_100, Int16, &[&then_silence(sound::snare(44_100, 0.3), 44_100, 2.5)])?,
        ),
        ("flaws/zero-length.wav", Vec::new()),
        ("flaws/out-of-phase.wav", wav(44_100, Int16, &[&short_pad, &scaled(&short_pad, -1.0)])?),
        (
            "flaws/text-not-audio.wav",
            b"These are notes on the recordings, saved under the wrong name.\n".to_vec(),
        ),
        ("flaws/upsampled-from-16khz.wav", {
            wav(48_000, Int16, &[&sound::upsampled_threefold(&sound::plucked(16_000, 0.8, 110.0))])?
        }),
        ("flaws/very-quiet.wav", wav(48_000, Int24, &[&scaled(&short_pluck, 0.0004)])?),
    ];
    Ok(files.map(|(name, bytes)| DemoFile { name, bytes }).into())
}

/// A WAV file of the channels, which are equally long; what exceeds full scale is clipped there.
fn wav(rate_hz: u32, depth: Depth, channels: &[&[f64]]) -> hound::Result<Vec<u8>> {
    let (bits_per_sample, sample_format) = match depth {
        Depth::Int16 => (16, SampleFormat::Int),
        Depth::Int24 => (24, SampleFormat::Int),
        Depth::Float32 => (32, SampleFormat::Float),
    };
    let spec =
        WavSpec { channels: channels.len() as u16, sample_rate: rate_hz, bits_per_sample, sample_format };
    let full_scale = f64::from((1_i32 << (bits_per_sample - 1).min(30)) - 1);
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec)?;
    for n in 0..channels[0].len() {
        for channel in channels {
            let sample = channel[n].clamp(-1.0, 1.0);
            match sample_format {
                SampleFormat::Int => writer.write_sample((sample * full_scale).round() as i32)?,
                SampleFormat::Float => writer.write_sample(sample as f32)?,
            }
        }
    }
    writer.finalize()?;
    Ok(file.into_inner())
}

fn scaled(samples: &[f64], gain: f64) -> Vec<f64> {
    samples.iter().map(|sample| sample * gain).collect()
}

/// Half the level on top of a constant of 0.2, as from an interface without a coupling capacitor.
fn with_dc_offset(samples: &[f64]) -> Vec<f64> {
    samples.iter().map(|sample| sample / 2.0 + 0.2).collect()
}

/// The sound over mains hum and its overtones.
fn with_hum(samples: &[f64], rate_hz: u32) -> Vec<f64> {
    let hum = |n: usize| {
        let phase = std::f64::consts::TAU * 50.0 * n as f64 / f64::from(rate_hz);
        0.2 * phase.sin() + 0.08 * (2.0 * phase).sin() + 0.04 * (3.0 * phase).sin()
    };
    samples.iter().enumerate().map(|(n, sample)| sample / 2.0 + hum(n)).collect()
}

/// The sound, and then digital silence until `duration_s`.
fn then_silence(mut samples: Vec<f64>, rate_hz: u32, duration_s: f64) -> Vec<f64> {
    samples.resize(sound::n_samples(rate_hz, duration_s), 0.0);
    samples
}

/// True when there is no folder `dir`, or nothing in it.
fn is_empty(dir: &Path) -> Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::io("list the folder", dir)(error)),
    }
}

fn is_written(file: &DemoFile, dir: &Path) -> bool {
    fs::read(dir.join(file.name)).is_ok_and(|bytes| bytes == file.bytes)
}

/// Writes a file that was not there before.
fn create(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    }
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(Error::io("write", path))?;
    Ok(path.to_path_buf())
}
