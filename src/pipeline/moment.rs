//! The waveform around a moment of a recording, each channel for itself as the file has it: what a finding is about.

use std::ops::Range;
use std::path::PathBuf;

use crate::audio::decode::{AudioReader, Block, Ending};
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::settings::FfmpegUse;
use crate::workers::catch_decoder;

/// Channels that are drawn; of more, the others are not.
const CHANNELS_MAX: usize = 8;

/// A request for the waveform of a part of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentRequest {
    /// The recording.
    pub path: PathBuf,
    /// Whether an installed `ffmpeg` reads what we have no decoder for.
    pub ffmpeg: FfmpegUse,
    /// The part, in seconds.
    pub range_s: Range<f64>,
    /// Columns that it is drawn in, at least 1.
    pub n_columns: usize,
}

/// The waveform of a part of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The request that it answers.
    pub request: MomentRequest,
    /// For each channel its columns from left to right: lowest and highest sample, 1 is full scale. `None` where the part
    /// lies beyond the recording.
    pub channels: Vec<Vec<Option<[f32; 2]>>>,
}

/// Reads the waveform that `request` asks for. What lies before it is decoded and passed over.
///
/// # Errors
/// The file cannot be opened or decoded, or has no sound. On cancel.
pub fn read_moment(request: &MomentRequest, monitor: &dyn Monitor) -> Result<Moment> {
    let MomentRequest { path, ffmpeg, range_s, n_columns } = request;
    let mut reader = catch_decoder(path, || AudioReader::open_by(path, *ffmpeg))?;
    let rate_hz = f64::from(reader.info().sample_rate_hz);
    let n_channels = reader.info().n_channels.min(CHANNELS_MAX);
    let mut channels = vec![vec![None; *n_columns]; n_channels];
    let range = range_s.start * rate_hz..range_s.end * rate_hz;
    let columns_per_frame = *n_columns as f64 / (range.end - range.start).max(f64::MIN_POSITIVE);
    let mut first = 0;
    while (first as f64) < range.end {
        monitor.check()?;
        let n_frames = catch_decoder(path, || {
            let block = reader.next_block()?;
            Ok(block.map(|block| add(block, first, &range, columns_per_frame, &mut channels)))
        })?;
        let Some(n_frames) = n_frames else { break };
        first += n_frames as u64;
    }
    match reader.ending() {
        Some(Ending::Damaged { reason, .. }) if first == 0 => Err(Error::audio(path, reason.clone())),
        _ => Ok(Moment { request: request.clone(), channels }),
    }
}

/// Adds a block, whose first frame is the recording's `first`, to the columns of the frames `range`. Gives its length.
fn add(
    block: Block<'_>,
    first: u64,
    range: &Range<f64>,
    columns_per_frame: f64,
    channels: &mut [Vec<Option<[f32; 2]>>],
) -> usize {
    let n_frames = block.n_frames();
    let within = |frame: f64| ((frame - first as f64).max(0.0) as usize).min(n_frames);
    let frames = within(range.start.ceil())..within(range.end.ceil());
    let samples = &block.samples[frames.start * block.n_channels..frames.end * block.n_channels];
    for (frame, values) in frames.zip(samples.chunks_exact(block.n_channels)) {
        let column = ((first + frame as u64) as f64 - range.start) * columns_per_frame;
        for (channel, &value) in channels.iter_mut().zip(values) {
            let last = channel.len() - 1;
            let [low, high] = channel[(column as usize).min(last)].get_or_insert([value; 2]);
            (*low, *high) = (low.min(value), high.max(value));
        }
    }
    n_frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Silent;
    use crate::pipeline::test_wav;

    /// A stereo recording at 1 kHz: left rises by 1/32768 a frame, right falls as much.
    fn write_stereo(path: &std::path::Path, n_frames: i16) {
        test_wav::write(path, 1_000, 2, (0..n_frames).flat_map(|n| [n, -n]));
    }

    #[test]
    fn every_channel_has_the_lowest_and_highest_of_each_column_and_nothing_beyond_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stereo.wav");
        write_stereo(&path, 10_000);
        let request = MomentRequest { path, ffmpeg: FfmpegUse::Off, range_s: 9.0..11.0, n_columns: 4 };
        let moment = read_moment(&request, &Silent).unwrap();
        let value = |n: i32| n as f32 / 32_768.0;
        assert_eq!(
            moment.channels,
            [
                [Some([value(9_000), value(9_499)]), Some([value(9_500), value(9_999)]), None, None],
                [Some([value(-9_499), value(-9_000)]), Some([value(-9_999), value(-9_500)]), None, None],
            ]
        );
    }

    #[test]
    fn a_recording_without_sound_has_no_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.wav");
        write_stereo(&path, 0);
        let request = MomentRequest { path, ffmpeg: FfmpegUse::Off, range_s: 0.0..1.0, n_columns: 4 };
        assert_eq!(read_moment(&request, &Silent).unwrap().channels, [[None; 4]; 2]);
    }
}
