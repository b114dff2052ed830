//! Places of the window that the tour points at: what draws one marks it, and the tour frames it.

use egui::{Context, Id, Rect};

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

    /// Notes where it was drawn in this frame.
    pub(in crate::ui) fn mark(self, ctx: &Context, rect: Rect) {
        let pass = ctx.cumulative_pass_nr();
        ctx.data_mut(|data| data.insert_temp(self.id(), (pass, rect)));
    }

    /// Where it was drawn; `None` where it is out of sight.
    pub(in crate::ui) fn rect(self, ctx: &Context) -> Option<Rect> {
        let (pass, rect) = ctx.data(|data| data.get_temp::<(u64, Rect)>(self.id()))?;
        let whole = ctx.content_rect();
        (pass == ctx.cumulative_pass_nr() && whole.intersects(rect)).then(|| whole.intersect(rect))
    }
}
