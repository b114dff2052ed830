//! The fingerprint that a take is recognised by, in whatever format, level or cut it comes.
//!
//! Chromaprint's own settings answer for songs: they give nothing for less than 2.7 s, and step by 0.12 s. Recordings
//! for training are often single strokes, so frames are four times shorter here and steps five times. What such a short
//! print cannot tell apart, takes of one instrument above all, is told apart by the samples themselves: see
//! [`super::duplicates`].

use std::fmt::Write;

use arrayvec::ArrayVec;
use rusty_chromaprint::{Configuration, Fingerprinter};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::level::{dot, peak};

/// The rate that Chromaprint works at, in Hz.
pub(super) const LOW_RATE_HZ: u32 = 11_025;

/// Samples of a frame and from one to the next at [`LOW_RATE_HZ`]: 93 ms and 23 ms.
const FRAME: usize = 1024;
const HOP: usize = 256;

/// Frames that one word of a print covers: 16 of the widest filter and 5 of the smoothing before it.
const FRAMES_PER_WORD: usize = 20;

/// Words of a print at most: of the first 1.4 s of sound.
const WORDS_MAX: usize = 40;

const _: () = assert!(WORDS_MAX < 64, "a step takes six bits");

/// Words at least; what is shorter is followed by silence.
const WORDS_MIN: usize = 16;

/// Samples that a print covers.
pub(super) const PRINT_SAMPLES: usize = samples_of(WORDS_MAX);

/// Samples that a print of `n_words` covers.
const fn samples_of(n_words: usize) -> usize {
    (n_words + FRAMES_PER_WORD - 2) * HOP + FRAME
}

/// A recording begins where it first exceeds this: silence before it is no part of the take.
pub(super) const START_PEAK: f32 = 1e-4;

/// A print begins where the sound first reaches this share of its peak (-40 dB).
const ONSET: f32 = 0.01;

/// The level that every part of a sound is brought to for its print, in steps of 16 bits, and the steps before and after
/// whose level counts: those that a frame spans. What is quieter than the last bit of 16 is not raised further.
const LEVEL: f32 = 4_096.0;
const STEPS_AROUND: usize = FRAME / HOP / 2;
const LEVEL_FLOOR: f32 = 1.0 / 32_768.0;

/// Levels are kept in half decibels below full scale.
const LEVEL_STEPS_PER_DB: f32 = 2.0;

/// Levels further down than this (70 dB) are too near to what codecs leave.
const LEVEL_MAX: u8 = 140;

/// The largest share of bits in which two prints of one take differ. Copies of the recordings of `sonic-pi-samples` as
/// MP3 of 128 kbit/s, at 48 kHz, quieter by 9 dB and with 0.1 s cut off differ in 22 % at the very most.
const DIFFERENT_BITS_MAX: f32 = 0.25;

/// The mean deviation, in decibels, of the difference in level from step to step. A copy follows its original; another
/// take of a drum has another decay.
const LEVEL_DEVIATION_MAX_DB: f32 = 3.0;

/// A short print of how a take begins. It owns no memory elsewhere: a hundred thousand are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Chromaprint's words, one each 23 ms.
    words: ArrayVec<u32, WORDS_MAX>,
    /// The level in each of the same steps, in half decibels below full scale.
    levels: ArrayVec<u8, WORDS_MAX>,
}

impl Fingerprint {
    /// Keys of a print at most.
    pub(super) const KEYS_MAX: usize = 48;

    /// The keys that similar prints share with high probability, each with the step it is at: the low and the high three bytes of
    /// each word, the few that a mixing of their bits puts first. In copies a fifth of the words or more survive.
    pub(super) fn keys(&self) -> Vec<(u32, u8)> {
        // Knuth's multiplicative hashing: the same order of keys for every file, and none of any meaning.
        let mixed = |key: u32| key.wrapping_mul(2_654_435_761);
        let halves = |(step, word): (u8, &u32)| {
            [(mixed((word & 0xFF_FFFF) | 0x0100_0000), step), (mixed((word >> 8) | 0x0200_0000), step)]
        };
        let mut keys: Vec<(u32, u8)> = (0..).zip(&self.words).flat_map(halves).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        keys.truncate(Self::KEYS_MAX);
        keys
    }

    /// The share of bits in which this print differs from `other` where step `step` of this one is about step `other_step`
    /// of the other; `None` where they cannot be prints of one take.
    pub(super) fn difference(&self, step: u8, other: &Self, other_step: u8) -> Option<f32> {
        let shift = i64::from(step) - i64::from(other_step);
        let differences = (shift - 1..=shift + 1).filter_map(|shift| self.difference_at(other, shift));
        differences.min_by(f32::total_cmp)
    }

    /// Compares word `i` with word `i - shift` of `other`.
    fn difference_at(&self, other: &Self, shift: i64) -> Option<f32> {
        let (skip, other_skip) = (shift.max(0) as usize, (-shift).max(0) as usize);
        let words = || self.words.iter().skip(skip).zip(other.words.iter().skip(other_skip));
        let n_words = words().len();
        if 2 * n_words < self.words.len().min(other.words.len()) || n_words == 0 {
            return None;
        }
        let n_different_max = (DIFFERENT_BITS_MAX * 32.0 * n_words as f32) as u32;
        let mut n_different = 0;
        for (a, b) in words() {
            n_different += (a ^ b).count_ones();
            // Prints of different sounds are told apart by their first few words.
            if n_different > n_different_max {
                return None;
            }
        }
        let levels = self.levels.iter().skip(skip).zip(other.levels.iter().skip(other_skip));
        let differences: ArrayVec<f32, WORDS_MAX> = levels
            .filter(|(a, b)| **a < LEVEL_MAX && **b < LEVEL_MAX)
            .map(|(a, b)| f32::from(*a) - f32::from(*b))
            .collect();
        // Without a common level there is nothing to compare: both means are no numbers then, and no deviation is small.
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        let deviation = differences.iter().map(|difference| (difference - mean).abs()).sum::<f32>()
            / differences.len() as f32;
        let follows = deviation <= LEVEL_DEVIATION_MAX_DB * LEVEL_STEPS_PER_DB;
        follows.then(|| n_different as f32 / (32 * n_words) as f32)
    }
}

/// Stored as one string of hexadecimal digits: words, a colon, levels.
impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(8 * self.words.len() + 2 * self.levels.len() + 1);
        for word in &self.words {
            write!(text, "{word:08x}").map_err(serde::ser::Error::custom)?;
        }
        text.push(':');
        for level in &self.levels {
            write!(text, "{level:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parse = || {
            let (words, levels) = text.split_once(':')?;
            let number = |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
            let mut print = Self::default();
            for word in words.as_bytes().chunks(8) {
                print.words.try_push(number(word)?).ok()?;
            }
            for level in levels.as_bytes().chunks(2) {
                print.levels.try_push(number(level)? as u8).ok()?;
            }
            Some(print)
        };
        parse().ok_or_else(|| serde::de::Error::custom("no fingerprint"))
    }
}

/// Takes the print of one recording after the other.
#[derive(Default)]
pub(super) struct Printer {
    /// The sound so far, at [`LOW_RATE_HZ`].
    sound: Vec<f32>,
    pcm: Vec<i16>,
    /// Level and gain of every step.
    steps: Vec<f32>,
    gains: Vec<f32>,
}

impl Printer {
    pub(super) fn start(&mut self) {
        self.sound.clear();
    }

    /// Takes sound at [`LOW_RATE_HZ`]; what comes after the first seconds is not looked at.
    pub(super) fn add(&mut self, low: &[f32]) {
        let low = if self.sound.is_empty() {
            let start = low.iter().position(|sample| sample.abs() > START_PEAK).unwrap_or(low.len());
            &low[start..]
        } else {
            low
        };
        let n = low.len().min(PRINT_SAMPLES - self.sound.len());
        self.sound.extend_from_slice(&low[..n]);
    }

    pub(super) fn finish(&mut self) -> Fingerprint {
        if self.sound.is_empty() {
            return Fingerprint::default();
        }
        // Relative to the peak, so that a quieter copy of what swells begins at the same place.
        let start_peak = ONSET * peak(&self.sound);
        let onset = self.sound.iter().position(|sample| sample.abs() >= start_peak).unwrap_or(0);
        // A copy of a short stroke may lack its beginning, where most of it happens, but ends where the stroke does: counted
        // from the end, both have the same steps. What is longer than a print is counted from its start.
        let n_after = self.sound.len() - onset;
        let is_whole = self.sound.len() < PRINT_SAMPLES;
        let start = if is_whole && n_after > HOP { onset + n_after % HOP } else { onset };
        let sound = &self.sound[start..];
        let levels = sound
            .chunks(HOP)
            .take(WORDS_MAX)
            .map(|step| {
                let power = (dot(step, step) / step.len() as f64) as f32;
                // Digital silence is as far down as the scale goes.
                (-10.0 * LEVEL_STEPS_PER_DB * power.log10()).clamp(0.0, 255.0) as u8
            })
            .collect();
        self.level_out(start);
        self.pcm.resize(self.pcm.len().max(samples_of(WORDS_MIN)).next_multiple_of(HOP), 0);
        // Chromaprint's own restart forgets neither samples nor words of the recording before: each gets a new one.
        let configuration =
            Configuration::preset_test2().with_frame_size(FRAME).with_frame_overlap(FRAME - HOP);
        let mut chromaprint = Fingerprinter::new(&configuration);
        chromaprint.start(LOW_RATE_HZ, 1).expect("one channel at Chromaprint's own rate is accepted");
        chromaprint.consume(&self.pcm);
        chromaprint.finish();
        let words = chromaprint.fingerprint().iter().copied().take(WORDS_MAX).collect();
        Fingerprint { words, levels }
    }

    /// The sound from sample `start` on in 16 bits, every part of it at the same level.
    ///
    /// Chromaprint counts what is quiet as silence: a decaying stroke that has lost its beginning, and with it its peak,
    /// would have another print. So the level is divided out, by the largest of the steps around, between whose middles
    /// it changes evenly.
    fn level_out(&mut self, start: usize) {
        let sound = &self.sound[start..];
        self.steps.clear();
        self.steps.extend(sound.chunks(HOP).map(|step| (dot(step, step) / step.len() as f64).sqrt() as f32));
        self.gains.clear();
        self.gains.extend((0..self.steps.len()).map(|step| {
            let around = step.saturating_sub(STEPS_AROUND)..(step + STEPS_AROUND + 1).min(self.steps.len());
            LEVEL / self.steps[around].iter().fold(LEVEL_FLOOR, |most: f32, level| most.max(*level))
        }));
        self.pcm.clear();
        let gain_at = |step: usize| self.gains.get(step).or(self.gains.last()).copied().unwrap_or(1.0);
        let (first, rest) = sound.split_at(sound.len().min(HOP / 2));
        self.pcm.extend(first.iter().map(|sample| to_pcm(sample * gain_at(0))));
        for (step, part) in rest.chunks(HOP).enumerate() {
            let (before, after) = (gain_at(step), gain_at(step + 1));
            let slope = (after - before) / HOP as f32;
            let levelled = part.iter().enumerate().map(|(n, sample)| sample * (before + slope * n as f32));
            self.pcm.extend(levelled.map(to_pcm));
        }
    }
}

/// The nearest value of 16 bits. That `f32::round` is a call of a library is a twentieth of an audit.
fn to_pcm(sample: f32) -> i16 {
    (sample + 0.5f32.copysign(sample)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strokes of decaying partials: nothing that repeats.
    fn take(seed: f32, n_samples: usize) -> Vec<f32> {
        (0..n_samples)
            .map(|n| {
                let t = n as f32 / LOW_RATE_HZ as f32;
                let stroke = t % 0.37;
                let freq_hz = 150.0 * seed * (1.0 + (t / 0.37).floor());
                0.5 * (-6.0 * stroke).exp() * (std::f32::consts::TAU * freq_hz * t).sin()
            })
            .collect()
    }

    fn print(printer: &mut Printer, samples: &[f32]) -> Fingerprint {
        printer.start();
        samples.chunks(1000).for_each(|block| printer.add(block));
        printer.finish()
    }

    #[test]
    fn a_print_does_not_depend_on_the_recording_before() {
        let (a, b) = (take(1.0, 30_000), take(1.3, 9_001));
        let alone = print(&mut Printer::default(), &b);
        let mut printer = Printer::default();
        let first = print(&mut printer, &a);
        assert_eq!(print(&mut printer, &b), alone);
        assert_eq!((first.words.len(), first.levels.len()), (WORDS_MAX, WORDS_MAX));
        let text = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), first);
    }

    #[test]
    fn a_quieter_and_trimmed_copy_resembles_and_another_sound_does_not() {
        let mut printer = Printer::default();
        let sound = take(1.0, 30_000);
        let original = print(&mut printer, &sound);
        let copy: Vec<f32> = sound[1102..].iter().map(|sample| sample * 0.3).collect();
        let copy = print(&mut printer, &copy);
        let meet = |a: &Fingerprint, b: &Fingerprint| {
            let keys = b.keys();
            let same = a.keys().into_iter().flat_map(|(key, step)| {
                keys.iter().filter(move |(other, _)| *other == key).map(move |(_, other)| (step, *other))
            });
            same.into_iter().any(|(step, other)| a.difference(step, b, other).is_some())
        };
        assert!(meet(&original, &copy) && meet(&copy, &original));
        let another = print(&mut printer, &take(1.37, 30_000));
        assert!((0..WORDS_MAX as u8).all(|step| original.difference(step, &another, 0).is_none()));
        assert!(original.difference(0, &Fingerprint::default(), 0).is_none());
    }
}
