//! Decoding: every format, its exact length and place in time, and what is said about damaged files.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and speak as tests do")]

mod common;

use std::cell::RefCell;
use std::io::Write;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Once;

use common::{Decoded, Random, decode, fixture};
use melscope::Error;
use melscope::audio::chunk::{ChunkPool, ChunkReader};
use melscope::audio::decode::{AudioReader, EXTENSIONS, Ending, Length, measure};
use melscope::audio::resample::resampled_len;
use melscope::monitor::Silent;
use melscope::settings::FfmpegUse;
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
    ("rf64.wav", "PCM 16 bit", Mono, Bits(24)),
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
    ("pcm_alaw.caf", "A-law", Mono, Snr(30.0)),
    ("pcm_mulaw.caf", "µ-law", Mono, Snr(30.0)),
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
    ("aac.m4a", "AAC", Stereo, Snr(10.0)),
    ("aac96.m4a", "AAC", Stereo, Snr(10.0)),
    ("faststart.m4a", "AAC", Stereo, Snr(10.0)),
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
    let (name, full_scale) = if of == Stereo { ("chirp.wav", 8_388_608.0) } else { ("mono16.wav", 32_768.0) };
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
                let worst =
                    original.iter().zip(&decoded.samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
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
    let left: Vec<f32> =
        decode(&fixture("stereo.opus")).unwrap().samples.iter().step_by(2).copied().collect();
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
            path.extension()
                .is_some_and(|extension| EXTENSIONS.contains(&extension.to_string_lossy().as_ref()))
        }));
    }
    let mut pool = ChunkPool::default();
    for path in paths {
        let (info, length) = measure(&path, &Silent).unwrap();
        let mut chunk = vec![0.0; 4_800];
        let mut reader = ChunkReader::open_with(pool, &path, FfmpegUse::Off, 48_000, chunk.len()).unwrap();
        assert_eq!(&info, reader.info());
        let mut n_samples = 0;
        while let Some(n) = reader.next_into(&mut chunk).unwrap() {
            n_samples += n as u64;
        }
        assert_eq!(length, Length::Exact(reader.n_frames()), "{}", path.display());
        assert_eq!(n_samples, resampled_len(reader.n_frames(), info.sample_rate_hz, 48_000));
        assert_eq!(reader.outcome().unwrap(), None, "{}", path.display());
        pool = reader.into_pool();
    }
}

fn write_temp(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

thread_local! {
    /// Where the thread's last panic came from.
    static PANICKED_AT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What came of a file. A panic of a foreign decoder is the workers' to catch, and becomes a reason here as there;
/// one of our own code is a failure.
fn outcome(bytes: &[u8], what: &str) -> melscope::Result<Decoded> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            if !is_foreign(&place) {
                previous(panic);
            }
            PANICKED_AT.set(place);
        }));
    });
    let file = write_temp(bytes);
    let path = file.path().to_path_buf();
    let result = catch_unwind(|| {
        measure(&path, &Silent).ok();
        decode(&path)
    });
    result.unwrap_or_else(|_| {
        let place = PANICKED_AT.take();
        assert!(is_foreign(&place), "{what}: our own panic at {place}");
        println!("{what}: the decoder panicked at {place}");
        Err(Error::audio(&path, format!("the decoder panicked at {place}")))
    })
}

/// True for the place of a panic in a decoder.
fn is_foreign(place: &str) -> bool {
    ["symphonia", "opus-pure"].iter().any(|part| place.contains(part))
}

/// Nothing in these tells how long they should be: a header written to a pipe.
const ENDLESS: &[&str] = &["piped.wav", "piped_sox.wav"];

#[test]
fn a_cut_file_is_never_silently_short() {
    for path in all_fixtures() {
        if ENDLESS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let whole = decode(&path).unwrap();
        for eighths in 1..=8 {
            // Not on the border of a frame: there, a stream without a header cannot be told from a shorter one.
            let n_kept = bytes.len() * eighths / 8 - 3;
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
                    assert!(
                        samples[..n_common] == whole.samples[..n_common],
                        "{what}: the good part differs"
                    );
                }
            }
        }
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

/// A WAV file from its fields: format tag, rate, bits and the bytes of its only channel.
fn wav(tag: u16, rate_hz: u32, n_bits: u16, claimed: u32, data: &[u8]) -> Vec<u8> {
    let n_frame = n_bits / 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36u32.wrapping_add(claimed)).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend(tag.to_le_bytes());
    bytes.extend(1u16.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend((rate_hz * u32::from(n_frame)).to_le_bytes());
    bytes.extend(n_frame.to_le_bytes());
    bytes.extend(n_bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(claimed.to_le_bytes());
    bytes.extend(data);
    bytes
}

fn wav_f32(rate_hz: u32, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(3, rate_hz, 32, data.len() as u32, &data)
}

fn chunks(path: &Path, rate_hz: u32, chunk_samples: usize) -> melscope::Result<Vec<(usize, Vec<f32>)>> {
    let mut reader = ChunkReader::open(path, rate_hz, chunk_samples)?;
    let mut chunk = vec![f32::NAN; chunk_samples];
    let mut all = Vec::new();
    while let Some(n_samples) = reader.next_into(&mut chunk)? {
        all.push((n_samples, chunk.clone()));
    }
    Ok(all)
}

#[test]
fn equal_rates_pass_untouched_and_the_last_chunk_is_padded() {
    let samples: Vec<f32> = (0..5_000).map(|n| (n as f32 * 0.7).sin() * 1e-3 + n as f32 * 1e-5).collect();
    let file = write_temp(&wav_f32(22_050, &samples));
    let chunks = chunks(file.path(), 22_050, 1_500).unwrap();
    let lengths: Vec<_> = chunks.iter().map(|(n_samples, _)| *n_samples).collect();
    assert_eq!(lengths, [1_500, 1_500, 1_500, 500]);
    let joined: Vec<f32> = chunks.iter().flat_map(|(_, chunk)| chunk.clone()).collect();
    assert_eq!(joined[..5_000], samples);
    assert!(joined[5_000..].iter().all(|sample| *sample == 0.0) && joined.len() == 6_000);
}

#[test]
fn a_file_of_one_sample_works_and_one_of_none_gives_no_chunk() {
    let one = write_temp(&wav_f32(44_100, &[0.5]));
    let chunks_of_one = chunks(one.path(), 48_000, 100).unwrap();
    assert_eq!(chunks_of_one.len(), 1);
    assert_eq!(chunks_of_one[0].0, 2, "ceil(48 000 / 44 100)");
    let none = write_temp(&wav_f32(44_100, &[]));
    assert_eq!(chunks(none.path(), 48_000, 100).unwrap(), []);
    let mut reader = AudioReader::open(none.path()).unwrap();
    assert!(reader.next_block().unwrap().is_none());
    assert_eq!(reader.ending(), Some(&Ending::Complete));
}

#[test]
fn the_first_sample_that_is_not_finite_is_named_by_its_time() {
    for bad in [f32::NAN, f32::INFINITY] {
        let mut samples = vec![0.25; 12_000];
        samples[6_000] = bad;
        samples[7_000] = f32::NAN;
        let file = write_temp(&wav_f32(8_000, &samples));
        let error = chunks(file.path(), 48_000, 48_000).unwrap_err().to_string();
        assert!(error.contains("the sample at 0.750 s is not a finite number"), "{error}");
    }
}

#[test]
fn rates_outside_the_range_are_refused_by_name() {
    for (rate_hz, is_read) in [(999, false), (1_000, true), (768_000, true), (768_001, false)] {
        let file = write_temp(&wav_f32(rate_hz, &[0.0; 50]));
        match decode(file.path()) {
            Ok(decoded) => assert!(is_read && decoded.n_frames == 50, "{rate_hz}"),
            Err(Error::Audio { reason, .. }) => {
                assert!(
                    !is_read && reason.contains(&rate_hz.to_string()) && reason.contains("768000"),
                    "{reason}"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn claims_of_absurd_lengths_are_bounded_by_the_file() {
    // 0x7000_0000 bytes are promised and 400 are there.
    let file = write_temp(&wav(1, 48_000, 16, 0x7000_0000, &[0; 400]));
    assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(200));
    let decoded = decode(file.path()).unwrap();
    assert_eq!(decoded.n_frames, 200);
    assert!(matches!(decoded.ending, Ending::Damaged { good_s, .. } if good_s == 200.0 / 48_000.0));
    // A FLAC header has 36 bits for the number of samples: all ones.
    let mut bytes = std::fs::read(fixture("stereo.flac")).unwrap();
    bytes[21] |= 0x0F;
    bytes[22..26].fill(0xFF);
    let file = write_temp(&bytes);
    assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(N_FRAMES));
}

#[test]
fn headers_written_to_a_pipe_are_no_damage() {
    for claimed in [0, 0x7FFF_F000, u32::MAX] {
        let mut bytes = wav(1, 48_000, 16, claimed, &[1; 3_001]);
        bytes[4..8].copy_from_slice(&claimed.to_le_bytes());
        let file = write_temp(&bytes);
        let decoded = decode(file.path()).unwrap();
        assert_eq!((decoded.n_frames, &decoded.ending), (1_500, &Ending::Complete), "{claimed:#x}");
        assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(1_500));
    }
}

#[test]
fn a_wav_beyond_four_gigabytes_is_as_long_as_its_long_header_says() {
    // A file with a hole: its size is there, its blocks are not.
    let n_frames: u64 = 5_000_000_000 / 2;
    let mut bytes = std::fs::read(fixture("rf64.wav")).unwrap();
    assert_eq!(&bytes[12..16], b"ds64");
    bytes[28..36].copy_from_slice(&(2 * n_frames).to_le_bytes());
    let file = write_temp(&bytes);
    let n_head = bytes.len() as u64 - 2 * N_FRAMES;
    file.as_file().set_len(n_head + 2 * n_frames).unwrap();
    assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(n_frames));
    file.as_file().set_len(n_head + 2 * n_frames - 1).unwrap();
    let reader = AudioReader::open(file.path()).unwrap();
    assert_eq!(reader.expected_frames(), Some(n_frames - 1));
}

#[test]
fn corruption_in_the_middle_stops_there_with_its_time() {
    for name in ["blocks.flac", "stereo.opus", "vorbis.ogg", "flac.ogg", "lame_cbr.mp3", "adts.aac"] {
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        let whole = decode(&fixture(name)).unwrap();
        // Behind all headers: the encoder of FLAC puts 8 KiB of padding in front.
        let (late, n_bad) = (bytes.len() * 3 / 4, 400.min(bytes.len() / 5));
        bytes[late..late + n_bad].fill(0x55);
        let decoded = match decode(write_temp(&bytes).path()) {
            Ok(decoded) => decoded,
            // The pages at the end of an Ogg file are looked at before the first, and may be the damaged ones.
            Err(Error::Audio { reason, .. }) if name.ends_with("ogg") || name.ends_with("opus") => {
                assert!(reason.contains("corrupt"), "{name}: {reason}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let Ending::Damaged { good_s, reason } = &decoded.ending else { panic!("{name} is called complete") };
        assert!(!reason.is_empty() && decoded.n_frames < whole.n_frames, "{name}");
        let rate_hz = AudioReader::open(&fixture(name)).unwrap().info().sample_rate_hz;
        assert_eq!(*good_s, decoded.n_frames as f64 / f64::from(rate_hz), "{name}");
    }
}

#[test]
fn one_flipped_bit_in_a_frame_of_flac_is_noticed() {
    // The first encoder puts 8 KiB of padding in front; what lies between the bounds is frames.
    for (name, start) in [("blocks.flac", 9_000), ("flac.mka", 1_000)] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        for position in (start..bytes.len() - 300).step_by(97) {
            let mut bytes = bytes.clone();
            bytes[position] ^= 0x10;
            let decoded = decode(write_temp(&bytes).path()).unwrap();
            assert!(matches!(decoded.ending, Ending::Damaged { .. }), "{name}: a bit of byte {position}");
            assert!(decoded.n_frames < N_FRAMES, "{name}");
        }
    }
}

#[test]
fn a_second_stream_in_the_file_is_not_mistaken_for_the_first() {
    for (first, second) in
        [("stereo.opus", "voice.opus"), ("vorbis.ogg", "flac.ogg"), ("lame_vbr.mp3", "mpeg2.mp3")]
    {
        let mut bytes = std::fs::read(fixture(first)).unwrap();
        bytes.extend(std::fs::read(fixture(second)).unwrap());
        let decoded = decode(write_temp(&bytes).path()).unwrap();
        assert!(matches!(decoded.ending, Ending::Damaged { .. }), "{first} and {second}");
        assert!(decoded.n_frames <= N_FRAMES + 1_152, "{first} and {second}: {}", decoded.n_frames);
    }
}

#[test]
fn what_no_decoder_reads_is_refused_in_words() {
    // AAC's own header (ISO 14496-3, section 1.6.2.1): LC at 44.1 kHz, of two channels, then of six.
    let mut bytes = std::fs::read(fixture("aac.m4a")).unwrap();
    let stereo = [0x12, 0x10, 0x56, 0xE5];
    let place = bytes.windows(stereo.len()).position(|window| window == stereo).unwrap();
    bytes[place + 1] = 0x30;
    let error = decode(write_temp(&bytes).path()).unwrap_err().to_string();
    assert!(error.contains("mono and stereo") && error.contains("convert it"), "{error}");

    // A codec that there is a name for and no decoder, in a container that is read.
    let mut bytes = std::fs::read(fixture("flac.mka")).unwrap();
    let place = bytes.windows(6).position(|window| window == b"A_FLAC").unwrap();
    bytes[place..place + 6].copy_from_slice(b"A_AC3\0");
    let error = decode(write_temp(&bytes).path()).unwrap_err().to_string();
    assert!(error.contains("its codec is not one that can be read"), "{error}");
}

#[test]
fn tags_around_the_audio_do_not_disturb_it() {
    let mut tag = b"ID3\x04\x00\x00\x00\x00\x07\x68".to_vec();
    tag.resize(10 + 7 * 128 + 0x68, 0xFF);
    for name in ["lame_cbr.mp3", "bare.mp3", "stereo.flac", "piped.flac", "adts.aac"] {
        let mut bytes = tag.clone();
        bytes.extend(std::fs::read(fixture(name)).unwrap());
        bytes.extend(b"TAG");
        bytes.extend([b' '; 125]);
        assert_eq!(decode(write_temp(&bytes).path()).unwrap(), decode(&fixture(name)).unwrap(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_are_as_many_chunks_as_the_length_asks_for(
        n_frames in 0usize..9_000,
        from_hz in prop::sample::select(&[8_000u32, 22_050, 44_100, 48_000, 96_000, 44_101][..]),
        to_hz in prop::sample::select(&[16_000u32, 44_100, 48_000][..]),
        chunk_samples in 1usize..7_000,
    ) {
        let file = write_temp(&wav_f32(from_hz, &vec![0.1; n_frames]));
        let n_samples = resampled_len(n_frames as u64, from_hz, to_hz);
        let chunks = chunks(file.path(), to_hz, chunk_samples.max(n_samples as usize / 50)).unwrap();
        let chunk_samples = chunk_samples.max(n_samples as usize / 50) as u64;
        prop_assert_eq!(chunks.len() as u64, n_samples.div_ceil(chunk_samples));
        prop_assert_eq!(chunks.iter().map(|(n, _)| *n as u64).sum::<u64>(), n_samples);
    }
}
