//! A blind listening test: is X the one or the other? Plain values.
//!
//! Ten rounds, each with an X that is A or B by chance (W. A. Munson, M. B. Gardner, "Standardizing auditory tests", 1950). The p-value is that of a
//! one-sided binomial test: how likely as many right answers are for who cannot hear a difference.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::in_words;
use crate::pipeline::SoundVersion;

/// Rounds of a test.
pub const ABX_ROUNDS: usize = 10;

/// The probability below which a result counts as heard.
const P_HEARD: f64 = 0.05;

/// What is heard in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbxSlot {
    /// The first version.
    A,
    /// The second version.
    B,
    /// One of them.
    X,
}

/// A test that runs or has ended.
#[derive(Debug, Clone)]
pub struct Abx {
    versions: [SoundVersion; 2],
    /// For each round whether X is B.
    draws: [bool; ABX_ROUNDS],
    /// For each answer whether it was right.
    answers: Vec<bool>,
    heard: AbxSlot,
}

impl Abx {
    /// A test between two versions, drawn by chance.
    pub fn new(versions: [SoundVersion; 2]) -> Self {
        // Keys from the system's randomness: no two tests are alike, and none can be learned.
        let bits = RandomState::new().build_hasher().finish();
        Self::drawn(versions, std::array::from_fn(|round| bits >> round & 1 == 1))
    }

    /// A test whose draws are given.
    pub fn drawn(versions: [SoundVersion; 2], draws: [bool; ABX_ROUNDS]) -> Self {
        Self { versions, draws, answers: Vec::new(), heard: AbxSlot::A }
    }

    /// The versions A and B.
    pub fn versions(&self) -> [SoundVersion; 2] {
        self.versions
    }

    /// What is heard.
    pub fn heard(&self) -> AbxSlot {
        self.heard
    }

    /// Hears another.
    pub fn hear(&mut self, slot: AbxSlot) {
        self.heard = slot;
    }

    /// The version that is heard.
    pub fn version(&self) -> SoundVersion {
        let [a, b] = self.versions;
        let x_is_b = self.draws.get(self.answers.len()).copied().unwrap_or_default();
        match self.heard {
            AbxSlot::B => b,
            AbxSlot::X if x_is_b => b,
            AbxSlot::A | AbxSlot::X => a,
        }
    }

    /// Answers the round, and goes on to the next, which begins with A: nothing tells X by what follows it.
    pub fn answer(&mut self, x_is_b: bool) {
        if let Some(draw) = self.draws.get(self.answers.len()) {
            self.answers.push(*draw == x_is_b);
            self.heard = AbxSlot::A;
        }
    }

    /// Rounds that were answered.
    pub fn n_answered(&self) -> usize {
        self.answers.len()
    }

    /// True after the last round.
    pub fn is_over(&self) -> bool {
        self.answers.len() == ABX_ROUNDS
    }

    /// Right answers.
    pub fn n_right(&self) -> usize {
        self.answers.iter().filter(|is_right| **is_right).count()
    }

    /// The probability, 0 to 1, of as many right answers or more by guessing.
    pub fn p_value(&self) -> f64 {
        let n = self.n_answered();
        let ways: f64 = (self.n_right()..=n).map(|k| binomial(n, k)).sum();
        ways / 2f64.powi(n as i32)
    }

    /// The outcome in words; none before the last round.
    pub fn outcome(&self) -> Option<String> {
        if !self.is_over() {
            return None;
        }
        let (n_right, p) = (self.n_right(), self.p_value());
        let verdict = if p < P_HEARD {
            "you hear the difference"
        } else {
            "that may be chance: no difference was shown to be heard"
        };
        Some(format!("{n_right} of {} right, p = {p:.3}: {verdict}.", in_words::count(ABX_ROUNDS, "round")))
    }
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::reconstruct::Way;

    const BOTH: [SoundVersion; 2] = [SoundVersion::Original, SoundVersion::Rebuilt(Way::Ours)];

    #[test]
    fn x_is_what_was_drawn_and_answers_count_right_ones() {
        let draws = std::array::from_fn(|round| round % 2 == 0);
        let mut abx = Abx::drawn(BOTH, draws);
        for (round, draw) in draws.into_iter().enumerate() {
            abx.hear(AbxSlot::X);
            assert_eq!(abx.version(), BOTH[usize::from(draw)]);
            assert_eq!((abx.n_answered(), abx.outcome()), (round, None));
            // The last one is wrong.
            abx.answer(draw ^ (round == 9));
            assert_eq!(abx.version(), BOTH[0], "a round begins with A");
        }
        assert_eq!((abx.n_right(), abx.is_over()), (9, true));
        // 10 ways of nine right answers and one of ten, of 1 024.
        assert!((abx.p_value() - 11.0 / 1024.0).abs() < 1e-12);
        assert!(abx.outcome().unwrap().contains("you hear"));
        abx.answer(true);
        assert_eq!(abx.n_answered(), 10, "there is no eleventh round");
    }

    #[test]
    fn guessing_is_no_proof() {
        let mut abx = Abx::drawn(BOTH, [false; ABX_ROUNDS]);
        (0..ABX_ROUNDS).for_each(|round| abx.answer(round % 2 == 0));
        // All ways of five right answers or more: half of 1 024, and half of the 252 ways of five.
        assert!((abx.p_value() - (512.0 + 126.0) / 1024.0).abs() < 1e-12);
        assert!(abx.outcome().unwrap().contains("may be chance"));
    }
}
