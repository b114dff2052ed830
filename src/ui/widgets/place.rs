//! Places of the window that the tour points at: what draws one marks it, and the tour frames it.

use egui::{Context, Id, Rect, Ui};

/// A place that can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The list of files.
    Files,
    /// The pictures of magnitude and instantaneous frequency.
    Pictures,
    /// The control of the mask's threshold.
    Threshold,
    /// The controls of the sound.
    Transport,
    /// The verdict of the audit, or the button that asks for one.
    Verdict,
    /// The button that builds.
    BuildButton,
}

impl Place {
    fn id(self) -> Id {
        Id::unique(("place", self))
    }

    /// Notes that it was drawn at `rect` in this frame; what is scrolled out of sight does not count.
    pub(in crate::ui) fn mark(self, ui: &Ui, rect: Rect) {
        let seen = rect.intersect(ui.clip_rect());
        let pass = ui.ctx().cumulative_pass_nr();
        if seen.is_positive() {
            ui.ctx().data_mut(|data| data.insert_temp(self.id(), (pass, seen)));
        }
    }

    /// Where it was drawn; `None` where it is out of sight.
    pub(in crate::ui) fn rect(self, ctx: &Context) -> Option<Rect> {
        let (pass, rect) = ctx.data(|data| data.get_temp::<(u64, Rect)>(self.id()))?;
        (pass == ctx.cumulative_pass_nr()).then_some(rect)
    }
}
