//! The split of a dataset into training and validation.
//!
//! What a model is validated on must not be what it was trained on: a group, which is a recording with its chunks, its variants
//! and the recordings of the same take, stands on one side as a whole. Every folder gives its share, so that both sides hold the
//! same kinds of sound.
//!
//! Within a folder, groups stand in a row in an order drawn from the seed and their names, each as long as it has tensors, and
//! the beginning of the row, as long as the share, is for validation. Where it ends within a group, a number drawn for the folder
//! decides, so that the share is kept on average (systematic sampling; W. G. Madow, L. H. Madow, "On the theory of systematic
//! sampling", 1944). A folder does not depend on others: what is added elsewhere moves nothing in it, unless the share changes or
//! one side would be empty.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::path_text::RelPath;

/// A side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A model learns from it.
    Train,
    /// A model is judged by it.
    Validation,
}

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Train, Self::Validation];

    /// The side's name in an index and in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
        }
    }

    /// The side of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A group to be put on a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first of its recordings with tensors, in path order: it is drawn by this name, and its folder is the group's.
    pub first: RelPath,
    /// Its tensors.
    pub n_tensors: u64,
}

/// The share of validation, 0 to 1, that the trainer takes for a number of files.
pub fn usual_share(n_files: usize) -> f64 {
    match n_files {
        0..10 => 0.5,
        10..50 => 0.3,
        50..200 => 0.2,
        _ => 0.1,
    }
}

/// The side of each of `groups` with a `share`, 0 to 1, of the tensors for validation. It does not depend on their order.
///
/// Where there are two groups with tensors or more and the share is neither 0 nor 1, both sides have one; a single group is for
/// training. A larger share only adds to validation.
pub fn sides(groups: &[Group], share: f64, seed: u64) -> Vec<Side> {
    let entries = entry_shares(groups, seed);
    let side = |entry: &Option<f64>| match entry {
        Some(entry) if *entry < share => Side::Validation,
        _ => Side::Train,
    };
    let mut sides: Vec<Side> = entries.iter().map(side).collect();
    let mut drawn: Vec<(f64, &RelPath, usize)> = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        drawn.extend(entry.map(|entry| (entry, &groups[number].first, number)));
    }
    drawn.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    let ([first, .., last] | [first @ last], true) = (&drawn[..], share > 0.0 && share < 1.0) else {
        return sides;
    };
    if drawn.iter().all(|(_, _, number)| sides[*number] == Side::Validation) {
        sides[last.2] = Side::Train;
    } else if drawn.len() > 1 && drawn.iter().all(|(_, _, number)| sides[*number] == Side::Train) {
        sides[first.2] = Side::Validation;
    }
    sides
}

/// The share above which each of `groups` is for validation, 0 to 1; `None` for a group without tensors.
fn entry_shares(groups: &[Group], seed: u64) -> Vec<Option<f64>> {
    let mut folders = BTreeMap::<Option<RelPath>, Vec<(u64, usize)>>::new();
    for (number, group) in groups.iter().enumerate().filter(|(_, group)| group.n_tensors > 0) {
        let drawn = draw(seed, "group", group.first.as_bytes());
        folders.entry(group.first.parent()).or_default().push((drawn, number));
    }
    let mut entries = vec![None; groups.len()];
    for (folder, row) in &mut folders {
        row.sort_unstable_by_key(|(drawn, number)| (*drawn, groups[*number].first.as_bytes()));
        let n_tensors: u64 = row.iter().map(|(_, number)| groups[*number].n_tensors).sum();
        let within = unit(draw(seed, "folder", folder.as_ref().map_or(b"", RelPath::as_bytes)));
        let mut start = 0;
        for (_, number) in row {
            let len = groups[*number].n_tensors;
            entries[*number] = Some((start as f64 + within * len as f64) / n_tensors as f64);
            start += len;
        }
    }
    entries
}

/// The validation tensors where tensors are drawn one by one, as the trainer does, with a `share`, 0 to 1, of `n_tensors`.
pub fn n_by_tensor(n_tensors: usize, share: f64) -> usize {
    (share * n_tensors as f64) as usize
}

/// A number drawn for `name`.
fn draw(seed: u64, kind: &str, name: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"melscope split").update(&seed.to_le_bytes()).update(kind.as_bytes()).update(&[0]);
    let mut drawn = [0; 8];
    hasher.update(name).finalize_xof().fill(&mut drawn);
    u64::from_le_bytes(drawn)
}

/// `drawn` as a number from 0 to 1, 1 excluded.
fn unit(drawn: u64) -> f64 {
    (drawn >> 11) as f64 / (1u64 << 53) as f64
}

/// The tensors on the validation side of which a sibling is expected in training when tensors, not groups, are drawn: of groups
/// with `group_lens` tensors, `n_validation` tensors drawn at random.
///
/// A tensor's n - 1 siblings are all on its side with the probability Π (k - j) / (N - j), j from 1 to n - 1, of k drawn among N
/// (draws without replacement).
pub fn expected_leaks(group_lens: impl Iterator<Item = u64> + Clone, n_validation: u64) -> f64 {
    let n_tensors: u64 = group_lens.clone().sum();
    let leaks = |n: u64| {
        let mut together = 1.0;
        for j in 1..n {
            if together < 1e-12 || n_validation <= j {
                together = 0.0;
                break;
            }
            together *= (n_validation - j) as f64 / (n_tensors - j) as f64;
        }
        n as f64 / n_tensors as f64 * (1.0 - together)
    };
    n_validation as f64 * group_lens.map(leaks).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(path: &str, n_tensors: u64) -> Group {
        Group { first: RelPath::new(path), n_tensors }
    }

    fn validation_share(groups: &[Group], sides: &[Side]) -> f64 {
        let of = |wanted: Option<Side>| -> u64 {
            let on =
                groups.iter().zip(sides).filter(|(_, side)| wanted.is_none_or(|wanted| **side == wanted));
            on.map(|(group, _)| group.n_tensors).sum()
        };
        of(Some(Side::Validation)) as f64 / of(None) as f64
    }

    #[test]
    fn every_folder_gives_its_share() {
        let folders = ["kick", "snare", "hat/open", "hat/closed"];
        let groups: Vec<Group> = folders
            .iter()
            .flat_map(|folder| (0..40).map(move |n| group(&format!("{folder}/{n:02}.wav"), 1 + n % 5)))
            .collect();
        for seed in 0..20 {
            let sides = sides(&groups, 0.2, seed);
            for (groups, sides) in groups.chunks(40).zip(sides.chunks(40)) {
                let share = validation_share(groups, sides);
                // A group of five tensors of 120 is 4 %.
                assert!((share - 0.2).abs() < 0.043, "{} {share}", groups[0].first);
            }
        }
    }

    #[test]
    fn folders_of_one_recording_give_their_share_on_average() {
        let groups: Vec<Group> = (0..1_000).map(|n| group(&format!("{n}/take.wav"), 1)).collect();
        let share = validation_share(&groups, &sides(&groups, 0.3, 7));
        assert!((share - 0.3).abs() < 0.045, "{share}");
    }

    #[test]
    fn a_seed_draws_other_groups_and_both_sides_have_one() {
        let groups: Vec<Group> = (0..100).map(|n| group(&format!("{n}.wav"), 1)).collect();
        assert_ne!(sides(&groups, 0.2, 0), sides(&groups, 0.2, 1));
        for share in [0.001, 0.999] {
            for side in Side::ALL {
                assert!(sides(&groups[..2], share, 3).contains(&side), "{share} {side}");
            }
        }
        assert!(!sides(&groups, 0.0, 0).contains(&Side::Validation));
        assert!(!sides(&groups, 1.0, 0).contains(&Side::Train));
        assert_eq!(sides(&[], 0.5, 0), []);
        assert!((0..20).all(|seed| sides(&groups[..1], 0.5, seed) == [Side::Train]));
    }

    #[test]
    fn leaks_are_counted_as_a_drawing_of_many_times_finds_them() {
        // Two groups of two, one validation tensor: its sibling is in training always. One group of two, both drawn: never.
        assert_eq!(expected_leaks([2, 2].into_iter(), 1), 1.0);
        assert_eq!(expected_leaks([2].into_iter(), 2), 0.0);
        assert_eq!(expected_leaks([1, 1, 1].into_iter(), 2), 0.0);
        // Two of {a, a, b}: aa leaks none, ab one in each of the two ways it comes.
        assert!((expected_leaks([2, 1].into_iter(), 2) - 2.0 / 3.0).abs() < 1e-12);
    }

    fn some_groups() -> impl Strategy<Value = Vec<Group>> {
        let group = (0..5u8, 0..40u8, 0..20u64);
        prop::collection::vec(group, 0..60).prop_map(|places| {
            let unique: BTreeMap<_, _> = places.into_iter().map(|(a, b, n)| ((a, b), n)).collect();
            unique.into_iter().map(|((a, b), n)| group_at(a, b, n)).collect()
        })
    }

    fn group_at(folder: u8, name: u8, n_tensors: u64) -> Group {
        group(&format!("{folder}/{name}.wav"), n_tensors)
    }

    proptest! {
        #[test]
        fn order_and_other_folders_move_nothing(groups in some_groups(), seed: u64) {
            let entries = entry_shares(&groups, seed);
            let turned: Vec<Group> = groups.iter().rev().cloned().collect();
            let of_turned = entry_shares(&turned, seed).into_iter().rev();
            prop_assert!(of_turned.eq(entries.iter().copied()));
            let more: Vec<Group> = groups.iter().cloned().chain((0..9).map(|n| group_at(200, n, 3))).collect();
            prop_assert_eq!(&entry_shares(&more, seed)[..groups.len()], &entries[..]);
        }

        #[test]
        fn a_larger_share_only_adds_to_validation(groups in some_groups(), share in 0.0..0.6f64, seed: u64) {
            let (few, more) = (sides(&groups, share, seed), sides(&groups, share + 0.4, seed));
            prop_assert!(few.iter().zip(&more).all(|(few, more)| few <= more));
        }

        #[test]
        fn both_sides_have_a_group(groups in some_groups(), share in 0.001..0.999f64, seed: u64) {
            let sides = sides(&groups, share, seed);
            let n = |side| groups.iter().zip(&sides).filter(|(group, own)| group.n_tensors > 0 && **own == side).count();
            let (n_train, n_validation) = (n(Side::Train), n(Side::Validation));
            match n_train + n_validation {
                0 => {}
                1 => prop_assert_eq!(n_validation, 0),
                _ => prop_assert!(n_train > 0 && n_validation > 0, "{} and {}", n_train, n_validation),
            }
        }
    }
}
