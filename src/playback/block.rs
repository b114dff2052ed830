//! The messages from the feeder to the callback and back: values of fixed size, so that neither side allocates.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// Samples in a full block: 5 ms at 48 kHz.
pub(super) const BLOCK_SAMPLES: usize = 256;

/// A stretch of sound at the device's rate.
pub(super) struct Block {
    /// The command it follows; one that is not the newest is not heard any more.
    pub(super) epoch: u64,
    /// The time of the first sample in the sound.
    pub(super) position_s: f64,
    /// Samples that count; a block without any is the end of the sound.
    pub(super) n_samples: usize,
    pub(super) samples: [f32; BLOCK_SAMPLES],
}

impl Block {
    /// A block without samples, which tells the end of a sound.
    pub(super) fn empty(epoch: u64, position_s: f64) -> Self {
        Self { epoch, position_s, n_samples: 0, samples: [0.0; BLOCK_SAMPLES] }
    }
}

/// When which part of a sound is heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The command that the sound follows.
    pub(super) epoch: u64,
    /// When the part begins to be heard, the device's delay included.
    pub(super) heard_at: Instant,
    /// Its time in the sound.
    pub(super) position_s: f64,
    /// The time it goes on at normal speed.
    pub(super) span_s: f64,
    /// Nothing follows.
    pub(super) is_end: bool,
}

/// The part of the player's wishes that the callback reads.
#[derive(Default)]
pub(super) struct Control {
    epoch: AtomicU64,
    volume_bits: AtomicU32,
}

impl Control {
    /// The newest command: what follows an older one fades out.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Begins the next epoch and gives its number.
    pub(super) fn next_epoch(&self) -> u64 {
        self.epoch.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The wanted factor for every sample.
    pub(super) fn volume(&self) -> f32 {
        f32::from_bits(self.volume_bits.load(Ordering::Relaxed))
    }

    pub(super) fn set_volume(&self, volume: f32) {
        self.volume_bits.store(volume.to_bits(), Ordering::Relaxed);
    }
}
