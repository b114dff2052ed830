//! The groups of a dataset's recordings: those that hold the same take must not be split, as far as it is known.

use std::collections::HashMap;
use std::sync::Arc;

use super::project::Project;
use crate::audit::{Copies, FileAudit};
use crate::connected_groups::connected_groups;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::monitor::{Monitor, OnlyStops};
use crate::path_text::RelPath;

/// The groups of a cache's recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Groups {
    /// The group of each recording: the place of its first one.
    pub(super) of: Vec<u32>,
    /// Recordings of which no audit knows what they sound like: only files that are equal byte by byte are known to be copies of
    /// them.
    pub(super) n_not_audited: usize,
}

impl Project {
    /// The groups of `recordings`, each with the hash of its file: files with equal content, and what the last audit found to
    /// be the same sound or take, also through files that are not part of the set.
    ///
    /// # Errors
    /// On cancel. An audit that cannot be read is a warning.
    pub(super) fn groups(
        &self,
        dataset: &Dataset,
        recordings: &[(&RelPath, blake3::Hash)],
        n_workers: usize,
        monitor: &dyn Monitor,
    ) -> Result<Groups> {
        let chunking = self.chunking();
        let mut memory = self.recall(chunking, monitor);
        let mut audited = Vec::new();
        let mut unknown = Vec::new();
        for source in &dataset.sources {
            match memory.take_unchanged(&source.relative, source.size, source.mtime_ns) {
                Some(entry) => audited.push(Arc::new(FileAudit::new(source, entry.outcome, chunking))),
                None => unknown.push(source),
            }
        }
        // What was written shortly before the audit, or moved since, is known by its content.
        memory.index_contents();
        let contents: HashMap<&RelPath, blake3::Hash> = recordings.iter().copied().collect();
        for source in unknown {
            let outcome = contents.get(&source.relative).and_then(|content| memory.with_content(*content));
            audited
                .extend(outcome.map(|outcome| Arc::new(FileAudit::new(source, outcome.clone(), chunking))));
        }
        let copies = Copies::find(&audited, &mut memory.comparisons, n_workers, &OnlyStops(monitor))?;
        let takes = copies.takes(audited.len());
        // Recordings come first among what is connected, so that the first of them stands for a group.
        let n = recordings.len();
        let by_path: HashMap<&RelPath, usize> =
            audited.iter().zip(0..).map(|(file, place)| (&file.path, place)).collect();
        let mut first_of_content = HashMap::<blake3::Hash, usize>::new();
        let mut pairs: Vec<(usize, usize)> =
            takes.iter().enumerate().map(|(file, take)| (n + file, n + take)).collect();
        let mut n_not_audited = 0;
        for (place, (path, content)) in recordings.iter().enumerate() {
            pairs.push((place, *first_of_content.entry(*content).or_insert(place)));
            match by_path.get(path) {
                Some(file) => pairs.push((place, n + file)),
                None => n_not_audited += 1,
            }
        }
        let mut of: Vec<u32> = (0..n as u32).collect();
        for group in connected_groups(n + audited.len(), pairs.into_iter()) {
            for member in group.iter().take_while(|member| **member < n) {
                of[*member] = group[0] as u32;
            }
        }
        Ok(Groups { of, n_not_audited })
    }
}
