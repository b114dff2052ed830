//! What the magnitude says of the phase: its gradient over frames and bins.
//!
//! Under a Gaussian window e^{-πt²/γ} the phase's derivative over time follows from the logarithm s of the magnitude over
//! frequency, and the other way round. With a hop of a samples, N samples in the FFT, frame n and bin k, per frame and per bin:
//!
//! | | in turns |
//! |---|---|
//! | over time | k·a/N + a·N / (4πγ) · (s(n, k+1) - s(n, k-1)) |
//! | over frequency | -γ / (4π·a·N) · (s(n+1, k) - s(n-1, k)) |
//!
//! Z. Průša, P. Balázs, P. Søndergaard, "A noniterative method for reconstruction of phase from STFT magnitude", 2017. Phases
//! are those of a window around time 0; a spectrum whose window starts there turns by half a turn more from bin to bin.

use crate::settings::AnalysisSettings;

/// γ / N² of the Gaussian that is nearest to a Hann window of N samples (table I of the paper).
const HANN_GAMMA: f64 = 0.25645;

/// The factors of the gradient for one set of settings.
#[derive(Debug, Clone)]
pub(super) struct GradientPlan {
    n_bins: usize,
    n_frames: usize,
    /// a·N / (4πγ) and γ / (4π·a·N).
    over_time: f32,
    over_frequency: f32,
    /// Turns of a bin's own frequency from frame to frame, without whole ones.
    own_turns: Vec<f32>,
}

impl GradientPlan {
    pub(super) fn new(settings: &AnalysisSettings) -> Self {
        let (hop, n_fft) = (settings.hop_samples as f64, settings.n_fft as f64);
        let gamma = HANN_GAMMA * n_fft * n_fft;
        let own = |bin: usize| ((bin * settings.hop_samples % settings.n_fft) as f64 / n_fft) as f32;
        Self {
            n_bins: settings.n_bins(),
            n_frames: settings.n_frames(),
            over_time: (hop * n_fft / (4.0 * std::f64::consts::PI * gamma)) as f32,
            over_frequency: (gamma / (4.0 * std::f64::consts::PI * hop * n_fft)) as f32,
            own_turns: (0..settings.n_bins()).map(own).collect(),
        }
    }

    /// Bins of a frame.
    pub(super) fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// Turns of a bin's own frequency from frame to frame.
    pub(super) fn own_turns(&self, bin: usize) -> f32 {
        self.own_turns[bin]
    }

    /// Turns to `bin` of `frame` from the frame before, beyond the bin's own: the mean of both gradients. `log_magnitude` is
    /// `[frames, bins]`.
    pub(super) fn time_step(&self, log_magnitude: &[f32], frame: usize, bin: usize) -> f32 {
        0.5 * (self.over_time(log_magnitude, frame - 1, bin) + self.over_time(log_magnitude, frame, bin))
    }

    /// Turns to `bin` from the bin below.
    pub(super) fn frequency_step(&self, log_magnitude: &[f32], frame: usize, bin: usize) -> f32 {
        0.5 * (self.over_frequency(log_magnitude, frame, bin - 1)
            + self.over_frequency(log_magnitude, frame, bin))
    }

    /// The advance from the frame to the next, beyond the bin's own, in turns.
    fn over_time(&self, log_magnitude: &[f32], frame: usize, bin: usize) -> f32 {
        let row = &log_magnitude[frame * self.n_bins..][..self.n_bins];
        // A real signal's spectrum goes on as in a mirror: at both ends the slope is 0.
        if bin == 0 || bin + 1 == self.n_bins {
            return 0.0;
        }
        self.over_time * (row[bin + 1] - row[bin - 1])
    }

    /// The advance from the bin to the next, in turns, before the half turn of a window that starts at time 0.
    fn over_frequency(&self, log_magnitude: &[f32], frame: usize, bin: usize) -> f32 {
        let at = |frame: usize| log_magnitude[frame * self.n_bins + bin];
        if self.n_frames < 2 {
            return 0.0;
        }
        // One-sided at both ends, where there is no other side.
        let slope = if frame == 0 {
            2.0 * (at(1) - at(0))
        } else if frame + 1 == self.n_frames {
            2.0 * (at(frame) - at(frame - 1))
        } else {
            at(frame + 1) - at(frame - 1)
        };
        -self.over_frequency * slope
    }
}
