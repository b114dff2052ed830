//! The variants of a chunk: which one is chosen, and what each is called.

use std::path::PathBuf;

use crate::augment::Applied;

/// A variant that was chosen to be shown in place of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenVariant {
    /// The recording.
    pub file: PathBuf,
    /// Its chunk, from 0.
    pub chunk: u32,
    /// Number of the variant; 0 is the chunk itself.
    pub number: u32,
}

/// The name of a variant: "Variant 3"; 0 is the original.
pub fn variant_name(number: u32) -> String {
    if number == 0 { "Original".into() } else { format!("Variant {number}") }
}

/// The name of a variant with its chunk: "Variant 3 of chunk 5".
pub fn variant_name_in_file(chunk: u32, number: u32) -> String {
    format!("{} of chunk {chunk}", variant_name(number))
}

/// The changes that made a variant of its chunk, in words.
pub fn variant_description(number: u32, applied: &Applied) -> String {
    if number == 0 { "as it is in the recording".into() } else { applied.to_string() }
}
