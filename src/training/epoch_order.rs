//! The order of an epoch, and the share of one process in it.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

/// Separates these hashes from any other use of the same bytes.
const CONTEXT: &str = "melscope 1 order of tensors";

/// Shuffles `numbers`: the same for the same seed and epoch on every machine.
pub(super) fn shuffle(numbers: &mut [u32], seed: u64, epoch: u64) {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&seed.to_le_bytes()).update(&epoch.to_le_bytes());
    numbers.shuffle(&mut ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()));
}

/// The share of process `rank` of `world_size`: every one gets as many. What cannot be divided is filled up from the beginning,
/// as torch's `DistributedSampler` does.
pub(super) fn share(numbers: &[u32], rank: usize, world_size: usize) -> Vec<u32> {
    let n = numbers.len().div_ceil(world_size);
    (0..n).map(|place| numbers[(place * world_size + rank) % numbers.len()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_every_number_once_in_an_order_of_its_own() {
        let order = |seed, epoch| {
            let mut numbers: Vec<u32> = (0..1_000).collect();
            shuffle(&mut numbers, seed, epoch);
            numbers
        };
        let first = order(1, 0);
        assert_eq!(first, order(1, 0));
        assert!(first != order(1, 1) && first != order(2, 0));
        let mut sorted = first;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1_000));
    }

    #[test]
    fn shares_are_equal_and_complete() {
        let numbers: Vec<u32> = (0..10).collect();
        let shares: Vec<Vec<u32>> = (0..3).map(|rank| share(&numbers, rank, 3)).collect();
        assert_eq!(shares, [vec![0, 3, 6, 9], vec![1, 4, 7, 0], vec![2, 5, 8, 1]]);
        assert_eq!(share(&numbers, 0, 1), numbers);
        assert!(share(&[], 1, 4).is_empty());
    }
}
