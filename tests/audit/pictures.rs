//! The pictures of the page that an audit writes.

use std::fs;
use std::path::Path;

use melscope::monitor::Silent;
use melscope::pipeline::{self, AuditFiles, Project};
use melscope::settings::{ChunkRange, Settings};

use super::sounds::{note, write};

const RATE_HZ: u32 = 8_000;

/// A set of one recording, which has a finding: it is WAV by another name.
fn project(root: &Path, sound: &[f32], settings: &Settings) -> Project {
    write(&root.join("a.flac"), RATE_HZ, &[sound]);
    Project::new(root, settings.clone()).unwrap()
}

/// The pictures of the page, as addresses that hold them.
fn pictures(project: &Project, page: &Path) -> Vec<String> {
    let report = pipeline::audit(project, 1, &Silent, &|_, _| {}).unwrap();
    let files = AuditFiles { html: Some(page.to_path_buf()), replace: true, ..AuditFiles::default() };
    files.write(&report, project, &Silent).unwrap();
    let page = fs::read_to_string(page).unwrap();
    page.split("src=\"data:").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Protects: the page shows the chunks that a build makes tensors of, cut where it cuts them.
#[test]
fn a_picture_shows_the_chunks_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let plain = Settings { sample_rate_hz: RATE_HZ, ..Settings::default() };
    let kept = note(3, RATE_HZ, 2.0);
    // A third of a second of silence, a second of a note, a quiet second, and the other second of the note.
    let silence = vec![0.0; RATE_HZ as usize / 3];
    let quiet: Vec<f32> = kept[..RATE_HZ as usize].iter().map(|sample| sample / 1_000.0).collect();
    let (first, second) = kept.split_at(RATE_HZ as usize);
    let whole = [&silence, first, &quiet, second, &silence].concat();
    let rules = Settings {
        trim_silence_dbfs: Some(-90.0),
        exclude_chunks_quieter_dbfs: Some(-60.0),
        ..plain.clone()
    };
    let by_hand = Settings {
        exclude_chunks_quieter_dbfs: None,
        exclude_chunks: vec![ChunkRange::parse(b"a.flac#1").unwrap()],
        ..rules.clone()
    };
    let expected = pictures(&project(&folder.path().join("kept"), &kept, &plain), &page);
    assert_eq!(expected.len(), 1);
    let root = folder.path().join("whole");
    for settings in [&rules, &by_hand] {
        assert_eq!(pictures(&project(&root, &whole, settings), &page), expected);
    }
    let without_rules = pictures(&project(&root, &whole, &plain), &page);
    assert!(without_rules.len() == 1 && without_rules != expected);
    // Of what is left out as a whole there is nothing to show.
    let all = Settings { exclude_chunks: vec![ChunkRange::parse(b"a.flac#0-9").unwrap()], ..plain };
    assert_eq!(pictures(&project(&root, &whole, &all), &page), [""; 0]);
}
