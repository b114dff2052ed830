//! The rule by which tensors are for training or for validation.

use std::collections::{BTreeMap, BTreeSet};

use super::cached_dataset::CachedSpectrogramDataset;
use super::epoch_order;
use crate::cache::index::Row;
use crate::error::{Error, Remedy, Result};
use crate::path_text::RelPath;
use crate::split::{self, Group, Side};

/// The rule of a split. A share of `None` goes by the number of recordings ([`split::usual_share`]).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum SplitRule {
    /// As it stands in the cache's index: by group, drawn by the build or by `melscope split --write`.
    #[default]
    Stored,
    /// By group, drawn now: as [`Self::Stored`], with another share or seed.
    ByGroup {
        /// The share of the tensors for validation, 0 to 1.
        share: Option<f64>,
        /// The seed of the draw.
        seed: u64,
    },
    /// By tensor, as the trainer does: the chunks and variants of a recording stand on both sides, so that validation tells nothing
    /// about other recordings. The draw is not the trainer's own: that shuffles with Python's generator.
    ByTensor {
        /// The share of the tensors for validation, 0 to 1.
        share: Option<f64>,
        /// The seed of the draw.
        seed: u64,
    },
}

/// The tensors of both sides, in the order of the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitNumbers {
    /// The tensors that a model learns from.
    pub train: Vec<u32>,
    /// The tensors that a model is judged by.
    pub validation: Vec<u32>,
}

impl SplitRule {
    /// The tensors of each side.
    ///
    /// # Errors
    /// When the stored split is asked for and an older Melscope, which stored none, built the cache.
    pub fn numbers(self, dataset: &CachedSpectrogramDataset) -> Result<SplitNumbers> {
        let rows = dataset.rows();
        let n_recordings = || rows.iter().map(|row| &row.source).collect::<BTreeSet<&RelPath>>().len();
        let share_of = |share: Option<f64>| share.unwrap_or_else(|| split::usual_share(n_recordings()));
        let sides = match self {
            Self::Stored => {
                let sides: Option<Vec<Side>> = rows.iter().map(|row| row.side).collect();
                let without = || {
                    let problem = "its index has no split, because an older Melscope built it";
                    Error::refused(dataset.cache_dir(), problem, Remedy::WriteSplit)
                };
                sides.ok_or_else(without)?
            }
            Self::ByGroup { share, seed } => by_group(rows, share_of(share), seed),
            Self::ByTensor { share, seed } => by_tensor(rows.len(), share_of(share), seed),
        };
        let mut numbers = SplitNumbers::default();
        for (number, side) in (0..).zip(sides) {
            match side {
                Side::Train => numbers.train.push(number),
                Side::Validation => numbers.validation.push(number),
            }
        }
        Ok(numbers)
    }
}

fn by_group(rows: &[Row], share: f64, seed: u64) -> Vec<Side> {
    let mut groups = BTreeMap::<u32, Group>::new();
    for row in rows {
        // Originals come first and in path order.
        let group = || Group { first: row.source.clone(), n_tensors: 0 };
        groups.entry(row.group).or_insert_with(group).n_tensors += 1;
    }
    let (numbers, groups): (Vec<u32>, Vec<Group>) = groups.into_iter().unzip();
    let sides: BTreeMap<u32, Side> = numbers.into_iter().zip(split::sides(&groups, share, seed)).collect();
    rows.iter().map(|row| sides[&row.group]).collect()
}

fn by_tensor(n: usize, share: f64, seed: u64) -> Vec<Side> {
    let mut numbers: Vec<u32> = (0..n as u32).collect();
    epoch_order::shuffle(&mut numbers, seed, 0);
    let mut sides = vec![Side::Train; n];
    for number in &numbers[..split::n_by_tensor(n, share)] {
        sides[*number as usize] = Side::Validation;
    }
    sides
}
