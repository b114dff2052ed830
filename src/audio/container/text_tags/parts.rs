//! Parts of lists of tags: so much of them as is there.

use std::io;

use super::super::walk::Walker;

/// Bytes of one list of tags that are read at most: pictures among them are longer, and mostly behind the text.
pub(super) const LIST_BYTES_MAX: usize = 1 << 20;

/// Parts of one list that are looked at; more are no list.
pub(super) const PARTS_MAX: usize = 4_096;

/// The `n_bytes` at `start`, as far as the file and the bound of a list go.
pub(super) fn bytes(walker: &mut Walker, start: u64, n_bytes: u64) -> io::Result<Vec<u8>> {
    let n_left = n_bytes.min(walker.len().saturating_sub(start)).min(LIST_BYTES_MAX as u64);
    let mut bytes = vec![0; n_left as usize];
    let n_filled = walker.fill(start, &mut bytes)?;
    bytes.truncate(n_filled);
    Ok(bytes)
}

/// The first `N` bytes of `bytes`, which then begins behind them.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

/// The first `n_bytes` of `bytes`, which then begins behind them.
pub(super) fn take_slice<'a>(bytes: &mut &'a [u8], n_bytes: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(n_bytes)?;
    *bytes = rest;
    Some(first)
}

/// Text of an unknown 8-bit encoding, up to its first zero: UTF-8 where it can be, else Latin-1.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
