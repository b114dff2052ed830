//! A whole cache against the one that the reference trainer's own preparation wrote for the same files.

mod datasets;

use std::fs;
use std::path::Path;

use melscope::cache::pt;
use melscope::settings::Settings;
use serde_json::Value;

/// Share of the bins of channel 1 that may be off by more than `IF_OFF`: in all tensors, and in any one. The
/// reference computes in float32 and picks sides where a phase difference is almost exactly half a turn.
const IF_OFF: f32 = 5e-3;
const IF_SHARE_ALL: f64 = 0.002;
const IF_SHARE_ONE: f64 = 0.005;

#[test]
fn tensors_equal_the_references() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let report = datasets::build(&root, &Settings::default(), 2);
    assert_eq!(report.spectrograms, 9);
    let (mut n_off, mut n_bins) = (0, 0);
    for number in 0..9 {
        let name = format!("{number:06}.pt");
        let ours = pt::read(&report.cache_dir.join(&name)).unwrap();
        let reference = pt::read(&datasets::data("golden/dataset_cache").join(&name)).unwrap();
        assert_eq!(ours.dim(), (2, 128, 94));
        assert_eq!(ours.dim(), reference.dim());
        let channel = |index: usize| {
            let reference = reference.index_axis(ndarray::Axis(0), index).to_owned();
            ours.index_axis(ndarray::Axis(0), index).to_owned() - reference
        };
        let magnitude = channel(0).iter().fold(0f32, |most, difference| most.max(difference.abs()));
        assert!(magnitude <= 2e-4, "{name}: channel 0 is off by {magnitude}");
        let off = channel(1).iter().filter(|difference| difference.abs() > IF_OFF).count();
        let share = off as f64 / (128.0 * 94.0);
        assert!(share <= IF_SHARE_ONE, "{name}: {share} of channel 1 is off");
        n_off += off;
        n_bins += 128 * 94;
    }
    let share = n_off as f64 / f64::from(n_bins);
    assert!(share <= IF_SHARE_ALL, "{share} of channel 1 is off");
}

#[expect(clippy::unwrap_used, reason = "a manifest that cannot be read has failed the test")]
fn manifest(path: &Path) -> serde_json::Map<String, Value> {
    match serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

#[test]
fn the_manifest_equals_the_references_key_for_key() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let cache_dir = datasets::build(&root, &Settings::default(), 2).cache_dir;
    let mut ours = manifest(&cache_dir.join("manifest.json"));
    let reference = manifest(&datasets::data("golden/dataset_cache/manifest.json"));

    let own = ours.remove("melscope").expect("what the reference lacks is in an object of its own");
    assert_eq!(own["sources"].as_array().unwrap().len(), 5);
    let keys = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&ours), keys(&reference));
    for (key, expected) in &reference {
        match key.as_str() {
            "created" => assert!(ours[key].as_str().unwrap().ends_with("+00:00")),
            "cache_size_bytes" => {
                let bytes: u64 = (0..9)
                    .map(|number| fs::metadata(cache_dir.join(format!("{number:06}.pt"))).unwrap().len())
                    .sum();
                assert_eq!(ours[key], bytes);
            }
            "normalization_stats" => {
                for (name, value) in expected.as_object().unwrap() {
                    let difference = ours[key][name].as_f64().unwrap() - value.as_f64().unwrap();
                    assert!(difference.abs() <= 1e-4, "{name} is off by {difference}");
                }
            }
            "files" => {
                let resolved = root.canonicalize().unwrap();
                let files = ours[key].as_array().unwrap();
                assert_eq!(files.len(), expected.as_array().unwrap().len());
                for (file, expected) in files.iter().zip(expected.as_array().unwrap()) {
                    let path =
                        expected["path"].as_str().unwrap().replace("<DATASET>", resolved.to_str().unwrap());
                    assert_eq!(file["path"], path);
                    let modified = fs::metadata(&path).unwrap().modified().unwrap();
                    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
                    // As CPython computes os.stat_result.st_mtime.
                    let mtime = since.as_secs() as f64 + 1e-9 * f64::from(since.subsec_nanos());
                    assert_eq!(file["mtime"].as_f64(), Some(mtime));
                    assert_eq!(file.as_object().unwrap().len(), 2);
                }
            }
            _ => assert_eq!(&ours[key], expected, "{key}"),
        }
    }
}
