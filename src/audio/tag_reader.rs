//! Reads the tags of a file of any kind.

use std::fs::File;
use std::path::Path;

use super::container::text_tags;
use super::tags::Tags;

/// The tags of the file at `path`; none where it has none, cannot be read, or they make no sense.
pub fn read(path: &Path) -> Tags {
    File::open(path).and_then(text_tags::read).unwrap_or_default()
}
