//! AU, also SND: a header of numbers, and samples behind it (Sun's audio file format).

use super::extent::{Claim, Extent};
use super::kinds::{Container, ContainerKind};
use super::refusal::Refusal;
use super::sample_format::{SampleCoding, SampleFormat};
use super::walk::{Walker, big_endian, little_endian};
use super::wave_format::refusal;

/// Reads the header, whose numbers and samples are `is_big_endian` but on a machine of DEC's.
pub(super) fn container(mut walker: Walker, start: u64, is_big_endian: bool) -> Result<Container, Refusal> {
    let said = |error: std::io::Error| error.to_string();
    let Some(head) = walker.bytes::<24>(start).map_err(said)? else {
        return Err("the AU file ends within its header".into());
    };
    let number = |at: usize| {
        let bytes = &head[at..at + 4];
        if is_big_endian { big_endian(bytes) } else { little_endian(bytes) }
    };
    let (data, size, encoding) = (start + number(4).max(24), number(8), number(12));
    let new = SampleFormat::new;
    let format = match encoding {
        1 => new(SampleCoding::MuLaw, 1, is_big_endian),
        2 => new(SampleCoding::Signed, 1, is_big_endian),
        3 => new(SampleCoding::Signed, 2, is_big_endian),
        4 => new(SampleCoding::Signed, 3, is_big_endian),
        5 => new(SampleCoding::Signed, 4, is_big_endian),
        6 => new(SampleCoding::Float, 4, is_big_endian),
        7 => new(SampleCoding::Float, 8, is_big_endian),
        27 => new(SampleCoding::ALaw, 1, is_big_endian),
        _ => None,
    };
    let format = format.ok_or_else(|| {
        refusal(&match encoding {
            23 => "G.721 ADPCM".to_owned(),
            24 => "G.722 ADPCM".to_owned(),
            25 | 26 => "G.723 ADPCM".to_owned(),
            other => format!("number {other} of AU's encodings"),
        })
    })?;
    let n_channels = number(20) as usize;
    let sizes = [Some(size).filter(|size| *size != u64::from(u32::MAX))];
    let claim = Claim { list: None, start: data, sizes: &sizes, is_whole: false };
    if data >= walker.len() && size > 0 {
        return Err("the AU file ends before its samples".into());
    }
    let frame_bytes = (format.n_bytes() as u64).saturating_mul(n_channels.max(1) as u64);
    let extent = Extent::of(&mut walker, claim, frame_bytes).map_err(said)?;
    let sample_rate_hz = u32::try_from(number(16)).unwrap_or(0);
    let (pcm, remarks) = extent.pcm(format, sample_rate_hz, n_channels);
    let whole = Container::whole(ContainerKind::Au, walker.into_source(0));
    Ok(Container { pcm: Some(pcm), remarks, flaw: extent.flaw(), ..whole })
}
