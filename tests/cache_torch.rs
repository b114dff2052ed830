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

/// An interpreter that has torch: `MELSCOPE_PYTHON`, or the system's.
fn python_with_torch() -> PathBuf {
    let named = std::env::var_os("MELSCOPE_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain(["python3".into(), "/usr/bin/python3".into()]);
    let has_torch = |python: &PathBuf| {
        Command::new(python).args(["-c", "import torch"]).output().is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().find(has_torch).expect(
        "this test needs PyTorch: apt-get install --no-install-recommends python3-torch, \
         or name an interpreter that has it in MELSCOPE_PYTHON",
    )
}

/// The values that PyTorch finds in each file, little-endian.
fn values_in_torch(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cache_torch.py");
    let output = Command::new(python_with_torch()).arg(script).args(files).output().unwrap();
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
    datasets::write_wav(&root.join("tone.wav"), 8_000, 1_600, datasets::tone(440.0, 8_000));
    let mut settings = datasets::small_settings();
    settings.augmentation.expansion = 3;
    datasets::build(&root, &settings, 1);
    let check =
        "print(len(tensors), *tensors[7].shape, next(iter(loader)).shape[0], \"mag_mean\" in tensors.stats)";
    let code = format!("{}{check}\n", distill::loader_code(&root.join(".cache")));
    let output = Command::new(python_with_torch()).args(["-c", &code]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Two chunks of 800 samples with three variants each, all of them in one batch of up to 16.
    let [channels, bands, frames] = settings.analysis().tensor_shape();
    let expected = format!("8 {channels} {bands} {frames} 8 True");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
}
