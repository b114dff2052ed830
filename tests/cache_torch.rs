//! What we write, PyTorch loads as the trainer does, bit for bit; what PyTorch wrote, we read as it does.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files fails")]

mod cache_support;
mod datasets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cache_support::write;
use melscope::cache::pt::{self, PtLayout};
use melscope::distill;

/// The values that PyTorch finds in each file, little-endian.
fn values_in_torch(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cache_torch.py");
    let output = Command::new(datasets::python_with_torch()).arg(script).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    files.iter().map(|file| fs::read(format!("{}.values", file.display())).unwrap()).collect()
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn torch_and_melscope_find_the_same_values_in_each_others_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut expected = Vec::new();
    // Every width of the pickle's integers: one byte, two and four.
    for shape in [[2, 1, 1], [2, 4, 5], [2, 128, 94], [2, 300, 400], [2, 80, 2000]] {
        let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (i as f32).sin()).collect();
        let mut file = Vec::new();
        PtLayout::new(shape).encode_into(&values, &mut file);
        let path = folder.path().join(format!("{}x{}.pt", shape[1], shape[2]));
        write(&path, &file);
        assert_eq!(pt::read(&path).unwrap().shape(), shape);
        expected.push(bytes_of(&values));
        files.push(path);
    }
    for name in ["000000.pt", "000008.pt"] {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cache").join(name);
        let path = folder.path().join(name);
        fs::copy(&stored, &path).unwrap();
        expected.push(bytes_of(pt::read(&path).unwrap().as_slice().unwrap()));
        files.push(path);
    }
    for ((file, torch), ours) in files.iter().zip(values_in_torch(&files)).zip(expected) {
        assert!(torch == ours, "{} differs", file.display());
    }
}

#[test]
fn the_loader_that_is_offered_gives_every_tensor_and_the_variants() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("set \"quoted\"");
    for (name, hz) in [("a.wav", 440.0), ("b.wav", 620.0)] {
        datasets::write_wav(&root.join(name), 8_000, 1_600, datasets::tone(hz, 8_000));
    }
    let mut settings = datasets::small_settings();
    settings.augmentation.expansion = 3;
    datasets::build(&root, &settings, 1);
    let check = "sides = [{row[\"source\"] for row in tensors.rows} for tensors in (train, validation)]\n\
         print(len(train), len(validation), len(sides[0] & sides[1]), *train[7].shape, \
         next(iter(train_loader)).shape[0], next(iter(validation_loader)).shape[0], \"mag_mean\" in train.stats)";
    let code = format!("{}{check}\n", distill::loader_code(&root.join(".cache")));
    let output = Command::new(datasets::python_with_torch()).args(["-c", &code]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Of each recording two chunks of 800 samples with three variants each, all of them in one batch of up to 16.
    let [channels, bands, frames] = settings.analysis().tensor_shape();
    let expected = format!("8 8 0 {channels} {bands} {frames} 8 8 True");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
}
