//! The recording that is held beside the shown one, on the same axes and in the same colours.

use super::shown::Shown;
use crate::pipeline::Alignment;
use crate::pipeline::preview::Subject;
use crate::ui::session::file::File;

/// The recording that is held beside the shown one.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The recording, or a variant of it.
    pub subject: Subject,
    /// Its name for people.
    pub name: String,
    /// Its preview with the folder's settings; `None` until there is one.
    pub shown: Option<Shown>,
    /// Seconds by which it is moved to the right: what is drawn at a time of the shown recording is this much earlier in it.
    pub shift_s: f64,
    /// True to show the shown recording minus this one in place of the shown one.
    pub shows_difference: bool,
    /// The result of the last alignment, in words.
    pub note: Option<String>,
}

impl Beside {
    /// `shown` of `file`, as it is now.
    pub(super) fn new(shown: Shown, file: &File) -> Self {
        let name = file.base_name().to_owned();
        let subject = shown.subject.clone();
        Self { subject, name, shown: Some(shown), shift_s: 0.0, shows_difference: false, note: None }
    }

    /// Takes what an alignment with the shown recording came to.
    pub(super) fn take(&mut self, alignment: Option<Alignment>) {
        self.note = Some(match alignment {
            None => "Nothing in common was found: move it by hand.".into(),
            Some(Alignment { shift_s, correlation, is_same_sound }) => {
                self.shift_s = shift_s;
                let by = if is_same_sound { "by the sound" } else { "by how the loudness rises and falls" };
                format!("Aligned {by}, correlation {correlation:.2}.")
            }
        });
    }
}
