//! What a trainer reads: the tensors of a cache in random order and in batches, one side of a split at a time.
//!
//! A [`CachedSpectrogramDataset`] gives any tensor, as a view of its file or copied; [`DataLoaders`] give shuffled batches of
//! training and ordered ones of validation, read ahead by threads, and each process of several its own share.
//!
//! ```
//! # use melscope::monitor::Silent;
//! # use melscope::{BuildOptions, Project, Settings, build};
//! use melscope::training::{DataLoaders, LoaderOptions, SplitRule};
//!
//! # let folder = tempfile::tempdir()?;
//! # melscope::pipeline::demo::write_demo(folder.path())?;
//! # let project = Project::new(folder.path(), Settings::default())?;
//! # build(&project, &BuildOptions { force: false, n_workers: 1 }, &Silent, &|_: &_| Ok(true))?;
//! # let cache_dir = project.cache_dir();
//! let options = LoaderOptions { batch_size: 8, ..LoaderOptions::default() };
//! let loaders = DataLoaders::open(cache_dir, SplitRule::Stored, options)?;
//! for batch in loaders.train.epoch(0)? {
//!     let batch = batch?;
//!     let [n_tensors, n_channels, n_mels, n_frames] = *batch.values.shape() else { unreachable!() };
//!     assert_eq!([n_channels, n_mels, n_frames], [2, 128, 94]);
//!     assert_eq!(n_tensors, batch.numbers.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cached_dataset;
mod data_loader;
mod epoch_order;
#[cfg(target_endian = "little")]
mod mapped_tensor;
mod split_rule;

pub use cached_dataset::CachedSpectrogramDataset;
pub use data_loader::{Batch, Batches, DataLoader, DataLoaders, LoaderOptions};
#[cfg(target_endian = "little")]
pub use mapped_tensor::MappedTensor;
pub use split_rule::{SplitNumbers, SplitRule};
