//! Copies: which files hold the same sound or take, whether they are part of the set or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::duplicates;
use super::file_audit::FileAudit;
use super::finding::Check;
use super::measure::Measurements;
use super::store::Comparisons;
use crate::error::Result;
use crate::monitor::Monitor;

/// The groups of copies among all files of a folder, by their place, excluded files among them: what is excluded is known when
/// it is taken back.
///
/// "The same take" goes through others: two files that resemble a third are copies of one take. That stays so when the third
/// is excluded, because it is still there as evidence, so that an exclusion only ever makes groups smaller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// Files with the same samples.
    exact: Vec<Vec<usize>>,
    /// Files with the same take, of each exact group the first only.
    near: Vec<Vec<usize>>,
}

/// Copies within the set, and which of them to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CopyGroup {
    pub(super) check: Check,
    /// The files, in the order of the dataset.
    pub(super) files: Vec<usize>,
    /// The one to keep.
    pub(super) kept: usize,
}

impl Copies {
    /// Finds all copies among `files`, which are in the order of the dataset. Comparisons of near duplicates are looked up in
    /// `known`, and remembered there.
    ///
    /// # Errors
    /// On cancel.
    pub fn find(
        files: &[Arc<FileAudit>],
        known: &mut Comparisons,
        n_workers: usize,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let has_sound = |file: &FileAudit| file.measurements().is_some_and(Measurements::is_usable);
        let indexed = files.iter().enumerate().map(|(index, file)| (index, &**file));
        let mut comparable: Vec<(usize, &FileAudit)> = indexed.filter(|(_, file)| has_sound(file)).collect();
        let exact = duplicates::exact(&comparable);
        // One of each group stands for it.
        let others: BTreeSet<usize> = exact.iter().flat_map(|group| group[1..].iter().copied()).collect();
        comparable.retain(|(index, _)| !others.contains(index));
        let near = duplicates::near(&comparable, known, n_workers, monitor)?;
        Ok(Self { exact, near })
    }

    /// The take of each of `n_files` files: the place of the first that holds it.
    pub fn takes(&self, n_files: usize) -> Vec<usize> {
        let mut takes: Vec<usize> = (0..n_files).collect();
        for group in &self.near {
            for file in group {
                takes[*file] = group[0];
            }
        }
        for group in &self.exact {
            let take = takes[group[0]];
            for file in group {
                takes[*file] = take;
            }
        }
        takes
    }

    /// The groups within the set: of the files for which `is_included` holds, two at least. The file with the least `rank` is
    /// kept, the first of equal ones; the kept one of exact copies stands for them among the near ones.
    pub(super) fn within<K: Ord>(
        &self,
        is_included: impl Fn(usize) -> bool,
        rank: impl Fn(usize) -> K,
    ) -> Vec<CopyGroup> {
        let best = |files: &[usize]| files.iter().copied().min_by_key(|index| rank(*index));
        let mut groups = Vec::new();
        let mut stand_ins = BTreeMap::<usize, Option<usize>>::new();
        for group in &self.exact {
            let files: Vec<usize> = group.iter().copied().filter(|index| is_included(*index)).collect();
            let kept = best(&files);
            stand_ins.insert(group[0], kept);
            groups.extend(kept.filter(|_| files.len() > 1).map(|kept| CopyGroup {
                check: Check::ExactDuplicate,
                files,
                kept,
            }));
        }
        let stand_in = |index: usize| match stand_ins.get(&index) {
            Some(stand_in) => *stand_in,
            None => Some(index).filter(|index| is_included(*index)),
        };
        for group in &self.near {
            let mut files: Vec<usize> = group.iter().copied().filter_map(stand_in).collect();
            files.sort_unstable();
            let kept = best(&files).filter(|_| files.len() > 1);
            groups.extend(kept.map(|kept| CopyGroup { check: Check::NearDuplicate, files, kept }));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(copies: &Copies, excluded: &[usize], ranks: [u32; 7]) -> Vec<(Check, Vec<usize>, usize)> {
        let groups = copies.within(|index| !excluded.contains(&index), |index| ranks[index]);
        groups.into_iter().map(|group| (group.check, group.files, group.kept)).collect()
    }

    /// Protects: whatever is excluded, one of each take is kept, and only one.
    #[test]
    fn a_group_is_what_is_left_of_it_and_exact_copies_stand_in_for_each_other() {
        use Check::{ExactDuplicate, NearDuplicate};
        let copies = Copies { exact: vec![vec![0, 2]], near: vec![vec![0, 1, 3], vec![5, 6]] };
        let alike = [0; 7];
        assert_eq!(
            within(&copies, &[], alike),
            [
                (ExactDuplicate, vec![0, 2], 0),
                (NearDuplicate, vec![0, 1, 3], 0),
                (NearDuplicate, vec![5, 6], 5)
            ]
        );
        // The bridge 1 between 0 and 3 is excluded: both are its take still.
        assert_eq!(within(&copies, &[1, 6], alike)[1..], [(NearDuplicate, vec![0, 3], 0)]);
        // The first of the exact group is excluded: the other stands for it.
        assert_eq!(within(&copies, &[0, 5], alike), [(NearDuplicate, vec![1, 2, 3], 1)]);
        // The better one of the exact group is the one that the near group knows.
        assert_eq!(
            within(&copies, &[5], [1, 2, 0, 3, 0, 0, 0]),
            [(ExactDuplicate, vec![0, 2], 2), (NearDuplicate, vec![1, 2, 3], 2)]
        );
        assert_eq!(within(&copies, &[0, 2, 3, 6], alike), []);
        assert_eq!(copies.takes(7), [0, 0, 0, 0, 4, 5, 5]);
    }
}
