//! The guided tour: one minute through the window, a few words at each place.

use super::view_id::ViewId;
use crate::ui::widgets::place::Place;

/// A step of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TourStep {
    /// The view that it speaks about.
    pub view: ViewId,
    /// The place that it points at.
    pub place: Place,
    /// Its heading.
    pub title: &'static str,
    /// Its words.
    pub words: &'static str,
}

/// Every step, in order.
pub const STEPS: [TourStep; 6] = [
    TourStep {
        view: ViewId("tune"),
        place: Place::Files,
        title: "Your recordings",
        words: "Every recording of the folder stands here. Click one, or choose with the keys Up and Down. The sign \
                before the name says how it is.",
    },
    TourStep {
        view: ViewId("tune"),
        place: Place::Pictures,
        title: "What the model sees",
        words: "One picture shows how loud each pitch is over time, the other how each pitch moves. Hatched places are \
                too quiet to trust: they are masked.",
    },
    TourStep {
        view: ViewId("tune"),
        place: Place::Threshold,
        title: "Set the mask by eye",
        words: "Drag the threshold: whatever is quieter is masked. The pictures follow at once, and Ctrl+Z takes it back.",
    },
    TourStep {
        view: ViewId("tune"),
        place: Place::Transport,
        title: "Hear it",
        words: "The Space key plays and stops the recording. A line runs through the pictures where the sound is.",
    },
    TourStep {
        view: ViewId("audit"),
        place: Place::Verdict,
        title: "Fit to train on?",
        words: "The audit measures every recording and says in one sentence whether the set is sound, what is wrong with \
                which, and what to do.",
    },
    TourStep {
        view: ViewId("build"),
        place: Place::BuildButton,
        title: "Build the training data",
        words: "One click writes the data that the trainer loads. Your recordings are only read. Then open a folder of \
                your own!",
    },
];
