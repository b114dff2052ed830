//! The state of playback, which the player and its threads share.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use super::output::Device;
use super::timeline::Timeline;
use crate::workers;

/// The state of the player.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing is heard: not begun, stopped, or at the end.
    #[default]
    Stopped,
    /// A sound is heard, or about to be.
    Playing,
    /// Nothing can be heard, and why, in words. The next [`super::Player::play`] tries again.
    Failed(String),
}

/// The sound devices, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Devices {
    /// Nobody has asked yet, or the answer is on its way.
    #[default]
    Unknown,
    /// These are there.
    Listed(Vec<Device>),
    /// They cannot be listed, and why, in words.
    Failed(String),
}

/// The knowledge that the player and its threads share. The callback has no part in it.
#[derive(Default)]
pub(super) struct Shared(Mutex<Known>);

#[derive(Default)]
pub(super) struct Known {
    pub(super) state: State,
    pub(super) timeline: Timeline,
    pub(super) devices: Devices,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        workers::lock(&self.0)
    }

    /// Enters `state` unless a newer command than `epoch` has been given.
    pub(super) fn finish(&self, epoch: u64, state: State) {
        let mut known = self.lock();
        if known.timeline.epoch() == epoch {
            known.state = state;
        }
    }

    /// True, and stopped, when the sound of `epoch` has been heard to its end.
    pub(super) fn end(&self, epoch: u64) -> bool {
        let mut known = self.lock();
        let has_ended = known.timeline.epoch() == epoch && known.timeline.has_ended(Instant::now());
        if has_ended {
            known.state = State::Stopped;
        }
        has_ended
    }
}
