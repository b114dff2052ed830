//! The judge: the analysis written down from its definition, in f64, with no thought of speed.
//!
//! It also says how far a computation in f32 may be off. Rounding moves every bin of a spectrum by about as much as
//! the largest; the phase of a weak bin is therefore uncertain, and where it is near ±π either sign is right.

use melscope::settings::{AnalysisSettings, IfMode};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;
use std::f64::consts::PI;

/// One channel value: what is exact, and how far off an f32 computation may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) exact: f64,
    pub(crate) slack: f64,
}

/// The exact analysis of a chunk, each `[n_mels, frames]` row-major.
pub(crate) struct Verdict {
    pub(crate) mel_power: Vec<Judged>,
    /// Before the mask.
    pub(crate) inst_freq: Vec<Judged>,
}

/// A weight below this is no certain part of its band: rounding decides whether the bin is inside.
const WEIGHT_CERTAIN: f64 = 1e-9;

fn mel_weights(settings: &AnalysisSettings) -> Vec<Vec<f64>> {
    let rate_hz = f64::from(settings.sample_rate_hz);
    let edges_hz = edges_hz(settings);
    let weight = |band: usize, bin: usize| {
        let f = bin as f64 * rate_hz / settings.n_fft as f64;
        let up = (f - edges_hz[band]) / (edges_hz[band + 1] - edges_hz[band]);
        let down = (edges_hz[band + 2] - f) / (edges_hz[band + 2] - edges_hz[band + 1]);
        let weight = up.min(down).max(0.0);
        if weight < WEIGHT_CERTAIN { 0.0 } else { weight }
    };
    (0..settings.n_mels).map(|band| (0..settings.n_bins()).map(|bin| weight(band, bin)).collect()).collect()
}

fn edges_hz(settings: &AnalysisSettings) -> Vec<f64> {
    let mel_max = 2595.0 * (1.0 + f64::from(settings.sample_rate_hz) / 2.0 / 700.0).log10();
    let step = mel_max / (settings.n_mels + 1) as f64;
    (0..settings.n_mels + 2).map(|i| 700.0 * (10f64.powf(step * i as f64 / 2595.0) - 1.0)).collect()
}

/// Spectra of all frames, and for each the level of rounding noise that f32 arithmetic leaves in it.
fn spectra(settings: &AnalysisSettings, chunk: &[f32]) -> Vec<(Vec<Complex64>, f64)> {
    let (n_fft, n_samples) = (settings.n_fft as i64, chunk.len() as i64);
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(settings.n_fft);
    let mut spectra = Vec::new();
    for frame in 0..settings.n_frames() as i64 {
        let first = frame * settings.hop_samples as i64 - n_fft / 2;
        let mut samples: Vec<f64> = (0..n_fft)
            .map(|i| {
                let at = (first + i).abs();
                let at = if at >= n_samples { 2 * (n_samples - 1) - at } else { at };
                let window = 0.5 - 0.5 * (2.0 * PI * i as f64 / n_fft as f64).cos();
                f64::from(chunk[at as usize]) * window
            })
            .collect();
        let energy: f64 = samples.iter().map(|x| x * x).sum();
        let mut spectrum = fft.make_output_vec();
        fft.process(&mut samples, &mut spectrum).unwrap();
        spectra.push((spectrum, NOISE * energy.sqrt() * (n_fft as f64).log2()));
    }
    spectra
}

/// Rounding noise of a bin, per root of the frame's energy and per stage of the FFT: a few half units in the last
/// place of f32. The worst of a million bins is about half of this.
const NOISE: f64 = 8.0 * 6e-8;

fn wrap(phase: f64) -> f64 {
    (phase + PI).rem_euclid(2.0 * PI) - PI
}

/// A bin's advance in half turns, as the mode has it, and its power, each with its slack.
struct BinAdvance {
    power: Judged,
    advance: Judged,
}

fn bin_advance(
    settings: &AnalysisSettings,
    bin: usize,
    [before, now]: [&(Vec<Complex64>, f64); 2],
) -> BinAdvance {
    let (value, earlier) = (now.0[bin], before.0[bin]);
    let certain = |value: Complex64, noise: f64| if noise == 0.0 { 0.0 } else { noise / value.norm() };
    let angle = |value: Complex64| if value.norm() == 0.0 { 0.0 } else { value.arg() };
    let mut turned = angle(value) - angle(earlier);
    if settings.if_mode == IfMode::Deviation {
        let expected = (bin * settings.hop_samples % settings.n_fft) as f64 / settings.n_fft as f64;
        turned = wrap(turned) - 2.0 * PI * expected;
    }
    let advance = wrap(turned) / PI;
    let slack = (certain(value, now.1) + certain(earlier, before.1)) / PI + 1e-6;
    let near_the_cut = 1.0 - advance.abs() <= slack;
    let noise = now.1;
    BinAdvance {
        power: Judged { exact: value.norm_sqr(), slack: noise * (2.0 * value.norm() + noise) },
        advance: Judged { exact: advance, slack: if near_the_cut { 2.0 } else { slack.min(2.0) } },
    }
}

/// The exact analysis of `chunk` before mask and logarithm.
pub(crate) fn analyse(settings: &AnalysisSettings, chunk: &[f32]) -> Verdict {
    let n_frames = settings.n_frames();
    let spectra = spectra(settings, chunk);
    let weights = mel_weights(settings);
    let edges_hz = edges_hz(settings);
    let nothing = Judged { exact: 0.0, slack: 0.0 };
    let mut verdict = Verdict {
        mel_power: vec![nothing; settings.n_mels * n_frames],
        inst_freq: vec![nothing; settings.n_mels * n_frames],
    };
    for frame in 0..n_frames {
        let pair = [&spectra[frame.saturating_sub(1)], &spectra[frame]];
        let bins: Vec<BinAdvance> =
            (0..settings.n_bins()).map(|bin| bin_advance(settings, bin, pair)).collect();
        for band in 0..settings.n_mels {
            let at = band * n_frames + frame;
            let members: Vec<(f64, usize)> =
                weights[band].iter().copied().zip(0..).filter(|(weight, _)| *weight > 0.0).collect();
            let sum = |term: &dyn Fn(&BinAdvance) -> f64| -> f64 {
                members.iter().map(|&(weight, bin)| weight * term(&bins[bin])).sum()
            };
            let power = sum(&|bin| bin.power.exact);
            let power_slack = sum(&|bin| bin.power.slack) + 4e-6 * power;
            verdict.mel_power[at] = Judged { exact: power, slack: power_slack };
            if frame == 0 {
                continue;
            }
            verdict.inst_freq[at] = match settings.if_mode {
                IfMode::Filterbank => {
                    let weight = sum(&|_| 1.0).max(1e-10);
                    Judged {
                        exact: sum(&|bin| bin.advance.exact) / weight,
                        slack: sum(&|bin| bin.advance.slack) / weight + 1e-6,
                    }
                }
                IfMode::Power => weighted(&members, &bins, |advance, _| advance, 1.0),
                IfMode::Deviation => {
                    let rate_hz = f64::from(settings.sample_rate_hz);
                    let unit_hz = rate_hz / (2.0 * settings.hop_samples as f64);
                    let [lower, centre, upper] = [0, 1, 2].map(|i| edges_hz[band + i]);
                    let half_width_hz = (upper - centre).max(centre - lower) + unit_hz;
                    let bin_hz = rate_hz / settings.n_fft as f64;
                    let deviation =
                        |advance: f64, bin: usize| bin as f64 * bin_hz + advance * unit_hz - centre;
                    let hz = weighted(&members, &bins, deviation, unit_hz);
                    Judged { exact: hz.exact / half_width_hz, slack: hz.slack / half_width_hz + 1e-6 }
                }
            };
        }
    }
    verdict
}

/// Σ w·P·value / Σ w·P with its slack; `unit` is the value's change per half turn of advance.
fn weighted(
    members: &[(f64, usize)],
    bins: &[BinAdvance],
    value: impl Fn(f64, usize) -> f64,
    unit: f64,
) -> Judged {
    let total: f64 = members.iter().map(|&(weight, bin)| weight * bins[bin].power.exact).sum();
    if total == 0.0 {
        return Judged { exact: 0.0, slack: 0.0 };
    }
    let mean = |term: &dyn Fn(usize) -> f64| -> f64 {
        members.iter().map(|&(weight, bin)| weight * bins[bin].power.exact / total * term(bin)).sum()
    };
    let exact = mean(&|bin| value(bins[bin].advance.exact, bin));
    // A wrong power of a bin moves the mean towards or away from that bin's value.
    let of_powers: f64 = members
        .iter()
        .map(|&(weight, bin)| {
            let away = (value(bins[bin].advance.exact, bin) - exact).abs() + bins[bin].advance.slack * unit;
            weight * (bins[bin].power.slack + 1e-6 * bins[bin].power.exact) / total * away
        })
        .sum();
    let of_advances = mean(&|bin| bins[bin].advance.slack * unit);
    Judged { exact, slack: of_advances + 2.0 * of_powers + 1e-6 * unit }
}
