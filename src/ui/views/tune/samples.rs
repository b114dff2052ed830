//! The samples behind the waveform, where it is shown so closely that its stretches of lowest and highest would be seen.

use std::ops::Range;

use super::model::Tune;
use crate::pipeline::ExcerptRequest;
use crate::pipeline::preview::{Subject, WAVEFORM_BUCKETS};

/// Samples that are known, at the dataset's rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples<'a> {
    /// The number of the first of them, counted from the start of what is shown.
    pub(super) first: u64,
    /// Them.
    pub(super) values: &'a [f32],
    /// Their rate in Hz.
    pub(super) rate_hz: f64,
}

impl Samples<'_> {
    /// Lowest and highest sample in each of `width` pixels over `time_s`; `None` where nothing is. Each pixel reaches to the
    /// first sample of the next, so that a steep edge has no gap.
    pub(super) fn columns(&self, time_s: &Range<f64>, width: usize) -> Vec<Option<[f32; 2]>> {
        let pixel_s = (time_s.end - time_s.start) / width.max(1) as f64;
        // The first sample that is not before a time. A float below 0 becomes 0 by the cast.
        let index_at = |time_s: f64| {
            let sample = (time_s * self.rate_hz).ceil() as u64;
            (sample.saturating_sub(self.first) as usize).min(self.values.len())
        };
        (0..width)
            .map(|x| {
                let start_s = time_s.start + x as f64 * pixel_s;
                let (from, next) = (index_at(start_s), index_at(start_s + pixel_s));
                let values = &self.values[from..(next + 1).min(self.values.len())];
                let range = |[low, high]: [f32; 2], &value: &f32| [low.min(value), high.max(value)];
                (from < next).then(|| values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], range))
            })
            .collect()
    }

    /// The samples in `time_s` with their times, and one more on both sides.
    pub(super) fn points(&self, time_s: &Range<f64>) -> impl Iterator<Item = (f64, f32)> {
        // A float below 0 becomes 0 by the cast.
        let last_before = |time_s: f64| (time_s * self.rate_hz) as u64;
        let index_of = |sample: u64| (sample.saturating_sub(self.first) as usize).min(self.values.len());
        let from = index_of(last_before(time_s.start));
        let to = index_of(last_before(time_s.end) + 2).max(from);
        let time_of = |index: usize| (self.first + index as u64) as f64 / self.rate_hz;
        self.values[from..to].iter().enumerate().map(move |(n, &value)| (time_of(from + n), value))
    }
}

impl Tune {
    /// Samples in a pixel of the waveform; `None` before anything is shown.
    pub(super) fn samples_per_pixel(&self) -> Option<f64> {
        let settings = self.shown.as_ref()?.preview.settings();
        Some(self.span.duration_s() * f64::from(settings.sample_rate_hz) / self.waveform_px.max(1) as f64)
    }

    /// The samples around the part in sight where they are wanted and known.
    pub(super) fn samples(&self) -> Option<Samples<'_>> {
        let shown = self.shown.as_ref()?;
        let range = self.wanted_samples()?;
        let sample_rate_hz = shown.preview.settings().sample_rate_hz;
        let (first, values) = match &shown.subject {
            Subject::Variant(_) => (0, &*shown.made.as_ref()?.samples),
            Subject::File(path) => {
                let excerpt = self.excerpt.as_ref()?;
                let wanted = ExcerptRequest { path: path.clone(), sample_rate_hz, range };
                covers(&excerpt.request, &wanted).then_some(())?;
                (excerpt.request.range.start, &*excerpt.samples)
            }
        };
        Some(Samples { first, values, rate_hz: f64::from(sample_rate_hz) })
    }

    /// The samples in sight of the recording that is shown; `None` where they are known, or not wanted.
    pub(super) fn missing_samples(&self) -> Option<ExcerptRequest> {
        let shown = self.shown.as_ref()?;
        let Subject::File(path) = &shown.subject else { return None };
        let range = self.wanted_samples()?;
        let sample_rate_hz = shown.preview.settings().sample_rate_hz;
        let wanted = ExcerptRequest { path: path.clone(), sample_rate_hz, range };
        let is_known = self.excerpt.as_ref().is_some_and(|known| covers(&known.request, &wanted));
        (!is_known).then_some(wanted)
    }

    /// The samples in sight, where a pixel is shorter than a stretch of which the preview knows lowest and highest.
    fn wanted_samples(&self) -> Option<Range<u64>> {
        let settings = self.shown.as_ref()?.preview.settings();
        let samples_per_stretch = settings.chunk_samples as f64 / WAVEFORM_BUCKETS as f64;
        if self.waveform_px == 0 || self.samples_per_pixel()? >= samples_per_stretch {
            return None;
        }
        let sample_at = |time_s: f64| time_s * f64::from(settings.sample_rate_hz);
        let time_s = &self.span.time_s;
        Some(sample_at(time_s.start).floor() as u64..sample_at(time_s.end).ceil() as u64 + 1)
    }
}

/// True when what `known` asks for has every sample of `wanted`.
pub(super) fn covers(known: &ExcerptRequest, wanted: &ExcerptRequest) -> bool {
    let is_same = known.path == wanted.path && known.sample_rate_hz == wanted.sample_rate_hz;
    is_same && known.range.start <= wanted.range.start && wanted.range.end <= known.range.end
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f32; 8] = [0.0, 0.5, -0.5, 1.0, 0.25, 0.0, -1.0, 0.125];

    /// Samples 10 to 17 at 10 Hz: from 1 s to 1.7 s.
    fn samples() -> Samples<'static> {
        Samples { first: 10, values: &VALUES, rate_hz: 10.0 }
    }

    #[test]
    fn pixels_show_lowest_and_highest_and_reach_to_the_next() {
        // Half a second a pixel, from half a second before the first sample to half a second after the last.
        let columns = samples().columns(&(0.45..2.45), 4);
        let expected = [None, Some([-0.5, 1.0]), Some([-1.0, 0.125]), None];
        assert_eq!(columns[0], expected[0]);
        assert_eq!(columns[1], Some([-0.5, 1.0]), "samples 10 to 14, and 15");
        assert_eq!(columns[2], expected[2]);
        assert_eq!(columns[3], expected[3]);
    }

    #[test]
    fn points_stand_at_their_times_with_one_more_on_both_sides() {
        let points: Vec<_> = samples().points(&(1.25..1.45)).collect();
        let expected = [(1.2, -0.5), (1.3, 1.0), (1.4, 0.25), (1.5, 0.0)];
        assert_eq!(points.len(), expected.len(), "{points:?}");
        for ((time_s, value), (expected_s, expected)) in points.into_iter().zip(expected) {
            assert!((time_s - expected_s).abs() < 1e-12 && value == expected, "{time_s} {value}");
        }
        assert_eq!(samples().points(&(0.0..0.5)).count(), 0);
        assert_eq!(samples().points(&(5.0..6.0)).count(), 0);
        assert_eq!(samples().points(&(1.65..9.0)).count(), 2);
    }
}
