//! The waveform pixel by pixel, of the part in sight and of the whole, made anew only when something of it has changed.

use std::ops::Range;

use super::model::Tune;

/// Lowest and highest sample of each pixel from left to right; `None` where nothing is.
type Columns = Vec<Option<[f32; 2]>>;

/// The source that columns were made of.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    revision: u64,
    time_s: Range<f64>,
    width_px: usize,
    is_of_samples: bool,
}

/// Columns that are kept as long as their source is the same.
#[derive(Debug, Default)]
struct Trace {
    source: Option<Source>,
    columns: Columns,
}

impl Trace {
    fn update(&mut self, source: Source, make: impl FnOnce(&Source) -> Columns) {
        if self.source.as_ref() != Some(&source) {
            self.columns = make(&source);
            self.source = Some(source);
        }
    }
}

/// The waveforms of the Tune view.
#[derive(Debug, Default)]
pub(super) struct WaveformTraces {
    in_sight: Trace,
    whole: Trace,
}

impl WaveformTraces {
    /// The pixels of the waveform in sight.
    pub(super) fn in_sight(&self) -> &[Option<[f32; 2]>] {
        &self.in_sight.columns
    }

    /// The pixels of the overview.
    pub(super) fn whole(&self) -> &[Option<[f32; 2]>] {
        &self.whole.columns
    }

    /// Brings both up to date with `tune`. Overview and waveform are of the same width.
    pub(super) fn update(&mut self, tune: &Tune) {
        let (Some(shown), Some(drawn)) = (&tune.shown, tune.drawn()) else {
            *self = Self::default();
            return;
        };
        let (revision, width_px) = (tune.revision, tune.waveform_px);
        let whole = Source { revision, time_s: 0.0..tune.span.limit_s(), width_px, is_of_samples: false };
        self.whole.update(whole, |source| shown.preview.waveform(&source.time_s, width_px));
        let (samples, time_s) = (tune.samples(), tune.span.time_s.clone());
        let in_sight = Source { revision, time_s, width_px, is_of_samples: samples.is_some() };
        self.in_sight.update(in_sight, |source| match samples {
            Some(samples) => samples.columns(&source.time_s, width_px),
            None => drawn.waveform(&source.time_s, width_px),
        });
    }
}
