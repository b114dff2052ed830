//! One streaming pass over a recording: everything that checks ask about, measured once.

use std::path::Path;

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::chunk_meter::ChunkMeter;
use super::chunk_run::ChunkRun;
use super::chunking::Chunking;
use super::finding::TimeSpan;
use super::fingerprint::{Fingerprint, LOW_RATE_HZ, Printer};
use super::flat_tops::Tops;
use super::hum::{Hum, HumMeter};
use super::level::{ChannelMeter, dot};
use super::silence::SilenceMeter;
use super::spectral::SpectralMeter;
use super::timbre::{NEAR_PEAK_DB, Timbre};
use super::true_peak::TruePeak;
use crate::audio::chunk::{first_not_finite, mix_to_mono};
use crate::audio::decode::{AudioReader, Block, Ending, Remark};
use crate::audio::resample::Resampler;
use crate::audio::tag_reader;
use crate::audio::tags::Tags;
use crate::error::Result;
use crate::settings::FfmpegUse;

/// A gating block of ITU-R BS.1770, in seconds: a shorter sound is measured as the only one in its block.
const LOUDNESS_BLOCK_S: f64 = 0.4;

/// Where the histogram of loudness ends: what is louder is no sound that anybody made.
const LOUDNESS_MAX_LUFS: f64 = 29.9;

/// What is louder reaches the meters of hum and of the print only up to here.
const LOW_PEAK_MAX: f32 = 1e12;

/// Bytes that are hashed at once, at least: BLAKE3 works on many blocks side by side.
const HASHED_BYTES: usize = 128 * 1024;

/// Pairs of rates that stay planned.
const RESAMPLERS_MAX: usize = 4;

/// The measurements of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// The codec for people: "PCM 24 bit".
    pub codec: SmolStr,
    /// The container for people: "WAV".
    pub container: SmolStr,
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub n_channels: u32,
    /// Samples per channel.
    pub n_frames: u64,
    /// The damage of the file: the time up to which it is good, in seconds, and what was found there.
    pub damage: Option<(f64, Box<str>)>,
    /// Remarks on a file of which nothing is lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// The time of the first sample that is no finite number, in seconds; what follows was not measured.
    pub not_finite_s: Option<f64>,
    /// Largest magnitude of a sample; 1 is full scale.
    pub peak: f32,
    /// Largest magnitude between the samples (ITU-R BS.1770, annex 2); 1 is full scale.
    pub true_peak: f32,
    /// Integrated loudness in LUFS (ITU-R BS.1770); `None` for what is too quiet to have any.
    pub loudness_lufs: Option<f32>,
    /// The constant in the waveform of the channel that has the largest; 1 is full scale.
    pub dc_offset: f32,
    /// The share of samples in flat tops, 0 to 1.
    pub clipped_share: f32,
    /// The level at which the longest flat top is cut off; 1 is full scale. `None` where there is no flat top.
    pub clipped_level: Option<f32>,
    /// The longest flat top.
    pub clipped_span: Option<TimeSpan>,
    /// The silent share, 0 to 1.
    pub silence_share: f32,
    /// Silence at the beginning, in seconds.
    pub leading_silence_s: f64,
    /// Silence at the end, in seconds.
    pub trailing_silence_s: f64,
    /// The frequency above which there is no sound, in Hz; `None` for a silent recording.
    pub bandwidth_hz: Option<f32>,
    /// True when the sound ends there in a step.
    pub is_band_cut: bool,
    /// Correlation of left and right, -1 to 1; `None` unless there are two channels with sound.
    pub correlation: Option<f32>,
    /// Change of the power when the channels are averaged, in decibels: 0 for equal channels, -3 for unrelated ones.
    /// `None` for one channel or silence.
    pub mono_change_db: Option<f32>,
    /// Mains hum.
    pub hum: Option<Hum>,
    /// The share of time that is noise, 0 to 1; `None` for a recording that is silent or too short to tell.
    pub noise_share: Option<f32>,
    /// Chunks that a build makes of it.
    pub n_chunks: u64,
    /// Samples that fill up its last chunk, at the build's rate.
    pub n_padding: u64,
    /// Chunks that normalising raises by more than 40 dB.
    pub n_quiet_chunks: u64,
    /// The first of them.
    pub quiet_span: Option<TimeSpan>,
    /// Chunks that harm, in their order: those with the same flaw in a row are one entry. Of runs
    /// like that at most 1024 by their level and 1024 of clipped chunks are listed.
    pub harmful_chunks: Vec<ChunkRun>,
    /// What was written into the file about it; `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Box<Tags>>,
}

impl Measurements {
    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.n_frames as f64 / f64::from(self.sample_rate_hz)
    }

    /// True when a build can use its sound: there is some, and all of it is numbers.
    pub fn is_usable(&self) -> bool {
        self.n_frames > 0 && self.not_finite_s.is_none()
    }
}

/// Measurements, and what the recording is recognised by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The measurements.
    pub measurements: Measurements,
    /// BLAKE3 of the decoded sound: rate, channels and samples as little-endian f32.
    #[serde(with = "super::hash_text")]
    pub sound: blake3::Hash,
    /// The print of its beginning.
    pub print: Fingerprint,
    /// What it sounds like; `None` for a silent recording.
    pub timbre: Option<Timbre>,
}

/// The meters and buffers of one worker, used for one recording after the other.
#[derive(Default)]
pub struct Meter {
    resamplers: Vec<Resampler>,
    planes: Vec<Vec<f32>>,
    mono: Vec<f32>,
    low: Vec<f32>,
    bytes: Vec<u8>,
    channels: Vec<ChannelMeter>,
    silence: SilenceMeter,
    spectral: SpectralMeter,
    hum: HumMeter,
    printer: Printer,
}

/// Everything that grows during the pass.
struct Pass {
    hasher: blake3::Hasher,
    loudness: Option<EbuR128>,
    true_peak: TruePeak,
    energies: Energies,
    chunks: ChunkMeter,
}

/// Sums of squares.
#[derive(Default)]
struct Energies {
    channels: f64,
    mono: f64,
    left: f64,
    right: f64,
    product: f64,
}

impl Meter {
    /// Measures the recording at `path`; `check` is asked after every block whether to go on.
    ///
    /// # Errors
    /// Those of [`AudioReader::open`], and of `check`. What is wrong further on is in the measurements.
    pub fn measure(
        &mut self,
        path: &Path,
        ffmpeg: FfmpegUse,
        chunking: Chunking,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<Measured> {
        let mut reader = AudioReader::open_checked(path, ffmpeg)?;
        let (rate_hz, n_channels) = (reader.info().sample_rate_hz, reader.info().n_channels);
        let mut resampler = self.start(rate_hz, n_channels, chunking);
        let mut pass = Pass::new(rate_hz, n_channels, chunking);
        let mut not_finite = None;
        while not_finite.is_none() {
            check()?;
            let n_before = reader.n_frames();
            let Some(block) = reader.next_block()? else { break };
            not_finite = self.add(block, &mut pass, &mut resampler).map(|frame| n_before + frame as u64);
        }
        let mut measured = self.finish(&reader, pass, &mut resampler, not_finite);
        measured.measurements.tags =
            Some(tag_reader::read(path)).filter(|tags| !tags.is_empty()).map(Box::new);
        resampler.reset();
        self.resamplers.truncate(RESAMPLERS_MAX - 1);
        self.resamplers.insert(0, resampler);
        Ok(measured)
    }

    /// Makes every meter ready; gives the resampler for the rate.
    fn start(&mut self, rate_hz: u32, n_channels: usize, chunking: Chunking) -> Resampler {
        self.bytes.clear();
        self.planes.resize_with(n_channels, Vec::new);
        self.channels.resize_with(n_channels, ChannelMeter::default);
        let chunk_frames = chunking.chunk_frames(rate_hz);
        self.channels.iter_mut().for_each(|channel| channel.start(rate_hz, chunk_frames));
        self.silence.start(rate_hz);
        self.spectral.start(rate_hz);
        self.hum.start();
        self.printer.start();
        let planned = self.resamplers.iter().position(|known| known.rates_hz().0 == rate_hz);
        planned.map_or_else(|| Resampler::new(rate_hz, LOW_RATE_HZ), |index| self.resamplers.remove(index))
    }

    /// Measures a block; gives the first frame that is not finite, and measures nothing of its block.
    fn add(&mut self, block: Block<'_>, pass: &mut Pass, resampler: &mut Resampler) -> Option<usize> {
        let Block { samples, n_channels } = block;
        if let Some(index) = first_not_finite(samples) {
            return Some(index / n_channels);
        }
        let n_before = self.bytes.len();
        self.bytes.resize(n_before + 4 * samples.len(), 0);
        for (bytes, sample) in self.bytes[n_before..].as_chunks_mut::<4>().0.iter_mut().zip(samples) {
            *bytes = sample.to_le_bytes();
        }
        if self.bytes.len() >= HASHED_BYTES {
            pass.hasher.update(&self.bytes);
            self.bytes.clear();
        }
        self.split(samples, n_channels);
        for (meter, plane) in self.channels.iter_mut().zip(&self.planes) {
            meter.add(plane);
        }
        self.silence.add(&self.planes);
        pass.add(&self.planes, &self.mono, samples);
        self.spectral.add(&self.mono);
        // Beyond this the sums within a resampler exceed single precision.
        if self.channels.iter().any(|channel| channel.peak > LOW_PEAK_MAX) {
            self.mono.iter_mut().for_each(|sample| *sample = sample.clamp(-LOW_PEAK_MAX, LOW_PEAK_MAX));
        }
        self.low.clear();
        resampler.process(&self.mono, &mut self.low);
        self.add_low();
        None
    }

    /// Separates the channels, and averages them as a build does.
    fn split(&mut self, samples: &[f32], n_channels: usize) {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            match n_channels {
                1 => plane.extend_from_slice(samples),
                2 => plane.extend(samples.as_chunks::<2>().0.iter().map(|frame| frame[channel])),
                n => plane.extend(samples.iter().skip(channel).step_by(n)),
            }
        }
        self.mono.clear();
        mix_to_mono(samples, n_channels, &mut self.mono);
    }

    fn add_low(&mut self) {
        self.hum.add(&self.low, LOW_RATE_HZ);
        self.printer.add(&self.low);
    }

    fn finish(
        &mut self,
        reader: &AudioReader,
        mut pass: Pass,
        resampler: &mut Resampler,
        not_finite: Option<u64>,
    ) -> Measured {
        self.low.clear();
        resampler.finish(&mut self.low);
        self.add_low();
        self.channels.iter_mut().for_each(ChannelMeter::finish);
        let (info, n_frames) = (reader.info(), reader.n_frames());
        let silence = self.silence.finish();
        let near_peak_s = NEAR_PEAK_DB.map(|below_peak_db| self.silence.near_peak_s(below_peak_db));
        let spectral = self.spectral.finish(near_peak_s);
        let clipped = || self.channels.iter().flat_map(ChannelMeter::clipped);
        let n_clipped: u64 = clipped().map(|tops| tops.n_samples).sum();
        let worst = clipped().max_by_key(|tops| tops.longest.1);
        let offsets = self.channels.iter().map(ChannelMeter::offset);
        let loudness_lufs = pass.loudness(n_frames, info.sample_rate_hz);
        let peak = self.channels.iter().map(|meter| meter.peak).fold(0.0, f32::max);
        let (correlation, mono_change_db) = pass.energies.stereo(info.n_channels);
        let tops = self.channels.iter().flat_map(ChannelMeter::clipped_stretches);
        let chunks = pass.chunks.finish(n_frames, tops, not_finite);
        pass.hasher.update(&self.bytes);
        let measurements = Measurements {
            codec: info.codec.as_str().into(),
            container: info.container.as_str().into(),
            sample_rate_hz: info.sample_rate_hz,
            n_channels: info.n_channels as u32,
            n_frames,
            damage: match reader.ending() {
                Some(Ending::Damaged { good_s, reason }) => Some((*good_s, reason.as_str().into())),
                _ => None,
            },
            remarks: reader.remarks().to_vec(),
            not_finite_s: not_finite.map(|frame| frame as f64 / f64::from(info.sample_rate_hz)),
            peak,
            true_peak: Some(pass.true_peak.finish())
                .filter(|largest| largest.is_finite())
                .unwrap_or(peak)
                .max(peak),
            loudness_lufs,
            dc_offset: offsets.fold(0.0, |most: f32, dc| if dc.abs() > most.abs() { dc } else { most }),
            clipped_share: n_clipped as f32 / (n_frames * info.n_channels as u64).max(1) as f32,
            clipped_level: worst.map(|tops| tops.level),
            clipped_span: worst.map(|tops| span(tops, info.sample_rate_hz)),
            silence_share: silence.share,
            leading_silence_s: silence.leading_s,
            trailing_silence_s: silence.trailing_s,
            bandwidth_hz: spectral.bandwidth_hz,
            is_band_cut: spectral.is_cut,
            correlation,
            mono_change_db,
            hum: self.hum.finish(),
            noise_share: spectral.noise_share,
            n_chunks: chunks.n_chunks,
            n_padding: chunks.n_padding,
            n_quiet_chunks: chunks.n_quiet,
            quiet_span: chunks.first_quiet,
            harmful_chunks: chunks.harmful,
            tags: None,
        };
        let (sound, print) = (pass.hasher.finalize(), self.printer.finish());
        Measured { measurements, sound, print, timbre: spectral.timbre }
    }
}

/// The longest flat top as a time.
fn span(tops: Tops, sample_rate_hz: u32) -> TimeSpan {
    let (start, len) = tops.longest;
    let [start_s, end_s] = [start, start + len].map(|sample| sample as f64 / f64::from(sample_rate_hz));
    TimeSpan { start_s, end_s }
}

impl Pass {
    fn new(rate_hz: u32, n_channels: usize, chunking: Chunking) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&rate_hz.to_le_bytes()).update(&(n_channels as u32).to_le_bytes());
        let mode = Mode::I | Mode::HISTOGRAM;
        Self {
            hasher,
            // More channels than the standard knows have no loudness.
            loudness: EbuR128::new(n_channels as u32, rate_hz, mode).ok(),
            true_peak: TruePeak::new(n_channels, rate_hz),
            energies: Energies::default(),
            chunks: ChunkMeter::new(rate_hz, chunking),
        }
    }

    fn add(&mut self, planes: &[Vec<f32>], mono: &[f32], samples: &[f32]) {
        if let Some(loudness) = &mut self.loudness {
            loudness.add_frames_f32(samples).expect("whole frames are always accepted");
        }
        self.true_peak.add(samples);
        if let [left, right] = planes {
            self.energies.left += dot(left, left);
            self.energies.right += dot(right, right);
            self.energies.product += dot(left, right);
        }
        if planes.len() > 1 {
            self.energies.mono += dot(mono, mono);
            self.energies.channels += planes.iter().map(|plane| dot(plane, plane)).sum::<f64>();
        }
        self.chunks.add(mono);
    }

    /// The integrated loudness in LUFS.
    fn loudness(&mut self, n_frames: u64, rate_hz: u32) -> Option<f32> {
        let loudness = self.loudness.as_mut()?;
        let n_block = (LOUDNESS_BLOCK_S * f64::from(rate_hz)).ceil() as u64;
        if n_frames > 0 && n_frames < n_block {
            let silence = vec![0.0f32; (n_block - n_frames) as usize * loudness.channels() as usize];
            loudness.add_frames_f32(&silence).expect("whole frames are always accepted");
        }
        let lufs =
            loudness.loudness_global().ok().filter(|lufs| lufs.is_finite() && *lufs < LOUDNESS_MAX_LUFS);
        lufs.map(|lufs| lufs as f32)
    }
}

impl Energies {
    /// Correlation, and change in decibels by averaging.
    fn stereo(&self, n_channels: usize) -> (Option<f32>, Option<f32>) {
        let both = (self.left * self.right).sqrt();
        let correlation = (both > 0.0 && both.is_finite()).then(|| (self.product / both) as f32);
        // What is larger than numbers can be has no change.
        let mean =
            Some(self.channels / n_channels as f64).filter(|mean| mean.is_finite() && self.mono.is_finite());
        let mean = mean.unwrap_or(0.0);
        // What rounding leaves of channels that cancel exactly is no sound: 120 dB is as good as all.
        let change = (mean > 0.0).then(|| 10.0 * (self.mono / mean).max(1e-12).log10() as f32);
        (correlation, change)
    }
}
