//! The mark of HE-AAC within a block of AAC: data for the upper half of the spectrum, which no header need mention.

/// Kinds of a fill element that hold spectral band replication (ISO 14496-3, table 4.121).
const SBR_KINDS: [u32; 2] = [0xD, 0xE];

/// The most bytes that a fill element counts: 15 and an escape.
const FILL_BYTES_MAX: usize = 15 + 255 - 1;

/// True where the last element of a raw data block is one of spectral band replication, or where only filling stands
/// between it and the end (ISO 14496-3, table 4.3 and 4.11). Elements have no length that could be followed from the
/// front without decoding, so they are recognised from the end: one block of a hundred may look like it by chance.
pub(in super::super) fn ends_in_sbr(block: &[u8]) -> bool {
    let Some(last) = block.iter().rposition(|byte| *byte != 0) else { return false };
    // Zeros fill the last byte behind the three ones of the end.
    let n_bits = 8 * last + 8 - block[last].trailing_zeros() as usize;
    let Some(end) = n_bits.checked_sub(3).filter(|end| bits(block, *end, 3) == 7) else { return false };
    fill_before(block, end).is_some_and(|(_, kind)| SBR_KINDS.contains(&kind))
        || fills_before(block, end).any(|(start, kind)| {
            kind == 0 && fill_before(block, start).is_some_and(|(_, kind)| SBR_KINDS.contains(&kind))
        })
}

/// The start and kind of a fill element that ends at bit `end`, the one of replication first.
fn fill_before(block: &[u8], end: usize) -> Option<(usize, u32)> {
    fills_before(block, end).find(|(_, kind)| SBR_KINDS.contains(kind))
}

/// The starts and kinds of all fill elements that may end at bit `end`.
fn fills_before(block: &[u8], end: usize) -> impl Iterator<Item = (usize, u32)> {
    (1..=FILL_BYTES_MAX).filter_map(move |n_bytes| {
        let n_head = if n_bytes < 15 { 7 } else { 15 };
        let start = end.checked_sub(n_head + 8 * n_bytes)?;
        let is_count = if n_bytes < 15 {
            bits(block, start + 3, 4) as usize == n_bytes
        } else {
            bits(block, start + 3, 4) == 15 && bits(block, start + 7, 8) as usize + 14 == n_bytes
        };
        (bits(block, start, 3) == 6 && is_count).then(|| (start, bits(block, start + n_head, 4)))
    })
}

/// The number that `n_bits` bits from `start` on are.
fn bits(block: &[u8], start: usize, n_bits: usize) -> u32 {
    (start..start + n_bits).fold(0, |number, bit| {
        let byte = block.get(bit / 8).copied().unwrap_or(0);
        number << 1 | u32::from(byte >> (7 - bit % 8) & 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs numbers of so many bits.
    fn pack(fields: &[(u32, usize)]) -> Vec<u8> {
        let bits: Vec<u32> = fields
            .iter()
            .flat_map(|(number, n_bits)| (0..*n_bits).rev().map(move |bit| number >> bit & 1))
            .collect();
        bits.chunks(8)
            .map(|byte| byte.iter().enumerate().fold(0, |sum, (bit, one)| sum | (*one as u8) << (7 - bit)))
            .collect()
    }

    #[test]
    fn replication_is_found_before_the_end() {
        let sound = (0x1234_5678, 32);
        let short = [sound, (6, 3), (3, 4), (0xD, 4), (0xABCDE, 20), (7, 3)];
        assert!(ends_in_sbr(&pack(&short)));
        let long = [sound, (6, 3), (15, 4), (2, 8), (0xE, 4), (0, 28), (0, 32), (0, 32), (0, 32), (7, 3)];
        assert!(ends_in_sbr(&pack(&long)));
        let filled = [sound, (6, 3), (2, 4), (0xD, 4), (5, 12), (6, 3), (1, 4), (0, 8), (7, 3)];
        assert!(ends_in_sbr(&pack(&filled)));
        assert!(!ends_in_sbr(&pack(&[sound, (6, 3), (2, 4), (0, 16), (7, 3)])), "only filling");
        assert!(!ends_in_sbr(&pack(&[sound, (7, 3)])));
        assert!(!ends_in_sbr(&[]));
    }
}
