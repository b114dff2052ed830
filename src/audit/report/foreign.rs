//! Text of somebody else's making, such as the name of a file or a tag.

use std::fmt::{self, Display};

/// Takes out what is no text: control characters, and those that turn the direction of writing around and could fake a name.
/// What a format needs escaped is that format's own matter.
pub(super) struct Foreign<T>(pub(super) T);

impl<T: Display> Display for Foreign<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_text = |character: char| {
            !matches!(
                character,
                '\0'..='\u{8}'
                    | '\u{b}'..='\u{1f}'
                    | '\u{7f}'..='\u{9f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
            )
        };
        f.write_str(&self.0.to_string().replace(|character| !is_text(character), "\u{fffd}"))
    }
}
