//! Reports of many files, and the dataset card.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use melscope::audio::tags::Tags;
use melscope::audit::report::{card, html};
use melscope::audit::{
    AuditReport, Check, Chunking, Copies, FileAudit, FolderSummary, Meter, TimbreMap, folder_name,
};
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::settings::{FfmpegUse, Settings};
use melscope::source::SourceFile;

use super::sounds::{note, write};
use super::{audit, datasets};

/// A report of `n` files that are like one, in folders of a hundred; every third has an offset, every fifth is clipped.
fn report_of(n: usize, exclude: &[RelPath]) -> AuditReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.wav");
    write(&path, 48_000, &[&note(1, 48_000, 1.0)]);
    let chunking = Chunking { sample_rate_hz: 48_000, chunk_samples: 48_000, trim_silence_dbfs: None };
    let example = Meter::default().measure(&path, FfmpegUse::Off, chunking, &|| Ok(())).unwrap();
    let file = |index: usize| {
        let mut measured = example.clone();
        measured.measurements.dc_offset = if index.is_multiple_of(3) { 0.05 } else { 0.0 };
        if index.is_multiple_of(5) {
            measured.measurements.clipped_share = 0.02;
            measured.measurements.clipped_span =
                Some(melscope::audit::TimeSpan { start_s: 0.25, end_s: 0.2504 });
        }
        measured.measurements.loudness_lufs = Some(-30.0 + (index % 100) as f32 / 10.0);
        measured.measurements.tags = Some(Box::new(Tags {
            title: Some(format!("Recording {index} of a long series with a long title").into()),
            artist: Some("Somebody | #1 <b>".into()),
            licence: Some("CC0 1.0".into()),
            ..Tags::default()
        }));
        let name = format!("a folder of recordings {:03}/recording number {index:06}.wav", index / 100);
        let source = SourceFile {
            relative: RelPath::new(&name),
            path: name.into(),
            size: 192_044,
            mtime_ns: 0,
            is_excluded: false,
        };
        Arc::new(FileAudit::new(&source, Ok(measured), chunking))
    };
    let files = (0..n).map(file).collect();
    AuditReport::new("/home/somebody/My set".into(), files, Copies::default(), chunking, exclude)
}

/// Protects: a page of ten thousand files opens in any browser, stands alone, and can be printed.
#[test]
fn a_page_of_ten_thousand_files_is_small_and_prints() {
    let report = report_of(10_000, &[]);
    let mut map = TimbreMap::new(&report_of(0, &[]), 1, &Silent).unwrap();
    map.points = (0..10_000).map(|n| Some([n as f32 / 10_000.0, (n % 100) as f32 / 100.0])).collect();
    let mut page = Vec::new();
    html::write(&report, &map, &BTreeMap::new(), &mut page).unwrap();
    // 32 pictures of at most 61 kB each come on top of it.
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("@media print") && !page.contains("<script") && !page.contains("http:"));
    assert!(page.contains("a folder of recordings 099"), "every folder is in it");
    println!("10 000 files: {} bytes", page.len());
}

/// Protects: a summary counts each file once, in its own folder.
#[test]
fn folders_are_summed_up() {
    let exclude = [RelPath::new("a folder of recordings 001")];
    let report = report_of(250, &exclude);
    let folders = FolderSummary::of(&report);
    let counts: Vec<_> =
        folders.iter().map(|folder| (folder.n_files, folder.n_used, folder.n_excluded)).collect();
    assert_eq!(counts, [(100, 100, 0), (100, 0, 100), (50, 50, 0)]);
    let [first, second, _] = &folders[..] else { panic!("{folders:?}") };
    assert!((first.seconds - 100.0).abs() < 1e-6 && second.seconds == 0.0 && second.loudness.is_none());
    let range = first.loudness.unwrap();
    assert_eq!((range.lowest_lufs, range.highest_lufs), (-30.0, -20.1));
    assert_eq!(first.sample_rates_hz.iter().copied().collect::<Vec<_>>(), [48_000]);
    // Of a hundred every fifth is clipped, an error at two percent, and every third has an offset.
    assert_eq!((first.files_with.errors, first.files_with.warnings), (20, 34));
    let errors: usize = folders.iter().map(|folder| folder.files_with.errors).sum();
    assert_eq!(errors, report.verdict.files_with.errors);
    let clipped = report.check_counts(None).into_iter().find(|(check, _)| *check == Check::Clipping).unwrap();
    assert_eq!(clipped.1, report.verdict.files_with.errors);
}

/// Protects: the set's own folder has one name, wherever folders are named.
#[test]
fn the_folder_of_the_set_has_one_name() {
    let folder = tempfile::tempdir().unwrap();
    for (seed, name) in (1..).zip(["a.wav", "b.wav", "drums/c.wav"]) {
        write(&folder.path().join(name), 48_000, &[&note(seed, 48_000, 1.0)]);
    }
    let report = audit(folder.path());
    let map = TimbreMap::new(&report, 1, &Silent).unwrap();
    let (mut page, mut text) = (Vec::new(), Vec::new());
    html::write(&report, &map, &BTreeMap::new(), &mut page).unwrap();
    card::write(&report, &Settings::default(), &mut text).unwrap();
    let [page, text] = [page, text].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!((folder_name(""), folder_name("drums")), ("the folder itself", "drums"));
    assert!(page.contains("<i>the folder itself</i>") && page.contains("the folder itself (2)"), "{page}");
    assert!(text.contains("| the folder itself | 2 |"), "{text}");
    for other in ["this folder", "the set's own", "in the folder itself"] {
        assert!(!page.contains(other) && !text.contains(other), "{other}");
    }
}

/// Protects: a card says what the set holds and why files are left out, and nothing of this computer.
#[test]
fn a_card_tells_what_the_set_holds_and_no_path_of_this_computer() {
    let report = report_of(250, &[RelPath::new("a folder of recordings 001/recording number 000105.wav")]);
    let mut text = Vec::new();
    let cache_dir = Some("/home/somebody/cache".into());
    card::write(&report, &Settings { cache_dir, ..Settings::default() }, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (front, body) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    assert_eq!(
        front,
        "pretty_name: \"My set\"\nlicense: cc0-1.0\nsize_categories:\n- n<1K\ntags:\n- audio\n- melscope"
    );
    assert!(!text.contains("/home") && !text.contains("somebody/"), "{text}");
    for part in [
        "# My set",
        "| Recordings | 249 |",
        "| Sample rates | 48 kHz (249 files) |",
        "- Licence: CC0 1.0 (249 files)",
        "- Artist: Somebody \\| \\#1 \\<b\\> (249 files)",
        "- a folder of recordings 001/recording number 000105.wav: clipped, dc offset",
        "| a folder of recordings 001 | 99 | 1 |",
        &format!("Made with Melscope {}.", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(body.contains(part), "{part} is missing in\n{body}");
    }
}

/// Protects: the command writes the card and replaces none without being told to.
#[test]
fn the_command_writes_a_card_beside_the_data() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a/1.wav"), 48_000, &[&note(1, 48_000, 1.0)]);
    let card = folder.path().join("README.md");
    let run = |flags: &[&str]| {
        let mut command = datasets::melscope();
        command.arg("audit").arg(folder.path()).arg("--card").arg(&card).args(flags);
        command.output().unwrap().status.code()
    };
    assert_eq!(run(&[]), Some(0));
    let text = fs::read_to_string(&card).unwrap();
    assert!(text.starts_with("---\npretty_name: ") && text.contains("license: unknown"), "{text}");
    assert!(!text.contains(&*folder.path().to_string_lossy()), "{text}");
    assert_eq!(run(&[]), Some(1), "it is there already");
    assert_eq!(run(&["--force"]), Some(0));
    assert_eq!(audit(folder.path()).files.len(), 1, "a card is no recording");
}
