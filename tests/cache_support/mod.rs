//! A small dataset and its cache, for the tests of the cache's files.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use melscope::Error;
use melscope::augment::Applied;
use melscope::cache::TensorKey;
use melscope::cache::index::Row;
use melscope::cache::lock::CacheLock;
use melscope::cache::manifest::{BuildRecord, LeftOut, Manifest, Source};
use melscope::cache::pt::PtLayout;
use melscope::cache::staging::{Scratch, StagedKey};
use melscope::cache::status::{CacheStatus, Expected, status};
use melscope::cache::writer::{CacheWriter, Committed, ReferenceCache};
use melscope::normalization::NormalizationStats;
use melscope::path_text::RelPath;
use melscope::settings::Settings;
use melscope::source::SourceFile;
use melscope::split::Side;

/// Far later than any file of a test: no time is young enough to be doubted.
pub const STARTED_NS: i64 = 2_000_000_000_000_000_000;

pub const STATS: NormalizationStats =
    NormalizationStats { mag_mean: 0.5, mag_std: 2.0, if_mean: 0.25, if_std: 1.0 };

/// Small tensors, so that tests are quick: [2, 4, 5].
pub fn settings() -> Settings {
    Settings { n_fft: 64, hop_samples: 16, n_mels: 4, chunk_s: 64.0 / 48_000.0, ..Settings::default() }
}

pub fn layout() -> PtLayout {
    PtLayout::new(settings().analysis().tensor_shape())
}

/// The values of a tensor before and after normalising: made from its place, so that no two are equal.
pub fn raw_values(key: TensorKey) -> Vec<f32> {
    (0..40).map(|i| (key.source * 10_000 + key.chunk * 100 + i) as f32).collect()
}

pub fn normalise(values: &mut [f32]) {
    for value in values {
        *value = (*value - 0.5) / 2.0;
    }
}

pub fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test prepares its files")]
    fs::write(path, content).unwrap();
}

/// A dataset of `names`, each file with its name and `salt` as content.
pub fn make_dataset(root: &Path, names: &[&str], salt: &str) {
    for name in names {
        write(&root.join(name), format!("{name} {salt}").as_bytes());
    }
}

pub fn expected_sources(root: &Path, names: &[&str]) -> Vec<SourceFile> {
    let mut sources: Vec<_> = names
        .iter()
        .map(|name| {
            let path = root.join(name);
            let metadata = fs::metadata(&path).unwrap();
            SourceFile {
                relative: RelPath::new(name),
                path,
                size: metadata.len(),
                mtime_ns: metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec(),
                is_excluded: false,
            }
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

pub struct Build {
    pub rows: Vec<(TensorKey, Row)>,
    pub manifest: Manifest,
}

/// What a build of `sources` with `n_chunks` each gives; hashes are of the normalised values.
pub fn build_of(sources: &[SourceFile], settings: &Settings, n_chunks: u32) -> Build {
    let mut rows = Vec::new();
    let used = sources.iter().filter(|source| !source.is_excluded);
    for (number, source) in used.clone().enumerate() {
        for chunk in 0..n_chunks {
            let key = TensorKey { source: number as u32, chunk, variant: 0 };
            let mut values = raw_values(key);
            normalise(&mut values);
            let row = Row {
                source: source.relative.clone(),
                chunk,
                variant: 0,
                start_s: f64::from(chunk) * settings.chunk_s,
                n_samples: Some(settings.chunk_samples() as u32),
                applied: Applied::default(),
                group: key.source,
                side: Some(if key.source == 0 { Side::Validation } else { Side::Train }),
                blake3: melscope::cache::pt::hash_values(&values),
            };
            rows.push((key, row));
        }
    }
    let manifest = Manifest::new(BuildRecord {
        settings,
        augmentation: None,
        files: melscope::cache::refresh::listed(sources),
        stats: STATS,
        n_tensors: rows.len() as u64,
        tensor_file_bytes: PtLayout::new(settings.analysis().tensor_shape()).file_bytes(),
        started_ns: STARTED_NS,
        sources: used
            .map(|source| Source {
                relative: source.relative.clone(),
                size: source.size,
                mtime_ns: source.mtime_ns,
                blake3: hash_file(&source.path).unwrap(),
                frames: 64,
                sample_rate_hz: 48_000,
                channels: 1,
                chunks: u64::from(n_chunks),
                chunks_left_out: 0,
                damage: None,
                decoder: None,
            })
            .collect(),
        skipped: Vec::new(),
        excluded: sources
            .iter()
            .filter(|source| source.is_excluded)
            .map(|source| LeftOut {
                relative: source.relative.clone(),
                reason: "excluded".into(),
                size: source.size,
                mtime_ns: source.mtime_ns,
                blake3: None,
                needs_ffmpeg: false,
            })
            .collect(),
    });
    Build { rows, manifest }
}

/// Stages and normalises everything of `build`.
pub fn stage_all(writer: &CacheWriter, build: &Build) -> melscope::Result<()> {
    let (layout, mut scratch) = (layout(), Scratch::default());
    for (key, _) in &build.rows {
        writer.staging().stage(*key, &layout, &raw_values(*key), &mut scratch)?;
    }
    for (key, row) in &build.rows {
        let hash = writer.finish_tensor(*key, &layout, normalise, &mut scratch)?;
        assert_eq!(hash, row.blake3, "the hash of {key:?}");
    }
    Ok(())
}

/// Commits everything of `build`.
pub fn commit(writer: CacheWriter, build: &Build) -> melscope::Result<Committed> {
    let staged: Vec<StagedKey> =
        build.rows.iter().map(|(key, _)| StagedKey { key: *key, record: 0 }).collect();
    writer.commit(&staged, build.rows.iter().map(|(_, row)| Ok(row.clone())), &build.manifest)
}

/// Builds the cache of `names` below `root` in `cache_dir`.
pub fn build(cache_dir: &Path, root: &Path, names: &[&str], n_chunks: u32) -> melscope::Result<Vec<PathBuf>> {
    let build = build_of(&expected_sources(root, names), &settings(), n_chunks);
    let (writer, _) = CacheWriter::open(CacheLock::acquire(cache_dir)?, ReferenceCache::Keep)?;
    stage_all(&writer, &build)?;
    Ok(commit(writer, &build)?.left)
}

/// BLAKE3 of a file, hexadecimal.
pub fn hash_file(path: &Path) -> melscope::Result<String> {
    let content = fs::read(path).map_err(Error::io("read", path))?;
    Ok(blake3::hash(&content).to_hex().to_string())
}

pub fn status_of(cache_dir: &Path, sources: &[SourceFile]) -> CacheStatus {
    let settings = settings();
    let expected = Expected { sources, settings: &settings, augmentation: None };
    status(cache_dir, &expected, hash_file).unwrap()
}

/// Every file below `folder` and its content.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder).unwrap().to_path_buf();
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}
