//! Batches of tensors, read ahead by threads.

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, bounded};
use ndarray::Array4;

use super::cached_dataset::CachedSpectrogramDataset;
use super::epoch_order;
use super::split_rule::SplitRule;
use crate::error::{Error, Result};
use crate::workers;

/// The options of loaders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoaderOptions {
    /// Tensors of a batch; at least 1.
    pub batch_size: usize,
    /// Seed of the order of training.
    pub seed: u64,
    /// Threads that read ahead; 0 reads when a batch is asked for.
    pub n_workers: usize,
    /// Batches that each thread keeps ready; at least 1.
    pub n_prefetch: usize,
    /// Leave out the last batch of training where it is not full. Validation leaves nothing out.
    pub drop_last: bool,
    /// The number of this process among those that train together, from 0.
    pub rank: usize,
    /// The number of these processes; 1 for one alone.
    pub world_size: usize,
}

impl Default for LoaderOptions {
    fn default() -> Self {
        Self {
            batch_size: 32,
            seed: 0,
            n_workers: 1,
            n_prefetch: 2,
            drop_last: false,
            rank: 0,
            world_size: 1,
        }
    }
}

/// The loaders of both sides.
#[derive(Debug, Clone)]
pub struct DataLoaders {
    /// Shuffled, in another order in each epoch.
    pub train: DataLoader,
    /// In the order of the cache.
    pub validation: DataLoader,
}

impl DataLoaders {
    /// Opens the cache in `cache_dir`, split by `rule`.
    ///
    /// # Errors
    /// When there is no cache of Melscope's or it has no split that is asked for.
    ///
    /// # Panics
    /// When an option is impossible: no batch size, nothing to prefetch, or a rank that is not below the world's size.
    pub fn open(cache_dir: &Path, rule: SplitRule, options: LoaderOptions) -> Result<Self> {
        assert!(
            options.batch_size > 0 && options.n_prefetch > 0,
            "a batch has a tensor, and one is read ahead"
        );
        assert!(options.rank < options.world_size, "ranks are counted from 0 and below the world's size");
        let dataset = Arc::new(CachedSpectrogramDataset::open(cache_dir)?);
        let numbers = rule.numbers(&dataset)?;
        let of_validation = LoaderOptions { drop_last: false, ..options };
        let loader = |numbers, is_shuffled, options| DataLoader {
            dataset: Arc::clone(&dataset),
            numbers,
            is_shuffled,
            options,
        };
        Ok(Self {
            train: loader(numbers.train, true, options),
            validation: loader(numbers.validation, false, of_validation),
        })
    }
}

/// The batches of one side, epoch by epoch.
#[derive(Debug, Clone)]
pub struct DataLoader {
    dataset: Arc<CachedSpectrogramDataset>,
    numbers: Vec<u32>,
    is_shuffled: bool,
    options: LoaderOptions,
}

/// A batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// float32 `[batch, 2, n_mels, frames]`, normalised.
    pub values: Array4<f32>,
    /// The tensors' numbers in the cache.
    pub numbers: Vec<u32>,
}

impl DataLoader {
    /// The dataset of both sides.
    pub fn dataset(&self) -> &CachedSpectrogramDataset {
        &self.dataset
    }

    /// The tensors of this side, those of all processes, in the order of the cache.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// Batches of an epoch of this process.
    pub fn n_batches(&self) -> usize {
        let LoaderOptions { batch_size, drop_last, world_size, .. } = self.options;
        let n = self.numbers.len().div_ceil(world_size);
        if drop_last { n / batch_size } else { n.div_ceil(batch_size) }
    }

    /// The batches of epoch number `epoch`, in their order, whatever the number of threads.
    ///
    /// # Errors
    /// When the system gives no thread. A batch that cannot be read is an item's error.
    pub fn epoch(&self, epoch: u64) -> Result<Batches> {
        let LoaderOptions { batch_size, seed, n_workers, n_prefetch, rank, world_size, .. } = self.options;
        let mut order = self.numbers.clone();
        if self.is_shuffled {
            epoch_order::shuffle(&mut order, seed, epoch);
        }
        let plan = Arc::new(Plan {
            dataset: Arc::clone(&self.dataset),
            order: epoch_order::share(&order, rank, world_size),
            batch_size,
            n_batches: self.n_batches(),
        });
        let mut batches = Batches { plan, n_given: 0, readers: Vec::new() };
        let n_readers = n_workers.min(batches.plan.n_batches);
        for worker in 0..n_readers {
            let (sender, receiver) = bounded(n_prefetch);
            let plan = Arc::clone(&batches.plan);
            let read = move || {
                for place in (worker..plan.n_batches).step_by(n_readers) {
                    let batch = workers::catch("batch", || plan.read(place)).and_then(|batch| batch);
                    // Whoever stops listening has dropped the receiver.
                    if sender.send(batch).is_err() {
                        return;
                    }
                }
            };
            let thread = thread::Builder::new()
                .name("batches".into())
                .spawn(read)
                .map_err(Error::thread("batches"))?;
            batches.readers.push(Reader { batches: Some(receiver), thread: Some(thread) });
        }
        Ok(batches)
    }
}

/// What every thread of an epoch knows.
#[derive(Debug)]
struct Plan {
    dataset: Arc<CachedSpectrogramDataset>,
    order: Vec<u32>,
    batch_size: usize,
    n_batches: usize,
}

impl Plan {
    fn read(&self, place: usize) -> Result<Batch> {
        let end = ((place + 1) * self.batch_size).min(self.order.len());
        let numbers = &self.order[place * self.batch_size..end];
        let [n_channels, n_mels, n_frames] = self.dataset.shape();
        let mut values = Array4::zeros([numbers.len(), n_channels, n_mels, n_frames]);
        let all = values.as_slice_mut().expect("a new array is contiguous");
        for (number, values) in numbers.iter().zip(all.chunks_exact_mut(n_channels * n_mels * n_frames)) {
            self.dataset.read_into(*number as usize, values)?;
        }
        Ok(Batch { values, numbers: numbers.to_vec() })
    }
}

/// The batches of one epoch. Dropping it ends its threads.
#[derive(Debug)]
pub struct Batches {
    plan: Arc<Plan>,
    n_given: usize,
    /// Reader *r* of *n* has the batches *r*, *r* + *n*, …
    readers: Vec<Reader>,
}

#[derive(Debug)]
struct Reader {
    batches: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A thread that waits to send then hears that nobody listens.
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // What it has to say, a batch said.
            thread.join().ok();
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.n_given == self.plan.n_batches {
            return None;
        }
        let place = self.n_given;
        self.n_given += 1;
        if self.readers.is_empty() {
            return Some(self.plan.read(place));
        }
        let n_readers = self.readers.len();
        self.readers[place % n_readers].batches.as_ref()?.recv().ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let n_left = self.plan.n_batches - self.n_given;
        (n_left, Some(n_left))
    }
}

impl ExactSizeIterator for Batches {}
