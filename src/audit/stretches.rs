//! Stretches of a recording, as few as chunks need to be told apart by them.

use std::ops::Range;

/// Stretches that are remembered, at most: more than half an hour of every other second.
const STRETCHES_MAX: usize = 1024;

/// Stretches of frames, merged where less than a chunk lies between two: no chunk between them is free of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretches {
    gap: u64,
    spans: Vec<Range<u64>>,
}

impl Stretches {
    /// Forgets all, for chunks of at least `gap` frames.
    pub(super) fn start(&mut self, gap: u64) {
        self.gap = gap;
        self.spans.clear();
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
    }

    /// Adds `len` frames from `start` on, which comes after those before.
    pub(super) fn push(&mut self, start: u64, len: u64) {
        let has_room = self.spans.len() < STRETCHES_MAX;
        match self.spans.last_mut() {
            Some(last) if start < last.end + self.gap => last.end = last.end.max(start + len),
            _ if has_room => self.spans.push(start..start + len),
            _ => {}
        }
    }

    pub(super) fn all(&self) -> &[Range<u64>] {
        &self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_merged_unless_a_chunk_fits_between_them() {
        let mut stretches = Stretches::default();
        stretches.start(10);
        for start in [0, 12, 30, 39, 200] {
            stretches.push(start, 3);
        }
        assert_eq!(stretches.all(), [0..15, 30..42, 200..203]);
    }
}
