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

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn escaped_text_cannot_leave_its_place() {
        let text = "</td><script>alert(\"x\")</script>&\u{202e}\u{1}";
        let page = html! { img alt=(Foreign(text)) src=""; }.0;
        let escaped = page.strip_prefix("<img alt=\"").unwrap().strip_suffix("\" src=\"\">").unwrap();
        assert!(!escaped.contains(['<', '>', '"', '\u{202e}', '\u{1}']), "{escaped}");
        assert!(escaped.starts_with("&lt;/td&gt;&lt;script&gt;"));
    }
}
