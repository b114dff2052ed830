//! WAV files of one channel of 32-bit float, which hold exactly what was made.

use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::error::{Error, Result};
use crate::whole_file;

/// Writes `samples` to `path`, and replaces what is there.
///
/// # Errors
/// When it cannot be written: what was there is left as it was.
pub fn write_float_wav(path: &Path, samples: &[f32], sample_rate_hz: u32) -> Result<()> {
    let unwritten = unwritten(path);
    whole_file::write(path, true, |target| {
        let mut wav = writer(target, sample_rate_hz).map_err(&unwritten)?;
        samples.iter().try_for_each(|sample| wav.write_sample(*sample)).map_err(&unwritten)?;
        wav.finalize().map_err(&unwritten)
    })
}

/// A writer of samples to `target`.
pub(super) fn writer<W: Write + Seek>(target: W, sample_rate: u32) -> hound::Result<WavWriter<BufWriter<W>>> {
    let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    WavWriter::new(BufWriter::new(target), spec)
}

/// The error of the file `path` that cannot be written.
pub(super) fn unwritten(path: &Path) -> impl Fn(hound::Error) -> Error {
    move |error| {
        let error = match error {
            hound::Error::IoError(error) => error,
            other => io::Error::other(other),
        };
        Error::io("write", path)(error)
    }
}
