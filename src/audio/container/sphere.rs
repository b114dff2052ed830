//! NIST SPHERE: a header of text in lines of name, type and value, and samples behind it.

use super::extent::{Claim, Extent};
use super::kinds::{Container, ContainerKind};
use super::refusal::Refusal;
use super::sample_format::{SampleCoding, SampleFormat};
use super::walk::Walker;
use super::wave_format::refusal;

/// The longest header that is looked at.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// Reads the header.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, Refusal> {
    let said = |error: std::io::Error| error.to_string();
    let mut text = vec![0; HEAD_BYTES_MAX.min(walker.len() - start) as usize];
    walker.fill(start, &mut text).map_err(said)?;
    let text = String::from_utf8_lossy(&text);
    // The header's size is the second line.
    let n_head = text.lines().nth(1).and_then(|line| line.trim().parse::<u64>().ok());
    let n_head = n_head
        .filter(|n_head| *n_head >= 16)
        .ok_or("the SPHERE file does not say where its samples begin")?;
    let value = |name: &str| {
        let lines = text.lines().skip(2).take_while(|line| line.trim_end() != "end_head");
        let mut values = lines.filter_map(|line| {
            let mut parts = line.trim().splitn(3, ' ');
            (parts.next() == Some(name)).then(|| parts.nth(1).map(str::trim))?
        });
        values.next()
    };
    let number = |name: &str| value(name).and_then(|value| value.parse::<f64>().ok());
    let whole_number = |name: &str| number(name).filter(|value| *value >= 0.0).map(|value| value as u64);
    let coding = value("sample_coding").unwrap_or("pcm");
    let n_bytes = whole_number("sample_n_bytes");
    // "01" has the least significant byte first, "10" the most.
    let is_big_endian = value("sample_byte_format").is_some_and(|format| format.starts_with("10"));
    let format = match coding.to_ascii_lowercase().as_str() {
        "pcm" => SampleFormat::new(SampleCoding::Signed, n_bytes.unwrap_or(2) as usize, is_big_endian),
        "ulaw" | "mu-law" | "mulaw" => SampleFormat::new(SampleCoding::MuLaw, 1, false),
        "alaw" => SampleFormat::new(SampleCoding::ALaw, 1, false),
        compressed if compressed.contains("shorten") => {
            return Err("it is a NIST SPHERE file compressed by \"shorten\", which cannot be read; \
                        convert it to WAV with w_decode or sph2pipe"
                .into());
        }
        other => return Err(refusal(&format!("\"{other}\" in NIST SPHERE"))),
    };
    let format = format.ok_or_else(|| refusal("PCM of an impossible size in NIST SPHERE"))?;
    let format = format.with_depth(whole_number("sample_sig_bits").unwrap_or(0) as u32);
    let n_channels = usize::try_from(whole_number("channel_count").unwrap_or(1)).unwrap_or(usize::MAX);
    let sample_rate_hz = number("sample_rate").unwrap_or(0.0).round() as u32;
    let frame_bytes = (format.n_bytes() as u64).saturating_mul(n_channels.max(1) as u64);
    let sizes = [whole_number("sample_count").and_then(|count| count.checked_mul(frame_bytes))];
    let claim = Claim { list: None, start: start + n_head, sizes: &sizes, is_whole: false };
    let extent = Extent::of(&mut walker, claim, frame_bytes).map_err(said)?;
    let (pcm, remarks) = extent.pcm(format, sample_rate_hz, n_channels);
    let whole = Container::whole(ContainerKind::Sphere, walker.into_source(0));
    Ok(Container { pcm: Some(pcm), remarks, flaw: extent.flaw(), ..whole })
}
