//! The phases that the padding tells: of the partials that sound when the chunk begins.
//!
//! A chunk is reflected at its ends, so the first frames see a partial and its mirror image, and their magnitudes depend on the
//! phase the partial begins with: a cosine goes on through the mirror, a sine has a corner there. Each partial is built from
//! the first frame that sees no mirror, at two phases a quarter turn apart; its frames at any other phase are a mix of
//! both, and the mix that has the magnitudes wanted tells the phase. Two phases half a turn apart tell the same.
//!
//! Neighbours of a peak have its phase (J. Laroche, M. Dolson, "Improved phase vocoder time-scale modification of audio",
//! 1999).

use std::ops::Range;

use realfft::num_complex::Complex32;

use super::gradient::GradientPlan;
use super::integration::Field;
use super::transforms::{Polar, TransformScratch, Transforms, n_mirrored};
use crate::settings::AnalysisSettings;

/// Peaks fainter than this, relative to the loudest of the frame (-60 dB), are left to the integration.
const PEAK_MIN: f32 = 1e-3;

/// Phases that are tried in half a turn.
const N_PHASES: usize = 32;

/// The largest part of the energy of a peak in the first frames that may remain unexplained: what is no steady partial is
/// left to the integration.
const UNEXPLAINED_MAX: f64 = 0.05;

/// Times that all phases are looked for: the second time with the neighbours of each peak at theirs.
const N_PASSES: usize = 2;

/// Buffers of one search.
#[derive(Debug, Clone)]
pub(super) struct BeginningScratch {
    /// Per bin its phase in the first frame without a mirror, as far as it is known, and that in the frame being built.
    phases: Vec<f64>,
    turns: Vec<f64>,
    chunk: Vec<f32>,
    spectrum: Vec<Complex32>,
    /// The first frames at two phases, `[frames, bins]` each.
    mixes: [Vec<Complex32>; 2],
    seeds: Vec<(u32, f64)>,
}

/// The last frame that the samples of those frames are built of, and the one after.
fn n_built(settings: &AnalysisSettings) -> usize {
    3 * n_mirrored(settings)
}

impl BeginningScratch {
    pub(super) fn new(settings: &AnalysisSettings) -> Self {
        let n_bins = settings.n_bins();
        Self {
            phases: vec![0.0; n_bins],
            turns: vec![0.0; n_bins],
            chunk: vec![0.0; settings.chunk_samples],
            spectrum: vec![Complex32::ZERO; n_bins],
            mixes: [(); 2].map(|()| vec![Complex32::ZERO; n_mirrored(settings) * n_bins]),
            seeds: Vec::with_capacity(n_bins),
        }
    }
}

/// Places whose phases the beginning of the chunk tells, with their turns.
pub(super) fn seeds<'a>(
    (settings, plan): (&AnalysisSettings, &GradientPlan),
    magnitude: &[f32],
    field: Field<'_>,
    (transforms, transform_scratch): (&Transforms, &mut TransformScratch),
    scratch: &'a mut BeginningScratch,
) -> &'a [(u32, f64)] {
    scratch.seeds.clear();
    let (n_bins, n_mirrored) = (settings.n_bins(), n_mirrored(settings));
    if n_built(settings) >= settings.n_frames() {
        return &scratch.seeds;
    }
    scratch.phases.fill(0.0);
    let frame = &magnitude[n_mirrored * n_bins..][..n_bins];
    let loudest = frame.iter().copied().fold(0.0, f32::max);
    for _ in 0..N_PASSES {
        build_mixes((settings, plan), magnitude, field, (transforms, &mut *transform_scratch), scratch);
        scratch.seeds.clear();
        let mut start = 0;
        for bin in 1..n_bins {
            // A region ends where the magnitude is least between two peaks.
            let is_least =
                frame[bin] <= frame[bin - 1] && frame.get(bin + 1).is_none_or(|next| frame[bin] < *next);
            if !is_least && bin + 1 < n_bins {
                continue;
            }
            let region = std::mem::replace(&mut start, bin)..bin;
            let peak = region.clone().max_by(|a, b| frame[*a].total_cmp(&frame[*b])).unwrap_or(bin);
            if frame[peak] > PEAK_MIN * loudest
                && let Some(more) = phase_of(region.clone(), n_bins, magnitude, &scratch.mixes)
            {
                scratch.phases[region].iter_mut().for_each(|phase| *phase += more);
                scratch.seeds.push(((n_mirrored * n_bins + peak) as u32, scratch.phases[peak]));
            }
        }
    }
    &scratch.seeds
}

/// Builds the first frames as if what sounds in the first without a mirror had begun before the chunk, with each bin's phase
/// there as known so far, and a quarter turn on.
fn build_mixes(
    (settings, plan): (&AnalysisSettings, &GradientPlan),
    magnitude: &[f32],
    field: Field<'_>,
    (transforms, transform_scratch): (&Transforms, &mut TransformScratch),
    scratch: &mut BeginningScratch,
) {
    let (n_bins, n_mirrored) = (settings.n_bins(), n_mirrored(settings));
    // Of the frames with a mirror neither magnitude nor advance is used: they go on as those after them.
    let step = |frame: usize, bin: usize| -> f64 {
        let at = |frame: usize| f64::from(field.time_step(plan, frame, bin));
        let first = n_mirrored + 1;
        if frame >= first {
            return at(frame);
        }
        let change = at(first) - at(first + 1);
        (change - change.round()).mul_add((first - frame) as f64, at(first))
    };
    let BeginningScratch { phases, turns, spectrum, mixes, chunk, .. } = scratch;
    for (quarter, mix) in mixes.iter_mut().enumerate() {
        let start = |turns: &mut [f64]| {
            for (turns, phase) in turns.iter_mut().zip(&*phases) {
                *turns = phase + 0.25 * quarter as f64;
            }
        };
        let mut add = |frame: usize, turns: &[f64]| {
            let magnitude = &magnitude[frame.max(n_mirrored) * n_bins..][..n_bins];
            transforms.level.run(Polar { magnitude, turns, spectrum });
            transforms.inverse.add_frame(frame, spectrum, &mut transform_scratch.back);
        };
        start(turns);
        add(n_mirrored, turns);
        for frame in n_mirrored + 1..=n_built(settings) {
            turns.iter_mut().enumerate().for_each(|(bin, turns)| *turns += step(frame, bin));
            add(frame, turns);
        }
        start(turns);
        for frame in (0..n_mirrored).rev() {
            turns.iter_mut().enumerate().for_each(|(bin, turns)| *turns -= step(frame + 1, bin));
            add(frame, turns);
        }
        transforms.inverse.finish_into(&mut transform_scratch.back, chunk);
        transforms.stft.load(chunk, &mut transform_scratch.forward);
        for (frame, row) in mix.chunks_exact_mut(n_bins).enumerate() {
            let scale = transforms.stft.spectrum_into(frame, &mut transform_scratch.forward, row).recip();
            for value in row {
                *value *= scale;
            }
        }
    }
}

/// The phase, in turns below a half, that gives the region's bins their magnitude in the first frames; `None` where
/// none does.
fn phase_of(
    region: Range<usize>,
    n_bins: usize,
    magnitude: &[f32],
    mixes: &[Vec<Complex32>; 2],
) -> Option<f64> {
    let [a, b] = mixes;
    let n_rows = a.len() / n_bins;
    let places = |row: usize| row * n_bins + region.start..row * n_bins + region.end;
    let unexplained = |turns: f64| -> f64 {
        let (sine, cosine) = (turns * std::f64::consts::TAU).sin_cos();
        let (sine, cosine) = (sine as f32, cosine as f32);
        let of_row = |row: usize| -> f64 {
            places(row)
                .map(|place| {
                    let off = (a[place] * cosine + b[place] * sine).norm() - magnitude[place];
                    f64::from(off * off)
                })
                .sum()
        };
        (0..n_rows).map(of_row).sum()
    };
    let step = 0.5 / N_PHASES as f64;
    let tried = |index: usize| unexplained(index as f64 * step);
    let best = (0..N_PHASES).map(|index| (tried(index), index)).min_by(|a, b| a.0.total_cmp(&b.0))?;
    let energy: f64 = (0..n_rows).flat_map(places).map(|place| f64::from(magnitude[place]).powi(2)).sum();
    if best.0 > UNEXPLAINED_MAX * energy {
        return None;
    }
    // The vertex of the parabola through the best and its neighbours.
    let (before, after) =
        (unexplained((best.1 as f64 - 1.0) * step), unexplained((best.1 as f64 + 1.0) * step));
    let curvature = before + after - 2.0 * best.0;
    let shift = if curvature > 0.0 { 0.5 * (before - after) / curvature } else { 0.0 };
    Some((best.1 as f64 + shift) * step)
}
