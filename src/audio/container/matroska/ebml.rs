//! The elements that Matroska is made of (RFC 8794).

use std::io;

use crate::audio::container::walk::{Walker, big_endian};

// Numbers of elements (RFC 9559, section 5).
pub(super) const HEADER: u64 = 0x1A45_DFA3;
pub(super) const SEGMENT: u64 = 0x1853_8067;
pub(super) const TRACKS: u64 = 0x1654_AE6B;
pub(super) const CLUSTER: u64 = 0x1F43_B675;
pub(super) const BLOCK_GROUP: u64 = 0xA0;
pub(super) const BLOCK: u64 = 0xA1;
pub(super) const SIMPLE_BLOCK: u64 = 0xA3;
pub(super) const DISCARD_PADDING: u64 = 0x75A2;

/// An element's number, and where its body lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    pub(super) id: u64,
    pub(super) body: u64,
    /// `None` where the writer left the size open.
    pub(super) end: Option<u64>,
}

impl Element {
    /// The unsigned number that the body is.
    pub(super) fn number(&self, walker: &mut Walker) -> io::Result<u64> {
        let bytes = self.bytes(walker, 8)?;
        Ok(big_endian(&bytes))
    }

    /// The signed number that the body is.
    pub(super) fn signed(&self, walker: &mut Walker) -> io::Result<i64> {
        let bytes = self.bytes(walker, 8)?;
        let n_unused = 64 - 8 * bytes.len() as u32;
        Ok(if bytes.is_empty() { 0 } else { (big_endian(&bytes) << n_unused) as i64 >> n_unused })
    }

    /// The floating number that the body is.
    pub(super) fn float(&self, walker: &mut Walker) -> io::Result<f64> {
        let bytes = self.bytes(walker, 8)?;
        let number = big_endian(&bytes);
        Ok(if bytes.len() == 4 { f64::from(f32::from_bits(number as u32)) } else { f64::from_bits(number) })
    }

    /// The bytes of the body, at most `n_max` of them.
    pub(super) fn bytes(&self, walker: &mut Walker, n_max: u64) -> io::Result<Vec<u8>> {
        let n_body = self.end.map_or(0, |end| end.min(walker.len()).saturating_sub(self.body));
        let mut bytes = vec![0; n_body.min(n_max) as usize];
        walker.fill(self.body, &mut bytes)?;
        Ok(bytes)
    }
}

/// The element at `position`; `None` where there is none.
pub(super) fn next_element(walker: &mut Walker, position: u64) -> io::Result<Option<Element>> {
    let Some((id, n_id)) = vint(walker, position, true)? else { return Ok(None) };
    if n_id > 4 {
        return Ok(None);
    }
    let Some((size, n_size)) = vint(walker, position + n_id, false)? else { return Ok(None) };
    let body = position + n_id + n_size;
    // All ones mean that the size is not known.
    let is_open = size == (1 << (7 * n_size)) - 1;
    Ok(Some(Element { id, body, end: (!is_open).then(|| body.saturating_add(size)) }))
}

/// A number of variable length and its length in bytes; the marker bit stays in an element's number.
pub(super) fn vint(walker: &mut Walker, position: u64, keep_marker: bool) -> io::Result<Option<(u64, u64)>> {
    let Some([first]) = walker.bytes(position)? else { return Ok(None) };
    let n_bytes = u64::from(first.leading_zeros()) + 1;
    if n_bytes > 8 {
        return Ok(None);
    }
    let mut bytes = [0; 8];
    if walker.fill(position, &mut bytes[..n_bytes as usize])? < n_bytes as usize {
        return Ok(None);
    }
    let number = big_endian(&bytes[..n_bytes as usize]);
    let number = if keep_marker { number } else { number & ((1 << (7 * n_bytes)) - 1) };
    Ok(Some((number, n_bytes)))
}
