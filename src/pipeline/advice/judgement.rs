//! Where the mask's threshold belongs, by how coherent the instantaneous frequency is at each mel power; and why, in words.
//!
//! In a class of mel power with coherence c, a share c of the places is signal and the rest is noise (see [`crate::dsp::coherence`]). The proposal is the
//! threshold that tells the two apart best: it maximises the share of all signal above it minus the share of all noise
//! above it (Youden's index, "Index for rating diagnostic tests", 1950), which is where a class holds no more signal than
//! the whole does. Where more than half of everything is signal, it is where a class is half noise: a threshold shall not
//! take signal because there is better signal elsewhere.

use serde::Serialize;

use crate::dsp::coherence::{CoherencePlan, CoherenceSums, N_CLASSES, N_GROUPS, Score, class_start_db};
use crate::settings::IfMode;

/// The coherence below which values tell nothing worth learning: 3 of 5 places are steadier than the median of noise.
const COHERENCE_MIN: f64 = 0.2;

/// Standard deviations of noise that what lies above a threshold must be more coherent than the whole by. There are some
/// hundred thresholds to choose from, and chance gives this to one in thirty thousand.
const NOISE_DEVIATIONS: f64 = 4.0;

/// A mask that takes less than this share of the places is none.
const MASKED_SHARE_MIN: f64 = 0.01;

/// Standard deviation of noise's coherence up to which a group of bands, or a class on the curve, tells anything.
const DEVIATION_MAX: f64 = 0.1;

/// The outcome of a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Places below the threshold are noise, those above it are not.
    Threshold,
    /// No level is more noise than others: a mask would take what a model can learn.
    NoMaskNeeded,
    /// The sound itself is not coherent at any level: instantaneous frequency brings nothing.
    Noise,
    /// The sound is coherent, but with these settings the values of instantaneous frequency are not: they bring nothing.
    ValuesCancel,
    /// There is not enough sound.
    Unknown,
}

/// The coherence at one mel power.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The middle of the class, in dB of mel power.
    pub level_db: f64,
    /// Places of the sound in the class, at 8 times overlap.
    pub n_places: u64,
    /// From -1 to 1; 0 for noise.
    pub coherence: f64,
    /// Two standard deviations of the coherence of as much noise: within this of 0 it is noise.
    pub noise: f64,
}

/// Advice on the mask's threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdAdvice {
    /// What was found.
    pub verdict: Verdict,
    /// The mel power to set as threshold; 0 to switch the mask off, `None` where nothing is proposed.
    pub threshold: Option<f64>,
    /// The threshold in dB relative to the loudest place, below 0; `None` where there is none.
    pub threshold_db: Option<f64>,
    /// The mel power of the loudest place.
    pub peak_power: f64,
    /// Share, 0 to 1, of the sound's places that lie below the threshold.
    pub masked_share: f64,
    /// Coherence of the sound at and above the threshold.
    pub coherence_above: f64,
    /// Coherence of the sound below it.
    pub coherence_below: f64,
    /// Coherence, at and above the threshold, of the values that a model gets with the settings.
    pub coherence_of_values: f64,
    /// The frequency from which upwards values have less than half of the sound's coherence, in Hz; `None` where they keep it.
    pub lost_above_hz: Option<f64>,
    /// The mode of the values.
    pub if_mode: IfMode,
    /// Chunks that were measured.
    pub n_chunks: u64,
    /// Coherence of the sound by mel power, ascending, without classes that are too small to tell.
    pub curve: Vec<CurvePoint>,
}

impl ThresholdAdvice {
    /// Judges `sums`, which were measured with `plan`.
    pub fn new(sums: &CoherenceSums, plan: &CoherencePlan) -> Self {
        let classes: Vec<Score> = (0..N_CLASSES).map(|class| sums.sound_of_class(class)).collect();
        let whole = total(&classes);
        let deviation = plan.noise_deviation(whole.n_places);
        let cut = Cut::best(&classes, whole, plan);
        let share = |cut: &Cut| cut.below.n_places as f64 / whole.n_places.max(1) as f64;
        let verdict = if whole.n_places == 0 || deviation > DEVIATION_MAX {
            Verdict::Unknown
        } else if cut.as_ref().is_some_and(|cut| share(cut) >= MASKED_SHARE_MIN) {
            Verdict::Threshold
        } else if whole.coherence() >= COHERENCE_MIN.max(NOISE_DEVIATIONS * deviation) {
            Verdict::NoMaskNeeded
        } else {
            Verdict::Noise
        };
        let cut = cut.filter(|_| verdict == Verdict::Threshold).unwrap_or(Cut::none(whole));
        let (values, lost_above_hz) = kept(sums, plan, cut.class);
        let is_coherent = matches!(verdict, Verdict::Threshold | Verdict::NoMaskNeeded);
        let is_lost = is_coherent && values.coherence() < COHERENCE_MIN;
        let verdict = if is_lost { Verdict::ValuesCancel } else { verdict };
        let threshold_db = (verdict == Verdict::Threshold).then(|| class_start_db(cut.class));
        let peak_power = f64::from(sums.peak_power());
        Self {
            verdict,
            threshold: match verdict {
                Verdict::NoMaskNeeded => Some(0.0),
                _ => threshold_db.map(|db| 10f64.powf(db / 10.0)),
            },
            threshold_db: threshold_db.map(|db| db - 10.0 * peak_power.log10()),
            peak_power,
            masked_share: share(&cut),
            coherence_above: cut.above.coherence(),
            coherence_below: cut.below.coherence(),
            coherence_of_values: values.coherence(),
            lost_above_hz,
            if_mode: plan.values().settings().if_mode,
            n_chunks: sums.n_chunks(),
            curve: curve(&classes, plan),
        }
    }

    /// The reason, in one or two plain sentences, in which IF is instantaneous frequency.
    pub fn reason(&self) -> String {
        let Self { coherence_above: above, coherence_below: below, if_mode, .. } = self;
        let lost = self.lost_above_hz.map_or_else(String::new, |hz| {
            format!(" In the bands above {hz:.0} Hz the values of IF mode {if_mode} lose it.")
        });
        match self.verdict {
            Verdict::Threshold => {
                let contrast = if *below < COHERENCE_MIN { "next to noise" } else { "less so" };
                format!(
                    "IF is coherent above it ({above:.2}; 1 is always steadier than noise, 0 is noise) and {contrast} below \
                     ({below:.2}).{lost}"
                )
            }
            Verdict::NoMaskNeeded => format!(
                "IF is coherent ({above:.2}; 1 is always steadier than noise, 0 is noise) at quiet levels as at loud ones: no \
                 mask is needed.{lost}"
            ),
            Verdict::Noise => format!(
                "IF is no steadier than that of noise at any level ({above:.2}; 0 is noise): it brings nothing here."
            ),
            Verdict::ValuesCancel => format!(
                "The sound has steady frequencies ({above:.2}; 0 is noise), but the values of IF mode {if_mode} with this hop \
                 do not keep them ({:.2}): IF brings nothing with these settings.",
                self.coherence_of_values
            ),
            Verdict::Unknown => "There is too little sound to judge where the mask belongs.".into(),
        }
    }

    /// The advice in one line for a terminal: "threshold −52 dB below the loudest place (mel power 1.58e-2)", or why there is none.
    pub fn sentence(&self) -> String {
        match (self.threshold, self.threshold_db) {
            (Some(threshold), Some(db)) => format!(
                "Set the threshold {:.0} dB below the loudest place (mel power {threshold:.2e}). {}",
                -db,
                self.reason()
            ),
            _ => self.reason(),
        }
    }
}

/// A class from which on places are kept.
#[derive(Debug, Clone, Copy)]
struct Cut {
    class: usize,
    above: Score,
    below: Score,
}

impl Cut {
    /// The cut that tells signal and noise apart best, of those above which the sound is coherent; of several the highest.
    fn best(classes: &[Score], whole: Score, plan: &CoherencePlan) -> Option<Self> {
        // Places above have this much less than the sum of their scores where they are no better than the whole.
        let level = whole.coherence().clamp(0.0, 0.5);
        let mut above = Score::default();
        let mut best = None;
        let mut best_gain = 0.0;
        for (class, score) in classes.iter().enumerate().rev() {
            above = total(&[above, *score]);
            let gain = above.n_places as f64 * (above.coherence() - level);
            let is_coherent = above.coherence() >= COHERENCE_MIN
                && above.coherence() - level >= NOISE_DEVIATIONS * plan.noise_deviation(above.n_places);
            if is_coherent && gain > best_gain {
                best_gain = gain;
                best = Some(Self { class, above, below: total(&classes[..class]) });
            }
        }
        best
    }

    /// The cut that takes nothing.
    fn none(whole: Score) -> Self {
        Self { class: 0, above: whole, below: Score::default() }
    }
}

fn total(scores: &[Score]) -> Score {
    let (n_places, sum) = scores.iter().fold((0, 0), |(n, sum), score| (n + score.n_places, sum + score.sum));
    Score { n_places, sum }
}

/// The score of the values from a class on, and the frequency from which upwards they lose what the sound has.
fn kept(sums: &CoherenceSums, plan: &CoherencePlan, first_class: usize) -> (Score, Option<f64>) {
    let groups: Vec<[Score; 2]> = (0..N_GROUPS).map(|group| sums.of_group(group, first_class)).collect();
    let values: Vec<Score> = groups.iter().map(|[_, values]| *values).collect();
    let mut lost_above_hz = None;
    for (group, [sound, values]) in groups.iter().enumerate().rev() {
        if sound.n_places == 0 || plan.noise_deviation(sound.n_places) > DEVIATION_MAX {
            continue;
        }
        let is_lost = sound.coherence() >= COHERENCE_MIN && values.coherence() < sound.coherence() / 2.0;
        if !is_lost {
            break;
        }
        lost_above_hz = Some(plan.group_start_hz(group));
    }
    (total(&values), lost_above_hz)
}

fn curve(classes: &[Score], plan: &CoherencePlan) -> Vec<CurvePoint> {
    let points = classes.iter().enumerate().map(|(class, score)| CurvePoint {
        level_db: class_start_db(class) + 0.5,
        n_places: score.n_places,
        coherence: score.coherence(),
        noise: 2.0 * plan.noise_deviation(score.n_places),
    });
    points.filter(|point| point.n_places > 0 && point.noise <= 2.0 * DEVIATION_MAX).collect()
}
