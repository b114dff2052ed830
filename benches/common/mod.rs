//! What several benchmarks measure with.

#![expect(
    unreachable_pub,
    reason = "every benchmark is a crate of its own, in which this is a private module"
)]

use std::fs;
use std::path::Path;

const SAMPLE_RATE_HZ: u32 = 48_000;

/// Writes `duration_s` seconds of noise that decays anew every second, as WAV of 16 bits.
pub fn write_noise(path: &Path, duration_s: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let mut state = 1u32;
    for n in 0..duration_s * SAMPLE_RATE_HZ {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let level = 1.0 - (n % SAMPLE_RATE_HZ) as f32 / SAMPLE_RATE_HZ as f32;
        writer.write_sample((level * f32::from((state >> 16) as i16)) as i16).unwrap();
    }
    writer.finalize().unwrap();
}
