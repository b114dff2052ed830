//! Flat tops below or beyond full scale: sound that was cut off and then made quieter or louder, told by its shape.
//!
//! A recording that was cut off spends many short stretches at exactly its own largest value, each of which it enters or
//! leaves at a slope: it is looked for at the extreme of either polarity, whatever its level. Sounds that are flat by
//! nature are told apart: the rounded top of a slow wave (no slope), a square or pulse wave (flat for its whole half wave,
//! or reached in one step), a sound of few bits (its steps are large), and one that holds every sample for a while (flat
//! at other levels as well). A wave that was synthesised as a trapezoid looks the same as a clipped one and is called so.
//! What a resampler, a filter or a lossy codec moved by more than a few steps of 16 bits is not found any more.

use std::ops::Range;

use super::stretches::Stretches;

/// Samples of a flat top are this near to its first, in full scales: a few steps of 16 bits, for rounding and dither.
pub(super) const FLAT_HEIGHT_MAX: f32 = 2.1 / 32_768.0;

/// A flat top is entered or left in a step of at least this. The rounded top of a slow wave that just touches its extreme
/// leaves it by less than seven steps of 16 bits, whatever its frequency.
pub(super) const FLAT_STEP_MIN: f32 = 8.0 / 32_768.0;

/// Samples in a row that make a flat top: one or two may be the peak of any sound.
pub(super) const FLAT_RUN_MIN: u64 = 3;

/// Flat tops are within this of the extreme: twice what one of them may waver by.
const BAND: f32 = 2.0 * FLAT_HEIGHT_MAX;

/// The same steps in those of the sound itself, where they are coarser than 16 bits: a rounded top of whole steps leaves
/// by three of them at most.
const STEP_OF_QUANTUM: f32 = 4.0;

/// Below -30 dB of full scale a few steps of 16 bits are no longer small beside the wave.
const HEIGHT_MIN: f32 = 0.032;

/// By chance a wave has one flat top at its very extreme; several need a reason.
const TOPS_MIN: u64 = 3;

/// Of the samples at the extreme, one in so many is in a flat top at least: a limiter leaves single samples there.
const ONE_IN: u64 = 8;

/// A wave that goes from a tenth of its height to the extreme in one sample, on both sides, is a pulse.
const PULSE_STEP: f32 = 0.9;

/// Samples of a half wave outside of its flat top, below which it is that of a square wave.
const SQUARE_REST_MAX: u64 = 2;

/// The meter of one channel.
#[derive(Debug, Clone)]
pub(super) struct FlatTops {
    /// The step of which all differences of samples are multiples: of a sound of few bits it is one of its own.
    quantum: f32,
    /// Upwards and downwards.
    sides: [Side; 2],
}

/// Flat tops of one level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tops {
    /// Their level; 1 is full scale.
    pub(super) level: f32,
    /// Samples in them.
    pub(super) n_samples: u64,
    /// The longest: first sample and length.
    pub(super) longest: (u64, u64),
}

/// The extreme of one polarity, which counts as positive here.
#[derive(Debug, Clone, Default)]
struct Side {
    height: f32,
    /// Samples at the extreme.
    n_at: u64,
    n_tops: u64,
    n_flat: u64,
    longest: (u64, u64),
    /// Flat tops of square and pulse waves.
    n_square: u64,
    /// Flat stretches at other levels.
    n_held: u64,
    before: f32,
    run: Run,
    wave: Wave,
    held_len: u64,
    held_step: f32,
    /// Where the flat tops are that are none of a square wave.
    stretches: Stretches,
}

/// The run of samples at the extreme that is going on.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    start: u64,
    len: u64,
    height: f32,
    step_before: f32,
}

/// The half wave that is going on.
#[derive(Debug, Clone, Copy, Default)]
struct Wave {
    /// False when its beginning was not seen.
    is_known: bool,
    len: u64,
    n_tops: u64,
    n_flat: u64,
    longest: (u64, u64),
}

impl Default for FlatTops {
    fn default() -> Self {
        Self { quantum: f32::INFINITY, sides: Default::default() }
    }
}

impl FlatTops {
    /// Forgets everything, for chunks of `chunk_frames`.
    pub(super) fn start(&mut self, chunk_frames: u64) {
        self.quantum = f32::INFINITY;
        for side in &mut self.sides {
            side.reset(0.0);
            side.stretches.start(chunk_frames);
        }
    }

    /// Takes the samples from `first` on, whose smallest and largest value are `extremes`.
    pub(super) fn add(&mut self, samples: &[f32], first: u64, extremes: (f32, f32)) {
        let [up, down] = &mut self.sides;
        let (is_up, is_down) = (up.raise(extremes.1), down.raise(-extremes.0));
        if is_up || is_down {
            let flat = FLAT_HEIGHT_MAX * up.scale().max(down.scale());
            self.quantum = common_step(samples, self.quantum, flat);
        }
        for (side, sign, is_near) in [(up, 1.0, is_up), (down, -1.0, is_down)] {
            let step_min = side.step_min(self.quantum);
            if is_near {
                side.scan(samples, sign, first, step_min);
            } else {
                side.pass(samples, sign, step_min);
            }
        }
    }

    pub(super) fn finish(&mut self) {
        let quantum = self.quantum;
        for side in &mut self.sides {
            side.pass(&[0.0], 1.0, side.step_min(quantum));
        }
    }

    /// The flat tops that are due to clipping, of either polarity.
    pub(super) fn clipped(&self) -> impl Iterator<Item = Tops> {
        self.sides.iter().filter(|side| side.is_clipped()).map(|side| Tops {
            level: side.height,
            n_samples: side.n_flat,
            longest: side.longest,
        })
    }

    /// The frames of those flat tops with their level, merged where less than a chunk lies between.
    pub(super) fn clipped_stretches(&self) -> impl Iterator<Item = (f32, &Range<u64>)> {
        let clipped = self.sides.iter().filter(|side| side.is_clipped());
        clipped.flat_map(|side| side.stretches.all().iter().map(|span| (side.height, span)))
    }
}

impl Side {
    /// Raises the extreme to that of a block; true when the block comes near to it.
    fn raise(&mut self, extreme: f32) -> bool {
        if extreme > self.height + BAND * self.scale() {
            // What was seen so far was not at the extreme.
            self.reset(self.before);
        }
        self.height = self.height.max(extreme);
        self.height >= HEIGHT_MIN && extreme >= self.floor()
    }

    /// Forgets everything but the sample before.
    fn reset(&mut self, before: f32) {
        let mut stretches = std::mem::take(&mut self.stretches);
        stretches.clear();
        *self = Self { before, stretches, ..Self::default() };
    }

    /// Rounding grows with the numbers of a sound that exceeds full scale.
    fn scale(&self) -> f32 {
        self.height.max(1.0)
    }

    fn floor(&self) -> f32 {
        self.height - BAND * self.scale()
    }

    fn step_min(&self, quantum: f32) -> f32 {
        let of_quantum = if quantum.is_finite() { STEP_OF_QUANTUM * quantum } else { 0.0 };
        of_quantum.max(FLAT_STEP_MIN * self.scale())
    }

    /// Passes over a block that does not come near to the extreme.
    fn pass(&mut self, samples: &[f32], sign: f32, step_min: f32) {
        if let [first, .., last] | [first @ last] = samples {
            self.end_run(sign * first, step_min);
            self.wave.is_known = false;
            self.end_wave(false);
            (self.before, self.held_len) = (sign * last, 0);
        }
    }

    fn scan(&mut self, samples: &[f32], sign: f32, first: u64, step_min: f32) {
        let (floor, flat) = (self.floor(), FLAT_HEIGHT_MAX * self.scale());
        for (index, sample) in (first..).zip(samples) {
            let sample = sign * sample;
            let step = (sample - self.before).abs();
            self.hold(step, floor, step_min);
            let is_at = sample >= floor;
            let is_same = is_at && self.run.len > 0 && (sample - self.run.height).abs() <= flat;
            if !is_same {
                self.end_run(sample, step_min);
            }
            if is_at {
                self.n_at += 1;
                if !is_same {
                    self.run = Run { start: index, len: 0, height: sample, step_before: step };
                }
                self.run.len += 1;
            }
            if sample > 0.0 {
                self.wave.len += 1;
            } else {
                self.end_wave(true);
            }
            self.before = sample;
        }
    }

    /// Counts stretches of equal samples below the extreme: a sound that holds its samples has them at every level.
    fn hold(&mut self, step: f32, floor: f32, step_min: f32) {
        if step == 0.0 {
            self.held_len += 1;
            return;
        }
        let is_long = self.held_len + 1 >= FLAT_RUN_MIN;
        if is_long
            && (self.height / 4.0..floor).contains(&self.before)
            && step.max(self.held_step) >= step_min
        {
            self.n_held += 1;
        }
        (self.held_len, self.held_step) = (0, step);
    }

    fn end_run(&mut self, after: f32, step_min: f32) {
        let Run { start, len, step_before, .. } = std::mem::take(&mut self.run);
        if len < FLAT_RUN_MIN {
            return;
        }
        let step_after = (self.before - after).abs();
        if step_before.min(step_after) >= PULSE_STEP * self.height {
            self.n_square += 1;
        } else if step_before.max(step_after) >= step_min {
            self.wave.n_tops += 1;
            self.wave.n_flat += len;
            if len > self.wave.longest.1 {
                self.wave.longest = (start, len);
            }
        }
    }

    /// Ends the half wave; the beginning of the next one is seen, or not.
    fn end_wave(&mut self, is_next_known: bool) {
        let wave = std::mem::replace(&mut self.wave, Wave { is_known: is_next_known, ..Wave::default() });
        let n_rest = wave.len - wave.n_flat;
        let is_square = wave.is_known && (n_rest <= SQUARE_REST_MAX || 10 * n_rest <= wave.len);
        if is_square {
            self.n_square += wave.n_tops;
            return;
        }
        self.n_tops += wave.n_tops;
        self.n_flat += wave.n_flat;
        if wave.n_tops > 0 {
            self.stretches.push(wave.longest.0, wave.longest.1);
        }
        if wave.longest.1 > self.longest.1 {
            self.longest = wave.longest;
        }
    }

    fn is_clipped(&self) -> bool {
        self.n_tops >= TOPS_MIN
            && self.n_tops > self.n_square
            && self.n_tops > self.n_held
            && self.n_flat >= self.n_at / ONE_IN
    }
}

/// The common divisor of `known` and the differences between neighbours, by Euclid's algorithm; rests up to `flat` are rounding.
/// Of sound in 16 bits and more it is tiny after a few samples, and there is nothing left to look for.
fn common_step(samples: &[f32], known: f32, flat: f32) -> f32 {
    let mut common = known;
    for (a, b) in samples.iter().zip(samples.iter().skip(1)) {
        if common <= flat {
            break;
        }
        let step = (b - a).abs();
        // Whatever is finite is its own rest beside what is not known yet.
        let rest = if common.is_finite() { (step - (step / common).round() * common).abs() } else { step };
        if rest > flat {
            common = rest;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::super::level::ChannelMeter;
    use super::*;

    const RATE_HZ: f64 = 48_000.0;

    fn tops(samples: &[f32]) -> Vec<Tops> {
        let mut meter = ChannelMeter::default();
        meter.start(RATE_HZ as u32, RATE_HZ as u64);
        // Blocks of an odd length, so that runs cross their borders.
        for block in samples.chunks(977) {
            meter.add(block);
        }
        meter.finish();
        meter.clipped().collect()
    }

    /// A second of a wave, given its phase in turns.
    fn wave(freq_hz: f64, shape: impl Fn(f64) -> f64) -> Vec<f32> {
        (0..RATE_HZ as usize).map(|n| shape(freq_hz * n as f64 / RATE_HZ) as f32).collect()
    }

    fn sine(turns: f64) -> f64 {
        (std::f64::consts::TAU * turns).sin()
    }

    fn to_steps(samples: &[f32], n_steps: f32) -> Vec<f32> {
        samples.iter().map(|sample| (sample * n_steps).round() / n_steps).collect()
    }

    #[test]
    fn what_was_cut_off_is_found_at_any_level() {
        for level in [0.988, 0.5, 0.25, 2.0, 30_000.0] {
            for freq_hz in [55.0, 443.0, 1500.0] {
                let samples = wave(freq_hz, |turns| (1.5 * sine(turns)).clamp(-1.0, 1.0) * level);
                for samples in [samples.clone(), to_steps(&samples, 32_768.0)] {
                    let found = tops(&samples);
                    assert_eq!(found.len(), 2, "{level} {freq_hz}: both polarities");
                    for tops in found {
                        assert!((tops.level - level as f32).abs() < 1e-4 * level as f32, "{level} {tops:?}");
                        let n_flat = RATE_HZ * (0.5 - (1.0f64 / 1.5).asin() / std::f64::consts::PI);
                        let share = tops.n_samples as f64 / n_flat;
                        assert!((0.5..1.1).contains(&share), "{level} {freq_hz} {tops:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_polarity_alone_is_found() {
        let samples = wave(220.0, |turns| (0.8 * sine(turns)).min(0.4));
        assert_eq!(tops(&samples).iter().map(|tops| tops.level).collect::<Vec<_>>(), [0.4]);
    }

    #[test]
    fn waves_that_are_flat_by_nature_are_left_alone() {
        let square = |turns: f64| if turns.fract() < 0.5 { 0.5 } else { -0.5 };
        let waves: [(&str, &dyn Fn(f64) -> f64); 7] = [
            ("sine", &|turns| 0.5 * sine(turns)),
            ("square", &square),
            ("square with edges of a sample", &|turns| 0.5 * (square(turns) + square(turns + 1e-4))),
            ("square that dies away", &|turns| square(turns) * (-turns / 300.0).exp()),
            ("pulse from zero", &|turns| if turns.fract() < 0.1 { 0.7 } else { 0.0 }),
            ("triangle", &|turns| 0.5 * ((4.0 * turns.fract() - 2.0).abs() - 1.0)),
            ("stairs", &|turns| (8.0 * 0.5 * sine((turns * 12.0).floor() / 12.0)).round() / 8.0),
        ];
        for (name, shape) in waves {
            for freq_hz in [20.0, 50.0, 110.0, 443.0, 960.0, 1000.0, 5000.0] {
                let samples = wave(freq_hz, shape);
                for (bits, samples) in [
                    (32, samples.clone()),
                    (16, to_steps(&samples, 32_768.0)),
                    (8, to_steps(&samples, 128.0)),
                ] {
                    assert_eq!(tops(&samples), [], "{name} at {freq_hz} Hz in {bits} bits");
                }
            }
        }
    }

    #[test]
    fn silence_offsets_held_samples_and_limited_sound_are_left_alone() {
        assert_eq!(tops(&vec![0.0; 5000]), []);
        assert_eq!(tops(&vec![0.5; 5000]), []);
        let of_low_rate = |turns: f64| 0.5 * sine(turns) + 0.2 * sine(2.7 * turns);
        let held: Vec<f32> =
            (0..48_000).map(|n| of_low_rate(443.0 * f64::from(n / 8 * 8) / RATE_HZ) as f32).collect();
        assert_eq!(tops(&held), []);
        // Every wave is brought to the same height, as a limiter that looks ahead does.
        let sound =
            wave(97.3, |turns| (0.3 + 0.2 * sine(0.11 * turns)) * (sine(turns) + 0.6 * sine(7.31 * turns)));
        let limited: Vec<f32> = (0..sound.len())
            .map(|n| {
                let around = &sound[n.saturating_sub(300)..(n + 300).min(sound.len())];
                let largest = around.iter().fold(0f32, |largest, sample| largest.max(sample.abs()));
                0.5 * sound[n] / largest.max(0.05)
            })
            .collect();
        assert_eq!(tops(&limited), []);
    }
}
