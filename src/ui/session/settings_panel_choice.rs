//! The views that have the panel of settings beside them.

use std::collections::BTreeMap;

use super::view_id::ViewId;

/// The choices of a person to have the panel of settings beside a view or not; the view's own choice where none was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SettingsPanelChoice {
    by_view: BTreeMap<String, bool>,
}

impl SettingsPanelChoice {
    /// True when the panel is open beside `view`, which by itself has it as `is_usual` says.
    pub fn is_open(&self, view: ViewId, is_usual: bool) -> bool {
        self.by_view.get(view.0).copied().unwrap_or(is_usual)
    }

    /// Opens the panel beside `view`, or folds it away.
    pub fn set(&mut self, view: ViewId, is_open: bool) {
        self.by_view.insert(view.0.into(), is_open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_view_has_a_choice_of_its_own() {
        let mut choice = SettingsPanelChoice::default();
        choice.set(ViewId("build"), true);
        choice.set(ViewId("tune"), false);
        assert!(choice.is_open(ViewId("build"), false));
        assert!(!choice.is_open(ViewId("tune"), true));
        assert!(choice.is_open(ViewId("augment"), true) && !choice.is_open(ViewId("audit"), false));
    }
}
