//! Looks at what a build keeps: chunks are cut where it cuts them, and what it leaves out counts nowhere.

use std::path::Path;
use std::sync::Mutex;

use melscope::audio::chunk::{Chunk, ChunkPool};
use melscope::audio::kept::KeptChunks;
use melscope::dsp::AnalysisPlan;
use melscope::monitor::Silent;
use melscope::path_text::RelPath;
use melscope::pipeline::preview::{Area, PowerCounts, Preview, PreviewRequest, ShareRequest, estimate_share};
use melscope::settings::{ChunkRange, ChunkRules, Settings};
use melscope::source::SourcePath;

use super::datasets::{small_settings, write_wav};
use super::{noise, previewed, share_by_mask};

/// Rate of the recording in Hz, which is not that of a build.
const RATE_HZ: u32 = 11_025;

/// The frames between the first and the last sound, and all.
const SOUND: std::ops::Range<usize> = 4_000..15_000;
const N_FRAMES: usize = 20_000;

/// A recording with silence at both ends, and its settings with trimming. Chunks 2 and 3 are quiet.
fn write_recording(path: &Path) -> Settings {
    let quiet = SOUND.start + 2_000..SOUND.start + 4_620;
    write_wav(path, RATE_HZ, N_FRAMES, |n| match n {
        n if quiet.contains(&n) => 0.000_5 * (n as f64).sin(),
        n if n == SOUND.start || n == SOUND.end - 1 => 0.9,
        n if SOUND.contains(&n) => noise(n),
        _ => 0.000_2 * (n as f64).sin(),
    });
    Settings { trim_silence_dbfs: Some(-60.0), ..small_settings() }
}

/// The mel power and the instantaneous frequency of each chunk that a build keeps, by the chunk's number.
fn tensors_of_build(path: &Path, source: &str, settings: &Settings) -> Vec<(usize, Vec<f32>, Vec<f32>)> {
    let plan = AnalysisPlan::new(settings.analysis()).unwrap();
    let rules = ChunkRules::new(settings);
    let source = RelPath::new(source);
    let mut reader =
        KeptChunks::open(ChunkPool::default(), path, settings, rules.of(&source), &|| Ok(())).unwrap();
    let mut chunk = Chunk::new(settings.chunk_samples());
    let len = settings.analysis().tensor_shape()[1..].iter().product();
    let mut tensors = Vec::new();
    while reader.next(&mut chunk, &|| Ok(())).unwrap() {
        let (mut power, mut inst_freq) = (vec![0.0; len], vec![0.0; len]);
        plan.analyze_unmasked_into(&chunk.samples, &mut plan.scratch(), &mut power, &mut inst_freq);
        tensors.push((chunk.index, power, inst_freq));
    }
    tensors
}

fn request(path: &Path, settings: &Settings) -> PreviewRequest {
    PreviewRequest { reading: settings.reading(), ..PreviewRequest::whole(path) }
}

#[test]
fn a_trimmed_recording_is_cut_where_a_build_cuts_it_and_shown_at_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let settings = write_recording(&path);
    let analysis = settings.analysis();
    let (preview, summary) = previewed(&request(&path, &settings), analysis).unwrap();
    let expected = tensors_of_build(&path, "a.wav", &settings);
    // 11 000 frames are 7 982 samples: ten chunks of 800.
    assert_eq!((expected.len(), summary.n_chunks, preview.parts().len()), (10, 10, 10));
    for (part, (chunk, power, inst_freq)) in preview.parts().iter().zip(&expected) {
        assert_eq!(part.first_chunk, *chunk);
        assert_eq!(part.mel_power.as_slice().unwrap(), power, "chunk {chunk}");
        assert_eq!(part.inst_freq.as_slice().unwrap(), inst_freq, "chunk {chunk}");
    }
    let time_s = |frame: usize| frame as f64 / f64::from(RATE_HZ);
    let trim = preview.trim().unwrap();
    assert_eq!(
        (trim.kept_s.clone(), trim.whole_s),
        (time_s(SOUND.start)..time_s(SOUND.end), time_s(N_FRAMES))
    );
    let start_s = time_s(SOUND.start);
    assert_eq!((preview.start_s(), preview.chunk_start_s(3)), (start_s, start_s + 0.3));
    assert_eq!((preview.extent_s(), preview.expected_duration_s()), (start_s + 1.0, Some(1.0)));
    // The length at the build's rate is rounded up to a sample.
    assert!((0.0..=1.0 / 8_000.0).contains(&(preview.end_s() - time_s(SOUND.end))), "{}", preview.end_s());
    // A time is looked up where the chunk lies, and found again.
    for (index, part) in preview.parts().iter().enumerate() {
        for column in 0..part.mel_power.ncols() - 1 {
            let at_s = preview.column_start_s(part, column);
            let frame_s = (column * analysis.hop_samples) as f64 / 8_000.0;
            assert!((at_s - (start_s + index as f64 * 0.1 + frame_s)).abs() < 1e-12);
            assert_eq!(preview.column_at(at_s + 1e-9), Some((index, column)));
        }
    }
    assert_eq!(preview.column_at(start_s - 1e-6), None, "what is trimmed off has no tensor");
    assert_eq!(preview.column_at(start_s + 1.0 + 1e-6), None);
    let columns = preview.waveform(&(0.0..start_s + 1.0), 1_000);
    let n_before = (start_s / (start_s + 1.0) * 1_000.0) as usize;
    assert!(
        columns[..n_before].iter().all(Option::is_none)
            && columns[n_before + 1..].iter().all(Option::is_some)
    );
    let first = columns[n_before..n_before + 2].iter().flatten().map(|[_, high]| *high).fold(0.0, f32::max);
    assert!(first > 0.3, "the first sound stands at its time: {first}");
    let table = table_of(&preview, start_s + 0.3..start_s + 0.31);
    assert!(table.lines().nth(1).unwrap().starts_with(&format!("{:.6},3,0,", start_s + 0.3)), "{table}");
}

fn table_of(preview: &Preview, time_s: std::ops::Range<f64>) -> String {
    let mut table = Vec::new();
    preview.write_csv(&Area { time_s, mel: 0.0..preview.mel_max() }, 1e-3, &mut table).unwrap();
    String::from_utf8(table).unwrap()
}

#[test]
fn a_part_of_a_trimmed_recording_shows_the_same_chunks_as_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let settings = write_recording(&path);
    let (whole, _) = previewed(&request(&path, &settings), settings.analysis()).unwrap();
    let part = PreviewRequest { chunks: 3..6, ..request(&path, &settings) };
    let (part, _) = previewed(&part, settings.analysis()).unwrap();
    assert_eq!(part.parts(), &whole.parts()[3..6]);
    assert_eq!((part.trim(), part.extent_s()), (whole.trim(), whole.chunk_start_s(6)));
    assert_eq!(part.column_at(whole.chunk_start_s(4) + 0.05).map(|(part, _)| part), Some(1));
}

#[test]
fn a_recording_that_is_trimmed_as_a_whole_has_no_chunks_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("still.wav");
    write_wav(&path, 8_000, 4_000, |n| 0.000_2 * (n as f64).sin());
    let settings = Settings { trim_silence_dbfs: Some(-60.0), ..small_settings() };
    let (preview, summary) = previewed(&request(&path, &settings), settings.analysis()).unwrap();
    assert_eq!((summary.n_chunks, summary.damage, preview.parts().len()), (0, None, 0));
    let trim = preview.trim().unwrap();
    assert!(trim.kept_s.is_empty() && trim.whole_s == 0.5, "{trim:?}");
    assert_eq!((preview.masked_share(1e-3), preview.extent_s()), (0.0, 0.0));
}

#[test]
fn the_masked_share_is_that_of_the_chunks_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let settings = write_recording(&path);
    let (preview, _) = previewed(&request(&path, &settings), settings.analysis()).unwrap();
    let threshold = 0.1;
    assert_eq!(preview.masked_share_without(&[], threshold), share_by_mask(&preview, threshold));
    let kept: Vec<_> = tensors_of_build(
        &path,
        "a.wav",
        &Settings { exclude_chunks: ranges(&["a.wav#2-3", "a.wav#7"]), ..settings.clone() },
    );
    assert_eq!(kept.len(), 7);
    let expected = share_of(&kept, threshold);
    let share = preview.masked_share_without(&[2..4, 7..8], threshold);
    assert!((share - expected).abs() < 1e-12 && (share - share_by_mask(&preview, threshold)).abs() > 0.01);
    // An overview tells it as well as it tells the share of all.
    let n_bytes: usize = preview.parts().iter().map(|part| part.tensor_bytes()).sum();
    let coarse = PreviewRequest { limit_bytes: n_bytes / 2, ..request(&path, &settings) };
    let (coarse, _) = previewed(&coarse, settings.analysis()).unwrap();
    assert!(!coarse.is_exact());
    let of_coarse = coarse.masked_share_without(&[2..4, 7..8], threshold);
    assert!((of_coarse - expected).abs() < 0.02, "{of_coarse} {expected}");
    assert_eq!(preview.masked_share_without(std::slice::from_ref(&(0..10)), threshold), 0.0);
}

fn ranges(texts: &[&str]) -> Vec<ChunkRange> {
    texts.iter().map(|text| ChunkRange::parse(text.as_bytes()).unwrap()).collect()
}

/// The share of bins below `threshold`.
fn share_of(tensors: &[(usize, Vec<f32>, Vec<f32>)], threshold: f64) -> f64 {
    let powers = tensors.iter().flat_map(|(_, power, _)| power);
    let n_masked = powers.clone().filter(|power| **power < threshold as f32).count();
    n_masked as f64 / powers.count() as f64
}

#[test]
fn the_datasets_share_is_of_what_a_build_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let sources = ["a.wav", "sub/b.wav"];
    let files: Vec<SourcePath> = sources
        .iter()
        .map(|source| SourcePath { path: folder.path().join(source), relative: RelPath::new(*source) })
        .collect();
    let mut base = small_settings();
    for file in &files {
        base = write_recording(&file.path);
    }
    let untrimmed = Settings { trim_silence_dbfs: None, ..base.clone() };
    let cases = [
        untrimmed.clone(),
        base.clone(),
        Settings { exclude_chunks_quieter_dbfs: Some(-60.0), ..base.clone() },
        Settings { exclude_chunks_padding: Some(0.01), ..untrimmed },
        Settings { exclude_chunks: ranges(&["sub/b.wav#1-4"]), ..base },
    ];
    let mut all = Vec::new();
    for settings in cases {
        let plan = AnalysisPlan::new(settings.analysis().unmasked()).unwrap();
        let last = Mutex::new(None);
        let request = ShareRequest {
            files: files.clone(),
            seed: 0,
            settings: settings.unmasked_tensors(),
            n_workers: 2,
        };
        estimate_share(&request, &plan, &Silent, &|estimate| {
            *last.lock().unwrap() = Some(estimate);
            Ok(())
        })
        .unwrap();
        let mut expected = PowerCounts::default();
        for (file, source) in files.iter().zip(sources) {
            for (_, power, _) in tensors_of_build(&file.path, source, &settings) {
                expected.add(&power);
            }
        }
        let found = last.into_inner().unwrap().unwrap();
        assert_eq!((found.n_files, &*found.powers), (2, &expected), "{settings:?}");
        all.push(expected);
    }
    let n_values: Vec<u64> = all.iter().map(PowerCounts::n_values).collect();
    assert!(n_values[1..].iter().all(|n| *n < n_values[0]), "each rule leaves something out: {n_values:?}");
}
