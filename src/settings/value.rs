//! The value of a setting apart from its meaning: as JSON, as text, and as the type that the program computes with.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::chunk_range::ChunkRange;
use crate::path_text::RelPath;

/// The word for no number where that switches something off.
pub(crate) const OFF: &str = "off";

/// The word for no number where another is found then.
pub(crate) const AUTO: &str = "auto";

/// A value of any setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Numbers in order: both ends of a range, or a list.
    Numbers(Vec<f64>),
    /// On or off.
    Flag(bool),
    /// One of several names.
    Name(&'static str),
    /// A path, where there is one.
    Path(Option<PathBuf>),
    /// Paths in the dataset.
    Paths(Vec<RelPath>),
    /// A number, or nothing.
    NumberOrNone(Option<f64>),
    /// Chunks of recordings.
    Chunks(Vec<ChunkRange>),
}

impl Value {
    /// The value's parts as people write them: one text, or one for each number or path, and `none` for no number.
    pub(super) fn texts(&self, none: &str) -> Vec<String> {
        match self {
            Self::Whole(n) => vec![n.to_string()],
            Self::Number(number) => vec![number_text(*number)],
            Self::Numbers(numbers) => numbers.iter().copied().map(number_text).collect(),
            Self::Flag(is_on) => vec![is_on.to_string()],
            Self::Name(name) => vec![(*name).into()],
            Self::Path(path) => path.iter().map(|path| path.display().to_string()).collect(),
            Self::Paths(paths) => paths.iter().map(ToString::to_string).collect(),
            Self::NumberOrNone(number) => vec![number.map_or_else(|| none.into(), number_text)],
            Self::Chunks(chunks) => chunks.iter().map(ToString::to_string).collect(),
        }
    }

    /// True for what a file does not mention: no path, number or chunk.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Path(path) => path.is_none(),
            Self::Paths(paths) => paths.is_empty(),
            Self::NumberOrNone(number) => number.is_none(),
            Self::Chunks(chunks) => chunks.is_empty(),
            _ => false,
        }
    }
}

/// A number as people write it: plain, or with a power of ten where it is small.
fn number_text(number: f64) -> String {
    if number == 0.0 || number.abs() >= 0.01 || number.is_nan() {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(n) => n.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Numbers(numbers) => numbers.serialize(serializer),
            Self::Flag(is_on) => is_on.serialize(serializer),
            // An enum's variant, as stores that tell names from texts write it.
            Self::Name(name) => serializer.serialize_unit_variant("Name", 0, name),
            Self::Path(None) => serializer.serialize_none(),
            Self::Path(Some(path)) => crate::path_text::json::serialize(path, serializer),
            Self::Paths(paths) => paths.serialize(serializer),
            Self::NumberOrNone(number) => number.serialize(serializer),
            Self::Chunks(chunks) => chunks.serialize(serializer),
        }
    }
}

/// A type that settings have.
pub(super) trait Held: Sized {
    /// The same as a [`Value`].
    fn to_value(&self) -> Value;
    /// The value in this type; `None` when it is of another kind or too large.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! held {
    ($($held:ty: $variant:ident($inner:ident) => $to:expr, $from:expr;)*) => {$(
        impl Held for $held {
            fn to_value(&self) -> Value {
                let $inner = self;
                Value::$variant($to)
            }

            fn from_value(value: Value) -> Option<Self> {
                let Value::$variant($inner) = value else { return None };
                $from
            }
        }
    )*};
}

held! {
    u32: Whole(n) => u64::from(*n), n.try_into().ok();
    u64: Whole(n) => *n, Some(n);
    usize: Whole(n) => *n as u64, n.try_into().ok();
    f64: Number(number) => *number, Some(number);
    [f64; 2]: Numbers(range) => range.to_vec(), range.try_into().ok();
    Vec<f64>: Numbers(numbers) => numbers.clone(), Some(numbers);
    bool: Flag(is_on) => *is_on, Some(is_on);
    Option<PathBuf>: Path(path) => path.clone(), Some(path);
    Vec<RelPath>: Paths(paths) => paths.clone(), Some(paths);
    Option<f64>: NumberOrNone(number) => *number, Some(number);
    Vec<ChunkRange>: Chunks(chunks) => chunks.clone(), Some(chunks);
}

/// Declares a setting that is one of several names: the first is the default, the text is its help.
macro_rules! choice {
    ($(#[$doc:meta])* $choice:ident { $($(#[$option_doc:meta])* $option:ident = $name:literal: $help:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $choice {
            $($(#[$option_doc])* #[serde(rename = $name)] $option,)+
        }

        impl $choice {
            /// Every one, the default first.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$option),+];

            /// Each name with its help.
            pub const OPTIONS: &[(&'static str, &'static str)] = &[$(($name, $help)),+];

            /// The name in settings, flags and the manifest.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$option => $name,)+
                }
            }
        }

        impl Default for $choice {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl crate::settings::value::Held for $choice {
            fn to_value(&self) -> Value {
                Value::Name(self.name())
            }

            fn from_value(value: Value) -> Option<Self> {
                let Value::Name(name) = value else { return None };
                Self::ALL.into_iter().find(|option| option.name() == name)
            }
        }
    };
}
pub(super) use choice;
