//! Undo and redo of settings.

use crate::settings::Settings;

/// Steps that are kept; more than a person goes back.
const STEPS_MAX: usize = 200;

/// The settings that were, and those that were undone.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Settings>,
    future: Vec<Settings>,
    is_in_gesture: bool,
}

impl History {
    /// Notes that `before` is about to be replaced by something new.
    pub fn push(&mut self, before: Settings) {
        if self.past.len() == STEPS_MAX {
            self.past.remove(0);
        }
        self.past.push(before);
        self.future.clear();
        self.is_in_gesture = false;
    }

    /// [`History::push`] for a change that is one of many of a gesture: only the first of them is a step.
    pub fn push_in_gesture(&mut self, before: Settings) {
        if !self.is_in_gesture {
            self.push(before);
            self.is_in_gesture = true;
        }
    }

    /// Notes that whatever comes next is a step of its own.
    pub fn end_gesture(&mut self) {
        self.is_in_gesture = false;
    }

    /// The settings before the last change; `now` can be redone. `None` when there is nothing to undo.
    pub fn undo(&mut self, now: &Settings) -> Option<Settings> {
        let before = self.past.pop()?;
        self.is_in_gesture = false;
        self.future.push(now.clone());
        Some(before)
    }

    /// The settings that were undone last. `None` when there is nothing to redo.
    pub fn redo(&mut self, now: &Settings) -> Option<Settings> {
        let after = self.future.pop()?;
        self.past.push(now.clone());
        Some(after)
    }

    /// True when there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// True when there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gesture_is_one_step() {
        let with = |n_mels: usize| Settings { n_mels, ..Settings::default() };
        let mut history = History::default();
        history.push_in_gesture(with(1));
        history.push_in_gesture(with(2));
        history.end_gesture();
        history.push_in_gesture(with(3));
        history.push_in_gesture(with(4));
        assert_eq!(history.undo(&with(5)), Some(with(3)));
        assert_eq!(history.undo(&with(3)), Some(with(1)));
        assert!(!history.can_undo());
    }

    #[test]
    fn what_is_undone_can_be_redone_until_something_new_comes() {
        let with = |n_mels: usize| Settings { n_mels, ..Settings::default() };
        let mut history = History::default();
        history.push(with(1));
        history.push(with(2));
        assert_eq!(history.undo(&with(3)), Some(with(2)));
        assert_eq!(history.redo(&with(2)), Some(with(3)));
        assert_eq!(history.undo(&with(3)), Some(with(2)));
        history.push(with(2));
        assert_eq!(history.redo(&with(9)), None);
        assert_eq!(history.undo(&with(9)), Some(with(2)));
        assert_eq!(history.undo(&with(2)), Some(with(1)));
        assert!(!history.can_undo() && history.can_redo());
    }
}
