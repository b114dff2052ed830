//! A sound within a band of frequencies: what a box on a picture marks, heard by itself.

use std::f64::consts::PI;
use std::ops::Range;

use biquad::{Biquad as _, Coefficients, DirectForm2Transposed, Hertz, Type};

use super::sound::Sound;
use crate::error::Result;

/// Sections of second order of each edge: with four an octave outside of the band is 48 dB down.
const N_SECTIONS: usize = 4;

/// The frequency below which an edge is left out, in Hz: nobody hears what is there.
const LEAST_HZ: f64 = 5.0;

/// The share of half the sample rate above which an edge is left out.
const MOST_SHARE: f64 = 0.98;

/// A sound of which only the frequencies of a band are heard: a Butterworth high-pass and low-pass of eighth order, 3 dB
/// down at the edges (S. Butterworth, "On the theory of filter amplifiers", 1930).
pub struct BandSound<S> {
    sound: S,
    sections: Vec<DirectForm2Transposed<f64>>,
    /// Position behind the sample that was filtered last.
    next_frame: u64,
}

impl<S: Sound> BandSound<S> {
    /// The frequencies `band_hz` of `sound`. An edge that is not below half of its sample rate, or not above 5 Hz, is left
    /// out.
    pub fn new(sound: S, band_hz: &Range<f64>) -> Self {
        let rate_hz = f64::from(sound.sample_rate_hz());
        let edges = [(Type::HighPass, band_hz.start), (Type::LowPass, band_hz.end)];
        let sections =
            edges.into_iter().flat_map(|(edge, edge_hz)| sections(edge, edge_hz, rate_hz)).collect();
        Self { sound, sections, next_frame: 0 }
    }
}

/// The sections of one edge; none where it lies outside of what can be heard.
fn sections(edge: Type<f64>, edge_hz: f64, rate_hz: f64) -> Vec<DirectForm2Transposed<f64>> {
    if !(LEAST_HZ..MOST_SHARE * rate_hz / 2.0).contains(&edge_hz) {
        return Vec::new();
    }
    let order = 2 * N_SECTIONS;
    let quality = |section: usize| 0.5 / ((2 * section + 1) as f64 * PI / (2 * order) as f64).cos();
    let hertz = |hz| Hertz::<f64>::from_hz(hz).ok();
    (0..N_SECTIONS)
        .filter_map(|section| {
            let (rate, at) = (hertz(rate_hz)?, hertz(edge_hz)?);
            let coefficients = Coefficients::<f64>::from_params(edge, rate, at, quality(section)).ok()?;
            Some(DirectForm2Transposed::<f64>::new(coefficients))
        })
        .collect()
}

impl<S: Sound> Sound for BandSound<S> {
    fn sample_rate_hz(&self) -> u32 {
        self.sound.sample_rate_hz()
    }

    fn approach(&mut self, frame: u64) -> Result<bool> {
        self.sound.approach(frame)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        let n_read = self.sound.read(frame, samples)?;
        if frame != self.next_frame {
            // After a jump the filter knows nothing of what came before.
            self.sections.iter_mut().for_each(DirectForm2Transposed::reset_state);
        }
        for sample in &mut samples[..n_read] {
            let filtered =
                self.sections.iter_mut().fold(f64::from(*sample), |value, section| section.run(value));
            *sample = filtered as f32;
        }
        self.next_frame = frame + n_read as u64;
        Ok(n_read)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::playback::MemorySound;

    const RATE_HZ: u32 = 48_000;

    /// The level of a tone at `tone_hz` in decibels after the band, without the time in which the filter settles.
    fn level_db(tone_hz: f64, band_hz: &Range<f64>) -> f64 {
        let samples: Arc<[f32]> = (0..RATE_HZ)
            .map(|n| (2.0 * PI * tone_hz * f64::from(n) / f64::from(RATE_HZ)).sin() as f32)
            .collect();
        let mut sound = BandSound::new(MemorySound::new(samples, RATE_HZ), band_hz);
        let mut heard = vec![0.0; RATE_HZ as usize];
        let mut at = 0;
        while at < heard.len() {
            let end = (at + 480).min(heard.len());
            at += sound.read(at as u64, &mut heard[at..end]).unwrap();
        }
        let settled = &heard[RATE_HZ as usize / 2..];
        let power = settled.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / settled.len() as f64;
        // A tone at full level has a power of a half.
        10.0 * (power / 0.5).log10()
    }

    #[test]
    fn the_band_is_heard_as_it_was_and_what_lies_outside_is_not() {
        let band_hz = 400.0..1600.0;
        assert!(level_db(800.0, &band_hz).abs() < 0.1);
        // 3 dB at an edge, and 8 · 6.02 dB an octave further, by the definition of a Butterworth filter of eighth order.
        for edge_hz in [400.0, 1600.0] {
            assert!((level_db(edge_hz, &band_hz) + 3.01).abs() < 0.1, "{}", level_db(edge_hz, &band_hz));
        }
        for outside_hz in [200.0, 3200.0] {
            assert!(level_db(outside_hz, &band_hz) < -47.0, "{}", level_db(outside_hz, &band_hz));
        }
    }

    #[test]
    fn an_edge_that_cannot_be_heard_is_left_out() {
        let all_hz = 0.0..24_000.0;
        for tone_hz in [20.0, 1000.0, 20_000.0] {
            assert!(level_db(tone_hz, &all_hz).abs() < 0.01, "{tone_hz}");
        }
    }

    #[test]
    fn a_jump_begins_anew() {
        let ones: Arc<[f32]> = vec![1.0; 1000].into();
        let mut sound = BandSound::new(MemorySound::new(ones, RATE_HZ), &(1000.0..2000.0));
        let (mut first, mut again) = ([0.0; 100], [0.0; 100]);
        sound.read(0, &mut first).unwrap();
        sound.read(100, &mut again).unwrap();
        assert_ne!(first, again, "the filter goes on");
        sound.read(0, &mut again).unwrap();
        assert_eq!(first, again);
    }
}
