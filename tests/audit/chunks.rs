//! The chunks that an audit lists are those that a build makes.

use std::collections::BTreeSet;
use std::path::Path;

use melscope::audit::{ChunkFlaw, ChunkRun};
use melscope::cache::index;
use melscope::pipeline::Project;
use melscope::settings::{FILE_NAME, Settings};

use super::audit;
use super::datasets::{self, small_settings};
use super::sounds::write;

/// A recording whose tenths of a second are loud, quiet (at -50 dBFS), silent or clipped. Each begins and ends softly, so that
/// a resampler does not ring into the next.
fn write_recording(path: &Path, rate_hz: u32) {
    let second = |n: usize| n as f64 / f64::from(rate_hz);
    let sample = |n: usize| {
        let tenths = second(n) * 10.0;
        let fade = (tenths.fract().min(1.0 - tenths.fract()) / 0.4).min(1.0);
        let tone = fade * (std::f64::consts::TAU * 217.3 * second(n)).sin();
        match tenths as usize {
            0 | 1 | 12..=19 | 27 | 28 => 0.0,
            5..=8 | 22 => 0.003 * tone,
            10 => (1.4 * tone).clamp(-0.7, 0.7),
            _ => 0.5 * tone,
        }
    };
    let samples: Vec<f32> = (0..(2.87 * f64::from(rate_hz)) as usize).map(|n| sample(n) as f32).collect();
    write(path, rate_hz, &[&samples]);
}

/// The numbers of the chunks with a flaw.
fn numbers(runs: &[ChunkRun], flaws: &[ChunkFlaw]) -> BTreeSet<u32> {
    let runs = runs.iter().filter(|run| flaws.contains(&run.flaw));
    runs.flat_map(|run| run.first..run.first + run.n).map(|chunk| chunk as u32).collect()
}

#[test]
fn harmful_chunks_have_the_numbers_and_times_of_a_build() {
    for (rate_hz, chunk_s, trim_silence_dbfs) in [
        (8_000, 0.1, None),
        (11_025, 0.1, None),
        (44_100, 0.1, Some(-60.0)),
        (48_000, 0.13, None),
        (11_025, 0.13, Some(-60.0)),
        (22_050, 0.05, Some(-60.0)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write_recording(&root.join("a.wav"), rate_hz);
        let settings = Settings { chunk_s, trim_silence_dbfs, ..small_settings() };
        settings.save(&root.join(FILE_NAME)).unwrap();
        let report = audit(root);
        let measured = report.files[0].measurements().unwrap();
        let harmful = &measured.harmful_chunks;
        let all = datasets::build(root, &settings, 1);
        let rows = index::read(&all.cache_dir).unwrap();
        assert_eq!(measured.n_chunks, rows.len() as u64, "{rate_hz} {chunk_s}");
        let n_valid: u64 = rows.iter().filter_map(|row| row.n_samples).map(u64::from).sum();
        assert_eq!(measured.n_padding, rows.len() as u64 * settings.chunk_samples() as u64 - n_valid);
        // What a rule at the same level leaves out.
        let rule = Settings { exclude_chunks_quieter_dbfs: Some(-40.0), ..settings.clone() };
        let built = datasets::build(root, &rule, 1);
        let kept: BTreeSet<u32> =
            index::read(&built.cache_dir).unwrap().iter().map(|row| row.chunk).collect();
        let left_out: BTreeSet<u32> = (0..rows.len() as u32).filter(|chunk| !kept.contains(chunk)).collect();
        let quiet = numbers(harmful, &[ChunkFlaw::Quiet, ChunkFlaw::Silent]);
        assert!(quiet.len() >= 4);
        assert_eq!(quiet, left_out, "{rate_hz} {chunk_s} {trim_silence_dbfs:?}");
        assert_eq!(measured.n_quiet_chunks, numbers(harmful, &[ChunkFlaw::Quiet]).len() as u64);
        // Six hundredths of the clipped tenth of a second are flat at the top, and nothing else.
        let clipped = numbers(harmful, &[ChunkFlaw::Clipped]);
        let holds = |row: &&index::Row| row.start_s < 1.078 && row.start_s + chunk_s > 1.022;
        let expected: BTreeSet<u32> = rows.iter().filter(holds).map(|row| row.chunk).collect();
        assert_eq!(clipped, expected, "{rate_hz} {chunk_s} {trim_silence_dbfs:?}");
        for run in harmful {
            let start_s = rows[run.first as usize].start_s;
            assert!((run.span.start_s - start_s).abs() < 1e-9, "{run:?}");
        }
        let by_hand = Settings {
            exclude_chunks: harmful.iter().filter_map(|run| run.of(&report.files[0].path)).collect(),
            ..settings
        };
        let n_harmful =
            numbers(harmful, &[ChunkFlaw::Quiet, ChunkFlaw::Silent, ChunkFlaw::Clipped, ChunkFlaw::Padding]);
        let built = datasets::build(root, &by_hand, 1);
        assert_eq!(built.left_out, n_harmful.len() as u64);
        assert!(pipeline_is_valid(root, by_hand));
    }
}

fn pipeline_is_valid(root: &Path, settings: Settings) -> bool {
    let project = Project::new(root, settings).unwrap();
    melscope::pipeline::status(&project, &melscope::monitor::Silent).unwrap().is_valid()
}

#[test]
fn an_hour_of_silence_is_one_entry_and_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("silent.wav");
    datasets::write_wav(&path, 1_000, 3_600_000, |_| 0.0);
    datasets::age(&path, 3600);
    let first = audit(folder.path());
    let runs = &first.files[0].measurements().unwrap().harmful_chunks;
    assert_eq!((runs.len(), runs[0].flaw, runs[0].n), (1, ChunkFlaw::Silent, 3_600));
    let second = audit(folder.path());
    assert_eq!(second.n_read, 0);
    assert!(second.files == first.files);
}

#[test]
fn a_sample_that_is_no_number_marks_its_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples = vec![0.3; 48_000 * 4];
    samples[48_000 * 2 + 7] = f32::NAN;
    write(&folder.path().join("a.wav"), 48_000, &[&samples]);
    let report = audit(folder.path());
    let runs = &report.files[0].measurements().unwrap().harmful_chunks;
    assert_eq!(numbers(runs, &[ChunkFlaw::NotFinite]), BTreeSet::from([2]));
}

#[test]
fn chunks_are_written_as_a_table_whose_first_column_leaves_them_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set");
    write_recording(&root.join("a.wav"), 8_000);
    small_settings().save(&root.join(FILE_NAME)).unwrap();
    let table = folder.path().join("chunks.csv");
    let output = datasets::melscope().arg("audit").arg(&root).arg("--chunks").arg(&table).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 4)), "{output:?}");
    let table = std::fs::read_to_string(table).unwrap();
    let mut lines = table.lines();
    assert_eq!(
        lines.next().unwrap(),
        "exclude_chunks,path,excluded,first_chunk,chunks,start_s,end_s,flaw,peak_dbfs,padding_share"
    );
    let entries: Vec<&str> = lines.filter_map(|line| line.split(',').next()).collect();
    assert_eq!(entries[..3], ["a.wav#0-1", "a.wav#5-8", "a.wav#10"], "{table}");
    let build =
        datasets::melscope().arg("build").arg(&root).arg("--exclude-chunks").args(&entries).output().unwrap();
    let said = String::from_utf8_lossy(&build.stdout);
    assert!(build.status.success() && said.contains("chunks left out by the settings"), "{said}");
}
