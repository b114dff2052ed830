//! The parts of a setting's row that do not depend on which settings there are.

/// The part of a build that a change of a setting makes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Every tensor.
    Analysis,
    /// The variants, where there are any.
    Variants,
    /// Which sources and chunks are read, how, and where the cache is.
    Dataset,
}

/// The quantity that a setting is counted or measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A unit that is part of the value: 48000 Hz.
    Of(&'static str),
    /// Things that are counted, or a remark on the number: shown beside a field, but no part of the value.
    Beside(&'static str),
    /// Nothing.
    None,
}

impl Unit {
    /// The text beside a field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Of(name) | Self::Beside(name) => name,
            Self::None => "",
        }
    }

    /// The unit as far as it is part of a value.
    pub(super) fn in_words(self) -> &'static str {
        if let Self::Of(name) = self { name } else { "" }
    }
}

/// Values that are usual.
#[derive(Debug, Clone, Copy)]
pub enum Usual {
    /// None in particular.
    None,
    /// These.
    Are(&'static [f64]),
    /// These parts of the FFT window.
    PartsOfNFft(&'static [usize]),
}

/// Where a manifest records a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Under a name that FORMAT.md gives it, the trainer's or one of ours.
    Named,
    /// In Melscope's part under its key.
    Always,
    /// The same, unless it has its default or plays no part.
    UnlessDefault,
    /// Nowhere: sources and tensors tell.
    Never,
}
