//! The boxes of an MP4 file, and tables within them that are read a page at a time (ISO 14496-12, section 4.2).

use std::io;

use crate::audio::container::walk::{Walker, big_endian};

/// Entries of a table that are kept at once.
const PAGE_ENTRIES: u64 = 512;

/// A box's kind, and where its body lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoxHead {
    pub(super) kind: [u8; 4],
    pub(super) body: u64,
    /// Bounded by the parent's.
    pub(super) end: u64,
}

impl BoxHead {
    /// The bytes of the body, at most `n_max` of them.
    pub(super) fn read(&self, walker: &mut Walker, n_max: u64) -> io::Result<Vec<u8>> {
        let n_there = self.end.min(walker.len()).saturating_sub(self.body);
        let mut bytes = vec![0; n_there.min(n_max) as usize];
        walker.fill(self.body, &mut bytes)?;
        Ok(bytes)
    }
}

/// The box at `position`, its end bounded by `limit`; `None` where there is none.
pub(super) fn next_box(walker: &mut Walker, position: u64, limit: u64) -> io::Result<Option<BoxHead>> {
    if position >= limit {
        return Ok(None);
    }
    let Some([s0, s1, s2, s3, kind @ ..]) = walker.bytes::<8>(position)? else { return Ok(None) };
    let (n_head, size) = match big_endian(&[s0, s1, s2, s3]) {
        0 => (8, walker.len() - position),
        1 => match walker.bytes::<8>(position + 8)? {
            Some(size) => (16, big_endian(&size)),
            None => return Ok(None),
        },
        size => (8, size),
    };
    if size < n_head {
        return Ok(None);
    }
    let end = position.saturating_add(size).min(limit);
    Ok(Some(BoxHead { kind, body: position + n_head, end }))
}

/// A table of entries of equal size.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    start: u64,
    pub(super) n_entries: u64,
    entry_bytes: u64,
    page_first: u64,
    page: Vec<u8>,
}

impl Table {
    /// `n_claimed` entries from `start` on, bounded by `end`.
    pub(super) fn new(start: u64, end: u64, entry_bytes: u64, n_claimed: u64) -> Self {
        let n_fitting = end.saturating_sub(start) / entry_bytes.max(1);
        Self { start, n_entries: n_claimed.min(n_fitting), entry_bytes, page_first: 0, page: Vec::new() }
    }

    /// The bytes of an entry; `None` behind the last.
    pub(super) fn entry(&mut self, walker: &mut Walker, index: u64) -> Result<Option<&[u8]>, String> {
        if index >= self.n_entries {
            return Ok(None);
        }
        let n_entry = self.entry_bytes as usize;
        let n_paged = (self.page.len() / n_entry.max(1)) as u64;
        if index < self.page_first || index >= self.page_first + n_paged {
            self.page_first = index;
            let n_wanted = (self.n_entries - index).min(PAGE_ENTRIES) as usize * n_entry;
            self.page.resize(n_wanted, 0);
            let position = self.start + index * self.entry_bytes;
            let n_read = walker.fill(position, &mut self.page).map_err(|error| error.to_string())?;
            self.page.truncate(n_read / n_entry * n_entry);
        }
        let offset = (index - self.page_first) as usize * n_entry;
        Ok(self.page.get(offset..offset + n_entry))
    }
}
