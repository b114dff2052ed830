//! Levels: a mel power as decibels or as the trainer's logarithm, and the range of them that has colours.

/// The unit of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelUnit {
    /// 10 · log10 of the mel power: decibels, 0 at a mel power of 1.
    Decibel,
    /// ln(1 + mel power): channel 0 of a tensor before it is normalised.
    Ln1p,
}

impl LevelUnit {
    /// The level of a mel power; negative infinity for 0 in decibels.
    pub fn level(self, mel_power: f32) -> f32 {
        match self {
            Self::Decibel => 10.0 * mel_power.log10(),
            Self::Ln1p => mel_power.ln_1p(),
        }
    }

    /// The mel power that has a level.
    pub fn mel_power(self, level: f32) -> f32 {
        match self {
            Self::Decibel => 10f32.powf(level / 10.0),
            Self::Ln1p => level.exp_m1(),
        }
    }
}

/// The levels between which colours change; what is beyond an end has the colour of that end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelRange {
    /// The unit of both ends.
    pub unit: LevelUnit,
    /// The level of the first colour.
    pub from: f32,
    /// The level of the last colour, above `from`.
    pub to: f32,
}

impl LevelRange {
    /// Where a mel power lies in the range: 0 at `from`, 1 at `to`, and outside of that beyond the ends.
    pub fn share(&self, mel_power: f32) -> f32 {
        (self.unit.level(mel_power) - self.from) / (self.to - self.from).max(f32::MIN_POSITIVE)
    }

    /// The level of a mel power, not less than `from`: below it, levels look alike.
    pub fn visible_level(&self, mel_power: f32) -> f32 {
        self.unit.level(mel_power).max(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_and_its_power_are_each_others_inverse() {
        for unit in [LevelUnit::Decibel, LevelUnit::Ln1p] {
            for power in [1e-3_f32, 1.0, 2.0, 3e5] {
                let back = unit.mel_power(unit.level(power));
                assert!((back - power).abs() <= 1e-4 * power, "{unit:?}: {power}, {back}");
            }
        }
        assert_eq!(LevelUnit::Decibel.level(100.0), 20.0);
        assert_eq!(LevelUnit::Decibel.level(0.0), f32::NEG_INFINITY);
        assert_eq!(LevelUnit::Ln1p.level(0.0), 0.0);
    }

    #[test]
    fn the_default_threshold_is_inside_a_range_of_a_hundred_decibels() {
        let range = LevelRange { unit: LevelUnit::Decibel, from: -60.0, to: 40.0 };
        assert!((range.share(1e-5) - 0.1).abs() < 1e-6);
        assert_eq!((range.share(1e4), range.share(1e-6)), (1.0, 0.0));
        assert!(range.share(0.0) < 0.0);
        assert_eq!(range.visible_level(0.0), -60.0);
    }
}
