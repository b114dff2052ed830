//! The decoders of packets: symphonia's, and our own use of another for Opus; their names and errors in words.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

use crate::audio::container::Refusal;
use crate::audio::opus::{self, OpusStream};

/// The header of an Opus track.
pub(super) fn opus_head(params: &AudioCodecParameters) -> Option<opus::Head> {
    let is_opus = params.codec == CODEC_ID_OPUS;
    params.extra_data.as_deref().filter(|_| is_opus).and_then(opus::Head::parse)
}

/// A decoder of one track's packets.
pub(super) enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<OpusStream>),
}

impl Decoder {
    /// A decoder for the track, or why there is none. With `is_checked` it sums up what it decodes, where the header has
    /// a sum to compare it with.
    pub(super) fn new(params: &AudioCodecParameters, is_checked: bool) -> Result<Self, Refusal> {
        if params.codec == CODEC_ID_OPUS {
            let head = opus_head(params).ok_or("its Opus header is missing")?;
            return Ok(Self::Opus(Box::new(OpusStream::new(head)?)));
        }
        // Vorbis knows best which part of its first block is warm-up; all others are trimmed by the container.
        let options =
            AudioDecoderOptions::default().gapless(params.codec == CODEC_ID_VORBIS).verify(is_checked);
        symphonia::default::get_codecs()
            .make_audio_decoder(params, &options)
            .map(Self::Symphonia)
            .map_err(|error| refusal(params, &error))
    }

    /// False where the sum of all that was decoded is another than the header's; `None` where that is not known.
    pub(super) fn agrees_with_sum(&mut self) -> Option<bool> {
        match self {
            Self::Symphonia(decoder) => decoder.finalize().verify_ok,
            Self::Opus(_) => None,
        }
    }

    /// Replaces `samples` by the packet's, interleaved; gives rate and channels where there are samples.
    pub(super) fn decode(
        &mut self,
        packet: &Packet,
        samples: &mut Vec<f32>,
    ) -> Result<Option<(u32, usize)>, String> {
        samples.clear();
        match self {
            Self::Symphonia(decoder) => {
                let buffer = decoder.decode(packet).map_err(|error| words(&error))?;
                buffer.copy_to_vec_interleaved(samples);
                let spec = buffer.spec();
                Ok((!samples.is_empty()).then(|| (spec.rate(), spec.channels().count())))
            }
            Self::Opus(decoder) => {
                samples.extend_from_slice(decoder.decode(&packet.data)?);
                Ok(None)
            }
        }
    }
}

/// The codec's name for people.
pub(super) fn codec_name(params: &AudioCodecParameters) -> String {
    if params.codec == CODEC_ID_OPUS {
        return "Opus".to_owned();
    }
    let Some(codec) = symphonia::default::get_codecs().get_audio_decoder(params.codec) else {
        return "unknown".to_owned();
    };
    match codec.codec.info.short_name {
        name if name.starts_with("pcm_f32") => "PCM 32 bit float".to_owned(),
        name if name.starts_with("pcm_f64") => "PCM 64 bit float".to_owned(),
        "pcm_alaw" => "A-law".to_owned(),
        "pcm_mulaw" => "µ-law".to_owned(),
        name if name.starts_with("pcm_") => {
            let n_bits = name.trim_start_matches("pcm_").trim_matches(|c: char| !c.is_ascii_digit());
            format!("PCM {n_bits} bit")
        }
        "vorbis" => "Vorbis".to_owned(),
        name => name.to_uppercase(),
    }
}

/// Why there is no decoder for a track, as a person would say it.
fn refusal(params: &AudioCodecParameters, error: &SymphoniaError) -> Refusal {
    let reason = match error {
        SymphoniaError::Unsupported(_) if params.codec == CODEC_ID_AAC => {
            "of AAC only LC in mono and stereo can be read; convert it to FLAC or WAV".to_owned()
        }
        SymphoniaError::Unsupported(_)
            if symphonia::default::get_codecs().get_audio_decoder(params.codec).is_none() =>
        {
            "its codec is not one that can be read; convert it to FLAC or WAV".to_owned()
        }
        _ => words(error),
    };
    Refusal { reason, is_unsupported: matches!(error, SymphoniaError::Unsupported(_)) }
}

/// The reason why a container's reader does not take it.
pub(super) fn probe_refusal(error: &SymphoniaError) -> Refusal {
    let is_unsupported = matches!(error, SymphoniaError::Unsupported(_));
    let reason = match error {
        // The reader may look beyond the end because a header says so: the stream itself was not reached.
        SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "its headers cannot be read: they are damaged, or cut".to_owned()
        }
        _ => words(error),
    };
    Refusal { reason, is_unsupported }
}

/// A decoder's error as a person would say it.
pub(super) fn words(error: &SymphoniaError) -> String {
    match error {
        SymphoniaError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the file ends within the stream".to_owned()
        }
        SymphoniaError::IoError(error) => error.to_string(),
        SymphoniaError::DecodeError(what) => format!("the stream is corrupt ({what})"),
        SymphoniaError::Unsupported(what) => format!("it is not supported ({what})"),
        SymphoniaError::ResetRequired => "another stream begins here, only the first is read".to_owned(),
        other => other.to_string(),
    }
}
