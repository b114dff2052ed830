//! The files of a cache are what FORMAT.md says, and go through their readers unchanged or are refused.

mod cache_support;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use cache_support::{STATS, settings, write};
use melscope::augment::Applied;
use melscope::cache::index::{self, Row};
use melscope::cache::manifest::{BuildRecord, LeftOut, Manifest, Source, StoredManifest};
use melscope::cache::pt::{self, PtLayout};
use melscope::distill::{ListedFile, list_files, seconds_from_ns};
use melscope::path_text::RelPath;
use melscope::split::Side;
use proptest::prelude::*;

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cache").join(name)
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn encoded(shape: [usize; 3]) -> (Vec<f32>, Vec<u8>) {
    let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|i| i as f32 / 7.0).collect();
    let mut file = Vec::new();
    PtLayout::new(shape).encode_into(&values, &mut file);
    (values, file)
}

/// Walks the local headers by APPNOTE 4.3.7, without a zip library.
#[test]
fn a_tensor_file_has_torchs_records_stored_and_aligned() {
    let (values, file) = encoded([2, 128, 94]);
    assert_eq!(file.len() as u64, PtLayout::new([2, 128, 94]).file_bytes());
    let mut names = Vec::new();
    let mut at = 0;
    while file[at..].starts_with(b"PK\x03\x04") {
        let [flags, method, date] = [6, 8, 12].map(|offset| number(&file, at + offset, 2));
        let size = number(&file, at + 22, 4);
        let (name_length, extra_length) = (number(&file, at + 26, 2), number(&file, at + 28, 2));
        let name = String::from_utf8(file[at + 30..][..name_length].to_vec()).unwrap();
        let extra = &file[at + 30 + name_length..][..extra_length];
        let start = at + 30 + name_length + extra_length;
        let content = &file[start..start + size];
        assert_eq!((flags & !0x0800, method), (0, 0), "{name}: no descriptor, no encryption, stored");
        assert_eq!(date, 0x21, "{name}: 1980-01-01");
        assert_eq!(start % 64, 0, "{name}");
        assert_eq!((&extra[..2], number(extra, 2, 2)), (&b"FB"[..], extra_length - 4), "{name}");
        assert_eq!(number(&file, at + 14, 4) as u32, crc32fast::hash(content), "{name}");
        match name.as_str() {
            "archive/.format_version" => assert_eq!(content, b"1"),
            "archive/.storage_alignment" => assert_eq!(content, b"64"),
            "archive/byteorder" => assert_eq!(content, b"little"),
            "archive/version" => assert_eq!(content, b"3\n"),
            "archive/data/0" => {
                assert!(content.iter().copied().eq(values.iter().flat_map(|value| value.to_le_bytes())));
            }
            _ => {}
        }
        names.push(name);
        at = start + size;
    }
    let expected = [
        "data.pkl",
        ".format_version",
        ".storage_alignment",
        "byteorder",
        "data/0",
        "version",
        ".data/serialization_id",
    ];
    assert_eq!(names, expected.map(|name| format!("archive/{name}")));
    assert_eq!(&file[at..at + 4], b"PK\x01\x02", "the central directory follows");
}

#[test]
fn the_pickle_is_torchs_own_byte_for_byte() {
    let torchs = fs::read(stored("000000.pt")).unwrap();
    let (_, ours) = encoded([2, 128, 94]);
    let pickle = |file: &[u8]| {
        let start = file.windows(3).position(|window| window == b"\x80\x02c").unwrap();
        let length = file[start..].windows(3).position(|window| window == b"q\x0b.").unwrap() + 3;
        file[start..start + length].to_vec()
    };
    assert_eq!(pickle(&ours), pickle(&torchs));
}

#[test]
fn files_of_the_trainer_are_read() {
    for name in ["000000.pt", "000008.pt"] {
        let tensor = pt::read(&stored(name)).unwrap();
        assert_eq!(tensor.shape(), [2, 128, 94]);
        // The first frame of channel 1 is 0 before it is normalised, so afterwards one value fills it.
        let first = tensor[[1, 0, 0]];
        assert!(tensor.slice(ndarray::s![1, .., 0]).iter().all(|value| *value == first));
    }
}

#[test]
fn a_file_of_another_kind_is_refused_with_its_reason() {
    let (_, good) = encoded([2, 4, 5]);
    let replaced = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        let mut file = good.clone();
        file[at..at + to.len()].copy_from_slice(to);
        // The CRC of data.pkl, the first record, in both headers.
        let (start, length) = (64, number(&file, 22, 4));
        let crc = crc32fast::hash(&file[start..start + length]).to_le_bytes();
        file[14..18].copy_from_slice(&crc);
        let central = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        file[central + 16..central + 20].copy_from_slice(&crc);
        file
    };
    for (file, reason) in [
        (Vec::new(), "not a zip archive"),
        (b"RIFF....WAVE".to_vec(), "not a zip archive"),
        (good[..good.len() / 2].to_vec(), "not a zip archive"),
        (replaced(b"FloatStorage", b"ShortStorage"), "torch ShortStorage where float32"),
        (replaced(b"K\x02K\x04K\x05\x87", b"K\x03K\x04K\x05\x87"), "its shape is [3, 4, 5]"),
        (replaced(b"K\x14K\x05K\x01\x87", b"K\x01K\x02K\x08\x87"), "not contiguous"),
        (replaced(b"QK\x00K", b"QK\x01K"), "does not fit"),
        (replaced(b"torch._utils\n_rebuild", b"posix\nsystem\n_rebuild"), "opcode"),
    ] {
        let error = pt::decode(&file).unwrap_err();
        assert!(error.contains(reason), "{error} is not about {reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tensor_goes_through_its_file_unchanged(
        (n_mels, frames) in (1..40_usize, 1..300_usize),
        bits in any::<u32>(),
    ) {
        let shape = [2, n_mels, frames];
        // Any bits at all: infinities and the payload of a NaN must survive.
        let values: Vec<f32> =
            (0..2 * n_mels * frames).map(|i| f32::from_bits(bits.wrapping_mul(2 * i as u32 + 1))).collect();
        let mut file = vec![1, 2, 3];
        let layout = PtLayout::new(shape);
        layout.encode_into(&values, &mut file);
        let read = pt::decode(&file).unwrap();
        prop_assert_eq!(read.shape(), shape);
        prop_assert!(read.iter().map(|value| value.to_bits()).eq(values.iter().map(|value| value.to_bits())));
        prop_assert_eq!(blake3::hash(&file[layout.values()]), pt::hash_values(&values));
    }

    /// One flipped bit is found wherever it matters: what is read is right or refused.
    #[test]
    fn a_flipped_bit_never_changes_a_value(at in any::<prop::sample::Index>(), bit in 0..8) {
        let (values, mut file) = encoded([2, 4, 5]);
        let at = at.index(file.len());
        file[at] ^= 1_u8 << bit;
        if let Ok(read) = pt::decode(&file) {
            prop_assert_eq!(read.into_raw_vec_and_offset().0, values, "byte {}", at);
        }
    }

    #[test]
    fn anything_is_read_or_refused_without_a_panic(pickle in prop::collection::vec(any::<u8>(), 0..200), at in 64..200_usize) {
        let (_, mut file) = encoded([2, 4, 5]);
        let end = (at + pickle.len()).min(222);
        file[at..end].copy_from_slice(&pickle[..end - at]);
        let crc = crc32fast::hash(&file[64..64 + number(&file, 22, 4)]).to_le_bytes();
        let central = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        file[14..18].copy_from_slice(&crc);
        file[central + 16..central + 20].copy_from_slice(&crc);
        if let Ok(tensor) = pt::decode(&file) {
            prop_assert_eq!(tensor.shape()[0], 2);
        }
    }

    #[test]
    fn a_manifest_goes_through_json_unchanged(
        names in prop::collection::vec(hostile_path(), 0..8),
        (seed, mtime_ns) in (any::<u64>(), any::<i64>()),
        (mag_mean, threshold) in (-1e300..1e300, 0.0..1e3),
    ) {
        let settings = melscope::settings::Settings { seed, if_threshold: threshold, ..settings() };
        let manifest = manifest_of(&settings, &names, mtime_ns, mag_mean);
        let mut json = Vec::new();
        manifest.write(&mut json).unwrap();
        prop_assert!(json.is_ascii());
        prop_assert_eq!(StoredManifest::in_json(&json), StoredManifest::Ours(Box::new(manifest)));
    }

    #[test]
    fn an_index_goes_through_csv_unchanged(rows in prop::collection::vec(row(), 0..20)) {
        let folder = tempfile::tempdir().unwrap();
        let mut csv = Vec::new();
        index::write(rows.iter().cloned(), &mut csv).unwrap();
        write(&folder.path().join(index::FILE_NAME), &csv);
        prop_assert_eq!(&index::read(folder.path()).unwrap(), &rows);
        let numbers = (0..rows.len() as u64).collect();
        prop_assert_eq!(index::StoredIndex::in_folder(folder.path()).unwrap(), index::StoredIndex::Ours(numbers));
    }
}

/// A relative path of any bytes that a Unix file name can have, many of them troublesome.
fn hostile_path() -> impl Strategy<Value = PathBuf> {
    let byte = prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'\\'), 1..=255_u8];
    prop::collection::vec(byte, 1..30).prop_map(|bytes| OsString::from_vec(bytes).into())
}

fn row() -> impl Strategy<Value = Row> {
    let key = (any::<u32>(), any::<u32>(), any::<u32>(), prop::option::of(any::<bool>()));
    let effect = || prop::option::of(-1e6..1e6);
    let effects = (effect(), effect(), effect(), effect());
    let n_samples = prop::option::of(any::<u32>());
    (key, hostile_path(), 0.0..1e9, n_samples, effects, any::<[u8; 32]>()).prop_map(
        |(key, source, start_s, n_samples, effects, hash)| Row {
            source: RelPath::new(source),
            chunk: key.0,
            variant: key.1,
            start_s,
            n_samples,
            applied: Applied { semitones: effects.0, speed: effects.1, snr_db: effects.2, gain: effects.3 },
            group: key.2,
            side: key.3.map(|is_train| if is_train { Side::Train } else { Side::Validation }),
            blake3: hash.into(),
        },
    )
}

fn manifest_of(
    settings: &melscope::settings::Settings,
    names: &[PathBuf],
    mtime_ns: i64,
    mag_mean: f64,
) -> Manifest {
    let left_out = |name: &PathBuf, blake3: Option<&str>| LeftOut {
        relative: RelPath::new(name),
        reason: "because \u{1F3B5}".into(),
        size: u64::MAX,
        mtime_ns,
        blake3: blake3.map(Into::into),
        needs_ffmpeg: blake3.is_some() && mtime_ns % 2 == 0,
    };
    Manifest::new(BuildRecord {
        settings,
        augmentation: None,
        files: names
            .iter()
            .map(|name| ListedFile {
                path: Path::new("/data").join(name),
                mtime_s: seconds_from_ns(mtime_ns),
            })
            .collect(),
        stats: melscope::normalization::NormalizationStats { mag_mean, ..STATS },
        n_tensors: names.len() as u64,
        tensor_file_bytes: 1000,
        started_ns: mtime_ns,
        sources: names
            .iter()
            .map(|name| Source {
                relative: RelPath::new(name),
                size: 7,
                mtime_ns,
                blake3: "00".into(),
                frames: 1,
                sample_rate_hz: 44_100,
                channels: 2,
                chunks: 1,
                chunks_left_out: u64::from(names.len() > 3),
                damage: names.first().filter(|first| *first == name).map(|_| "cut short".into()),
                decoder: names.last().filter(|last| *last == name).map(|_| "ffmpeg 5.1.9".into()),
            })
            .collect(),
        skipped: names.iter().map(|name| left_out(name, Some("11"))).collect(),
        excluded: names.iter().map(|name| left_out(name, None)).collect(),
    })
}

#[test]
fn the_manifest_has_the_trainers_keys_in_its_order_and_ours_last() {
    let keys = |json: &str| -> Vec<String> {
        // Two or four blanks: the keys of the whole and of its objects, not those of the files.
        let indent = |line: &str| line.len() - line.trim_start().len();
        let key = |line: &str| {
            line.trim()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once("\":"))
                .map(|(key, _)| key.to_owned())
        };
        json.lines().filter(|line| [2, 4].contains(&indent(line))).filter_map(key).collect()
    };
    let theirs = fs::read_to_string(stored("manifest.json")).unwrap();
    let mut ours = Vec::new();
    manifest_of(&settings(), &["a.wav".into()], 0, 0.0).write(&mut ours).unwrap();
    let mut expected = keys(&theirs);
    expected.extend(
        ["melscope", "format", "program", "seed", "if_mode", "started_ns", "sources", "skipped", "excluded"]
            .map(String::from),
    );
    assert_eq!(keys(std::str::from_utf8(&ours).unwrap()), expected);
}

#[test]
fn manifests_of_every_owner_are_told_apart() {
    let theirs = fs::read(stored("manifest.json")).unwrap();
    let StoredManifest::Reference(manifest) = StoredManifest::in_json(&theirs) else {
        panic!("the trainer's own")
    };
    assert_eq!((manifest.total_spectrograms, manifest.tensor_file_bytes()), (9, 97_762));
    assert_eq!(StoredManifest::in_json(br#"{"version": "2.0", "files": []}"#), StoredManifest::Absent);
    assert_eq!(
        StoredManifest::in_json(br#"{"version": "3", "melscope": {"format": 9}}"#),
        StoredManifest::OtherFormat(9)
    );
    for foreign in
        [&b""[..], b"{", b"[]", br#"{"name": "my app"}"#, br#"{"melscope": {"format": 1}}"#, &theirs[..500]]
    {
        assert!(
            matches!(StoredManifest::in_json(foreign), StoredManifest::Foreign(_)),
            "{}",
            String::from_utf8_lossy(foreign)
        );
    }
}

#[test]
fn the_trainers_files_are_listed_as_its_own_scan_finds_them() {
    let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
    let names = [
        &b"z.wav"[..],
        b"B.WAV",
        b"a.aiff",
        b"x.mp3",
        b"sub/y.FLAC",
        b"no.aif",
        b"no.ogg",
        b".hidden/no.wav",
        b"sub/.no.wav",
        b"wav",
        b"\xef\xbf\xbd.wav",
        b"\xf0\x9f\x8e\xb5.wav",
        b"\xff.wav",
    ]
    .map(path);
    let files: Vec<_> = names.iter().map(|name| (RelPath::new(name), Path::new("/d").join(name))).collect();
    let listed = list_files(files.iter().map(|(relative, path)| (relative, path.as_path(), 0)));
    // A byte that is no UTF-8 is a surrogate in Python, which sorts below U+FFFD and below the music note.
    let expected = [
        &b"/d/B.WAV"[..],
        b"/d/a.aiff",
        b"/d/sub/y.FLAC",
        b"/d/x.mp3",
        b"/d/z.wav",
        b"/d/\xff.wav",
        b"/d/\xef\xbf\xbd.wav",
        b"/d/\xf0\x9f\x8e\xb5.wav",
    ];
    assert_eq!(listed.into_iter().map(|file| file.path).collect::<Vec<_>>(), expected.map(path));
}

#[test]
fn times_are_rounded_as_python_rounds_them() {
    // CPython: sec + 1e-9 * nsec in double precision, seconds rounded down.
    assert_eq!(seconds_from_ns(1_700_000_000_123_456_789), 1_700_000_000.0 + 1e-9 * 123_456_789.0);
    assert_eq!(seconds_from_ns(-1), -1.0 + 1e-9 * 999_999_999.0);
    assert_eq!(seconds_from_ns(0), 0.0);
}
