//! Tones that channel 1 names: where neighbouring bands have the same frequency, and it lies among them.
//!
//! A tone under the analysis window is a lobe four bins wide, and every band that it reaches has its frequency. Neighbouring
//! bands of noise have frequencies of their own, about as far apart as their centres. So where neighbours agree, the power
//! around their frequency is given the shape of the lobe, as strong as fits the bands best.

use super::transforms::n_mirrored;
use crate::dsp::bands::{LANES, Lanes};
use crate::dsp::inst_freq::{half_turn_hz, half_width_hz};
use crate::dsp::mel::MelFilters;
use crate::settings::{AnalysisSettings, IfMode};

/// Neighbours agree where their frequencies differ by less than this share of the distance of their centres, and by less than so
/// many bins.
const AGREEMENT: f64 = 0.1;
const AGREEMENT_BINS: f64 = 0.5;

/// Bins from the middle of a lobe to where it ends.
const LOBE_BINS: f64 = 2.0;

/// The least power beside a tone, relative to its peak (-70 dB): none at all would be a cliff in the logarithm, whose slope counts.
const FLOOR: f64 = 1e-7;

/// The ratio of powers, half a decibel, by which a band may differ from the lobe's: a tone that is alone fits exactly, and two that are too near to be
/// told apart do not.
const FIT_MAX: f64 = 1.12;

/// Bins that a lobe reaches at most.
const N_LOBE: usize = 4;

/// The rule for one set of settings.
#[derive(Debug, Clone)]
pub(super) struct ToneShapes {
    settings: AnalysisSettings,
    /// Per band its centre, and in `deviation` what a value of 1 means, in bins.
    centres: Vec<f64>,
    widths: Vec<f64>,
    /// The bins in which a phase turns once more from frame to frame: frequencies so far apart are not told apart by an advance.
    period: f64,
}

/// Neighbouring bands that name the same frequency.
#[derive(Debug, Clone, Copy)]
struct Tone {
    first: usize,
    last: usize,
    /// In bins.
    frequency: f64,
}

impl ToneShapes {
    pub(super) fn new(settings: &AnalysisSettings, filters: &MelFilters) -> Self {
        let bin_hz = f64::from(settings.sample_rate_hz) / settings.n_fft as f64;
        Self {
            settings: *settings,
            centres: (0..settings.n_mels).map(|band| filters.centre_hz(band) / bin_hz).collect(),
            widths: (0..settings.n_mels)
                .map(|band| half_width_hz(settings, filters, band) / bin_hz)
                .collect(),
            period: 2.0 * half_turn_hz(settings) / bin_hz,
        }
    }

    /// Gives the powers of a block of frames from `first` on, `[bins]` times lanes, the shape of the tones that the
    /// channels name. `bands` are the mel powers, band b at b + 1.
    pub(super) fn shape(
        &self,
        [log_power, inst_freq]: [&[f32]; 2],
        first: usize,
        (filters, bands): (&MelFilters, &[Lanes]),
        bins: &mut [Lanes],
    ) {
        let n_frames = self.settings.n_frames();
        // At both ends a tone meets its mirror image, and is no tone.
        let n_mirrored = n_mirrored(&self.settings);
        for lane in 0..LANES.min(n_frames - first) {
            let frame = first + lane;
            if frame <= n_mirrored || frame + n_mirrored >= n_frames {
                continue;
            }
            let frequency = |band: usize| {
                let place = band * n_frames + frame;
                self.frequency(band, f64::from(inst_freq[place]), log_power[place])
            };
            let mut band = 0;
            while band + 1 < self.settings.n_mels {
                let tone = self.tone_from(band, frequency);
                band += 1;
                if let Some(tone) = tone {
                    set_lobe(tone, lane, (filters, bands), bins);
                    band = tone.last;
                }
            }
        }
    }

    /// The tone of the bands from `first` on, as far as they agree; `None` where the next does not, or the tone is not among them.
    fn tone_from(&self, first: usize, frequency: impl Fn(usize) -> Option<f64>) -> Option<Tone> {
        let mut sum = frequency(first)?;
        let mut last = first;
        while last + 1 < self.settings.n_mels
            && let Some(next) = frequency(last + 1)
        {
            let mean = sum / (last - first + 1) as f64;
            let apart = (AGREEMENT * (self.centres[last + 1] - self.centres[last])).min(AGREEMENT_BINS);
            if (next - mean).abs() > apart {
                break;
            }
            sum += next;
            last += 1;
        }
        let frequency = sum / (last - first + 1) as f64;
        let is_among = self.centres[first] <= frequency && frequency <= self.centres[last];
        (last > first && is_among).then_some(Tone { first, last, frequency })
    }

    /// The frequency of a band in bins; `None` where it is masked, or where several frequencies have its value.
    fn frequency(&self, band: usize, value: f64, log_power: f32) -> Option<f64> {
        if log_power < self.settings.if_threshold.ln_1p() as f32 || log_power <= 0.0 {
            return None;
        }
        let centre = self.centres[band];
        match self.settings.if_mode {
            IfMode::Deviation => Some(value.mul_add(self.widths[band], centre)),
            IfMode::Filterbank | IfMode::Power => {
                let below = band.checked_sub(1).map_or(0.0, |below| self.centres[below]);
                // A tone may lie up to a lobe beyond the band.
                if 2.0 * (centre - below) + LOBE_BINS > self.period {
                    return None;
                }
                let advance = 0.5 * value * self.period;
                Some(advance + self.period * ((centre - advance) / self.period).round())
            }
        }
    }
}

/// Replaces what lies within the lobe of `tone` by the lobe, with the strength that fits its bands best (least squares).
fn set_lobe(tone: Tone, lane: usize, (filters, bands): (&MelFilters, &[Lanes]), bins: &mut [Lanes]) {
    let from = (tone.frequency - LOBE_BINS).ceil().max(0.0) as usize;
    let lobe: [f64; N_LOBE] = std::array::from_fn(|i| hann_power((from + i) as f64 - tone.frequency));
    let in_band = |band: usize| -> f64 {
        lobe.iter().enumerate().map(|(i, power)| power * filters.weight(band, from + i)).sum()
    };
    let power = |band: usize| f64::from(bands[band + 1][lane]);
    let named = tone.first..=tone.last;
    let square: f64 = named.clone().map(|band| in_band(band).powi(2)).sum();
    let strength = named.clone().map(|band| in_band(band) * power(band)).sum::<f64>() / square;
    let fits = |band: usize| (1.0 / FIT_MAX..FIT_MAX).contains(&(power(band) / (strength * in_band(band))));
    if !named.clone().all(fits) {
        return;
    }
    // Nothing else sounds between the centres of bands that all name the tone.
    let segments = &filters.segments()[tone.first + 1..=tone.last];
    let between =
        segments.first().map_or(from, |first| first.start)..segments.last().map_or(0, |last| last.end);
    let end = between.end.max(from + N_LOBE).min(bins.len());
    for (bin, power) in bins[..end].iter_mut().enumerate().skip(from.min(between.start)) {
        power[lane] = (strength * hann_power(bin as f64 - tone.frequency).max(FLOOR)) as f32;
    }
}

/// The power of a tone of amplitude 1 in a bin that lies `offset` bins from it, under a Hann window, relative to that at 0.
fn hann_power(offset: f64) -> f64 {
    let x = std::f64::consts::PI * offset;
    if offset.abs() < 1e-4 {
        return 1.0;
    }
    // At a distance of 1 numerator and denominator are 0.
    if (offset.abs() - 1.0).abs() < 1e-4 {
        return 0.25;
    }
    (x.sin() / (x * (1.0 - offset * offset))).powi(2)
}
