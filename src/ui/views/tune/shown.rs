//! A recording, or a variant, as the Tune view shows it.

use super::levels::Fitted;
use crate::dsp::mel::MelFilters;
use crate::pipeline::preview::{MadeVariant, Part, Preview, PreviewUpdate, Subject};
use crate::settings::{AnalysisSettings, ReadSettings, Settings};

/// What a preview is asked for: equal ones have the same answer.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewTarget {
    /// The recording, or the variant of it.
    pub subject: Subject,
    /// The analysis, without the threshold.
    pub analysis: AnalysisSettings,
    /// The reading of the recording.
    pub reading: ReadSettings,
}

impl PreviewTarget {
    /// `subject` as `settings` have it.
    pub(super) fn new(subject: Subject, settings: &Settings) -> Self {
        Self { subject, analysis: settings.analysis().unmasked(), reading: settings.reading() }
    }
}

/// A file, or a variant, as far as its preview has come.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The recording, or the variant of it.
    pub subject: Subject,
    reading: ReadSettings,
    /// The variant as it was made; `None` of a recording.
    pub made: Option<MadeVariant>,
    /// Its tensors, without the mask.
    pub preview: Preview,
    /// Where the bands lie.
    pub filters: MelFilters,
    /// True when the preview is complete.
    pub is_complete: bool,
    /// Where the file is damaged, in words.
    pub damage: Option<String>,
    /// Largest mel power.
    pub power_max: f32,
    band_sums: Vec<f64>,
}

impl Shown {
    /// Something of which nothing was seen yet.
    pub fn new(target: PreviewTarget) -> Self {
        let PreviewTarget { subject, analysis: settings, reading } = target;
        Self {
            subject,
            reading,
            made: None,
            preview: Preview::new(settings),
            filters: MelFilters::new(settings.sample_rate_hz, settings.n_fft, settings.n_mels),
            is_complete: false,
            damage: None,
            power_max: 0.0,
            band_sums: vec![0.0; settings.n_mels],
        }
    }

    /// Takes the next update of its preview.
    pub fn apply(&mut self, update: PreviewUpdate) {
        match &update {
            PreviewUpdate::Made(made) => self.made = Some(made.clone()),
            PreviewUpdate::Part(part) => self.measure(part),
            PreviewUpdate::Powers(_) | PreviewUpdate::Started { .. } | PreviewUpdate::Coarser(_) => {}
        }
        self.preview.apply(update);
    }

    /// The same after the last update.
    #[must_use]
    pub fn completed(self, damage: Option<String>) -> Self {
        Self { is_complete: true, damage, ..self }
    }

    fn measure(&mut self, part: &Part) {
        for (sum, powers) in self.band_sums.iter_mut().zip(part.mel_power.rows()) {
            let most = powers.iter().fold(0.0_f32, |most, &power| most.max(power));
            self.power_max = self.power_max.max(most);
            *sum += f64::from(powers.sum());
        }
    }

    /// What ranges of levels are fitted to, with the mask's threshold; `None` of silence.
    pub(super) fn fitted(&self, threshold: f64) -> Option<Fitted> {
        let powers = self.preview.powers()?.power_range()?;
        (self.power_max > 0.0).then_some(Fitted {
            power_max: self.power_max,
            power_min: powers.start,
            threshold,
        })
    }

    /// True when this is the whole of `target`.
    pub fn is_all_of(&self, target: &PreviewTarget) -> bool {
        self.is_complete
            && self.subject == target.subject
            && self.preview.settings().unmasked() == target.analysis
            && self.reading == target.reading
    }

    /// The band with most energy; `None` in silence.
    pub fn strongest_band(&self) -> Option<usize> {
        let (band, sum) = self.band_sums.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        (*sum > 0.0).then_some(band)
    }
}
