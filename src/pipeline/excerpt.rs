//! The samples of a stretch of a recording, for a waveform that is looked at closely.

use std::ops::Range;
use std::path::PathBuf;

use crate::audio::chunk::{Chunk, ChunkReader};
use crate::error::Result;
use crate::monitor::Monitor;
use crate::settings::FfmpegUse;
use crate::workers::catch_decoder;

/// Samples that are read at once; between two reads a cancel is heeded.
const BLOCK_SAMPLES: usize = 1 << 14;

/// A request for samples of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptRequest {
    /// The recording.
    pub path: PathBuf,
    /// The dataset's rate, to which it is brought, in Hz.
    pub sample_rate_hz: u32,
    /// The samples at that rate, counted from the recording's start.
    pub range: Range<u64>,
}

/// Samples of a recording: mean over its channels, at the dataset's rate and at the level they have in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// The request that it answers.
    pub request: ExcerptRequest,
    /// The samples from the start of the range on; fewer than were asked for where the recording ends.
    pub samples: Vec<f32>,
}

/// Reads the samples that `request` asks for. What lies before them is decoded and passed over.
///
/// # Errors
/// The file cannot be opened or decoded, has no sound, or a sample is not finite. On cancel.
pub fn read_excerpt(request: &ExcerptRequest, monitor: &dyn Monitor) -> Result<Excerpt> {
    let ExcerptRequest { path, sample_rate_hz, range } = request;
    let open = || ChunkReader::open_by(path, FfmpegUse::Auto, *sample_rate_hz, BLOCK_SAMPLES);
    let mut reader = catch_decoder(path, open)?;
    let mut block = Chunk::new(BLOCK_SAMPLES);
    let (mut samples, mut block_start) = (Vec::new(), 0_u64);
    while block_start < range.end {
        monitor.check()?;
        if !catch_decoder(path, || reader.next_chunk(&mut block))? {
            // Says why where there is no sound at all; damage after some sound is the preview's to tell.
            reader.outcome()?;
            break;
        }
        let within = |sample: u64| (sample.saturating_sub(block_start) as usize).min(block.n_samples);
        samples.extend_from_slice(&block.samples[within(range.start)..within(range.end)]);
        block_start += block.n_samples as u64;
    }
    Ok(Excerpt { request: request.clone(), samples })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;

    /// A recording of which sample `n` is `n / 32768`, at 8 kHz.
    fn write_ramp(path: &std::path::Path, n_samples: i16) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for n in 0..n_samples {
            writer.write_sample(n).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn the_samples_are_those_of_the_file_at_its_level_across_blocks_and_up_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ramp.wav");
        write_ramp(&path, 20_000);
        let read = |range: Range<u64>| {
            let request = ExcerptRequest { path: path.clone(), sample_rate_hz: 8_000, range };
            read_excerpt(&request, &Silent).unwrap().samples
        };
        let expected = |range: Range<u16>| range.map(|n| f32::from(n) / 32_768.0).collect::<Vec<_>>();
        assert_eq!(read(0..3), expected(0..3));
        // The first block ends at 16 384.
        assert_eq!(read(16_380..16_390), expected(16_380..16_390));
        assert_eq!(read(19_990..30_000), expected(19_990..20_000));
        assert_eq!(read(25_000..30_000), Vec::<f32>::new());
    }
}
