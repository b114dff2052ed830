//! What only the whole set shows, the verdict, and the table.

use std::path::Path;

use melscope::audit::table::{Column, Filter, Table};
use melscope::audit::{AuditReport, Check, Severity};
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::demo::write_demo;
use melscope::pipeline::{self, Project};
use melscope::settings::{FILE_NAME, Settings};

use super::sounds::{note, write};
use super::{audit, datasets, groups};

/// Notes of a second each at 48 kHz.
fn notes(root: &Path, n: u64) {
    for seed in 0..n {
        write(&root.join(format!("{seed:02}.wav")), 48_000, &[&note(seed, 48_000, 1.0)]);
    }
}

fn checks_of(report: &AuditReport, name: &str) -> Vec<Check> {
    let index = report.files.iter().position(|file| file.path.to_string() == name).unwrap();
    report.findings_of(index).iter().map(|finding| finding.check).collect()
}

#[test]
fn a_clean_set_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 10);
    let report = audit(folder.path());
    assert_eq!(report.of_set, []);
    assert_eq!(report.verdict.sentence, "Fit to train on: 10 files, and nothing needs to be done.");
    assert!(report.verdict.is_fit() && report.verdict.actions.is_empty());
}

#[test]
fn what_differs_from_the_rest_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    notes(root, 12);
    let quiet: Vec<f32> = note(50, 48_000, 1.0).iter().map(|sample| sample * 0.05).collect();
    write(&root.join("quiet.wav"), 48_000, &[&quiet]);
    write(&root.join("long.wav"), 48_000, &[&note(51, 48_000, 12.0)]);
    let (left, right) = (note(52, 24_000, 1.0), note(53, 24_000, 1.0));
    write(&root.join("other.wav"), 24_000, &[&left, &right]);
    let report = audit(root);
    assert_eq!(groups(&report, Check::LevelOutlier), [["quiet.wav"]]);
    assert_eq!(groups(&report, Check::DurationOutlier), [["long.wav"]]);
    assert_eq!(groups(&report, Check::MixedRates), [["other.wav"]]);
    assert_eq!(groups(&report, Check::MixedChannels), [["other.wav"]]);
    let severity =
        |check| report.of_set.iter().find(|found| found.finding.check == check).unwrap().finding.severity;
    assert_eq!(severity(Check::MixedRates), Severity::Warning, "24 kHz leaves half of the bands empty");
    assert!(groups(&report, Check::TooFewFiles).is_empty() && groups(&report, Check::Padding).is_empty());
}

#[test]
fn few_files_and_much_padding_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..4 {
        write(&folder.path().join(format!("{seed}.wav")), 48_000, &[&note(seed, 48_000, 0.25)]);
    }
    let report = audit(folder.path());
    let what = |check| &report.of_set.iter().find(|found| found.finding.check == check).unwrap().finding.what;
    assert_eq!(what(Check::TooFewFiles), "4 files that can be used");
    assert_eq!(what(Check::Padding), "75 % of the chunks of 1 s is padding");
}

/// Protects: the demo's flaws are found, each in the file that is named for it, and what the verdict proposes settles
/// them: with the files excluded, and only then, no error is left.
#[test]
fn the_demos_flaws_are_found_and_excluding_what_is_proposed_settles_the_errors() {
    let folder = tempfile::tempdir().unwrap();
    write_demo(folder.path()).unwrap();
    let report = audit(folder.path());
    for (name, check) in [
        ("flaws/clipped.wav", Check::Clipping),
        ("flaws/cut-in-the-middle.wav", Check::Damaged),
        ("flaws/dc-offset.wav", Check::DcOffset),
        ("flaws/duplicate-of-kick.wav", Check::ExactDuplicate),
        ("flaws/hum-50hz.wav", Check::Hum),
        ("flaws/mostly-silent.wav", Check::Silence),
        ("flaws/out-of-phase.wav", Check::MonoCancellation),
        ("flaws/text-not-audio.wav", Check::Unreadable),
        ("flaws/upsampled-from-16khz.wav", Check::Bandwidth),
        ("flaws/very-quiet.wav", Check::QuietChunks),
        ("flaws/zero-length.wav", Check::Unreadable),
    ] {
        assert!(checks_of(&report, name).contains(&check), "{name}: {:?}", checks_of(&report, name));
    }
    let is_flawed = |found: &str| found.starts_with("flaws/");
    let graver = report.files.iter().filter(|file| {
        !is_flawed(&file.path.to_string())
            && file.findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    || matches!(
                        finding.check,
                        Check::Clipping | Check::DcOffset | Check::Hum | Check::MonoCancellation
                    )
            })
    });
    assert_eq!(graver.map(|file| file.path.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(!report.verdict.is_fit());

    let path = folder.path().join(FILE_NAME);
    let before = Settings::default();
    let mut settings = before.clone();
    for action in &report.verdict.actions {
        action.apply(&mut settings.exclude);
    }
    settings.save(&path).unwrap();
    let excluded = audit(folder.path());
    assert!(excluded.verdict.is_fit() && excluded.verdict.actions.is_empty(), "{:?}", excluded.verdict);
    // Excluded for a build and an estimate as well.
    let project = Project::new(folder.path(), settings.clone()).unwrap();
    let estimate = pipeline::estimate(&project, 2, &Silent).unwrap();
    assert_eq!((estimate.sources as usize, estimate.unreadable), (excluded.verdict.n_files, 0));
    for action in report.verdict.actions.iter().rev() {
        action.undo(&mut settings.exclude);
    }
    assert_eq!(settings, before);
}

/// Protects: sound that is missing or damaged is said before anything else, and no set is fit as long as it is in it.
#[test]
fn a_set_with_damaged_sound_is_not_fit_until_it_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 8);
    let damaged = folder.path().join("03.wav");
    let n_bytes = std::fs::metadata(&damaged).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&damaged).unwrap().set_len(n_bytes / 2).unwrap();
    let report = audit(folder.path());
    let verdict = &report.verdict;
    assert_eq!(
        verdict.sentence,
        "Sound is missing or damaged: 1 file is damaged; mend what can be mended, or exclude the one file proposed below."
    );
    assert_eq!((verdict.is_fit(), verdict.files_with.errors, verdict.n_incomplete), (false, 0, 1));
    let mut settings = Settings::default();
    verdict.actions.iter().for_each(|action| action.apply(&mut settings.exclude));
    settings.save(&folder.path().join(FILE_NAME)).unwrap();
    assert!(audit(folder.path()).verdict.is_fit());
}

/// Protects: one finding with what to do about it, in place of one for every file.
#[test]
fn a_band_edge_that_nearly_all_files_share_is_one_finding_of_the_set() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..10 {
        write(&folder.path().join(format!("{seed}.wav")), 8_000, &[&note(seed, 8_000, 1.0)]);
    }
    write(&folder.path().join("other.wav"), 48_000, &[&note(90, 48_000, 1.0)]);
    let report = audit(folder.path());
    let of_set: Vec<_> =
        report.of_set.iter().filter(|found| found.finding.check == Check::Bandwidth).collect();
    assert_eq!(of_set.len(), 1);
    assert_eq!(
        of_set[0].finding.what,
        "10 of 11 files hold nothing above 4.0 kHz, the analysis goes up to 24.0 kHz"
    );
    let fix = of_set[0].fix.as_ref().unwrap();
    assert_eq!((&*fix.label, fix.key, &*fix.value), ("use a sample rate of 8 kHz", "sample_rate", "8000"));
    assert_eq!(report.verdict.fixes, std::slice::from_ref(fix));
    assert!(!checks_of(&report, "3.wav").contains(&Check::Bandwidth));
    assert_eq!(of_set[0].stands_for.len(), 10);

    // At that rate nothing is left to say, two more exceptions are too many for the rate, and three for the set.
    let settings = Settings { sample_rate_hz: 8_000, ..Settings::default() };
    settings.save(&folder.path().join(FILE_NAME)).unwrap();
    assert_eq!(audit(folder.path()).verdict.fixes, []);
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    write(&folder.path().join("another.wav"), 48_000, &[&note(91, 48_000, 1.0)]);
    let report = audit(folder.path());
    let share =
        |report: &AuditReport| report.of_set.iter().any(|found| found.finding.check == Check::Bandwidth);
    assert!(share(&report) && report.verdict.fixes.is_empty());
    write(&folder.path().join("third.wav"), 48_000, &[&note(92, 48_000, 1.0)]);
    let report = audit(folder.path());
    assert!(!share(&report));
    assert!(checks_of(&report, "3.wav").contains(&Check::Bandwidth));
}

/// Protects: what holds for nearly all files is said once, with its severity and what can be done, and not in their rows.
#[test]
fn what_nearly_all_files_have_is_said_once_for_the_set() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 2);
    for seed in 10..18 {
        let offset: Vec<f32> = note(seed, 48_000, 1.0).iter().map(|sample| sample + 0.05).collect();
        write(&folder.path().join(format!("{seed}.wav")), 48_000, &[&offset]);
    }
    let report = audit(folder.path());
    let found = report.of_set.iter().find(|found| found.finding.check == Check::DcOffset).unwrap();
    assert_eq!(
        (found.finding.severity, found.stands_for.len(), found.files.len()),
        (Severity::Warning, 8, 0)
    );
    assert!(
        found.finding.what.starts_with("8 of 10 files, 10.wav for example: a constant of +0.05"),
        "{found:?}"
    );
    assert_eq!(checks_of(&report, "12.wav"), []);
    assert_eq!((report.verdict.files_with.warnings, report.verdict.n_of_set.warnings), (0, 1));
    assert_eq!(report.verdict.sentence, "Fit to train on: 10 files; look at what else was found: DC offset.");
    // With two of them left out it is six of eight: an affair of each file again.
    let fewer = report.with_exclusions(&[RelPath::new("10.wav"), RelPath::new("11.wav")]);
    assert_eq!(checks_of(&fewer, "12.wav"), [Check::DcOffset]);
    assert_eq!(fewer.check_counts(None), [(Check::DcOffset, 6)]);
}

#[test]
fn a_nearly_silent_file_is_proposed_for_exclusion() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 8);
    let quiet: Vec<f32> = note(50, 48_000, 2.5).iter().map(|sample| sample * 0.00025).collect();
    write(&folder.path().join("quiet.wav"), 48_000, &[&quiet]);
    let report = audit(folder.path());
    let exclude = &report.verdict.actions[0].exclude;
    assert_eq!(exclude.iter().map(ToString::to_string).collect::<Vec<_>>(), ["quiet.wav"]);
    assert!(checks_of(&report, "quiet.wav").contains(&Check::QuietChunks));
}

/// Protects: what no recording reaches has numbers as well, or none at all, and a warning.
#[test]
fn samples_far_beyond_full_scale_are_said_and_nothing_overflows() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 6);
    let mut spike = note(60, 48_000, 2.0);
    spike[70_000] = 1e29;
    let numbers: Vec<f32> = note(61, 48_000, 2.0).iter().map(|sample| sample * 32_767.0).collect();
    write(&folder.path().join("spike.wav"), 48_000, &[&spike, &spike]);
    write(&folder.path().join("numbers.wav"), 48_000, &[&numbers]);
    spike[70_000] = 3e38;
    write(&folder.path().join("largest.wav"), 48_000, &[&spike, &spike]);
    let report = audit(folder.path());
    for (name, level) in [("spike.wav", "+580.0"), ("numbers.wav", "+84.3"), ("largest.wav", "+769.5")] {
        let file = report.files.iter().find(|file| file.path.to_string() == name).unwrap();
        let found = file.findings.iter().find(|finding| finding.check == Check::BeyondFullScale).unwrap();
        assert_eq!(
            (found.severity, &*found.what),
            (Severity::Warning, &*format!("the peak is at {level} dBFS"))
        );
        let measured = file.measurements().unwrap();
        assert!(measured.true_peak.is_finite() && measured.dc_offset.is_finite(), "{name} {measured:?}");
        assert!(measured.loudness_lufs.is_none_or(f32::is_finite), "{name} {measured:?}");
        assert!(measured.mono_change_db.is_none_or(f32::is_finite), "{name} {measured:?}");
        // What is remembered can be read again.
        let text = serde_json::to_string(measured).unwrap();
        assert!(serde_json::from_str::<melscope::audit::Measurements>(&text).unwrap() == *measured, "{text}");
    }
}

#[test]
fn the_table_sorts_every_column_and_filters() {
    let folder = tempfile::tempdir().unwrap();
    notes(folder.path(), 3);
    write(&folder.path().join("longer.wav"), 48_000, &[&note(9, 48_000, 2.0)]);
    datasets::write(&folder.path().join("text.wav"), b"no recording");
    let report = audit(folder.path());
    let table = Table::new(&report);
    let names = |filter: &Filter, column, descending| -> Vec<String> {
        let view = table.view(&report.files, filter, column, descending);
        view.iter().map(|index| report.files[*index as usize].path.to_string()).collect()
    };
    let all = Filter::default();
    assert_eq!(names(&all, Column::Duration, true)[0], "longer.wav");
    assert_eq!(names(&all, Column::Findings, true)[0], "text.wav");
    for column in Column::ALL {
        let (up, down) = (names(&all, column, false), names(&all, column, true));
        assert_eq!((up.len(), down.len()), (5, 5));
        if !matches!(column, Column::Included | Column::Name | Column::Duplicates | Column::Findings) {
            assert_eq!(
                (&*up[4], &*down[4]),
                ("text.wav", "text.wav"),
                "{column:?}: what was not measured is last"
            );
        }
    }
    let errors = Filter { severity: Some(Severity::Error), ..Filter::default() };
    assert_eq!(names(&errors, Column::Name, false), ["text.wav"]);
    assert_eq!(
        names(&Filter { text: "LONG".into(), ..Filter::default() }, Column::Name, false),
        ["longer.wav"]
    );
    let unreadable = Filter { check: Some(Check::Unreadable), ..Filter::default() };
    assert_eq!(names(&unreadable, Column::Rate, true), ["text.wav"]);
}
