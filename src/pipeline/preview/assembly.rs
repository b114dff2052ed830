//! Puts analysed chunks in order and keeps what is shown within its limit, whatever the recording's length.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::mean::Averaging;
use super::part::Part;
use super::powers::PowerCounts;
use super::update::{Emit, PreviewUpdate};
use crate::error::Result;

/// The parts of a preview while it grows.
pub(super) struct Assembly<'a> {
    limit_bytes: usize,
    averaging: Averaging,
    level: u32,
    /// Parts of the level, as they were emitted.
    parts: Vec<Arc<Part>>,
    n_bytes: usize,
    /// Parts of lower levels, each lower than the one before it: they wait for a neighbour to merge with.
    open: Vec<Arc<Part>>,
    /// Chunks that were ready before one in front of them, by their number.
    early: BTreeMap<usize, Part>,
    first_chunk: usize,
    n_chunks: usize,
    powers: PowerCounts,
    emit: &'a Emit<'a>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(
        first_chunk: usize,
        limit_bytes: usize,
        averaging: Averaging,
        emit: &'a Emit<'a>,
    ) -> Self {
        Self {
            limit_bytes,
            averaging,
            level: 0,
            parts: Vec::new(),
            n_bytes: 0,
            open: Vec::new(),
            early: BTreeMap::new(),
            first_chunk,
            n_chunks: 0,
            powers: PowerCounts::default(),
            emit,
        }
    }

    /// Takes a part of one chunk, in any order; emits what that completes.
    pub(super) fn push(&mut self, chunk: Part) -> Result<()> {
        self.early.insert(chunk.first_chunk, chunk);
        while let Some(chunk) = self.early.remove(&(self.first_chunk + self.n_chunks)) {
            self.n_chunks += 1;
            self.powers.add(chunk.mel_power.as_slice().unwrap_or_default());
            self.open.push(Arc::new(chunk));
            self.close_whole_parts()?;
            // Often while there is little, rarely later: the counts are larger than a part.
            if self.n_chunks.is_power_of_two() {
                (self.emit)(PreviewUpdate::Powers(Arc::new(self.powers.clone())))?;
            }
        }
        Ok(())
    }

    /// Emits what waits for a neighbour that does not come; gives the number of chunks.
    pub(super) fn finish(mut self) -> Result<usize> {
        while let Some(last) = self.open.pop() {
            if let Some(before) = self.open.pop() {
                let after = self.raised(last, before.scale.level);
                self.open.push(Arc::new(before.merge(Some(&after), self.averaging)));
            } else {
                self.publish(self.raised(last, self.level))?;
            }
        }
        (self.emit)(PreviewUpdate::Powers(Arc::new(self.powers)))?;
        Ok(self.n_chunks)
    }

    /// Merges neighbours of one level as far as they go, like the carries of a binary counter.
    fn close_whole_parts(&mut self) -> Result<()> {
        while let Some(last) = self.open.pop() {
            if last.scale.level == self.level {
                return self.publish(last);
            }
            let Some(before) = self.open.pop_if(|before| before.scale.level == last.scale.level) else {
                self.open.push(last);
                break;
            };
            self.open.push(Arc::new(before.merge(Some(&last), self.averaging)));
        }
        Ok(())
    }

    fn publish(&mut self, part: Arc<Part>) -> Result<()> {
        self.n_bytes += part.tensor_bytes();
        self.parts.push(Arc::clone(&part));
        (self.emit)(PreviewUpdate::Part(part))?;
        // One level up may take as much: a cell then keeps more than its two values.
        while self.n_bytes > self.limit_bytes && self.parts.len() > 1 {
            self.coarsen();
            (self.emit)(PreviewUpdate::Coarser(self.parts.clone()))?;
        }
        Ok(())
    }

    /// Goes one level up: half as many columns.
    fn coarsen(&mut self) {
        self.level += 1;
        let mut merged = Vec::with_capacity(self.parts.len() / 2);
        for pair in self.parts.chunks(2) {
            match pair {
                [a, b] => merged.push(Arc::new(a.merge(Some(b), self.averaging))),
                // The last part, alone, stays open for the neighbour that may come; it lies before all that is open.
                rest => drop(self.open.splice(0..0, rest.iter().cloned())),
            }
        }
        self.n_bytes = merged.iter().map(|part| part.tensor_bytes()).sum();
        self.parts = merged;
    }

    /// The part on a higher level, without a neighbour.
    fn raised(&self, mut part: Arc<Part>, level: u32) -> Arc<Part> {
        while part.scale.level < level {
            part = Arc::new(part.merge(None, self.averaging));
        }
        part
    }
}
