//! The shards of a whole build, gathered from their records.

use std::collections::BTreeMap;
use std::path::Path;

use super::project::Project;
use super::shard_record::{Line, Record, tensor_of};
use super::staged::{SourceOutcome, Staged, StagingPlace, TensorRecords, Used};
use crate::cache::manifest::{LeftOut, Source};
use crate::cache::shard::StoredShard;
use crate::cache::staging::{StagedKey, Staging};
use crate::error::{Error, Remedy, Result};
use crate::in_words;
use crate::monitor::Monitor;
use crate::path_text::RelPath;
use crate::source::SourceFile;

/// What the shards of a whole build hold, as if this process had computed it, and when the first of them began, in ns since 1970.
///
/// # Errors
/// [`Error::Refused`] when a shard is missing, or one was computed with other settings or of other recordings.
pub(super) fn gather(
    project: &Project,
    sources: &[&SourceFile],
    staging: &Staging,
    monitor: &dyn Monitor,
) -> Result<(Staged, i64)> {
    let (stored, records) = whole_set(project)?;
    let mut found: BTreeMap<&RelPath, Vec<(usize, u32)>> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        for (line, number) in record.sources.iter().zip(0..) {
            found.entry(line.relative()).or_default().push((index, number));
        }
    }
    let mut numbers = stored.iter().map(StoredShard::numbers).collect::<Result<Vec<_>>>()?;
    let first_tensors: Vec<Vec<u64>> = records.iter().map(first_tensors).collect();
    let tensor_records = TensorRecords::create(staging)?;
    let (mut outcomes, mut tensors, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (source, number) in sources.iter().zip(0..) {
        monitor.check()?;
        let candidates = found.get(&source.relative).map_or(&[][..], Vec::as_slice);
        let current = candidates.iter().find(|(index, line)| {
            records[*index].is_current(&records[*index].sources[*line as usize], source, monitor)
        });
        let Some(&(index, line)) = current else {
            monitor.check()?;
            let problem = match candidates.first() {
                Some((index, _)) => {
                    format!("it has changed since shard {} was computed", records[*index].shard)
                }
                None => "it is in no shard: it has come since they were computed".into(),
            };
            return Err(Error::refused(&source.path, problem, Remedy::BuildShard));
        };
        places.push((index, line));
        outcomes.push(match &records[index].sources[line as usize] {
            Line::Used(used) => {
                numbers[index].seek(first_tensors[index][line as usize])?;
                for _ in 0..used.n_tensors {
                    let (key, tensor) = tensor_of(number, &numbers[index].read()?);
                    let record = tensors.len() as u32;
                    tensor_records.write(record, &tensor)?;
                    tensors.push(StagedKey { key, record });
                }
                let record = Source { mtime_ns: source.mtime_ns, ..used.source.clone() };
                let Ok(content) = blake3::Hash::from_hex(&record.blake3) else {
                    let problem = "the hash of a source in it is none";
                    return Err(Error::refused(stored[index].record(), problem, Remedy::BuildShard));
                };
                SourceOutcome::Used(Used { content, start_s: used.start_s, record })
            }
            Line::Skipped(left_out) => {
                monitor.skipped(&source.path, &left_out.reason);
                SourceOutcome::Skipped(LeftOut { mtime_ns: source.mtime_ns, ..left_out.clone() })
            }
        });
    }
    let started_ns = records.iter().map(|record| record.started_ns).min().unwrap_or_default();
    let stagings = stored.into_iter().map(|stored| stored.staging).collect();
    let place = StagingPlace::Shards { stagings, sources: places };
    Ok((Staged::new(outcomes, tensors, tensor_records, place), started_ns))
}

/// The number of the first tensor of each source of a shard.
fn first_tensors(record: &Record) -> Vec<u64> {
    let n_before = |n_before: &mut u64, line: &Line| {
        let first = *n_before;
        if let Line::Used(used) = line {
            *n_before += used.n_tensors;
        }
        Some(first)
    };
    record.sources.iter().scan(0, n_before).collect()
}

/// The shards that are computed, by how many there are of them.
fn sets(cache_dir: &Path) -> Result<BTreeMap<u32, Vec<StoredShard>>> {
    let mut sets: BTreeMap<u32, Vec<StoredShard>> = BTreeMap::new();
    for stored in StoredShard::all(cache_dir)? {
        sets.entry(stored.shard.of()).or_default().push(stored);
    }
    Ok(sets)
}

/// The names of those of `of` shards that are not among `stored`, or of the first ten.
fn missing(of: u32, stored: &[StoredShard]) -> String {
    let is_there = |number| stored.iter().any(|stored| stored.shard.number() == number);
    let mut names = (1..=of).filter(|number| !is_there(*number)).map(|number| format!("{number}/{of}"));
    let first: Vec<String> = names.by_ref().take(10).collect();
    let more = if names.next().is_some() { ", …" } else { "" };
    first.join(", ") + more
}

/// What there is of shards that nobody has merged yet, in words.
pub(super) fn notes(cache_dir: &Path) -> Result<Vec<String>> {
    let note = |(of, stored): (u32, Vec<StoredShard>)| match stored.len() {
        n if n == of as usize => {
            format!("all {of} shards are computed: melscope merge makes the cache of them")
        }
        n => format!("{n} of {of} shards are computed, still to be computed: {}", missing(of, &stored)),
    };
    Ok(sets(cache_dir)?.into_iter().map(note).collect())
}

/// The shards of a build that are all there and of its settings.
fn whole_set(project: &Project) -> Result<(Vec<StoredShard>, Vec<Record>)> {
    let refuse = |problem: String| Err(Error::refused(&project.cache_dir, problem, Remedy::BuildShard));
    // Of several numbers of shards one may be left from before: that is no obstacle to the other.
    let mut conflict = None;
    let mut most_complete: Option<(u32, Vec<StoredShard>)> = None;
    for (of, stored) in sets(&project.cache_dir)? {
        if stored.len() < of as usize {
            let share = |(of, stored): &(u32, Vec<StoredShard>)| stored.len() as f64 / f64::from(*of);
            let set = (of, stored);
            if most_complete.as_ref().is_none_or(|most| share(most) < share(&set)) {
                most_complete = Some(set);
            }
            continue;
        }
        let records = stored.iter().map(Record::of).collect::<Result<Vec<_>>>()?;
        let found = records.iter().find_map(|record| {
            record.conflict(&project.settings).map(|why| format!("shard {}: {why}", record.shard))
        });
        match found {
            None => return Ok((stored, records)),
            found => conflict = found,
        }
    }
    match (conflict, most_complete) {
        (Some(conflict), _) => refuse(conflict),
        (None, Some((of, stored))) => {
            let n_missing = in_words::count(of as usize - stored.len(), "shard");
            refuse(format!("{n_missing} of {of} still to be computed: {}", missing(of, &stored)))
        }
        (None, None) => refuse("there are no shards to merge".into()),
    }
}
