//! Judging anew after a change of the exclusions: the same as a fresh audit, without reading anything.

use std::fs;
use std::path::Path;

use melscope::audit::table::Table;
use melscope::audit::{AuditReport, Check, Severity};
use melscope::path_text::RelPath;
use melscope::settings::{FILE_NAME, Settings};

use super::sounds::{Random, note, write};
use super::{audit, groups};

/// A set in which nearly everything that a set can show is found: copies, a bridge between two of them, other rates, a
/// quiet take, a finding that most files share, and files that cannot be used.
fn mixed_set(root: &Path) {
    for seed in 0..9 {
        let offset: Vec<f32> = note(seed, 48_000, 1.0).iter().map(|sample| sample + 0.05).collect();
        write(&root.join(format!("a/{seed}.wav")), 48_000, &[&offset]);
    }
    // The middle one resembles both ends of the chain more than these each other: each loses another part of the sound.
    let take = note(40, 48_000, 2.0);
    let with_noise = |level: f64, seed: u64| -> Vec<f32> {
        let mut random = Random::new(seed);
        take.iter().map(|sample| sample + random.within(-level, level) as f32).collect()
    };
    write(&root.join("b/take 1.wav"), 48_000, &[&with_noise(0.001, 1)]);
    write(&root.join("b/take 2.wav"), 48_000, &[&take]);
    write(&root.join("b/take 3.wav"), 48_000, &[&with_noise(0.002, 2)]);
    fs::copy(root.join("b/take 2.wav"), root.join("b/take 2 again.wav")).unwrap();
    fs::copy(root.join("a/3.wav"), root.join("copy.wav")).unwrap();
    let quiet: Vec<f32> = note(50, 24_000, 1.0).iter().map(|sample| sample * 0.02).collect();
    write(&root.join("c/quiet.wav"), 24_000, &[&quiet, &quiet]);
    super::datasets::write(&root.join("c/text.wav"), b"no recording");
}

/// What a fresh audit finds with these exclusions, without a memory.
fn afresh(root: &Path, exclude: &[RelPath]) -> AuditReport {
    let settings = Settings { exclude: exclude.to_vec(), ..Settings::default() };
    fs::remove_file(root.join(FILE_NAME)).ok();
    settings.save(&root.join(FILE_NAME)).unwrap();
    fs::remove_dir_all(root.join(".cache")).ok();
    audit(root)
}

#[track_caller]
fn assert_same(judged: &AuditReport, fresh: &AuditReport) {
    assert_eq!(judged.of_set, fresh.of_set);
    assert_eq!(judged.verdict, fresh.verdict);
    assert_eq!(judged.check_counts(None), fresh.check_counts(None));
    assert_eq!(judged.findings_by_file(), fresh.findings_by_file());
    let excluded = |report: &AuditReport| -> Vec<bool> {
        (0..report.files.len()).map(|index| report.is_excluded(index)).collect()
    };
    assert_eq!(excluded(judged), excluded(fresh));
}

/// Protects: whatever is excluded or taken back, files and folders, judging anew says what an audit would say.
#[test]
fn judging_anew_equals_a_fresh_audit_with_these_exclusions() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    mixed_set(root);
    let none = afresh(root, &[]);
    assert_eq!(groups(&none, Check::NearDuplicate).len(), 1, "{:?}", none.of_set);
    assert_eq!(groups(&none, Check::ExactDuplicate).len(), 2);
    let mut judged = none.clone();
    let proposed: Vec<String> =
        none.verdict.actions.iter().flat_map(|action| &action.exclude).map(ToString::to_string).collect();
    let proposed: Vec<&str> = proposed.iter().map(String::as_str).collect();
    for exclude in [
        &["b/take 2.wav"][..],
        &["b/take 2.wav", "b/take 2 again.wav"],
        &["a", "copy.wav"],
        &["a/0.wav", "a/1.wav", "a/2.wav", "a/3.wav"],
        &["b", "c"],
        &proposed,
        &["a", "b", "c", "copy.wav"],
        &[],
    ] {
        let exclude: Vec<RelPath> = exclude.iter().map(RelPath::new).collect();
        // From the judgement before, whose exclusions are taken back.
        judged = judged.with_exclusions(&exclude);
        let fresh = afresh(root, &exclude);
        assert_same(&judged, &fresh);
        assert_same(&fresh.with_exclusions(&[]), &none);
    }
}

/// Protects: two copies of a take stay copies when the file through which they were recognised is left out.
#[test]
fn a_bridge_that_is_excluded_still_joins_what_it_resembles() {
    let folder = tempfile::tempdir().unwrap();
    mixed_set(folder.path());
    let bridge = ["b/take 2.wav", "b/take 2 again.wav"].map(RelPath::new);
    let report = audit(folder.path()).with_exclusions(&bridge);
    assert_eq!(groups(&report, Check::NearDuplicate), [["b/take 1.wav", "b/take 3.wav"]]);
    let action =
        report.verdict.actions.iter().find(|action| action.check == Some(Check::NearDuplicate)).unwrap();
    assert_eq!((action.keep.len(), action.exclude.len()), (1, 1));
    assert_eq!(action.keep[0].exclude, action.exclude);
}

/// Protects: every number that is said of files is the number of rows that a table shows for it.
#[test]
fn counts_are_those_of_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    mixed_set(folder.path());
    let all = audit(folder.path());
    for report in [all.with_exclusions(&[RelPath::new("c")]), all.clone()] {
        let table = Table::new(&all).rejudged(&report);
        let rows: Vec<_> = report.included().map(|(index, _)| table.row(index)).collect();
        for severity in Severity::ALL {
            let n_rows = rows.iter().filter(|row| row.n_of(severity) > 0).count();
            assert_eq!(report.verdict.files_with.of(severity), n_rows, "{severity:?}");
        }
        for check in Check::ALL {
            let n_rows = rows.iter().filter(|row| row.has(*check)).count();
            let counts = report.check_counts(None);
            let n = counts.iter().find(|(other, _)| other == check).map_or(0, |(_, n)| *n);
            assert_eq!(n, n_rows, "{check}");
        }
    }
}
