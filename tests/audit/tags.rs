//! Tags as ffmpeg writes them into every container, in every report.

use std::collections::BTreeMap;
use std::path::Path;

use melscope::audio::tag_reader;
use melscope::audio::tags::Tags;
use melscope::audit::report::{csv, html, json};
use melscope::audit::{AuditReport, TimbreMap};
use melscope::monitor::Silent;

use super::duplicates::ffmpeg;
use super::sounds::{note, write};
use super::{audit, datasets};

const TITLE: &str = "Übung <b>1</b>";

/// A second of sound as `name`, with tags.
fn tagged(root: &Path, name: &str, arguments: &[&str], metadata: &[&str]) {
    let source = root.with_extension("source.wav");
    write(&source, 44_100, &[&note(3, 44_100, 1.0)]);
    let source = source.to_str().unwrap().to_owned();
    let mut all = vec!["-i", &*source, "-af", "aformat=channel_layouts=mono"];
    all.extend(arguments);
    let title = format!("title={TITLE}");
    let common = [&*title, "artist==cmd()", "comment=two\nlines", "copyright=© Me", "date=2024-05-06"];
    for pair in common.iter().chain(metadata) {
        all.extend(["-metadata", pair]);
    }
    ffmpeg(&all, &root.join(name));
}

fn tags<'a>(report: &'a AuditReport, name: &str) -> &'a Tags {
    let file = report.files.iter().find(|file| file.path.to_string() == name).unwrap();
    file.measurements().unwrap().tags.as_deref().unwrap_or_else(|| panic!("{name} has no tags"))
}

/// Protects: what a person wrote into a recording arrives, whatever the container, and does no harm in a report.
#[test]
fn tags_are_read_from_every_container_and_told_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    std::fs::create_dir(&root).unwrap();
    let vorbis = ["LICENSE=CC0 1.0", "KEY=Am", "BPM=97.5"];
    tagged(&root, "a.flac", &[], &vorbis);
    tagged(&root, "b.ogg", &["-c:a", "libvorbis"], &vorbis);
    tagged(&root, "c.opus", &["-c:a", "libopus", "-ar", "48000"], &vorbis);
    tagged(&root, "d.mp3", &[], &["TKEY=Am", "TBPM=97.5", "License=CC0 1.0"]);
    tagged(
        &root,
        "e.wav",
        &["-write_bext", "1"],
        &["description=Rain", "originator=Rec", "time_reference=7200"],
    );
    tagged(&root, "f.aiff", &["-write_id3v2", "1"], &["TKEY=Am"]);
    tagged(&root, "g.m4a", &[], &[]);
    tagged(&root, "h.caf", &["-c:a", "pcm_s16be"], &[]);
    tagged(&root, "i.mov", &["-c:a", "pcm_s16le"], &[]);
    write(&root.join("none.wav"), 44_100, &[&note(9, 44_100, 1.0)]);
    let report = audit(&root);
    for name in ["a.flac", "b.ogg", "c.opus", "d.mp3", "e.wav", "f.aiff", "g.m4a", "h.caf", "i.mov"] {
        let tags = tags(&report, name);
        assert_eq!(tags.title.as_deref(), Some(TITLE), "{name}");
        assert_eq!(tags.artist.as_deref(), Some("=cmd()"), "{name}");
        // A Vorbis comment has a description, and ffmpeg writes comments there.
        let comment = tags.comment.as_deref().or(tags.description.as_deref());
        assert_eq!(comment, Some("two lines"), "{name}");
        assert_eq!(tags.copyright.as_deref(), Some("© Me"), "{name}");
    }
    for name in ["a.flac", "b.ogg", "c.opus", "d.mp3"] {
        let tags = tags(&report, name);
        let found = (tags.licence.as_deref(), tags.key.as_deref(), tags.tempo_bpm);
        assert_eq!(found, (Some("CC0 1.0"), Some("Am"), Some(97.5)), "{name}");
        assert_eq!(tags.date.as_deref(), Some("2024-05-06"), "{name}");
    }
    let wave = tags(&report, "e.wav");
    assert_eq!((wave.description.as_deref(), wave.originator.as_deref()), (Some("Rain"), Some("Rec")));
    assert_eq!(wave.time_reference, Some(7_200));
    let none = report.files.iter().find(|file| file.path.to_string() == "none.wav").unwrap();
    assert_eq!(none.measurements().unwrap().tags, None);

    let map = TimbreMap::new(&report, 1, &Silent).unwrap();
    let mut told = Vec::new();
    json::write(&report, &map, &mut told).unwrap();
    let first: serde_json::Value =
        serde_json::from_slice(told.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!((&first["measurements"]["tags"]["title"], &first["path"]), (&TITLE.into(), &"a.flac".into()));
    let mut table = Vec::new();
    csv::write(&report, &map, &mut table).unwrap();
    let mut table = ::csv::Reader::from_reader(&*table);
    let place = |name: &str, table: &mut ::csv::Reader<&[u8]>| {
        table.headers().unwrap().iter().position(|title| title == name).unwrap()
    };
    let (artist, key) = (place("artist", &mut table), place("key", &mut table));
    let row = table.records().next().unwrap().unwrap();
    assert_eq!((&row[artist], &row[key]), ("'=cmd()", "Am"), "a spreadsheet does not run it");
    let mut page = Vec::new();
    html::write(&report, &map, &BTreeMap::default(), &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("Übung &lt;b&gt;1&lt;/b&gt;") && !page.contains("<b>1</b>"));

    // They are remembered, and a file that lies about its tags is a recording still.
    for file in report.files.iter() {
        datasets::age(&file.file, 3600);
    }
    audit(&root);
    let again = audit(&root);
    assert_eq!(again.n_read, 0);
    assert_eq!(tags(&again, "a.flac"), tags(&report, "a.flac"));
}

/// Protects: damaged tags cost nothing: neither the sound nor the audit.
#[test]
fn tags_of_damaged_files_are_read_as_far_as_they_go_and_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    std::fs::create_dir(&root).unwrap();
    for (name, arguments) in [
        ("a.flac", &[][..]),
        ("b.ogg", &["-c:a", "libvorbis"]),
        ("d.mp3", &[]),
        ("e.wav", &["-write_bext", "1"]),
        ("f.aiff", &["-write_id3v2", "1"]),
        ("g.m4a", &[]),
        ("h.caf", &["-c:a", "pcm_s16be"]),
    ] {
        tagged(&root, name, arguments, &["BPM=97.5"]);
        let whole = std::fs::read(root.join(name)).unwrap();
        let damaged = root.join("damaged.bin");
        let mut random = super::sounds::Random::new(whole.len() as u64);
        for _ in 0..300 {
            let mut bytes = whole.clone();
            // The tags are at the beginning or at the end.
            for _ in 0..4 {
                let near = random.within(0.0, 1_500.0_f64.min(bytes.len() as f64 / 2.0 - 1.0)) as usize;
                let place = if random.unit() < 0.5 { near } else { bytes.len() - 1 - near };
                bytes[place] = random.within(0.0, 256.0) as u8;
            }
            bytes.truncate(random.within(0.0, bytes.len() as f64) as usize + 1);
            datasets::write(&damaged, &bytes);
            let tags = tag_reader::read(&damaged);
            for text in tags.texts().into_iter().filter_map(|(_, text)| text) {
                assert!(text.chars().count() <= 1_000 && !text.contains(char::is_control), "{name} {text:?}");
            }
        }
    }
}
