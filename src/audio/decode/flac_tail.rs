//! The last frame of a FLAC file: its demultiplexer finds an end only where another frame begins or the file ends, and
//! loses a frame that other bytes follow.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::io::Monitor as _;
use symphonia::core::packet::Packet;

use crate::audio::container::{FlacHead, Source};

/// The most bytes that are looked through: a frame can have no more.
const FRAME_BYTES_MAX: u64 = 16 << 20;

/// The shortest frame: a header of six bytes, a constant subframe, a checksum.
const FRAME_BYTES_MIN: usize = 10;

/// The last `n_left` bytes of `source`, or as many of them as a frame can have.
pub(super) fn read(source: &Source, n_left: u64) -> io::Result<Vec<u8>> {
    let mut source = source.clone();
    source.seek(SeekFrom::Start(source.len().saturating_sub(n_left)))?;
    let mut bytes = Vec::new();
    source.take(n_left.min(FRAME_BYTES_MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The length and duration of the frame that `bytes` begin with and that plays from `start` on, whatever follows it;
/// `None` where there is none.
///
/// The checksum over a frame and its checksum is 0, and so it is by chance at one of 65 536 other places; but there the
/// decoder runs out of bytes, or has too many.
pub(super) fn frame_len(bytes: &[u8], params: &AudioCodecParameters, start: i64) -> Option<(usize, u64)> {
    let head = FlacHead::parse(bytes)?;
    // The largest block of STREAMINFO, which is that of all where frames are numbered.
    let [high, low] = *params.extra_data.as_deref()?.get(2..4)?.as_array::<2>()?;
    let block_samples = u64::from(high) << 8 | u64::from(low);
    let plays_from = if head.is_fixed { head.number.checked_mul(block_samples)? } else { head.number };
    if i64::try_from(plays_from) != Ok(start) {
        return None;
    }
    let duration = u64::from(head.n_samples);
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()).ok()?;
    let mut crc = Crc16Ansi::new(0);
    for (index, byte) in bytes.iter().enumerate() {
        crc.process_byte(*byte);
        let n_frame = index + 1;
        if crc.crc() == 0 && n_frame >= FRAME_BYTES_MIN {
            let packet = Packet::new(0, 0.into(), duration.into(), &bytes[..n_frame]);
            if decoder.decode(&packet).is_ok() {
                return Some((n_frame, duration));
            }
        }
    }
    None
}
