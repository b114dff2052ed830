//! Lists of chunks, each with a name and a size: the frame of WAV, AIFF, Wave64 and CAF.
//!
//! Writers get sizes wrong, forget the padding behind an odd one, and leave broken tags; none of it may cost the sound.
//! So the list is followed as far as it makes sense, and what is still wanted is searched for behind the break.

use std::io;

use super::walk::{Walker, big_endian, little_endian};

/// The distance behind a broken chunk in which the next good one is searched for.
const SEARCH_BYTES: u64 = 16 << 20;

/// The distance before the end of the file from which the first of its last chunks is searched for.
const TAIL_BYTES: u64 = 4 << 20;

/// Chunks of one list that are looked at; more are no list.
const CHUNKS_MAX: usize = 10_000;

/// The last twelve bytes of all of Wave64's chunk names but `riff` and `list`.
const WAVE64_NAME: [u8; 12] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];

/// Names that real files have. Others are believed only in a list that goes on to the end of the file.
const KNOWN: &[&[u8; 4]] = &[
    b"fmt ", b"data", b"fact", b"LIST", b"JUNK", b"junk", b"PAD ", b"FLLR", b"bext", b"iXML", b"aXML",
    b"axml", b"bxml", b"sxml", b"chna", b"dbmd", b"id3 ", b"ID3 ", b"cue ", b"plst", b"smpl", b"inst",
    b"acid", b"PEAK", b"peak", b"cart", b"levl", b"afsp", b"DISP", b"strc", b"umid", b"ds64", b"r64m",
    b"_PMX", b"SMED", b"DGDA", b"minf", b"elm1", b"regn", b"LGWV", b"ResU", b"tlst", b"slnt", b"link",
    b"qlty", b"mext", b"ovwf", b"MD5 ", b"note", b"labl", b"list", b"COMM", b"SSND", b"FVER", b"NAME",
    b"AUTH", b"(c) ", b"ANNO", b"MARK", b"INST", b"MIDI", b"AESD", b"APPL", b"COMT", b"CHAN", b"SAXL",
    b"basc", b"trns", b"cate", b"desc", b"chan", b"kuki", b"pakt", b"strg", b"mark", b"midi", b"ovvw",
    b"edct", b"info", b"uuid", b"free",
];

/// A chunk's name and where its body lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChunkHead {
    pub(super) id: [u8; 4],
    pub(super) body: u64,
    /// The header's claim; `u64::MAX` where it leaves the end open.
    pub(super) size: u64,
}

/// The layouts of lists of chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkList {
    /// RIFF: four bytes of name and four of size, the least significant first, padded to even sizes.
    Riff,
    /// RIFX and IFF: the same with the most significant byte first.
    Iff,
    /// CAF: four bytes of name, eight of size.
    Caf,
    /// Wave64: sixteen bytes of name and eight of size, which counts the header, padded to eight.
    Wave64,
}

impl ChunkList {
    /// Bytes of a chunk's header.
    pub(super) fn n_head(self) -> u64 {
        match self {
            Self::Riff | Self::Iff => 8,
            Self::Caf => 12,
            Self::Wave64 => 24,
        }
    }

    /// True where a size has 32 bits, which longer files overrun.
    pub(super) fn has_short_sizes(self) -> bool {
        matches!(self, Self::Riff | Self::Iff)
    }

    /// The chunk whose header is at `position`; `None` where the file ends before.
    pub(super) fn head(self, walker: &mut Walker, position: u64) -> io::Result<Option<ChunkHead>> {
        let n_head = self.n_head();
        let mut bytes = [0; 24];
        let head = &mut bytes[..n_head as usize];
        if position.checked_add(n_head).is_none_or(|end| end > walker.len()) {
            return Ok(None);
        }
        walker.fill(position, head)?;
        let mut id = [head[0], head[1], head[2], head[3]];
        let size = match self {
            Self::Riff => little_endian(&head[4..]),
            Self::Iff => big_endian(&head[4..]),
            // A negative size leaves the end to the file's.
            Self::Caf => Some(big_endian(&head[4..])).filter(|size| *size < 1 << 63).unwrap_or(u64::MAX),
            Self::Wave64 => {
                if head[4..16] != WAVE64_NAME && id != *b"list" {
                    id = [0; 4];
                }
                let size = little_endian(&head[16..]);
                if size >= 1 << 62 { u64::MAX } else { size.saturating_sub(n_head) }
            }
        };
        Ok(Some(ChunkHead { id, body: position + n_head, size }))
    }

    /// Where the chunk behind `head` begins. Where its size or padding leads nowhere, the next chunk of a name in
    /// `wanted` counts; `None` where there is none.
    pub(super) fn after(
        self,
        walker: &mut Walker,
        head: ChunkHead,
        wanted: &[&[u8; 4]],
    ) -> io::Result<Option<u64>> {
        let bare = head.body.saturating_add(head.size);
        let padded = head.body.saturating_add(self.padded(head.size));
        let (rank_padded, rank_bare) = (self.rank(walker, padded)?, self.rank(walker, bare)?);
        if rank_padded > 0 && rank_padded >= rank_bare {
            return Ok(Some(padded));
        }
        if rank_bare > 0 {
            return Ok(Some(bare));
        }
        self.search(walker, head.body, wanted)
    }

    /// A chunk's size with its padding.
    pub(super) fn padded(self, size: u64) -> u64 {
        let align = match self {
            Self::Riff | Self::Iff => 2,
            Self::Caf => 1,
            Self::Wave64 => 8,
        };
        size.checked_next_multiple_of(align).unwrap_or(u64::MAX)
    }

    /// The likeness of the bytes at `position` to a chunk: 2 for a known name, 1 for any name and a size that fits.
    fn rank(self, walker: &mut Walker, position: u64) -> io::Result<u8> {
        let Some(head) = self.head(walker, position)? else { return Ok(0) };
        let is_name = head.id.iter().all(|byte| (0x20..0x7F).contains(byte));
        let fits = head.body.checked_add(head.size).is_some_and(|end| end <= walker.len());
        Ok(match () {
            () if KNOWN.contains(&&head.id) => 2,
            () if is_name && fits => 1,
            () => 0,
        })
    }

    /// The first chunk of a name in `wanted` from `start` on; one with a size that cannot be is the last choice.
    fn search(self, walker: &mut Walker, start: u64, wanted: &[&[u8; 4]]) -> io::Result<Option<u64>> {
        if wanted.is_empty() {
            return Ok(None);
        }
        let end = walker.len().min(start.saturating_add(SEARCH_BYTES));
        let mut from = start;
        let mut doubtful = None;
        while let Some(position) = find(walker, from, end, wanted)? {
            if let Some(head) = self.head(walker, position)? {
                let chunk_end = head.body.checked_add(head.size);
                let fits = chunk_end.is_some_and(|chunk_end| chunk_end <= walker.len());
                let goes_on = fits && {
                    let next = head.body + self.padded(head.size);
                    next >= walker.len() || self.rank(walker, next)? > 0 || head.id == *b"data"
                };
                if goes_on && head.size > 0 {
                    return Ok(Some(position));
                }
                doubtful = doubtful.or(Some(position));
            }
            from = position + 1;
        }
        Ok(doubtful)
    }

    /// True where a list of chunks begins at `position` that is known by its first name or goes on to the file's end.
    pub(super) fn is_chain(self, walker: &mut Walker, position: u64) -> io::Result<bool> {
        Ok(self.rank(walker, position)? == 2 || self.reaches_end(walker, position)?)
    }

    /// True where chunks follow each other from `position` to the end of the file.
    fn reaches_end(self, walker: &mut Walker, mut position: u64) -> io::Result<bool> {
        for _ in 0..CHUNKS_MAX {
            if self.rank(walker, position)? == 0 {
                return Ok(false);
            }
            let Some(head) = self.head(walker, position)? else { return Ok(false) };
            let bare = head.body.saturating_add(head.size);
            position = head.body.saturating_add(self.padded(head.size));
            if position == walker.len() || bare == walker.len() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where the chunks at the end of the file begin, at `start` or behind it; the file's end where there are none.
    pub(super) fn tail(self, walker: &mut Walker, start: u64) -> io::Result<u64> {
        let end = walker.len();
        let mut from = start.max(end.saturating_sub(TAIL_BYTES));
        while let Some(position) = find(walker, from, end, KNOWN)? {
            if self.reaches_end(walker, position)? {
                return Ok(position);
            }
            from = position + 1;
        }
        Ok(end)
    }
}

/// The first place within `start..end` where one of `names` stands.
fn find(walker: &mut Walker, start: u64, end: u64, names: &[&[u8; 4]]) -> io::Result<Option<u64>> {
    let mut block = [0; 8_192];
    let mut is_first = [false; 256];
    for name in names {
        is_first[usize::from(name[0])] = true;
    }
    let mut position = start;
    while position.saturating_add(4) <= end {
        let n_wanted = usize::try_from(end - position).unwrap_or(usize::MAX).min(block.len());
        let n_read = walker.fill(position, &mut block[..n_wanted])?;
        let found = block[..n_read].windows(4).position(|window| {
            is_first[usize::from(window[0])] && names.iter().any(|name| window == name.as_slice())
        });
        if let Some(offset) = found {
            return Ok(Some(position + offset as u64));
        }
        if n_read < 4 {
            break;
        }
        position += n_read as u64 - 3;
    }
    Ok(None)
}
