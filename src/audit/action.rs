//! Actions: what can be excluded with one click, and which copies that keeps.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::copies::CopyGroup;
use super::digest::Digest;
use super::finding::{Check, Severity};
use crate::in_words;
use crate::path_text::RelPath;

/// Something that can be done with one click, and undone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Action {
    /// Its effect, in words.
    pub title: String,
    /// The check whose findings it settles.
    pub check: Option<Check>,
    /// The files that it excludes; none of them is excluded yet.
    pub exclude: Vec<RelPath>,
    /// Of copies: what it keeps, group by group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Keep>,
}

/// A copy that an action keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Keep {
    /// The file that stays in the set.
    pub kept: RelPath,
    /// The reason why it is this one, in words: "it has fewer findings".
    pub why: &'static str,
    /// Its copies, which the action excludes.
    pub exclude: Vec<RelPath>,
}

impl Action {
    /// Excludes the files: `exclude` is that of [`crate::settings::Settings`].
    pub fn apply(&self, exclude: &mut Vec<RelPath>) {
        let known: BTreeSet<&RelPath> = exclude.iter().collect();
        let new: Vec<RelPath> = self.exclude.iter().filter(|path| !known.contains(path)).cloned().collect();
        exclude.extend(new);
    }

    /// Takes [`Action::apply`] back.
    pub fn undo(&self, exclude: &mut Vec<RelPath>) {
        let added: BTreeSet<&RelPath> = self.exclude.iter().collect();
        exclude.retain(|path| !added.contains(path));
    }
}

/// What speaks against keeping a file among its copies, the weightiest first; the least is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demerits {
    /// It is proposed for exclusion anyway.
    is_unfit: bool,
    gravest: Option<Severity>,
    n_findings: u32,
    length: Reverse<u64>,
    rate: Reverse<u32>,
}

impl Demerits {
    pub(super) fn of(digest: &Digest) -> Self {
        Self {
            is_unfit: is_unfit(digest),
            gravest: digest.checks.gravest(),
            n_findings: digest.n_findings,
            length: Reverse(digest.n_chunks),
            rate: Reverse(digest.sample_rate_hz),
        }
    }

    /// The reason why a file is kept rather than the next best one.
    fn why_not(&self, next: &Self) -> &'static str {
        if self.is_unfit != next.is_unfit {
            "its copies have errors or are damaged"
        } else if self.gravest != next.gravest {
            "what was found in it is less grave"
        } else if self.n_findings != next.n_findings {
            "it has fewer findings"
        } else if self.length != next.length {
            "it is longer"
        } else if self.rate != next.rate {
            "its sample rate is higher"
        } else {
            "it is as good as its copies, and the first by name"
        }
    }
}

fn is_damaged(digest: &Digest) -> bool {
    Severity::ALL.into_iter().any(|severity| digest.checks.at(severity).contains(Check::Damaged))
}

/// True for a file that is proposed for exclusion by itself.
fn is_unfit(digest: &Digest) -> bool {
    digest.has_error() || is_damaged(digest)
}

/// What can be done about a set: `included` are its files, by their place in `digests`.
pub(super) fn propose<'a>(
    path_of: impl Fn(usize) -> &'a RelPath,
    digests: &[Digest],
    included: &[usize],
    copies: &[CopyGroup],
) -> Vec<Action> {
    // A file that an earlier action excludes is not named again.
    let mut taken = BTreeSet::<usize>::new();
    let mut actions = Vec::new();
    let mut exclude = |check: Option<Check>, what: &str, files: Vec<usize>, keep: Vec<Keep>| {
        if !files.is_empty() {
            let title = format!("Exclude {} {what}", in_words::count(files.len(), "file"));
            let exclude = files.into_iter().map(|index| path_of(index).clone()).collect();
            actions.push(Action { title, check, exclude, keep });
        }
    };
    let with = |has: fn(&Digest) -> bool| -> Vec<usize> {
        included.iter().copied().filter(|index| has(&digests[*index])).collect()
    };
    for (check, what, files) in [
        (None, "with errors", with(Digest::has_error)),
        (Some(Check::Damaged), "with damaged sound", with(is_damaged)),
    ] {
        let files: Vec<usize> = files.into_iter().filter(|index| taken.insert(*index)).collect();
        exclude(check, what, files, Vec::new());
    }
    for (check, what) in [
        (Check::ExactDuplicate, "whose sound another file has as well"),
        (Check::NearDuplicate, "whose take another file has as well"),
    ] {
        let (mut files, mut keep) = (Vec::new(), Vec::new());
        for group in copies.iter().filter(|group| group.check == check) {
            let others = group.files.iter().copied().filter(|index| *index != group.kept);
            let next = others.clone().map(|index| Demerits::of(&digests[index])).min();
            let extra: Vec<usize> = others.filter(|index| taken.insert(*index)).collect();
            // Where the kept one is unfit, all are, and none of them is left to choose from.
            if let Some(next) = next.filter(|_| !extra.is_empty()) {
                keep.push(Keep {
                    kept: path_of(group.kept).clone(),
                    why: Demerits::of(&digests[group.kept]).why_not(&next),
                    exclude: extra.iter().map(|index| path_of(*index).clone()).collect(),
                });
            }
            files.extend(extra);
        }
        exclude(Some(check), what, files, keep);
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::check_set::FileChecks;

    fn digest(found: &[(Severity, Check)], n_chunks: u64) -> Digest {
        let mut checks = FileChecks::default();
        for (severity, check) in found {
            checks.insert(*severity, *check);
        }
        Digest { checks, n_findings: found.len() as u32, n_chunks, ..Digest::default() }
    }

    /// Protects: no take is lost because its kept copy is proposed for exclusion for another reason.
    #[test]
    fn the_kept_copy_is_one_that_stays_and_the_reason_is_said() {
        use Severity::{Error, Note, Warning};
        let digests = [
            digest(&[(Warning, Check::Damaged)], 9),
            digest(&[(Warning, Check::Hum), (Warning, Check::DcOffset)], 9),
            digest(&[(Error, Check::Clipping)], 9),
            digest(&[(Note, Check::Clipping)], 3),
            digest(&[(Note, Check::Hum)], 4),
        ];
        let paths: Vec<RelPath> = ["a", "b", "c", "d", "e"].map(RelPath::new).into();
        let group = |check, files: &[usize]| {
            let kept = files.iter().copied().min_by_key(|index| Demerits::of(&digests[*index])).unwrap();
            CopyGroup { check, files: files.into(), kept }
        };
        let copies = [group(Check::ExactDuplicate, &[0, 1, 2]), group(Check::ExactDuplicate, &[3, 4])];
        let actions = propose(|index| &paths[index], &digests, &[0, 1, 2, 3, 4], &copies);
        let excluded: Vec<&[RelPath]> = actions.iter().map(|action| &*action.exclude).collect();
        assert_eq!(excluded, [&paths[2..3], &paths[..1], &paths[3..4]]);
        let kept = Keep { kept: paths[4].clone(), why: "it is longer", exclude: vec![paths[3].clone()] };
        assert_eq!(actions[2].keep, [kept]);
        assert_eq!(
            Demerits::of(&digests[1]).why_not(&Demerits::of(&digests[0])),
            "its copies have errors or are damaged"
        );
    }

    #[test]
    fn an_action_is_taken_back_without_what_was_excluded_before() {
        let action = Action {
            title: String::new(),
            check: None,
            exclude: ["a", "b"].map(RelPath::new).into(),
            keep: Vec::new(),
        };
        let mut exclude = vec![RelPath::new("b"), RelPath::new("c")];
        action.apply(&mut exclude);
        assert_eq!(exclude, ["b", "c", "a"].map(RelPath::new));
        action.undo(&mut exclude);
        assert_eq!(exclude, [RelPath::new("c")]);
    }
}
