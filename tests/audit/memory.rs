//! A second audit reads what has changed, and nothing else; nobody's files are touched for it.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use melscope::Error;
use melscope::audit::AuditReport;
use melscope::cache::audit_file;
use melscope::monitor::Monitor;
use melscope::pipeline::{self, Project};
use melscope::settings::Settings;

use super::sounds::{note, write};
use super::{audit, datasets};

/// A folder of recordings that are an hour old.
fn recordings(root: &Path) {
    for seed in 0..6 {
        let path = root.join(format!("{seed}.wav"));
        write(&path, 44_100, &[&note(seed, 44_100, 0.5)]);
        datasets::age(&path, 3600);
    }
}

/// Not `assert_eq`, which would print every measurement.
#[track_caller]
fn assert_same(a: &AuditReport, b: &AuditReport) {
    for (a, b) in a.files.iter().zip(b.files.iter()) {
        assert!(a == b, "{:?} was measured otherwise", a.path);
    }
    assert_eq!((a.files.len(), &a.of_set, &a.verdict), (b.files.len(), &b.of_set, &b.verdict));
}

#[test]
fn a_second_audit_reads_only_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    let first = audit(folder.path());
    assert_eq!(first.n_read, 6);
    let second = audit(folder.path());
    assert_eq!(second.n_read, 0);
    assert_same(&first, &second);
    // Another content with the same size, a new place for a known one, and a touched file.
    write(&folder.path().join("0.wav"), 44_100, &[&note(77, 44_100, 0.5)]);
    fs::create_dir(folder.path().join("moved")).unwrap();
    fs::copy(folder.path().join("1.wav"), folder.path().join("moved/1.wav")).unwrap();
    fs::remove_file(folder.path().join("1.wav")).unwrap();
    datasets::age(&folder.path().join("2.wav"), 1800);
    let third = audit(folder.path());
    assert_eq!(third.n_read, 3);
    // What is remembered is what is measured: without a memory it comes out the same.
    fs::remove_file(folder.path().join(".cache").join(audit_file::FILE_NAME)).unwrap();
    let afresh = audit(folder.path());
    assert_eq!(afresh.n_read, 6);
    assert_same(&third, &afresh);
}

#[test]
fn other_chunks_are_another_audit_and_a_damaged_memory_is_none() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    audit(folder.path());
    Settings { chunk_s: 0.3, ..Settings::default() }.save(&folder.path().join("melscope.json")).unwrap();
    let other = audit(folder.path());
    assert_eq!(other.n_read, 6);
    assert!(other.files.iter().all(|file| file.measurements().unwrap().n_chunks == 2));
    let path = folder.path().join(".cache").join(audit_file::FILE_NAME);
    let text = fs::read_to_string(&path).unwrap();
    // One line is lost, one is cut.
    let damaged: Vec<&str> =
        text.lines().enumerate().map(|(n, line)| if n == 3 { &line[..40] } else { line }).collect();
    datasets::write(&path, damaged.join("\n").as_bytes());
    let repaired = audit(folder.path());
    assert_eq!(repaired.n_read, 1);
    assert_same(&other, &repaired);
}

/// Protects: the memory is Melscope's own file. `clean` removes it, a stranger's file of its name stays, and neither a
/// cache nor its absence is changed by an audit.
#[test]
fn the_memory_is_removed_by_clean_and_never_replaces_a_strangers_file() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    audit(folder.path());
    let project = Project::new(folder.path(), Settings::default()).unwrap();
    let status = pipeline::status(&project, &melscope::monitor::Silent).unwrap();
    assert_eq!((status.reasons, status.notes), (vec!["there is no cache yet".to_owned()], Vec::new()));
    let cleaned = pipeline::clean(&project).unwrap();
    assert!(cleaned.left.is_empty() && !folder.path().join(".cache").exists(), "{cleaned:?}");
    let path = folder.path().join(".cache").join(audit_file::FILE_NAME);
    datasets::write(&path, b"somebody else's notes\n");
    assert_eq!(audit(folder.path()).n_read, 6);
    assert_eq!(audit(folder.path()).n_read, 6, "there is no place for a memory");
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's notes\n");
    assert_eq!(pipeline::clean(&project).unwrap().left, std::slice::from_ref(&path));
    assert!(path.exists());
}

/// A monitor that is cancelled from outside.
#[derive(Default)]
struct Stopper {
    stop: AtomicBool,
    stopped_at: Mutex<Option<Instant>>,
}

impl Monitor for Stopper {
    fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Protects: a recording of minutes does not delay the end of an audit that nobody wants any more.
#[test]
fn a_cancelled_audit_ends_at_once_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let long = note(1, 44_100, 1.0).repeat(600);
    write(&folder.path().join("long.wav"), 44_100, &[&long, &long]);
    let project = Project::new(folder.path(), Settings::default()).unwrap();
    let stopper = Stopper::default();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(400));
            *stopper.stopped_at.lock().unwrap() = Some(Instant::now());
            stopper.stop.store(true, Ordering::Relaxed);
        });
        pipeline::audit(&project, 1, &stopper, &|_, _| {})
    });
    assert!(matches!(outcome, Err(Error::Cancelled)), "it ended before it was cancelled");
    let stopped_at = stopper.stopped_at.lock().unwrap().unwrap();
    assert!(stopped_at.elapsed() < Duration::from_millis(200), "{:?}", stopped_at.elapsed());
    assert!(!folder.path().join(".cache").exists());
}
