//! The Python package, with the program and against it: its own tests, and both libraries' tensors and splits.

mod datasets;

use std::fs;
use std::path::Path;
use std::process::Command;

use melscope::training::{CachedSpectrogramDataset, SplitRule};

#[test]
fn the_packages_own_tests_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(datasets::python_with_torch())
        .args([
            "-B",
            "-W",
            "error::ResourceWarning",
            "-m",
            "unittest",
            "discover",
            "-s",
            "python/tests",
            "-t",
            "python",
        ])
        .env("MELSCOPE_PROGRAM", env!("CARGO_BIN_EXE_melscope"))
        .current_dir(root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let n_tests: u32 =
        said.split("Ran ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap();
    assert!(n_tests > 40 && !said.contains("skipped"), "{said}");
}

/// Writes the numbers and the values of both sides, as the package has them: a count, the numbers, then all values.
const WRITE_SIDES: &str = "
import sys, numpy, melscope
cache, out = sys.argv[1:]
sides = melscope.split(cache)
with open(out, 'wb') as file:
    for side in ('train', 'validation'):
        dataset = melscope.Dataset(cache, side)
        file.write(numpy.array([len(dataset), *sides[side]], '<u4').tobytes())
        for tensor in dataset:
            file.write(tensor.numpy().astype('<f4').tobytes())
";

#[test]
fn both_libraries_agree_tensor_by_tensor_and_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..9 {
        let path = folder.path().join(format!("{}/{number}.wav", number % 2));
        datasets::write_wav(&path, 8_000, 2_500, datasets::tone(150.0 + 90.0 * f64::from(number), 8_000));
    }
    let mut settings = datasets::small_settings();
    settings.augmentation.expansion = 2;
    let cache_dir = datasets::build(folder.path(), &settings, 2).cache_dir;
    let out = folder.path().join("sides");
    let status = Command::new(datasets::python_with_torch())
        .args(["-B", "-c", WRITE_SIDES])
        .args([&cache_dir, &out])
        .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("python"))
        .status()
        .unwrap();
    assert!(status.success());
    let dataset = CachedSpectrogramDataset::open(&cache_dir).unwrap();
    let split = SplitRule::Stored.numbers(&dataset).unwrap();
    let mut expected = Vec::new();
    let mut values = vec![0.0; dataset.shape().iter().product()];
    for numbers in [&split.train, &split.validation] {
        assert!(!numbers.is_empty());
        let count = numbers.len() as u32;
        for number in std::iter::once(&count).chain(numbers) {
            expected.extend(number.to_le_bytes());
        }
        for number in numbers {
            dataset.read_into(*number as usize, &mut values).unwrap();
            for value in &values {
                expected.extend(value.to_le_bytes());
            }
        }
    }
    assert!(fs::read(&out).unwrap() == expected, "the package reads something else");
}
