//! Files that hold the same sound: to the sample, or the same take in another format, level or cut.
//!
//! Near duplicates are found in two steps, neither of which compares every file with every other. Prints that share a
//! key are neighbours in one sorted list; those that resemble each other are candidates, and the candidates' samples
//! decide. Takes of one instrument at one pitch have similar prints; their samples do not correlate.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use super::file_audit::FileAudit;
use super::fingerprint::{Fingerprint, LOW_RATE_HZ, PRINT_SAMPLES, START_PEAK};
use super::store::{Comparisons, PairKey};
use crate::audio::chunk::{ChunkPool, ChunkReader};
use crate::connected_groups::connected_groups;
use crate::dsp::correlation::Correlator;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::settings::FfmpegUse;
use crate::workers;

/// Neighbours in the list of a key that a print is compared with. A key that many files share says little, and copies
/// that many keys have in common meet in another list; the bound keeps the work in proportion to the files.
const NEIGHBOURS_MAX: usize = 24;

/// Later files that a file is compared with by their samples. Copies of one take have the most similar prints, and what is
/// not compared directly belongs together through others.
const CANDIDATES_MAX: usize = 6;

/// The correlation over octaves from which two recordings are one take. MP3 at 128 kbit/s leaves 0.958 and more of the
/// recordings of `sonic-pi-samples`; what is left of two different strokes without 0.1 s reaches 0.934.
const SAME_TAKE: f32 = 0.95;

/// The samples by which one copy may begin later.
const SHIFT_MAX: usize = 3 * LOW_RATE_HZ as usize / 4;

/// Groups of indices of files with the same decoded sound, each in the order of the files, two members at least.
pub(super) fn exact(files: &[(usize, &FileAudit)]) -> Vec<Vec<usize>> {
    let mut by_sound = BTreeMap::<[u8; 32], Vec<usize>>::new();
    for (index, file) in files {
        if let Ok(measured) = &file.outcome {
            by_sound.entry(*measured.sound.as_bytes()).or_default().push(*index);
        }
    }
    let mut groups: Vec<Vec<usize>> = by_sound.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    groups
}

/// Groups of indices of files that hold the same take, each in the order of the files, two members at least.
///
/// `files` are those to compare, one of each exact group. What `known` remembers is not compared again, and what is
/// compared is remembered.
///
/// # Errors
/// On cancel. A file that cannot be read any more matches nothing.
pub(super) fn near(
    files: &[(usize, &FileAudit)],
    known: &mut Comparisons,
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<Vec<Vec<usize>>> {
    // One item a file, not one a pair: of many similar files there are far more pairs.
    monitor.begin(Stage::Compare, files.len() as u64);
    let index_of_prints = FingerprintIndex::new(files);
    // One list for all: a small one for each file would stay amid what decoding allocates and frees.
    let compared = Mutex::new(Vec::new());
    let compare = |comparer: &mut PairComparer, place: usize| {
        monitor.check()?;
        for other in index_of_prints.candidates(place as u32, &mut comparer.shared) {
            let pair = pair_of(files[place].1, files[other as usize].1);
            let correlation = match pair.and_then(|pair| known.get(pair)) {
                Some(correlation) => correlation,
                // Not remembered when it cannot be read: it was readable a moment ago and may be so again.
                None => match comparer.compare(files, place, other as usize) {
                    Ok(correlation) => correlation,
                    Err(_unreadable) => continue,
                },
            };
            let mut compared = compared.lock().unwrap_or_else(PoisonError::into_inner);
            compared.push((place as u32, other, correlation));
        }
        monitor.advance(1);
        Ok(())
    };
    let ended = workers::map_indexed("compare", n_workers, files.len(), PairComparer::default, compare)?;
    if ended.iter().any(|ended| matches!(ended, Err(Error::Cancelled))) {
        return Err(Error::Cancelled);
    }
    drop(index_of_prints);
    let compared = compared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut same = Vec::new();
    for (place, other, correlation) in compared {
        if let Some(pair) = pair_of(files[place as usize].1, files[other as usize].1) {
            known.insert(pair, correlation);
        }
        if correlation >= SAME_TAKE {
            same.push((place as usize, other as usize));
        }
    }
    let groups = connected_groups(files.len(), same.into_iter());
    Ok(groups.into_iter().map(|group| group.iter().map(|place| files[*place].0).collect()).collect())
}

fn pair_of(a: &FileAudit, b: &FileAudit) -> Option<PairKey> {
    let sound = |file: &FileAudit| file.outcome.as_ref().ok().map(|measured| measured.sound);
    Some(PairKey::of(sound(a)?, sound(b)?))
}

/// Prints sorted by their keys, so that similar ones stand together.
struct FingerprintIndex<'a> {
    prints: Vec<Option<&'a Fingerprint>>,
    /// Keys, and where they are. Of a hundred thousand prints there are five million.
    keys: Vec<(u32, KeyPlace)>,
}

/// A print by its place, and the step of a key in it: together in one number, in the order of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeyPlace(u32);

impl KeyPlace {
    /// Steps of a print are fewer than two to this: 67 million prints have a place above it.
    const STEP_BITS: u32 = 6;

    fn new(print: u32, step: u8) -> Self {
        Self(print << Self::STEP_BITS | u32::from(step))
    }

    fn print(self) -> u32 {
        self.0 >> Self::STEP_BITS
    }

    fn step(self) -> u8 {
        (self.0 & ((1 << Self::STEP_BITS) - 1)) as u8
    }
}

impl<'a> FingerprintIndex<'a> {
    fn new(files: &[(usize, &'a FileAudit)]) -> Self {
        let prints: Vec<_> = files
            .iter()
            .map(|(_, file)| file.outcome.as_ref().ok().map(|measured| &measured.print))
            .collect();
        let mut keys: Vec<(u32, KeyPlace)> = Vec::with_capacity(prints.len() * Fingerprint::KEYS_MAX);
        for (place, print) in (0..).zip(&prints) {
            let own = print.iter().flat_map(|print| print.keys());
            keys.extend(own.map(|(key, step)| (key, KeyPlace::new(place, step))));
        }
        keys.sort_unstable();
        Self { prints, keys }
    }

    /// Later prints that resemble print `place`, the most similar ones, in order. `shared` is room to work in.
    fn candidates(&self, place: u32, shared: &mut Vec<(u32, u8, u8)>) -> Vec<u32> {
        shared.clear();
        let own = self.prints[place as usize].iter().flat_map(|print| print.keys());
        for (key, step) in own {
            let entry = (key, KeyPlace::new(place, step));
            let behind = self.keys.partition_point(|other| *other <= entry);
            let neighbours = self.keys[behind..].iter().take(NEIGHBOURS_MAX);
            let same_key = neighbours.take_while(|(other, _)| *other == key);
            shared.extend(same_key.map(|(_, other)| (other.print(), step, other.step())));
        }
        shared.sort_unstable();
        let print = self.prints[place as usize];
        let resembling = shared.chunk_by(|a, b| a.0 == b.0).filter_map(|keys| {
            let other = keys[0].0;
            let at_key = |key: &(u32, u8, u8)| print?.difference(key.1, self.prints[other as usize]?, key.2);
            Some((keys.iter().filter_map(at_key).min_by(f32::total_cmp)?, other))
        });
        let mut resembling: Vec<(f32, u32)> = resembling.collect();
        resembling.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut candidates: Vec<u32> =
            resembling.into_iter().take(CANDIDATES_MAX).map(|(_, other)| other).collect();
        candidates.sort_unstable();
        candidates
    }
}

/// Compares recordings by their samples.
#[derive(Default)]
struct PairComparer {
    pool: ChunkPool,
    correlator: Correlator,
    /// The beginnings of recordings, by their place, the last one that was read first: a file is often one of several pairs.
    beginnings: VecDeque<(usize, Rc<[f32]>)>,
    sound: Vec<f32>,
    chunk: Vec<f32>,
    shared: Vec<(u32, u8, u8)>,
}

/// Beginnings that are kept, of 64 kB each.
const BEGINNINGS_MAX: usize = 16;

impl PairComparer {
    fn compare(&mut self, files: &[(usize, &FileAudit)], a: usize, b: usize) -> Result<f32> {
        let [a, b] = [a, b].map(|place| self.beginning(place, &files[place].1.file));
        let found = self.correlator.compare(&a?, &b?, SHIFT_MAX);
        Ok(found.map_or(0.0, |found| found.correlation))
    }

    /// The samples that a print covers, at its rate: from where the sound begins.
    fn beginning(&mut self, place: usize, path: &Path) -> Result<Rc<[f32]>> {
        if let Some((_, kept)) = self.beginnings.iter().find(|(known, _)| *known == place) {
            return Ok(Rc::clone(kept));
        }
        let pool = std::mem::take(&mut self.pool);
        let mut reader = ChunkReader::open_with(pool, path, FfmpegUse::Auto, LOW_RATE_HZ, PRINT_SAMPLES)?;
        let Self { sound, chunk, .. } = self;
        sound.clear();
        chunk.resize(PRINT_SAMPLES, 0.0);
        while sound.len() < PRINT_SAMPLES {
            let Some(n_samples) = reader.next_into(chunk)? else { break };
            let is_sound = |sample: &f32| !sound.is_empty() || sample.abs() > START_PEAK;
            let start = chunk[..n_samples].iter().position(is_sound).unwrap_or(n_samples);
            sound.extend_from_slice(&chunk[start..n_samples]);
        }
        sound.truncate(PRINT_SAMPLES);
        self.pool = reader.into_pool();
        let beginning: Rc<[f32]> = sound.as_slice().into();
        self.beginnings.truncate(BEGINNINGS_MAX - 1);
        self.beginnings.push_front((place, Rc::clone(&beginning)));
        Ok(beginning)
    }
}
