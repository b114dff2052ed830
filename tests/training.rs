//! The trainer's side: what loaders give is what the files hold, once each, in an order that the seed sets.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use datasets::{small_settings, tone, write_wav};
use melscope::cache::pt;
use melscope::settings::Settings;
use melscope::split::Side;
use melscope::training::{
    CachedSpectrogramDataset, DataLoader, DataLoaders, LoaderOptions, SplitNumbers, SplitRule,
};

/// A cache of 12 recordings in two folders, 5 chunks each with a variant; gives its folder.
fn cache(root: &Path) -> std::path::PathBuf {
    for number in 0..12 {
        let path = root.join(format!("{}/{number}.wav", ["low", "high"][number % 2]));
        write_wav(&path, 8_000, 4_000, tone(200.0 + 70.0 * number as f64, 8_000));
    }
    datasets::build(root, &settings(), 2).cache_dir
}

fn settings() -> Settings {
    let mut settings = Settings { validation_share: Some(0.25), seed: 3, ..small_settings() };
    settings.augmentation.expansion = 1;
    settings
}

fn options(batch_size: usize, n_workers: usize) -> LoaderOptions {
    LoaderOptions { batch_size, n_workers, seed: 5, ..LoaderOptions::default() }
}

fn open(cache_dir: &Path, options: LoaderOptions) -> DataLoaders {
    DataLoaders::open(cache_dir, SplitRule::Stored, options).unwrap()
}

/// The numbers that an epoch gives; fails where a batch is not what the files hold.
fn numbers(loader: &DataLoader, epoch: u64) -> Vec<u32> {
    let batches = loader.epoch(epoch).unwrap();
    assert_eq!(batches.len(), loader.n_batches());
    let mut numbers = Vec::new();
    for batch in batches {
        let batch = batch.unwrap();
        assert_eq!(batch.values.shape()[0], batch.numbers.len());
        for (values, number) in batch.values.outer_iter().zip(&batch.numbers) {
            let path = loader.dataset().cache_dir().join(format!("{number:06}.pt"));
            assert_eq!(values, pt::read(&path).unwrap(), "tensor {number}");
        }
        numbers.extend(batch.numbers);
    }
    numbers
}

#[test]
fn every_tensor_is_that_of_its_file_copied_and_mapped() {
    let folder = tempfile::tempdir().unwrap();
    let cache_dir = cache(folder.path());
    let dataset = CachedSpectrogramDataset::open(&cache_dir).unwrap();
    assert_eq!((dataset.len(), dataset.shape()), (120, settings().analysis().tensor_shape()));
    let mut values = vec![0.0; dataset.shape().iter().product()];
    for number in 0..dataset.len() {
        let expected = pt::read(&cache_dir.join(format!("{number:06}.pt"))).unwrap();
        dataset.read_into(number, &mut values).unwrap();
        assert_eq!(values, expected.as_slice().unwrap(), "tensor {number}");
        let mapped = dataset.map(number).unwrap();
        assert_eq!(mapped.view(), expected, "tensor {number}");
        assert_eq!(mapped.values().as_ptr().addr() % 64, 0, "a view begins where vectors like it");
    }
}

#[test]
fn an_epoch_gives_each_tensor_once_in_the_order_of_the_seed_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let cache_dir = cache(folder.path());
    let loaders = open(&cache_dir, options(7, 0));
    let first = numbers(&loaders.train, 0);
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, loaders.train.numbers());
    assert_ne!(sorted, first, "it is shuffled");
    assert_ne!(first, numbers(&loaders.train, 1), "every epoch in its own way");
    assert_eq!(numbers(&loaders.validation, 0), loaders.validation.numbers(), "validation keeps its order");
    for n_workers in [1, 2, 5, 100] {
        assert_eq!(numbers(&open(&cache_dir, options(7, n_workers)).train, 0), first, "{n_workers} threads");
    }
    let other = LoaderOptions { seed: 6, ..options(7, 1) };
    assert_ne!(numbers(&open(&cache_dir, other).train, 0), first);
}

#[test]
fn full_batches_only_and_shares_of_processes() {
    let folder = tempfile::tempdir().unwrap();
    let cache_dir = cache(folder.path());
    let whole = open(&cache_dir, options(7, 1));
    let n_train = whole.train.numbers().len();
    let n_validation = whole.validation.numbers().len();
    assert!(!n_train.is_multiple_of(7) && !n_validation.is_multiple_of(7), "the last batches are not full");
    let full = open(&cache_dir, LoaderOptions { drop_last: true, ..options(7, 1) });
    assert_eq!(numbers(&full.train, 0).len(), n_train / 7 * 7);
    assert_eq!(numbers(&full.validation, 0), whole.validation.numbers());
    for world_size in [2, 3, 7] {
        let shares: Vec<Vec<u32>> = (0..world_size)
            .map(|rank| {
                numbers(&open(&cache_dir, LoaderOptions { rank, world_size, ..options(7, 1) }).train, 2)
            })
            .collect();
        assert!(shares.iter().all(|share| share.len() == n_train.div_ceil(world_size)));
        let together: BTreeSet<u32> = shares.iter().flatten().copied().collect();
        assert!(together.iter().eq(whole.train.numbers()), "all of it together");
    }
}

#[test]
fn a_loader_that_is_dropped_midway_ends_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let loaders = open(&cache(folder.path()), options(1, 3));
    let mut batches = loaders.train.epoch(0).unwrap();
    batches.next().unwrap().unwrap();
    // It would hang here otherwise.
    drop(batches);
    assert_eq!(numbers(&loaders.train, 0).len(), loaders.train.numbers().len());
}

#[test]
fn the_rules_of_a_split_are_those_of_the_index_of_groups_and_of_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = CachedSpectrogramDataset::open(&cache(folder.path())).unwrap();
    let numbers = |rule: SplitRule| rule.numbers(&dataset).unwrap();
    let stored = numbers(SplitRule::Stored);
    let of_index =
        |side| (0..120).filter(|number| dataset.rows()[*number as usize].side == Some(side)).collect();
    assert_eq!(stored, SplitNumbers { train: of_index(Side::Train), validation: of_index(Side::Validation) });
    // Drawn now with the share and the seed of the build it is the same.
    assert_eq!(numbers(SplitRule::ByGroup { share: Some(0.25), seed: 3 }), stored);
    assert_ne!(numbers(SplitRule::ByGroup { share: Some(0.25), seed: 4 }), stored);
    let groups = |numbers: &[u32]| -> BTreeSet<u32> {
        numbers.iter().map(|number| dataset.rows()[*number as usize].group).collect()
    };
    for seed in 0..10 {
        let by_group = numbers(SplitRule::ByGroup { share: None, seed });
        assert!(groups(&by_group.train).is_disjoint(&groups(&by_group.validation)));
        assert_eq!(by_group.train.len() + by_group.validation.len(), 120);
    }
    // The trainer's share of 10 to 49 files, and its way to leak.
    let by_tensor = numbers(SplitRule::ByTensor { share: None, seed: 0 });
    assert_eq!((by_tensor.train.len(), by_tensor.validation.len()), (84, 36));
    assert!(!groups(&by_tensor.train).is_disjoint(&groups(&by_tensor.validation)));
}

#[test]
fn what_cannot_be_loaded_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let cache_dir = cache(folder.path());
    let loaders = open(&cache_dir, options(4, 2));
    let number = loaders.validation.numbers()[1];
    let path = cache_dir.join(format!("{number:06}.pt"));
    let bytes = fs::read(&path).unwrap();
    let mut other_head = bytes.clone();
    other_head[100] ^= 1;
    for (damaged, problem) in
        [(&bytes[..bytes.len() - 1], "bytes instead of"), (&other_head[..], "laid out differently")]
    {
        datasets::write(&path, damaged);
        let error = loaders.validation.epoch(0).unwrap().find_map(Result::err).unwrap().to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains(problem), "{error}");
        assert!(loaders.train.dataset().map(number as usize).is_err());
    }
    fs::remove_file(&path).unwrap();
    let error = loaders.validation.epoch(0).unwrap().find_map(Result::err).unwrap().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");

    let old = tempfile::tempdir().unwrap();
    datasets::copy_folder(&datasets::data("cache/format2"), old.path());
    let error = DataLoaders::open(&old.path().join(".cache"), SplitRule::Stored, options(4, 1)).unwrap_err();
    assert!(error.in_full().contains("melscope split --write"), "{}", error.in_full());
    let by_group = SplitRule::ByGroup { share: None, seed: 0 };
    assert!(DataLoaders::open(&old.path().join(".cache"), by_group, options(4, 1)).is_ok());
    assert!(matches!(CachedSpectrogramDataset::open(folder.path()), Err(melscope::Error::NoCache { .. })));
}
