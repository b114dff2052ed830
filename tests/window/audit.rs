//! The Audit view, driven by the names that a screen reader says, on the demo's recordings and their planted flaws.

use std::fs;
use std::path::Path;

use crate::datasets;
use crate::support::{
    press, selected_name, settle, show_view, shows, text_of, type_into, view_on, wait, window_of,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use melscope::audit::Severity;
use melscope::audit::table::{Column, Filter};
use melscope::path_text::RelPath;
use melscope::pipeline::demo::write_demo;
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::App;
use melscope::ui::session::command::Command;
use melscope::ui::theme::Theme;
use melscope::ui::views::audit::AuditView;
use melscope::ui::views::audit::command::{AuditCommand, Format};
use melscope::ui::views::audit::model::{Audit, Exported, Found};
use melscope::ui::views::audit::pane::AuditPane;

/// A window that shows the finished audit of the demo.
fn audited(root: &Path) -> Harness<'static, App> {
    for file in write_demo(root).unwrap() {
        // What was written a moment ago is read again by every audit.
        datasets::age(&file, 60);
    }
    let mut window = view_on("audit", root, Theme::Dark);
    settle(&mut window);
    wait(&mut window, "the verdict", |window| {
        audit(window).found.as_ref().is_some_and(|found| !found.is_partial())
    });
    window
}

fn audit<'a>(window: &'a Harness<'_, App>) -> &'a Audit {
    window.state().view::<AuditView>().unwrap().model()
}

fn found<'a>(window: &'a Harness<'_, App>) -> &'a Found {
    audit(window).found.as_ref().unwrap()
}

fn names(window: &Harness<'_, App>) -> Vec<String> {
    let found = found(window);
    found.shown().iter().map(|row| found.file(*row).0.path.to_string()).collect()
}

fn excluded(root: &Path) -> Vec<RelPath> {
    Settings::load(&root.join(FILE_NAME)).unwrap().unwrap_or_default().exclude
}

fn ask(window: &mut Harness<'_, App>, command: Command) {
    window.state_mut().ask(command);
    window.run_steps(3);
    settle(window);
}

fn ask_audit(window: &mut Harness<'_, App>, command: AuditCommand) {
    window.state_mut().ask_view::<AuditView>(command);
    window.run_steps(3);
    settle(window);
}

/// Presses the first button whose name begins with `start`.
fn press_first(window: &mut Harness<'_, App>, start: &str) {
    let begins = |label: Option<String>| label.is_some_and(|label| label.starts_with(start));
    let node = window.get_all_by(|node| node.role() == Role::Button && begins(node.label())).next();
    node.unwrap().click();
    window.run_steps(3);
}

#[test]
fn opening_the_view_audits_the_folder_and_says_whether_it_is_fit() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    write_demo(&root).unwrap();
    let mut window = view_on("build", &root, Theme::Light);
    settle(&mut window);
    assert!(!audit(&window).was_started, "nobody asked for it yet");
    show_view(&mut window, "Audit");
    settle(&mut window);
    let verdict = &found(&window).report().verdict;
    assert!(shows(&window, &verdict.sentence));
    assert!(verdict.files_with.errors > 0, "the demo holds files that cannot be used");
    let n_with_errors = found(&window).report().verdict.files_with.errors;
    assert!(shows(&window, &format!("{n_with_errors} with errors")));
    assert_eq!(names(&window).len(), 20, "every file has a row");
    let gravest = found(&window).file(found(&window).shown()[0]).1;
    assert!(gravest.n_findings[0] > 0, "the gravest come first");
}

#[test]
fn a_click_on_a_severity_and_a_text_filter_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    let n_with_errors = found(&window).report().verdict.files_with.errors;
    press(&mut window, &format!("{n_with_errors} with errors"));
    assert_eq!(found(&window).filter().severity, Some(Severity::Error));
    let shown = names(&window);
    assert!(shown.iter().any(|name| name == "flaws/zero-length.wav"), "{shown:?}");
    assert!(!shown.iter().any(|name| name == "bell.wav"), "{shown:?}");
    let has_error = |row: &u32| found(&window).file(*row).1.n_findings[0] > 0;
    assert!(found(&window).shown().iter().all(has_error));
    assert_eq!(shown.len(), n_with_errors, "the count is that of the rows");

    press(&mut window, "20 files");
    type_into(&mut window, "Filter", "KICK");
    assert_eq!(names(&window).len(), 2);
    assert!(names(&window).iter().all(|name| name.contains("kick")));
    type_into(&mut window, "Filter", "no such name");
    assert!(shows(&window, "No file passes the filter."));
    press(&mut window, "Show all files");
    assert_eq!(names(&window).len(), 20);
}

#[test]
fn a_click_on_a_header_sorts_and_a_second_turns_the_order_round() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    let lengths = |window: &Harness<'_, App>| -> Vec<f64> {
        let found = found(window);
        let measured = found.shown().iter().filter_map(|row| found.file(*row).0.measurements());
        measured.map(melscope::audit::Measurements::duration_s).collect()
    };
    press(&mut window, "Sort by length");
    assert!(lengths(&window).is_sorted());
    press(&mut window, "Sort by length, the smallest comes first now");
    assert_eq!(found(&window).order(), (Column::Duration, true));
    assert!(lengths(&window).is_sorted_by(|a, b| a >= b));
    let last = *found(&window).shown().last().unwrap();
    assert!(found(&window).file(last).0.measurements().is_none(), "what has no length comes last either way");
    press(&mut window, "Sort by name");
    assert_eq!(names(&window)[0], "bell.wav");
}

#[test]
fn a_chip_shows_the_files_of_one_kind_of_finding() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    for (check, n_files) in found(&window).check_counts().to_vec() {
        let chip = format!("{} {n_files}", check.title());
        press(&mut window, &chip);
        assert_eq!(names(&window).len(), n_files, "{chip}");
        let has_it = |row: &u32| {
            found(&window).report().findings_of(*row as usize).iter().any(|finding| finding.check == check)
        };
        assert!(found(&window).shown().iter().all(has_it), "{chip}");
        press(&mut window, &chip);
        assert_eq!(names(&window).len(), 20);
    }
}

#[test]
fn all_that_is_proposed_goes_with_one_click_and_comes_back_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    let actions = found(&window).report().verdict.actions.clone();
    let proposed: Vec<RelPath> = actions.iter().flat_map(|action| action.exclude.iter().cloned()).collect();
    press(&mut window, "Which ones?");
    for path in &proposed {
        assert!(shows(&window, &path.to_string()), "{path} is listed");
    }
    window.key_press(Key::Escape);
    window.run_steps(3);
    press(&mut window, &format!("Exclude all proposed: {} files", proposed.len()));
    settle(&mut window);
    assert_eq!(excluded(&root), proposed);
    // The verdict, its counts and its proposals follow without a new audit.
    let verdict = &found(&window).report().verdict;
    assert_eq!((verdict.files_with.errors, verdict.n_files), (0, 20 - proposed.len()));
    assert!(shows(&window, &verdict.sentence.clone()));
    assert!(verdict.actions.is_empty());
    assert!(window.query_by_role_and_label(Role::Button, "Which ones?").is_none());
    assert!(!shows(&window, "since this audit"));

    press(&mut window, "Undo");
    settle(&mut window);
    assert!(excluded(&root).is_empty());
    assert_eq!(found(&window).report().verdict.actions, actions, "it is again what was audited");
    press(&mut window, "Which ones?");
    press(&mut window, &actions[0].title);
    settle(&mut window);
    assert_eq!(excluded(&root), actions[0].exclude);
}

#[test]
fn a_second_click_where_everything_was_excluded_does_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for (name, size) in [("wide", [1280.0, 800.0]), ("low", [800.0, 500.0])] {
        let root = folder.path().join(name);
        drop(audited(&root));
        let mut window = window_of(size, &root, "audit", Theme::Light);
        settle(&mut window);
        let start = "Exclude all proposed";
        let begins = |label: Option<String>| label.is_some_and(|label| label.starts_with(start));
        let button = window.get_by(|node| node.role() == Role::Button && begins(node.label())).rect();
        let tab = |window: &Harness<'_, App>| window.get_by_role_and_label(Role::Tab, "Chunks").rect();
        let before = tab(&window);
        for _ in 0..2 {
            window.hover_at(button.center());
            window.drag_at(button.center());
            window.drop_at(button.center());
            window.run_steps(3);
            settle(&mut window);
        }
        assert_eq!(found(&window).report().verdict.actions, [], "they were taken");
        assert_eq!(tab(&window), before, "{size:?}: nothing has moved");
        assert_eq!(audit(&window).pane, AuditPane::Files);
    }
}

#[test]
fn keys_keep_and_exclude_the_selected_row_and_go_on_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    press(&mut window, "Sort by name");
    let shown = names(&window);
    press(&mut window, &shown[0]);
    window.key_press(Key::E);
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(excluded(&root), [RelPath::new(&shown[0])]);
    assert_eq!(selected_name(&window), shown[1]);
    window.key_press(Key::ArrowUp);
    window.run_steps(3);
    window.key_press(Key::K);
    window.run_steps(3);
    settle(&mut window);
    assert!(excluded(&root).is_empty());
}

#[test]
fn a_bar_of_a_chart_shows_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    let charts = found(&window).charts().to_vec();
    for bar in charts.iter().flat_map(|chart| &chart.bars).filter(|bar| bar.n_files > 0) {
        ask_audit(
            &mut window,
            AuditCommand::Filter(Filter { range: Some(bar.range.clone()), ..Filter::default() }),
        );
        assert_eq!(names(&window).len(), bar.n_files, "{}", bar.name);
    }
    ask_audit(&mut window, AuditCommand::Filter(Filter::default()));
    press(&mut window, "8 files: 44.1 kHz");
    assert_eq!(names(&window).len(), 8);
    assert!(shows(&window, "rate ×"), "the filter says what it is");
    press(&mut window, "8 files: 44.1 kHz");
    assert_eq!(names(&window).len(), 20);
}

#[test]
fn the_selected_finding_has_a_picture_of_every_channel_at_its_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    press(&mut window, "flaws/out-of-phase.wav");
    settle(&mut window);
    let moment = audit(&window).moment.clone().unwrap().unwrap();
    assert_eq!(moment.channels.len(), 2);
    let both = moment.channels[0].iter().zip(&moment.channels[1]);
    let is_mirrored = |(left, right): (&Option<[f32; 2]>, &Option<[f32; 2]>)| {
        let ([low, high], [other_low, other_high]) = (left.unwrap(), right.unwrap());
        (low + other_high).abs() < 0.01 && (high + other_low).abs() < 0.01
    };
    assert!(both.clone().all(is_mirrored), "the channels cancel");
    assert!(shows(&window, "Waveform of 2 channels from 0.00 s to 0.75 s"));

    press(&mut window, "flaws/clipped.wav");
    settle(&mut window);
    let row = found(&window).selected_row(&window.state().state().folder().unwrap().files).unwrap();
    let span = found(&window).report().findings_of(row as usize)[0].span.unwrap();
    let range_s = audit(&window).moment.clone().unwrap().unwrap().request.range_s;
    assert!(range_s.start <= span.start_s && span.end_s <= range_s.end && range_s.end - range_s.start < 0.2);
    press(&mut window, "In Tune");
    settle(&mut window);
    assert_eq!(window.state().state().view.unwrap().0, "tune");
    let selection_s = window.state().state().listen.selection_s.clone().unwrap();
    assert!(selection_s.start <= span.start_s && span.end_s <= selection_s.end);
}

#[test]
fn the_tick_of_a_row_is_the_same_as_that_of_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    press(&mut window, "Sort by name");
    window.get_by_role_and_label(Role::CheckBox, "Include bell.wav").click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(excluded(&root), [RelPath::new("bell.wav")]);
    press(&mut window, "Undo");
    settle(&mut window);
    assert!(excluded(&root).is_empty());
}

#[test]
fn a_finding_says_what_to_do_and_its_moment_is_selected_and_played() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    type_into(&mut window, "Filter", "clipped");
    press(&mut window, "flaws/clipped.wav");
    assert!(shows(&window, "Record it again at a lower level"));
    let row = found(&window).shown()[0];
    let (file, _) = found(&window).file(row);
    let span = file.findings.iter().find_map(|finding| finding.span).unwrap();
    press_first(&mut window, "Play 0.");
    let state = window.state().state();
    let files = &state.folder().unwrap().files;
    assert_eq!(files.all()[files.selected().unwrap()].name, "flaws/clipped.wav");
    let selected = state.listen.selection_s.clone().unwrap();
    assert!(selected.start <= span.start_s && span.end_s <= selected.end, "{selected:?} holds {span:?}");
    assert!(selected.end - selected.start < 0.51_f64.max(span.end_s - span.start_s) + 1e-9);
}

#[test]
fn up_and_down_go_through_the_rows_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    let shown = names(&window);
    press(&mut window, &shown[0]);
    window.key_press(Key::ArrowDown);
    window.run_steps(3);
    assert_eq!(selected_name(&window), shown[1]);
    for (key, row) in [(Key::End, shown.len() - 1), (Key::PageUp, shown.len() - 13), (Key::Home, 0)] {
        window.key_press(key);
        window.run_steps(3);
        assert_eq!(selected_name(&window), shown[row], "{key:?}");
    }
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run_steps(3);
    assert!(window.get_by_role_and_label(Role::TextInput, "Filter").is_focused());
}

#[test]
fn a_file_that_changes_makes_the_result_stale_and_only_it_is_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    ask_audit(&mut window, AuditCommand::LookAtFiles);
    assert!(!shows(&window, "since this audit"), "nothing has changed");
    fs::copy(root.join("flaws/clipped.wav"), root.join("bell.wav")).unwrap();
    show_view(&mut window, "Build");
    show_view(&mut window, "Audit");
    settle(&mut window);
    assert!(shows(&window, "Files were added, changed or removed since this audit."));
    press(&mut window, "Audit again");
    settle(&mut window);
    assert!(!shows(&window, "since this audit"));
    assert!(found(&window).report().n_read <= 1, "a copy of known content needs no measuring");
}

#[test]
fn reports_are_written_where_the_person_says_and_failures_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    for (format, start) in [
        (Format::Csv, "path"),
        (Format::Json, "{\"event\":\"file\""),
        (Format::Html, "<!DOCTYPE html>"),
        (Format::Card, "---"),
    ] {
        let path = folder.path().join(format!("report.{}", format.extension()));
        ask_audit(&mut window, AuditCommand::Export { format, to: path.clone(), replace: false });
        assert!(shows(&window, &format!("The report is in {}", path.display())));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.to_lowercase().starts_with(&start.to_lowercase()), "{}", &text[..60.min(text.len())]);
        let is_listed = text.contains("flaws/clipped.wav");
        assert_eq!(is_listed, format != Format::Card, "a card sums up; the others list every file");
    }
    let there = folder.path().join("report.csv");
    ask_audit(&mut window, AuditCommand::Export { format: Format::Csv, to: there.clone(), replace: false });
    assert_eq!(audit(&window).exported, Some(Exported::Exists { format: Format::Csv, path: there.clone() }));
    datasets::write(&there, b"not a report");
    press(&mut window, "Replace it");
    settle(&mut window);
    assert!(fs::read_to_string(&there).unwrap().starts_with("path"));
    let nowhere = folder.path().join("no such folder/report.csv");
    ask_audit(&mut window, AuditCommand::Export { format: Format::Csv, to: nowhere, replace: false });
    let Some(Exported::Failed(problem)) = &audit(&window).exported else { panic!("it was written") };
    assert!(problem.contains("no such folder"), "{problem}");
    assert!(shows(&window, problem));
}

#[test]
fn what_was_written_into_a_file_is_shown_and_found_by_the_filter() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..3 {
        let path = folder.path().join(format!("{n}.wav"));
        datasets::write_wav(&path, 48_000, 48_000, datasets::tone(220.0 * f64::from(n + 1), 48_000));
    }
    // A list of the kind INFO: the name of the work.
    let path = folder.path().join("1.wav");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"LIST\x1a\0\0\0INFOINAM\x0e\0\0\0Rain on a tin\0");
    let size = (bytes.len() as u32 - 8).to_le_bytes();
    bytes[4..8].copy_from_slice(&size);
    datasets::write(&path, &bytes);
    let mut window = view_on("audit", folder.path(), Theme::Dark);
    settle(&mut window);
    type_into(&mut window, "Filter", "tin");
    assert_eq!(names(&window), ["1.wav"]);
    press(&mut window, "1.wav");
    assert!(shows(&window, "title: Rain on a tin"));
}

#[test]
fn a_report_goes_to_a_typed_path_without_a_dialog() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = audited(&folder.path().join("demo"));
    press(&mut window, "Export…");
    let label = "Where the report goes, without its ending";
    let beside = fs::canonicalize(folder.path()).unwrap().join("demo-audit");
    assert_eq!(text_of(&window, label), beside.display().to_string());
    press(&mut window, "Save HTML");
    settle(&mut window);
    let path = beside.with_extension("html");
    assert_eq!(audit(&window).exported, Some(Exported::Written(path.clone())));
    assert!(path.exists());
    assert!(window.query_by_role_and_label(Role::Button, "Open report").is_some());
}

#[test]
fn folders_are_summed_up_left_out_as_a_whole_and_lead_to_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    show_view(&mut window, "Folders");
    let folders = found(&window).folders().to_vec();
    assert_eq!(folders.iter().map(|folder| folder.n_files).sum::<usize>(), 20);
    let flaws = folders.iter().find(|folder| folder.folder == RelPath::new("flaws")).unwrap();
    press(&mut window, "Show the files of flaws");
    assert_eq!(names(&window).len(), flaws.n_files);
    assert!(names(&window).iter().all(|name| name.starts_with("flaws/")));
    show_view(&mut window, "Folders");
    window.get_by_role_and_label(Role::CheckBox, "Include flaws").click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(excluded(&root), [RelPath::new("flaws")]);
    let after =
        found(&window).folders().iter().find(|folder| folder.folder == RelPath::new("flaws")).unwrap();
    assert_eq!((after.n_excluded, after.n_used), (flaws.n_files, 0), "it follows at once");
    assert_eq!(found(&window).report().verdict.n_files, 20 - flaws.n_files);
}

#[test]
fn rows_appear_while_the_audit_runs() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("00.wav");
    datasets::write_wav(&first, 48_000, 30 * 48_000, datasets::tone(220.0, 48_000));
    for n in 1..30 {
        fs::copy(&first, folder.path().join(format!("{n:02}.wav"))).unwrap();
    }
    let mut window = view_on("audit", folder.path(), Theme::Light);
    wait(&mut window, "the first rows", |window| audit(window).found.as_ref().is_some_and(Found::is_partial));
    let n_rows = names(&window).len();
    assert!((1..30).contains(&n_rows), "{n_rows}");
    assert!(window.query_by_role_and_label(Role::Button, "Cancel audit").is_some(), "it still runs");
    assert!(!shows(&window, "Fit to train on"), "there is no verdict yet");
    press_first(&mut window, "Sort by length");
    settle(&mut window);
    assert!(!found(&window).is_partial());
    assert_eq!(names(&window).len(), 30);
    assert_eq!(found(&window).order().0, Column::Duration, "what was chosen meanwhile stays");
}

#[test]
fn an_empty_folder_is_told_and_not_audited() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = view_on("audit", folder.path(), Theme::Light);
    settle(&mut window);
    assert!(shows(&window, "There are no recordings in this folder"));
    assert!(window.query_by_role_and_label(Role::Button, "Audit the folder").is_none());
    assert!(!audit(&window).was_started);
}

#[test]
fn an_audit_that_is_cancelled_offers_another() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    write_demo(&root).unwrap();
    let mut window = view_on("audit", &root, Theme::Dark);
    wait(&mut window, "the audit", |window| audit(window).was_started);
    // It may have ended just now: then it is its result that counts.
    ask(&mut window, Command::Cancel);
    if audit(&window).found.is_none() {
        assert!(shows(&window, "The audit was cancelled."));
        press(&mut window, "Audit the folder");
        settle(&mut window);
    }
    assert_eq!(names(&window).len(), 20);
}

#[test]
fn a_rate_that_is_enough_for_nearly_all_files_is_one_click_and_damage_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..6 {
        let tone = datasets::tone(110.0 * f64::from(n + 1), 8_000);
        datasets::write_wav(&folder.path().join(format!("{n}.wav")), 8_000, 8_000, tone);
    }
    let damaged = folder.path().join("0.wav");
    let n_bytes = fs::metadata(&damaged).unwrap().len();
    fs::OpenOptions::new().write(true).open(&damaged).unwrap().set_len(n_bytes / 2).unwrap();
    let mut window = view_on("audit", folder.path(), Theme::Dark);
    settle(&mut window);
    wait(&mut window, "the verdict", |window| audit(window).found.is_some());
    assert!(
        found(&window)
            .report()
            .verdict
            .sentence
            .starts_with("Sound is missing or damaged: 1 file is damaged")
    );
    press(&mut window, "Use a sample rate of 8 kHz");
    settle(&mut window);
    assert_eq!(window.state().state().folder().unwrap().settings.sample_rate_hz, 8_000);
    press(&mut window, "Audit again");
    settle(&mut window);
    assert!(found(&window).report().verdict.fixes.is_empty());
}

#[test]
fn a_chunk_is_left_out_by_hand_or_by_a_rule_and_comes_back_with_undo() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("demo");
    let mut window = audited(&root);
    show_view(&mut window, "Chunks");
    let settings = |window: &Harness<'_, App>| window.state().state().folder().unwrap().settings.clone();
    let (name, run) = {
        let (file, _, run) = found(&window).chunk_run(0);
        (file.path.clone(), run.clone())
    };
    let numbers = match run.n {
        1 => run.first.to_string(),
        n => format!("{}–{}", run.first, run.first + n - 1),
    };
    window.get_by_role_and_label(Role::CheckBox, &format!("Leave out chunk {numbers} of {name}")).click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(settings(&window).exclude_chunks, [run.of(&name).unwrap()]);
    let saved = Settings::load(&root.join(FILE_NAME)).unwrap().unwrap();
    assert_eq!(saved.exclude_chunks, settings(&window).exclude_chunks);
    ask(&mut window, Command::Undo);
    assert_eq!(settings(&window).exclude_chunks, []);
    let moment = audit(&window).moment.clone().unwrap().unwrap();
    let duration_s = found(&window).chunk_run(0).0.measurements().unwrap().duration_s();
    assert_eq!(moment.request.range_s, 0.0..duration_s, "they are seen in all of the recording");

    let is_quiet_rule =
        |label: Option<String>| label.is_some_and(|label| label.starts_with("quieter than −60 dBFS"));
    window.get_by(|node| node.role() == Role::CheckBox && is_quiet_rule(node.label())).click();
    window.run_steps(3);
    settle(&mut window);
    assert_eq!(settings(&window).exclude_chunks_quieter_dbfs, Some(-60.0));
    let estimate = |window: &Harness<'_, App>| {
        window.state().state().folder().unwrap().estimate.answer.clone().unwrap().unwrap()
    };
    assert!(estimate(&window).is_at_most, "only the sound tells");
    ask(&mut window, Command::Undo);
    assert_eq!(settings(&window).exclude_chunks_quieter_dbfs, None);
    assert!(!estimate(&window).is_at_most);

    press(&mut window, &format!("Play chunk {numbers} of {name}"));
    assert!(name.to_string().ends_with(&selected_name(&window)));
}
