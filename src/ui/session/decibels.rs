//! Levels in decibels as the window says them: every one is relative to the same 0 dB, and that is told wherever it matters.

use crate::ui::number_text::decibel_text;

/// The power that is 0 dB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zero {
    /// A mel power of 1, because nothing is shown that has a peak.
    #[default]
    NothingShown,
    /// A mel power of 1.
    MelPowerOne,
    /// The loudest place of what is shown, in any of its chunks.
    PeakShown,
}

/// The scale on which a mel power is so many decibels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decibels {
    zero: Zero,
    zero_power: f64,
}

impl Default for Decibels {
    fn default() -> Self {
        Self { zero: Zero::NothingShown, zero_power: 1.0 }
    }
}

impl Decibels {
    /// Decibels of mel power.
    pub fn of_mel_power() -> Self {
        Self { zero: Zero::MelPowerOne, zero_power: 1.0 }
    }

    /// Decibels below the largest mel power of what is shown; of mel power, where that is 0.
    pub fn below_peak(peak_power: f64) -> Self {
        if peak_power > 0.0 {
            Self { zero: Zero::PeakShown, zero_power: peak_power }
        } else {
            Self::default()
        }
    }

    /// The power that is 0 dB, in decibels of mel power.
    pub fn zero_db(self) -> f64 {
        10.0 * self.zero_power.log10()
    }

    /// The decibels of a mel power; negative infinity for 0.
    pub fn of(self, mel_power: f64) -> f64 {
        10.0 * (mel_power / self.zero_power).log10()
    }

    /// The mel power of `db` decibels.
    pub fn mel_power(self, db: f64) -> f64 {
        self.zero_power * 10f64.powf(db / 10.0)
    }

    /// The decibels of a mel power with their unit: "−88 dB".
    pub fn text(self, mel_power: f64) -> String {
        format!("{} dB", decibel_text(self.of(mel_power)))
    }

    /// The meaning of 0 dB, in plain words.
    pub fn zero_words(self) -> &'static str {
        match self.zero {
            Zero::NothingShown => "0 dB is mel power 1: no peak is shown",
            Zero::MelPowerOne => "0 dB is a mel power of 1",
            Zero::PeakShown => "0 dB is the loudest place shown",
        }
    }

    /// The decibels that a person typed: "−88", "-88 dB", "88". Below a peak, a number without a sign is so far below it.
    pub fn parse(self, text: &str) -> Option<f64> {
        let text = text.trim().replace('−', "-").replace(',', ".").to_lowercase();
        let number = text.strip_suffix("db").unwrap_or(&text).trim();
        let db: f64 = number.parse().ok().filter(|db: &f64| db.is_finite())?;
        let has_sign = number.starts_with(['-', '+']);
        Some(if self.zero == Zero::PeakShown && !has_sign { -db } else { db })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_powers_are_each_others_inverse() {
        let below_peak = Decibels::below_peak(1e4);
        assert_eq!(below_peak.text(1e-5), "−90 dB");
        assert!((below_peak.mel_power(-90.0) - 1e-5).abs() < 1e-12);
        assert_eq!((below_peak.zero_db(), below_peak.of(1e4)), (40.0, 0.0));
        assert_eq!(Decibels::of_mel_power().text(1e-5), "−50 dB");
        assert_eq!(Decibels::below_peak(0.0), Decibels::default(), "silence has no peak");
    }

    #[test]
    fn what_is_typed_may_have_a_unit_and_either_minus() {
        let below_peak = Decibels::below_peak(1e4);
        for text in ["-88", "−88", "88", " -88 dB", "−88dB", "88 db", "-88,0"] {
            assert_eq!(below_peak.parse(text), Some(-88.0), "{text}");
        }
        assert_eq!(below_peak.parse("+3"), Some(3.0));
        assert_eq!(Decibels::of_mel_power().parse("10"), Some(10.0), "power has no peak to be below of");
        for text in ["", "loud", "dB", "1e", "NaN", "inf"] {
            assert_eq!(below_peak.parse(text), None, "{text}");
        }
    }
}
