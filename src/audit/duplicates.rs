//! Files that hold the same sound: to the sample, or the same take in another format, level or cut.
//!
//! Near duplicates are found in two steps, neither of which compares every file with every other. Prints that share a
//! key are neighbours in one sorted list; those that resemble each other are candidates, and the candidates' samples
//! decide. Takes of one instrument at one pitch have similar prints; their samples do not correlate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::FileAudit;
use super::fingerprint::{LOW_RATE_HZ, PRINT_SAMPLES, START_PEAK};
use super::store::Comparisons;
use crate::audio::chunk::{ChunkPool, ChunkReader};
use crate::dsp::correlation::Correlator;
use crate::error::{Error, Result};
use crate::monitor::{Monitor, Stage};
use crate::workers;

/// Neighbours in the list of a key that a print is compared with. A key that many files share says little, and copies
/// that many keys have in common meet in another list; the bound keeps the work in proportion to the files.
const NEIGHBOURS_MAX: usize = 24;

/// The correlation over octaves from which two recordings are one take. MP3 at 128 kbit/s leaves 0.97 and more of the
/// recordings of `sonic-pi-samples`; one stroke filtered for several velocities keeps 0.83 to 0.93, and two strokes of
/// one drum have less than 0.65.
const SAME_TAKE: f32 = 0.95;

/// How much later one copy may begin.
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

/// Pairs of places in `files` whose prints resemble each other, in order, each once.
fn candidates(files: &[(usize, &FileAudit)], monitor: &dyn Monitor) -> Result<Vec<(u32, u32)>> {
    let prints: Vec<_> =
        files.iter().map(|(_, file)| file.outcome.as_ref().ok().map(|measured| &measured.print)).collect();
    let mut keys: Vec<(u32, u32, u8)> = Vec::new();
    for (place, print) in (0..).zip(&prints) {
        keys.extend(print.iter().flat_map(|print| print.keys()).map(|(key, step)| (key, place, step)));
    }
    keys.sort_unstable();
    let mut pairs = Vec::new();
    for (index, (key, place, step)) in keys.iter().enumerate() {
        if index.is_multiple_of(1024) {
            monitor.check()?;
        }
        let same_key = keys[index + 1..].iter().take(NEIGHBOURS_MAX).take_while(|(other, ..)| other == key);
        for (_, other, other_step) in same_key {
            if let (Some(a), Some(b)) = (prints[*place as usize], prints[*other as usize])
                && a.resembles(*step, b, *other_step)
            {
                pairs.push((*place, *other));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
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
    let pairs = candidates(files, monitor)?;
    let sound_of = |place: u32| files[place as usize].1.outcome.as_ref().ok().map(|measured| measured.sound);
    let key_of = |(a, b): (u32, u32)| Some((sound_of(a)?, sound_of(b)?));
    let is_open = |pair: &&(u32, u32)| key_of(**pair).is_some_and(|(a, b)| known.get(a, b).is_none());
    let open: Vec<(u32, u32)> = pairs.iter().filter(is_open).copied().collect();
    monitor.begin(Stage::Compare, open.len() as u64);
    let compare = |listener: &mut Listener, index: usize| {
        monitor.check()?;
        let (a, b) = open[index];
        let [a, b] = [a, b].map(|place| &files[place as usize].1.file);
        let correlation = listener.compare(a, b)?;
        monitor.advance(1);
        Ok(correlation)
    };
    let compared = workers::map_indexed("compare", n_workers, open.len(), Listener::default, compare)?;
    for (pair, correlation) in open.into_iter().zip(compared) {
        match correlation {
            Ok(correlation) => {
                if let Some((a, b)) = key_of(pair) {
                    known.insert(a, b, correlation);
                }
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // Not remembered: it was readable a moment ago and may be so again.
            Err(_unreadable) => {}
        }
    }
    let is_same = |pair: &(u32, u32)| {
        key_of(*pair).and_then(|(a, b)| known.get(a, b)).is_some_and(|correlation| correlation >= SAME_TAKE)
    };
    let same = pairs.into_iter().filter(is_same);
    let groups = grouped(files.len(), same);
    Ok(groups.into_iter().map(|group| group.iter().map(|place| files[*place].0).collect()).collect())
}

/// The connected groups of `n` things, each sorted, two members at least.
fn grouped(n: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..n).collect();
    let find = |parents: &mut [usize], mut place: usize| {
        while parents[place] != place {
            parents[place] = parents[parents[place]];
            place = parents[place];
        }
        place
    };
    for (a, b) in pairs {
        let (a, b) = (find(&mut parents, a as usize), find(&mut parents, b as usize));
        // The first of a group stands for it.
        parents[a.max(b)] = a.min(b);
    }
    let mut groups = BTreeMap::<usize, Vec<usize>>::new();
    for place in 0..n {
        groups.entry(find(&mut parents, place)).or_default().push(place);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// Compares recordings by their samples. Pairs come sorted, so that the first is often the one of before.
#[derive(Default)]
struct Listener {
    pool: ChunkPool,
    correlator: Correlator,
    first: Option<(PathBuf, Vec<f32>)>,
}

impl Listener {
    fn compare(&mut self, a: &Path, b: &Path) -> Result<f32> {
        let first = match self.first.take().filter(|(path, _)| path == a) {
            Some((_, sound)) => sound,
            None => self.beginning(a)?,
        };
        let second = self.beginning(b)?;
        let found = self.correlator.compare(&first, &second, SHIFT_MAX);
        self.first = Some((a.to_path_buf(), first));
        Ok(found.map_or(0.0, |found| found.correlation))
    }

    /// What a print looks at, at its rate: from where the sound begins.
    fn beginning(&mut self, path: &Path) -> Result<Vec<f32>> {
        let pool = std::mem::take(&mut self.pool);
        let mut reader = ChunkReader::open_with(pool, path, LOW_RATE_HZ, PRINT_SAMPLES)?;
        let mut sound: Vec<f32> = Vec::with_capacity(2 * PRINT_SAMPLES);
        let mut chunk = vec![0.0; PRINT_SAMPLES];
        while sound.len() < PRINT_SAMPLES {
            let Some(n_samples) = reader.next_into(&mut chunk)? else { break };
            let is_sound = |sample: &f32| !sound.is_empty() || sample.abs() > START_PEAK;
            let start = chunk[..n_samples].iter().position(is_sound).unwrap_or(n_samples);
            sound.extend_from_slice(&chunk[start..n_samples]);
        }
        sound.truncate(PRINT_SAMPLES);
        self.pool = reader.into_pool();
        Ok(sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_what_pairs_connect() {
        let pairs = [(1, 2), (4, 5), (2, 6), (0, 0)];
        assert_eq!(grouped(7, pairs.into_iter()), [vec![1, 2, 6], vec![4, 5]]);
        assert!(grouped(3, std::iter::empty()).is_empty());
    }
}
