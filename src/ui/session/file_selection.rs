//! The files that are selected: one that is shown, and others beside it. Plain values.

use std::collections::BTreeSet;

/// The effect of choosing a file on those that are selected already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// It alone is selected.
    Only,
    /// It is selected as well.
    Add,
    /// It is selected as well; where it is already, it is no more.
    Toggle,
    /// Everything from where the selection began up to it is selected.
    Range,
}

/// The selected files, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSelection {
    current: Option<usize>,
    anchor: Option<usize>,
    all: BTreeSet<usize>,
}

impl FileSelection {
    /// The file that is shown.
    pub fn current(&self) -> Option<usize> {
        self.current
    }

    /// Every selected file, the one that is shown among them.
    pub fn all(&self) -> &BTreeSet<usize> {
        &self.all
    }

    /// Chooses `file`, where `order` is that of the rows.
    pub fn pick(&mut self, file: usize, pick: Pick, order: &[usize]) {
        match pick {
            Pick::Only => {
                self.all = BTreeSet::from([file]);
                (self.current, self.anchor) = (Some(file), Some(file));
            }
            Pick::Add => {
                self.all.insert(file);
                (self.current, self.anchor) = (Some(file), Some(file));
            }
            Pick::Toggle => {
                // What is shown stays selected: nothing selected would be nothing shown.
                if !self.all.remove(&file) || self.all.is_empty() {
                    self.all.insert(file);
                    self.current = Some(file);
                } else if self.current == Some(file) {
                    self.current = self.all.first().copied();
                }
                self.anchor = Some(file);
            }
            Pick::Range => {
                let place = |wanted: usize| order.iter().position(|other| *other == wanted);
                let ends = (self.anchor.and_then(place), place(file));
                let (Some(from), Some(to)) = ends else {
                    self.pick(file, Pick::Only, order);
                    return;
                };
                self.all = order[from.min(to)..=from.max(to)].iter().copied().collect();
                self.current = Some(file);
            }
        }
    }

    /// Selects all of `files` beside the one that is shown, or the first where that is not among them.
    pub fn pick_all(&mut self, files: &[usize]) {
        if files.is_empty() {
            return;
        }
        self.all = files.iter().copied().collect();
        self.current = self.current.filter(|current| self.all.contains(current)).or(Some(files[0]));
        self.anchor = self.current;
    }

    /// The same files under their new numbers; `None` for one that is no more.
    #[must_use]
    pub fn renumbered(&self, number: impl Fn(usize) -> Option<usize>) -> Self {
        Self {
            current: self.current.and_then(&number),
            anchor: self.anchor.and_then(&number),
            all: self.all.iter().filter_map(|file| number(*file)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(selection: &FileSelection) -> Vec<usize> {
        selection.all().iter().copied().collect()
    }

    #[test]
    fn a_range_follows_the_rows_and_can_turn_round() {
        let order = [3, 1, 0, 2];
        let mut selection = FileSelection::default();
        selection.pick(1, Pick::Only, &order);
        selection.pick(2, Pick::Range, &order);
        assert_eq!((all(&selection), selection.current()), (vec![0, 1, 2], Some(2)));
        selection.pick(3, Pick::Range, &order);
        assert_eq!((all(&selection), selection.current()), (vec![1, 3], Some(3)));
    }

    #[test]
    fn a_file_is_added_and_taken_away_but_never_the_last() {
        let order = [0, 1, 2];
        let mut selection = FileSelection::default();
        selection.pick(0, Pick::Only, &order);
        selection.pick(2, Pick::Toggle, &order);
        assert_eq!((all(&selection), selection.current()), (vec![0, 2], Some(2)));
        selection.pick(2, Pick::Toggle, &order);
        assert_eq!((all(&selection), selection.current()), (vec![0], Some(0)));
        selection.pick(0, Pick::Toggle, &order);
        assert_eq!((all(&selection), selection.current()), (vec![0], Some(0)));
    }

    #[test]
    fn all_keeps_what_is_shown_and_new_numbers_drop_what_is_gone() {
        let mut selection = FileSelection::default();
        selection.pick(1, Pick::Only, &[0, 1, 2]);
        selection.pick_all(&[0, 1, 2]);
        assert_eq!((all(&selection), selection.current()), (vec![0, 1, 2], Some(1)));
        let moved = selection.renumbered(|file| (file != 1).then_some(file + 10));
        assert_eq!((all(&moved), moved.current()), (vec![10, 12], None));
    }
}
