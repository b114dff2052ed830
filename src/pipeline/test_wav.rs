//! WAV files for the tests of the pipeline.

use std::path::Path;

/// Writes 16-bit samples, channels interleaved.
pub(super) fn write(path: &Path, sample_rate: u32, channels: u16, samples: impl Iterator<Item = i16>) {
    let spec = hound::WavSpec {
        channels,
        sample_rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}
