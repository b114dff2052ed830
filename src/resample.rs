//! Band-limited change of the sample rate, aligned in time and of exact length.
//!
//! Two of rubato's engines share the work. Where both rates have a large common divisor, blocks of whole periods go
//! through an FFT, which is several times faster. Rates such as 44 101 and 48 000 Hz share no period shorter than a
//! second, and a block of that would cost memory and time out of proportion: there a windowed sinc is interpolated.

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, Indexing, Resampler as _, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};

/// Length of the filter, in samples of the lower of both rates, between a block of the FFT and the next.
///
/// The transition band of a Blackman-Harris window squared is about 16 bins wide, so that 1 024 samples put the -6 dB
/// point 1.6 % below the lower Nyquist frequency. Shorter blocks lose the band above 0.9, longer ones leave the cache.
const FFT_BLOCK_SAMPLES: usize = 1_024;

/// The largest smallest block: beyond it the FFT's buffers would take megabytes and the sinc is used.
const FFT_PERIOD_SAMPLES_MAX: usize = 16_384;

/// Length of the interpolated sinc, in samples of the lower of both rates.
const SINC_SAMPLES: f64 = 384.0;

/// Middle of the sinc's transition band, as a share of the lower Nyquist frequency: as far from 0.9 as from 1.
const SINC_CUTOFF: f32 = 0.95;

/// Points tabulated per sample of the lower rate; cubic interpolation between them stays below -100 dB.
const SINC_OVERSAMPLING: f64 = 256.0;

/// Output samples that one call of the sinc engine makes.
const SINC_BLOCK_SAMPLES: usize = 1_024;

/// The number of samples that `n_frames` become: `ceil(n_frames * to_hz / from_hz)`.
///
/// A count beyond any file saturates instead of overflowing. `from_hz` must not be 0.
pub fn resampled_len(n_frames: u64, from_hz: u32, to_hz: u32) -> u64 {
    let exact = (u128::from(n_frames) * u128::from(to_hz)).div_ceil(u128::from(from_hz));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// Resamples one channel, in blocks of any size.
///
/// The first output sample lies at the time of the first input sample, and the output of a whole signal is exactly
/// [`resampled_len`] long. Planned once per pair of rates: [`Resampler::reset`] makes it ready for the next signal.
pub struct Resampler {
    from_hz: u32,
    to_hz: u32,
    engine: Box<dyn rubato::Resampler<f32>>,
    /// Zeros put before the signal so that the engine's delay is a whole number of output samples.
    lead_samples: usize,
    /// Output samples that come before the signal: the engine's delay and the lead.
    delay_samples: usize,
    /// Input that waits for a full block.
    pending: Vec<f32>,
    n_read: u64,
    n_written: u64,
    n_to_drop: usize,
}

impl Resampler {
    /// Plans the change from `from_hz` to `to_hz`, both within [`crate::settings::SAMPLE_RATES_HZ`].
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from, to) = (from_hz as usize, to_hz as usize);
        let divisor = greatest_common_divisor(from, to);
        let (engine, lead_samples, delay_samples) = if from.max(to) / divisor <= FFT_PERIOD_SAMPLES_MAX {
            fft_engine(from, to, divisor)
        } else {
            sinc_engine(from, to)
        };
        let mut resampler = Self {
            from_hz,
            to_hz,
            engine,
            lead_samples,
            delay_samples,
            pending: Vec::new(),
            n_read: 0,
            n_written: 0,
            n_to_drop: 0,
        };
        resampler.reset();
        resampler
    }

    /// The pair of rates it is planned for, source first.
    pub fn rates_hz(&self) -> (u32, u32) {
        (self.from_hz, self.to_hz)
    }

    /// Appends to `out` what `input` makes available; the rest follows later.
    pub fn process(&mut self, mut input: &[f32], out: &mut Vec<f32>) {
        self.n_read += input.len() as u64;
        while !input.is_empty() {
            let n_block = self.engine.input_frames_next();
            if self.pending.is_empty() && input.len() >= n_block {
                let (block, rest) = input.split_at(n_block);
                input = rest;
                self.run(block, out);
                continue;
            }
            let n_taken = n_block.saturating_sub(self.pending.len()).min(input.len());
            let (taken, rest) = input.split_at(n_taken);
            input = rest;
            self.pending.extend_from_slice(taken);
            self.run_pending(out);
        }
    }

    /// Appends the last samples: with them the signal is exactly [`resampled_len`] long.
    ///
    /// After it, [`Resampler::reset`] comes before the next signal.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let n_total = resampled_len(self.n_read, self.from_hz, self.to_hz);
        while self.n_written < n_total {
            // The filter's tail is driven out by silence; what exceeds the length is the silence's own.
            self.pending.resize(self.engine.input_frames_next(), 0.0);
            self.run_pending(out);
        }
        let n_surplus = (self.n_written - n_total) as usize;
        out.truncate(out.len() - n_surplus);
        self.n_written = n_total;
    }

    /// Forgets the signal: the next sample is the first of another.
    pub fn reset(&mut self) {
        self.engine.reset();
        self.pending.clear();
        self.pending.resize(self.lead_samples, 0.0);
        self.n_read = 0;
        self.n_written = 0;
        self.n_to_drop = self.delay_samples;
    }

    /// Runs every whole block that waits.
    fn run_pending(&mut self, out: &mut Vec<f32>) {
        let mut pending = std::mem::take(&mut self.pending);
        let mut n_done = 0;
        while pending.len() - n_done >= self.engine.input_frames_next() {
            let n_block = self.engine.input_frames_next();
            self.run(&pending[n_done..n_done + n_block], out);
            n_done += n_block;
        }
        pending.drain(..n_done);
        self.pending = pending;
    }

    /// Runs one block of exactly the size the engine asks for.
    fn run(&mut self, block: &[f32], out: &mut Vec<f32>) {
        let n_before = out.len();
        let n_room = self.engine.output_frames_next();
        out.resize(n_before + n_room, 0.0);
        let input = InterleavedSlice::new(block, 1, block.len()).expect("one channel of this length");
        let mut output =
            InterleavedSlice::new_mut(&mut out[n_before..], 1, n_room).expect("one channel of this length");
        let (_, n_made) = self
            .engine
            .process_into_buffer(&input, &mut output, None::<&Indexing>)
            .expect("both buffers have the sizes that the engine asked for");
        let n_dropped = n_made.min(self.n_to_drop);
        self.n_to_drop -= n_dropped;
        out.truncate(n_before + n_made);
        out.drain(n_before..n_before + n_dropped);
        self.n_written += (n_made - n_dropped) as u64;
    }
}

/// The FFT engine, its lead and its delay.
fn fft_engine(from: usize, to: usize, divisor: usize) -> (Box<dyn rubato::Resampler<f32>>, usize, usize) {
    let (period_in, period_out) = (from / divisor, to / divisor);
    let n_periods = quick_even(FFT_BLOCK_SAMPLES.div_ceil(period_in.min(period_out)));
    let engine = Fft::new_custom(
        from,
        to,
        n_periods * period_in,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .expect("both rates and the block size are positive");
    let delay_samples = engine.output_delay();
    (Box::new(engine), 0, delay_samples)
}

/// The first even number from `least` on without a prime factor above 5.
///
/// An even number of periods keeps the filter's centre, and so the delay, on a sample at both rates; small factors are
/// what an FFT is quick with.
fn quick_even(least: usize) -> usize {
    let without =
        |n: usize, factor| std::iter::successors(Some(n), |n| (n % factor == 0).then_some(n / factor)).last();
    let is_quick = |n: &usize| [2, 3, 5].iter().try_fold(*n, |n, factor| without(n, *factor)) == Some(1);
    (least.next_multiple_of(2)..).step_by(2).find(is_quick).unwrap_or(least)
}

/// The sinc engine, its lead and its delay.
fn sinc_engine(from: usize, to: usize) -> (Box<dyn rubato::Resampler<f32>>, usize, usize) {
    let ratio = to as f64 / from as f64;
    // When the rate falls, the filter is as many times longer and smoother: the table keeps its size.
    let stretch = (1.0 / ratio).max(1.0);
    let sinc_samples = ((SINC_SAMPLES * stretch).ceil() as usize).next_multiple_of(8);
    let oversampling = ((SINC_OVERSAMPLING / stretch).ceil() as usize).max(2);
    let parameters = SincInterpolationParameters::new(sinc_samples, WindowFunction::BlackmanHarris2)
        .f_cutoff(SINC_CUTOFF)
        .oversampling_factor(oversampling)
        .interpolation(SincInterpolationType::Cubic);
    let engine = Async::new_sinc(ratio, 1.0, &parameters, SINC_BLOCK_SAMPLES, 1, FixedAsync::Output)
        .expect("the ratio and the block size are positive");
    // The table's centre lies one point early, and the engine makes a step before its first sample.
    let centre = sinc_samples as f64 / 2.0 - 1.0 / oversampling as f64;
    let delay_of = |lead: usize| (centre + lead as f64) * ratio - 1.0;
    let misfit = |lead: &usize| (delay_of(*lead) - delay_of(*lead).round()).abs();
    let lead_samples = (0..=4_096).min_by(|a, b| misfit(a).total_cmp(&misfit(b))).unwrap_or(0);
    (Box::new(engine), lead_samples, delay_of(lead_samples).round().max(0.0) as usize)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
