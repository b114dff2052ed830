//! The tools that several benchmarks measure with.

#![expect(
    unreachable_pub,
    reason = "every benchmark is a crate of its own, in which this is a private module"
)]
#![allow(dead_code, reason = "not every benchmark needs all of it")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

const SAMPLE_RATE_HZ: u32 = 48_000;
const SPEC: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Writes `duration_s` seconds of noise that decays anew every second, as WAV of 16 bits.
pub fn write_noise(path: &Path, duration_s: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = hound::WavWriter::create(path, SPEC).unwrap();
    let mut state = 1u32;
    for n in 0..duration_s * SAMPLE_RATE_HZ {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let level = 1.0 - (n % SAMPLE_RATE_HZ) as f32 / SAMPLE_RATE_HZ as f32;
        writer.write_sample((level * f32::from((state >> 16) as i16)) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// A date in the past, as recordings have: a file written a moment ago is not trusted to be unchanged.
pub fn settle(path: &Path) {
    let hour_ago = SystemTime::now() - Duration::from_hours(1);
    fs::File::options().write(true).open(path).unwrap().set_modified(hour_ago).unwrap();
}

/// Writes `n_files` recordings of a hundredth of a second, each different, a hundred to a folder.
pub fn write_clicks(root: &Path, n_files: usize) {
    for index in 0..n_files {
        let path = root.join(format!("{:04}", index / 100)).join(format!("{index:06}.wav"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_click(&path, index);
        settle(&path);
    }
}

fn write_click(path: &Path, index: usize) {
    let mut writer = hound::WavWriter::create(path, SPEC).unwrap();
    for n in 0..480 {
        let sample = (index * 31 + n * 997) as f64 * 0.618_033_988_749_895;
        writer.write_sample((sample.fract() * 30_000.0 * (1.0 - n as f64 / 480.0)) as i16).unwrap();
    }
    writer.finalize().unwrap();
}
