//! A sound that is played while it is still being made.

use std::sync::{Arc, Mutex, PoisonError};

use super::sound::Sound;
use crate::error::Result;

/// Samples that grow at their end, shared between who makes them and who plays them.
#[derive(Debug, Default)]
pub struct GrowingSamples {
    grown: Mutex<Grown>,
}

#[derive(Debug, Default)]
struct Grown {
    samples: Vec<f32>,
    is_complete: bool,
}

impl GrowingSamples {
    /// Adds samples at the end.
    pub fn push(&self, samples: &[f32]) {
        self.lock().samples.extend_from_slice(samples);
    }

    /// Tells that no more will come.
    pub fn complete(&self) {
        self.lock().is_complete = true;
    }

    /// Samples so far.
    pub fn n_samples(&self) -> usize {
        self.lock().samples.len()
    }

    /// A copy of the samples so far.
    pub fn to_vec(&self) -> Vec<f32> {
        self.lock().samples.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Grown> {
        self.grown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Plays growing samples from `start_frame` of a longer sound on, before which there is silence. Where they are not made yet, it waits.
pub struct GrowingSound {
    samples: Arc<GrowingSamples>,
    start_frame: u64,
    sample_rate_hz: u32,
}

impl GrowingSound {
    /// Plays `samples` at `sample_rate_hz`, which must not be 0.
    pub fn new(samples: Arc<GrowingSamples>, start_frame: u64, sample_rate_hz: u32) -> Self {
        Self { samples, start_frame, sample_rate_hz }
    }
}

impl Sound for GrowingSound {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn approach(&mut self, frame: u64) -> Result<bool> {
        let grown = self.samples.lock();
        let made = self.start_frame + grown.samples.len() as u64;
        Ok(frame < made || grown.is_complete)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        if frame < self.start_frame {
            let n_silent = (self.start_frame - frame).min(samples.len() as u64) as usize;
            samples[..n_silent].fill(0.0);
            return Ok(n_silent);
        }
        let grown = self.samples.lock();
        let start = ((frame - self.start_frame) as usize).min(grown.samples.len());
        let rest = &grown.samples[start..];
        let n_read = rest.len().min(samples.len());
        samples[..n_read].copy_from_slice(&rest[..n_read]);
        Ok(n_read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_what_is_not_made_yet_and_ends_where_no_more_comes() {
        let growing = Arc::new(GrowingSamples::default());
        let mut sound = GrowingSound::new(Arc::clone(&growing), 3, 48_000);
        let mut read = [9.0; 4];
        assert!(!sound.approach(3).unwrap());
        growing.push(&[1.0, 2.0]);
        assert!(sound.approach(0).unwrap() && sound.approach(4).unwrap() && !sound.approach(5).unwrap());
        assert_eq!((sound.read(1, &mut read).unwrap(), &read[..2]), (2, &[0.0, 0.0][..]));
        assert_eq!((sound.read(4, &mut read).unwrap(), read[0]), (1, 2.0));
        growing.complete();
        assert!(sound.approach(5).unwrap());
        assert_eq!(sound.read(5, &mut read).unwrap(), 0);
    }
}
