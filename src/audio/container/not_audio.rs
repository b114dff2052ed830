//! Files that are something else than their names say: recognised by how they begin, so that the reason helps.

use std::fs::Metadata;
use std::io;

use super::refusal::Refusal;
use super::walk::Walker;

/// The beginning that is looked at.
const HEAD_BYTES: usize = 1_024;

/// A file of this size or more takes space on the disk, unless its content is elsewhere.
const PLACEHOLDER_BYTES_MIN: u64 = 64 * 1024;

/// Beginnings of files that are no audio, and what they are.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or an Office document); unpack it"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1F\x8B", "a gzip archive; unpack it"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive; unpack it"),
    (b"Rar!\x1A\x07", "a RAR archive; unpack it"),
    (b"\xFD7zXZ\0", "an xz archive; unpack it"),
    (b"BZh", "a bzip2 archive; unpack it"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it"),
    (b"\x89PNG\r\n\x1A\n", "a picture (PNG)"),
    (b"\xFF\xD8\xFF", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"MThd", "a MIDI file: notes and no sound"),
    (b"\x93NUMPY", "an array of NumPy"),
    (b"\x89HDF\r\n\x1A\n", "an HDF5 file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7FELF", "a program"),
    (b"\x00\x05\x16\x07", "macOS's extra data of a file (AppleDouble), not the recording itself"),
    (b"\x00\x05\x16\x00", "macOS's extra data of a file (AppleSingle), not the recording itself"),
    (b"bplist", "a property list of macOS, perhaps a placeholder for a file in iCloud; download it"),
];

/// Beginnings of audio files that we have no decoder for.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "a Windows Media file (ASF)"),
    (b".RMF", "a RealMedia file"),
    (b".ra\xFD", "a RealAudio file"),
    (b"#!AMR", "an AMR file"),
    (b"MAC ", "a Monkey's Audio file (APE)"),
    (b"wvpk", "a WavPack file"),
    (b"TTA1", "a True Audio file (TTA)"),
    (b"tBaK", "a TAK file"),
    (b"DSD ", "a DSD file (DSF)"),
    (b"FRM8", "a DSD file (DFF)"),
    (b"MPCK", "a Musepack file"),
    (b"MP+", "a Musepack file"),
    (b"ajkg", "a Shorten file"),
    (b"\x0B\x77", "a Dolby Digital file (AC-3)"),
    (b"\x7F\xFE\x80\x01", "a DTS file"),
    (b"Creative Voice File\x1A", "a Creative Voice file"),
    (b"FLV\x01", "a Flash video"),
];

/// The reason against a file that is recognised by its first bytes as something else; `None` for what may be audio.
pub(super) fn refusal(walker: &mut Walker, start: u64) -> io::Result<Option<Refusal>> {
    if let Some(refusal) = of_mark(&head(walker, start)?) {
        return Ok(Some(refusal));
    }
    if walker.len() >= PLACEHOLDER_BYTES_MIN && is_elsewhere(&walker.metadata()?) {
        let reason =
            "it takes no space on the disk: it is empty inside, or a placeholder for a file in the cloud";
        return Ok(Some(reason.into()));
    }
    Ok(None)
}

/// The reason against a file in which no audio was found, where it is text; `None` for what is none.
pub(super) fn text_refusal(walker: &mut Walker, start: u64) -> io::Result<Option<Refusal>> {
    let head = head(walker, start)?;
    let is_whole = start + head.len() as u64 >= walker.len();
    Ok(of_text(&head, is_whole).map(Refusal::from))
}

fn head(walker: &mut Walker, start: u64) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let n_head = walker.fill(start, &mut head)?;
    head.truncate(n_head);
    Ok(head)
}

/// True for a file whose content takes no space.
#[cfg(unix)]
fn is_elsewhere(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() == 0
}

/// True for a file whose content takes no space: not known.
#[cfg(not(unix))]
fn is_elsewhere(_metadata: &Metadata) -> bool {
    false
}

fn of_mark(head: &[u8]) -> Option<Refusal> {
    let begins = |marks: &[(&[u8], &'static str)]| {
        marks.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, what)| *what)
    };
    if let Some(what) = begins(FOREIGN) {
        return Some(Refusal::unsupported(format!(
            "it is {what}, which cannot be read; convert it to FLAC or to WAV of PCM"
        )));
    }
    if let [b'R', b'I', b'F', b'F', _, _, _, _, form @ ..] = head
        && let Some(form) = form.first_chunk::<4>()
    {
        return Some(match form {
            b"AVI " => Refusal::unsupported(
                "it is an AVI video, which cannot be read; convert its sound to FLAC or to WAV of PCM",
            ),
            form => format!("it is a RIFF file of the type \"{}\", not WAV", form.escape_ascii()).into(),
        });
    }
    if let [b'F', b'O', b'R', b'M', _, _, _, _, b'8' | b'1', b'S' | b'6', b'V', ..] = head {
        return Some(Refusal::unsupported(
            "it is an 8SVX file (Amiga), which cannot be read; convert it to FLAC or to WAV of PCM",
        ));
    }
    begins(OTHERS).map(|what| format!("it is {what}").into())
}

/// The reason against text; `None` for what is none.
fn of_text(head: &[u8], is_whole: bool) -> Option<String> {
    let text = text_of(head, is_whole)?;
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let lower = text.to_ascii_lowercase();
    let begins = |marks: &[&str]| marks.iter().any(|mark| lower.starts_with(mark));
    if begins(&["version https://git-lfs", "version https://hawser"]) {
        return Some(
            "it is a pointer of Git LFS, not the recording itself: run \"git lfs pull\" where it comes from"
                .into(),
        );
    }
    let first_line = text.lines().next().unwrap_or_default();
    let mut begin: String = first_line.chars().filter(|c| !c.is_control()).take(60).collect();
    if begin.len() < first_line.len() {
        begin.push('…');
    }
    Some(if begins(&["<!doctype html", "<html", "<head", "<body", "<!--", "<script"]) {
        "it is a web page (HTML) instead of audio, perhaps a server's refusal: download it again".into()
    } else if begins(&["<"]) {
        format!("it is XML instead of audio, perhaps a server's refusal: it begins with {begin}")
    } else if begins(&["{", "["]) {
        format!("it is JSON instead of audio, perhaps a server's refusal: it begins with {begin}")
    } else if begins(&["#extm3u", "[playlist"]) {
        "it is a playlist, not audio".into()
    } else {
        format!("it is not an audio file but text: it begins with \"{begin}\"")
    })
}

/// The text that `head` is: no control characters but those of lines, UTF-8 or UTF-16 with its mark.
fn text_of(head: &[u8], is_whole: bool) -> Option<String> {
    if let Some(units) = head.strip_prefix(b"\xFF\xFE") {
        let units: Vec<u16> =
            units.chunks_exact(2).map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8).collect();
        let text = String::from_utf16(&units).ok()?;
        return (text.len() >= 4 && is_plain(&text)).then_some(text);
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end of what was read.
        Err(error) if !is_whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.trim().is_empty() && is_plain(text)).then(|| text.to_owned())
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{C}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(head: &[u8]) -> String {
        let refusal = of_mark(head).map(|refusal| refusal.reason);
        refusal.or_else(|| of_text(head, true)).unwrap_or_default()
    }

    #[test]
    fn what_is_no_audio_is_called_by_its_name() {
        assert!(
            reason(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n").contains("git lfs pull")
        );
        assert!(reason(b"\n <!DOCTYPE html><html>").contains("web page"));
        assert!(reason(b"<?xml version=\"1.0\"?><Error><Code>AccessDenied").contains("XML"));
        assert!(reason(b"{\"error\": \"not found\"}").contains("JSON"));
        assert!(reason(b"%PDF-1.7\n").contains("PDF"));
        assert!(reason(b"PK\x03\x04\x14\0").contains("ZIP"));
        assert!(reason(b"RIFF\0\0\0\0RMIDdata").contains("RMID"));
        assert!(reason("Überschrift\nund Text".as_bytes()).contains("but text"));
        assert!(reason(b"\xFF\xFEh\0e\0l\0l\0o\0").contains("but text"));
    }

    #[test]
    fn sound_that_only_others_read_is_told_apart() {
        for head in [
            &b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\0"[..],
            b"RIFF\0\0\0\0AVI LIST",
            b"#!AMR\n",
            b"FORM\0\0\0\x008SVX",
        ] {
            assert!(of_mark(head).unwrap().is_unsupported, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn frames_zeros_and_noise_are_not_taken_for_something_else() {
        for head in [&b"\xFF\xFB\x90\x00abc"[..], b"\xFF\xF1\x50\x80", b"\0\0\0\0", b"", b"\x01\x02\x03 text"]
        {
            assert_eq!(reason(head), "", "{}", head.escape_ascii());
        }
    }
}
