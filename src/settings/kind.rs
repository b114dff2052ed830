//! The kinds of settings: what their values can be, in words and as a check, and how they are read.

use serde_json::Deserializer;

use super::value::Value;
#[cfg(doc)]
use super::value::{AUTO, OFF};
use crate::path_text;

/// The values that a setting can have.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A whole number.
    Whole(Whole),
    /// A number above 0.
    Positive,
    /// A number above 0, or 0, which switches off.
    PositiveOrOff,
    /// The probability of a change, 0 to 1.
    Probability,
    /// Two numbers, the lower first.
    Range {
        /// The least and the most that is possible.
        limits: [f64; 2],
        /// The meaning of the lower and of the higher number, in plain words.
        ends: [&'static str; 2],
    },
    /// One number or more.
    List {
        /// The least and the most that is possible.
        limits: [f64; 2],
        /// The greatest number of numbers.
        n_max: usize,
    },
    /// True or false.
    Flag,
    /// One of several names, each with its help.
    Choice(&'static [(&'static str, &'static str)]),
    /// A path, with what holds where none is named.
    Path {
        /// In words.
        default: &'static str,
    },
    /// Paths in the dataset.
    Paths,
    /// A number, or nothing.
    NumberOrNone {
        /// The least and the most that is possible.
        limits: [f64; 2],
        /// The word for nothing: "off" or "auto".
        none: &'static str,
    },
    /// Chunks of recordings, by their numbers.
    Chunks,
}

/// The whole numbers that are possible.
#[derive(Debug, Clone, Copy)]
pub struct Whole {
    /// The least.
    pub least: u64,
    /// The greatest.
    pub most: Most,
    /// True where odd numbers are not possible.
    pub is_even: bool,
    /// True where 0 switches off.
    pub is_off_at_0: bool,
}

impl Whole {
    /// The numbers from `least` to `most`.
    pub const fn new(least: u64, most: Most) -> Self {
        Self { least, most, is_even: false, is_off_at_0: false }
    }

    /// The possible number that is nearest to `n`.
    pub fn nearest(&self, n: u64, n_fft: usize) -> u64 {
        let within = n.clamp(self.least, self.most.at(n_fft));
        if self.is_even { within.next_multiple_of(2) } else { within }
    }
}

/// The greatest number that is possible.
#[derive(Debug, Clone, Copy)]
pub enum Most {
    /// A number.
    Is(u64),
    /// The samples of an FFT window.
    NFft,
    /// Half of them.
    HalfNFft,
}

impl Most {
    fn at(self, n_fft: usize) -> u64 {
        match self {
            Self::Is(most) => most,
            Self::NFft => n_fft as u64,
            Self::HalfNFft => n_fft as u64 / 2,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Is(most) => most.to_string(),
            Self::NFft => "n_fft".into(),
            Self::HalfNFft => "n_fft/2".into(),
        }
    }

    fn words_at(self, n_fft: usize) -> String {
        match self {
            Self::Is(most) => most.to_string(),
            Self::NFft | Self::HalfNFft => format!("{} ({})", self.words(), self.at(n_fft)),
        }
    }
}

/// A possible value that is out of range: how it is told, and what would be right.
pub(super) struct OutOfRange {
    pub(super) value: String,
    pub(super) expected: String,
}

impl Kind {
    /// The condition on a value, in words; `unit` is said where it is not empty.
    pub fn expected(&self, unit: &str) -> String {
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        match self {
            Self::Whole(whole) => format!(
                "{} whole number from {}{} to {}{unit}",
                if whole.is_even { "an even" } else { "a" },
                whole.least,
                if whole.is_off_at_0 { " (off)" } else { "" },
                whole.most.words()
            ),
            Self::Positive => format!("a positive number{unit}"),
            Self::PositiveOrOff => "0 (off) or a positive number".into(),
            Self::Probability => "a number from 0 to 1".into(),
            Self::Range { limits: [least, most], .. } => {
                format!("two numbers from {least} to {most}{unit}, the lower first")
            }
            Self::List { limits: [least, most], n_max } => {
                format!("1 to {n_max} numbers from {least} to {most}")
            }
            Self::Flag => "true or false".into(),
            Self::Choice(options) => {
                let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
                match names.as_slice() {
                    [others @ .., last] if !others.is_empty() => {
                        format!("{} or {last}", others.join(", "))
                    }
                    names => names.concat(),
                }
            }
            Self::Path { .. } => "a path".into(),
            Self::Paths => "a list of paths relative to the dataset".into(),
            Self::NumberOrNone { limits: [least, most], none } => {
                format!("{none}, or a number from {least} to {most}{unit}")
            }
            Self::Chunks => {
                "a list of chunks, each a path relative to the dataset with # and a number from 0 or a range"
                    .into()
            }
        }
    }

    /// Refuses a value that is out of range.
    pub(super) fn check(&self, value: &Value, unit: &str, n_fft: usize) -> Result<(), OutOfRange> {
        let is_within = |number: f64, [least, most]: [f64; 2]| least <= number && number <= most;
        let unit_after = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let (is_right, value) = match (self, value) {
            (Self::Whole(whole), Value::Whole(n)) => {
                let is_right = (whole.least..=whole.most.at(n_fft)).contains(n)
                    && (!whole.is_even || n.is_multiple_of(2));
                if !is_right {
                    let even = if whole.is_even { "an even number from " } else { "" };
                    let most = whole.most.words_at(n_fft);
                    let expected = if whole.is_off_at_0 {
                        self.expected(unit)
                    } else {
                        format!("{even}{} to {most}{unit_after}", whole.least)
                    };
                    return Err(OutOfRange { value: format!("{n}{unit_after}"), expected });
                }
                return Ok(());
            }
            (Self::Positive, Value::Number(number)) => {
                (number.is_finite() && *number > 0.0, number.to_string())
            }
            (Self::PositiveOrOff, Value::Number(number)) => {
                (number.is_finite() && *number >= 0.0, number.to_string())
            }
            (Self::Probability, Value::Number(number)) => {
                (is_within(*number, [0.0, 1.0]), number.to_string())
            }
            (Self::Range { limits, .. }, Value::Numbers(range)) => {
                let is_right = range.iter().all(|end| is_within(*end, *limits)) && range.is_sorted();
                (is_right, format!("{range:?}"))
            }
            (Self::List { limits, n_max }, Value::Numbers(list)) => {
                let is_right = (1..=*n_max).contains(&list.len())
                    && list.iter().all(|number| is_within(*number, *limits));
                (is_right, format!("{list:?}"))
            }
            (Self::NumberOrNone { limits, .. }, Value::NumberOrNone(Some(number))) => {
                (is_within(*number, *limits), number.to_string())
            }
            // Their types hold nothing that is out of range.
            _ => return Ok(()),
        };
        if is_right { Ok(()) } else { Err(OutOfRange { value, expected: self.expected(unit) }) }
    }

    /// The value that JSON text says; `None` for what is of another kind.
    pub(super) fn value_of_json(&self, json: &str) -> Option<Value> {
        Some(match self {
            Self::Whole(_) => Value::Whole(serde_json::from_str(json).ok()?),
            Self::Positive | Self::PositiveOrOff | Self::Probability => {
                Value::Number(serde_json::from_str(json).ok()?)
            }
            Self::Range { .. } | Self::List { .. } => Value::Numbers(serde_json::from_str(json).ok()?),
            Self::Flag => Value::Flag(serde_json::from_str(json).ok()?),
            Self::Choice(_) => self.named(&serde_json::from_str::<String>(json).ok()?)?,
            Self::Path { .. } => {
                Value::Path(Some(path_text::json::deserialize(&mut Deserializer::from_str(json)).ok()?))
            }
            Self::Paths => Value::Paths(serde_json::from_str(json).ok()?),
            // No number is what is not mentioned.
            Self::NumberOrNone { .. } => Value::NumberOrNone(Some(serde_json::from_str(json).ok()?)),
            Self::Chunks => Value::Chunks(serde_json::from_str(json).ok()?),
        })
    }

    /// The value that texts say, each a part of it; `None` for what is of another kind. Paths are not read from texts:
    /// not every path is one.
    pub(super) fn value_of_texts(&self, texts: &[impl AsRef<str>]) -> Option<Value> {
        let one = || match texts {
            [text] => Some(text.as_ref()),
            _ => None,
        };
        Some(match self {
            Self::Whole(_) => Value::Whole(one()?.parse().ok()?),
            Self::Positive | Self::PositiveOrOff | Self::Probability => Value::Number(one()?.parse().ok()?),
            Self::Range { .. } | Self::List { .. } => {
                Value::Numbers(texts.iter().map(|text| text.as_ref().parse().ok()).collect::<Option<_>>()?)
            }
            Self::Flag => Value::Flag(one()?.parse().ok()?),
            Self::Choice(_) => self.named(one()?)?,
            Self::NumberOrNone { none, .. } => Value::NumberOrNone(match one()? {
                text if text.eq_ignore_ascii_case(none) => None,
                text => Some(text.parse().ok()?),
            }),
            Self::Path { .. } | Self::Paths | Self::Chunks => return None,
        })
    }

    /// The word for no number, of a kind that can have none.
    pub(crate) fn none_word(&self) -> Option<&'static str> {
        if let Self::NumberOrNone { none, .. } = self { Some(none) } else { None }
    }

    /// The value with this name, of a kind that has names.
    pub(super) fn named(&self, name: &str) -> Option<Value> {
        let Self::Choice(options) = self else { return None };
        options.iter().find(|(known, _)| *known == name).map(|(known, _)| Value::Name(known))
    }
}
