//! Decoding: every format, its exact length and place in time, and what is said about damaged files.

mod common;

use std::io::Write;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use common::{Decoded, decode, fixture};
use melscope::Error;
use melscope::audio::chunk::{ChunkPool, ChunkReader};
use melscope::audio::decode::{AudioReader, EXTENSIONS, Ending, Length, measure};
use melscope::audio::resample::resampled_len;
use proptest::prelude::*;

/// What a fixture was made from.
#[derive(Clone, Copy, PartialEq)]
enum Original {
    Stereo,
    Mono,
}
use Original::{Mono, Stereo};

/// How exactly a fixture keeps its original.
#[derive(Clone, Copy)]
enum Kept {
    /// Every bit, but for a quantisation step of 2^-n.
    Bits(i32),
    /// Within a signal-to-noise ratio in dB.
    Snr(f64),
}
use Kept::{Bits, Snr};

/// The frames that `make.sh` encodes.
const N_FRAMES: u64 = 7_000;

/// Every format that stores the true length.
const EXACT: &[(&str, &str, Original, Kept)] = &[
    ("chirp.wav", "PCM 24 bit", Stereo, Bits(24)),
    ("mono16.wav", "PCM 16 bit", Mono, Bits(24)),
    ("pcm_u8.wav", "PCM 8 bit", Mono, Bits(6)),
    ("pcm_s32le.wav", "PCM 32 bit", Mono, Bits(24)),
    ("pcm_f32le.wav", "PCM 32 bit float", Mono, Bits(24)),
    ("pcm_f64le.wav", "PCM 64 bit float", Mono, Bits(24)),
    ("pcm_alaw.wav", "A-law", Mono, Snr(30.0)),
    ("pcm_mulaw.wav", "µ-law", Mono, Snr(30.0)),
    ("piped.wav", "PCM 16 bit", Mono, Bits(24)),
    ("piped_sox.wav", "PCM 16 bit", Mono, Bits(24)),
    ("pcm_s8.aiff", "PCM 8 bit", Mono, Bits(6)),
    ("pcm_s16be.aiff", "PCM 16 bit", Mono, Bits(24)),
    ("pcm_s24be.aiff", "PCM 24 bit", Mono, Bits(24)),
    ("pcm_s32be.aiff", "PCM 32 bit", Mono, Bits(24)),
    ("pcm_f32be.aiff", "PCM 32 bit float", Mono, Bits(24)),
    ("pcm_f64be.aiff", "PCM 64 bit float", Mono, Bits(24)),
    ("pcm_alaw.aiff", "A-law", Mono, Snr(30.0)),
    ("sowt.aifc", "PCM 16 bit", Mono, Bits(24)),
    ("pcm_s16be.caf", "PCM 16 bit", Mono, Bits(24)),
    ("pcm_s24le.caf", "PCM 24 bit", Mono, Bits(24)),
    ("pcm_f32le.caf", "PCM 32 bit float", Mono, Bits(24)),
    ("alac.caf", "ALAC", Mono, Bits(24)),
    ("stereo.flac", "FLAC", Stereo, Bits(24)),
    ("blocks.flac", "FLAC", Mono, Bits(24)),
    ("piped.flac", "FLAC", Mono, Bits(24)),
    ("flac_named.wav", "FLAC", Stereo, Bits(24)),
    ("flac.ogg", "FLAC", Stereo, Bits(24)),
    ("flac.mka", "FLAC", Mono, Bits(24)),
    ("pcm.mka", "PCM 16 bit", Mono, Bits(24)),
    ("alac.m4a", "ALAC", Stereo, Bits(24)),
    ("lame_cbr.mp3", "MP3", Mono, Snr(15.0)),
    ("lame_vbr.mp3", "MP3", Stereo, Snr(15.0)),
    ("ffmpeg.mp3", "MP3", Mono, Snr(15.0)),
    ("vorbis.ogg", "Vorbis", Stereo, Snr(10.0)),
    ("aac.m4a", "AAC", Stereo, Snr(15.0)),
    ("faststart.m4a", "AAC", Stereo, Snr(15.0)),
];

/// Opus always runs at 48 kHz: the same chirp, made at that rate.
const OPUS: &[(&str, usize)] = &[
    ("stereo.opus", 2),
    ("voice.opus", 1),
    ("surround.opus", 6),
    ("opus.webm", 2),
    ("opus.mka", 2),
    ("opus.mp4", 2),
];

/// Formats that do not say how much of the last packet is padding, with the frames of whole packets: the codec's
/// delay and the padding stay. `mpeg2.mp3` has the true length at half the rate.
const PADDED: &[(&str, u64)] = &[
    // Blocks of 1 024 bytes: 4 of header and two samples a byte; 7 of header, with two samples in it.
    ("adpcm_ima_wav.wav", 4 * (1_020 * 2 + 1) as u64),
    ("adpcm_ms.wav", 4 * (1_017 * 2 + 2) as u64),
    // Seven packets hold the audio and one the encoder's delay; the last is as long as its duration says.
    ("aac.mka", 8 * 1_024),
    ("adts.aac", 8 * 1_024),
    ("fragmented.mp4", N_FRAMES + 1_024),
    ("layer2.mp3", 7 * 1_152),
    ("bare.mp3", 8 * 1_152),
    ("mpeg2.mp3", N_FRAMES / 2),
];

fn all_fixtures() -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(fixture(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "sh"))
        .collect();
    paths.sort();
    assert!(paths.len() > 45, "the fixtures are there");
    paths
}

fn original(of: Original) -> Vec<f32> {
    let (name, full_scale) =
        if of == Stereo { ("chirp.wav", 8_388_608.0) } else { ("mono16.wav", 32_768.0) };
    let reader = hound::WavReader::open(fixture(name)).unwrap();
    reader.into_samples::<i32>().map(|sample| (f64::from(sample.unwrap()) / full_scale) as f32).collect()
}

/// Signal-to-noise ratio in dB of `found`, moved by `lag` frames, against `original`.
fn snr_db(original: &[f32], found: &[f32], n_channels: usize, lag: isize) -> f64 {
    let offset = lag * n_channels as isize;
    let (mut signal, mut noise) = (0.0, 0.0);
    for (index, sample) in original.iter().enumerate() {
        let other = index.checked_add_signed(offset).and_then(|index| found.get(index)).unwrap_or(&0.0);
        signal += f64::from(*sample).powi(2);
        noise += f64::from(sample - other).powi(2);
    }
    10.0 * (signal / noise).log10()
}

/// Asserts that no lag fits better than none: a delay left in would shift all features.
fn assert_in_place(name: &str, original: &[f32], found: &[f32], n_channels: usize, snr_db_min: f64) {
    let here = snr_db(original, found, n_channels, 0);
    assert!(here >= snr_db_min, "{name}: {here:.1} dB");
    for lag in (-40..=40).filter(|lag| *lag != 0) {
        let there = snr_db(original, found, n_channels, lag);
        assert!(there < here, "{name}: {here:.1} dB in place, {there:.1} dB moved by {lag}");
    }
}

#[test]
fn formats_that_store_the_length_decode_to_exactly_their_original() {
    for &(name, codec, of, kept) in EXACT {
        let decoded = decode(&fixture(name)).unwrap();
        let original = original(of);
        assert_eq!(decoded.ending, Ending::Complete, "{name}");
        assert_eq!(decoded.n_frames, N_FRAMES, "{name}");
        assert_eq!(AudioReader::open(&fixture(name)).unwrap().info().codec, codec, "{name}");
        match kept {
            Bits(n) => {
                let step = f64::from(-n).exp2() as f32;
                let worst = original.iter().zip(&decoded.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= step, "{name}: off by {worst}");
            }
            Snr(min) => assert_in_place(name, &original, &decoded.samples, decoded.n_channels, min),
        }
    }
}

#[test]
fn opus_is_trimmed_in_every_container() {
    let whole = decode(&fixture("stereo.opus")).unwrap();
    for &(name, n_channels) in OPUS {
        let decoded = decode(&fixture(name)).unwrap();
        assert_eq!(decoded.ending, Ending::Complete, "{name}");
        assert_eq!((decoded.n_frames, decoded.n_channels), (N_FRAMES, n_channels), "{name}");
        if n_channels == 2 {
            assert_in_place(name, &whole.samples, &decoded.samples, 2, 8.0);
        }
    }
}

#[test]
fn opus_starts_and_sounds_where_the_chirp_does() {
    // The chirp of make.sh at 48 kHz, from its formula: seconds in t, the left channel.
    let chirp = |frame: usize| {
        let t = frame as f64 / 48_000.0;
        0.5 * (-6.0 * t).exp() * (std::f64::consts::TAU * (200.0 * t + 6_000.0 * t * t)).sin()
    };
    let original: Vec<f32> = (0..N_FRAMES as usize).map(|frame| chirp(frame) as f32).collect();
    let left: Vec<f32> = decode(&fixture("stereo.opus")).unwrap().samples.iter().step_by(2).copied().collect();
    assert_in_place("stereo.opus", &original, &left, 1, 8.0);
}

#[test]
fn formats_that_do_not_store_the_length_give_whole_packets() {
    for &(name, n_frames) in PADDED {
        let decoded = decode(&fixture(name)).unwrap();
        assert_eq!((decoded.n_frames, decoded.ending), (n_frames, Ending::Complete), "{name}");
    }
}

#[test]
fn measuring_and_reading_agree_on_every_good_file() {
    let mut paths = all_fixtures();
    if let Ok(samples) = std::fs::read_dir("/usr/share/sonic-pi/samples") {
        paths.extend(samples.map(|entry| entry.unwrap().path()).filter(|path| {
            path.extension().is_some_and(|extension| EXTENSIONS.contains(&extension.to_string_lossy().as_ref()))
        }));
    }
    let mut pool = ChunkPool::default();
    for path in paths {
        let (info, length) = measure(&path).unwrap();
        let mut chunk = vec![0.0; 4_800];
        let mut reader = ChunkReader::open_with(pool, &path, 48_000, chunk.len()).unwrap();
        assert_eq!(&info, reader.info());
        let mut n_samples = 0;
        while let Some(n) = reader.next_into(&mut chunk).unwrap() {
            n_samples += n as u64;
        }
        assert_eq!(length, Length::Exact(reader.n_frames()), "{}", path.display());
        assert_eq!(n_samples, resampled_len(reader.n_frames(), info.sample_rate_hz, 48_000));
        assert_eq!(reader.ending(), Some(&Ending::Complete), "{}", path.display());
        pool = reader.into_pool();
    }
}

fn write_temp(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// What came of a file: a panic inside a decoder is the caller's to catch, and a failure here.
fn outcome(bytes: &[u8], what: &str) -> melscope::Result<Decoded> {
    let file = write_temp(bytes);
    let path = file.path().to_path_buf();
    let result = catch_unwind(|| (decode(&path), measure(&path).is_ok()));
    let Ok((decoded, _)) = result else { panic!("a decoder panicked on {what}") };
    decoded
}

#[test]
fn a_cut_file_is_never_silently_short() {
    for path in all_fixtures() {
        let bytes = std::fs::read(&path).unwrap();
        let whole = decode(&path).unwrap();
        for eighths in 1..=8 {
            let n_kept = bytes.len() * eighths / 8 - usize::from(eighths == 8);
            let what = format!("{} cut to {n_kept} of {} bytes", path.display(), bytes.len());
            match outcome(&bytes[..n_kept], &what) {
                Err(Error::Audio { reason, .. }) => assert!(!reason.is_empty()),
                Err(error) => panic!("{what}: {error}"),
                Ok(Decoded { ending: Ending::Complete, n_frames, .. }) => {
                    assert_eq!(n_frames, whole.n_frames, "{what}: called complete");
                }
                Ok(Decoded { ending: Ending::Damaged { good_s, reason }, n_frames, samples, .. }) => {
                    assert!(!reason.is_empty() && good_s >= 0.0, "{what}: {reason}");
                    assert!(n_frames <= whole.n_frames + 4_096, "{what}: {n_frames}");
                    let n_common = samples.len().min(whole.samples.len());
                    assert!(samples[..n_common] == whole.samples[..n_common], "{what}: the good part differs");
                }
            }
        }
    }
}

/// A generator of the xorshift family (Marsaglia, 2003): the same damage on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn garbage_is_refused_and_corruption_ends_reading() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..40 {
        let noise: Vec<u8> = (0..20_000).map(|_| random.below(256) as u8).collect();
        assert!(outcome(&noise, &format!("noise {round}")).is_err());
    }
    for path in all_fixtures() {
        let bytes = std::fs::read(&path).unwrap();
        for round in 0..24 {
            let mut bytes = bytes.clone();
            // Headers are hit as often as the audio.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(600) };
            for _ in 0..=random.below(6) {
                let position = random.below(reach);
                bytes[position] ^= 1 << random.below(8);
            }
            let what = format!("{}, round {round}", path.display());
            if let Ok(decoded) = outcome(&bytes, &what) {
                assert!(decoded.n_frames < 100_000_000, "{what}: {} frames", decoded.n_frames);
            }
        }
    }
}
