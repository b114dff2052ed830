//! The device's side: blocks become frames, without an allocation, a lock, or a click.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::block::{BLOCK_SAMPLES, Block, Control, Mark};

/// The time that a sound takes to come and to go: short enough to leave an attack its bite.
const FADE_S: f32 = 0.003;

/// Time constant with which a change of the volume arrives.
const VOLUME_S: f32 = 0.010;

/// Makes what the device plays; its callback owns it.
///
/// Both channels are only tried, never waited on, from either end, and their blocks and marks lie in memory that was
/// taken when they were made: so nothing in here allocates, locks or waits.
pub struct Mixer {
    blocks: Receiver<Block>,
    marks: Sender<Mark>,
    control: Arc<Control>,
    sample_period_s: f64,
    fade_step: f32,
    volume_step: f32,
    block: Block,
    n_used: usize,
    /// The block's mark has been sent.
    is_marked: bool,
    /// The epoch that is heard, which fades out before another comes in.
    voice: u64,
    /// The share of the sound that is let through, 0 to 1.
    gate: f32,
    volume: f32,
    /// The last sample, which is held while the gate closes on a sound that has ended.
    held: f32,
}

impl Mixer {
    pub(super) fn new(
        blocks: Receiver<Block>,
        marks: Sender<Mark>,
        control: Arc<Control>,
        sample_rate_hz: u32,
    ) -> Self {
        let sample_rate = sample_rate_hz as f32;
        Self {
            blocks,
            marks,
            volume: control.volume(),
            control,
            sample_period_s: 1.0 / f64::from(sample_rate_hz),
            fade_step: 1.0 / (FADE_S * sample_rate),
            volume_step: 1.0 - (-1.0 / (VOLUME_S * sample_rate)).exp(),
            block: Block::empty(0, 0.0),
            n_used: 0,
            is_marked: true,
            voice: 0,
            gate: 0.0,
            held: 0.0,
        }
    }

    /// Fills `frames`, interleaved with `n_channels` of the same signal, which are heard from `heard_at` on.
    ///
    /// `convert` makes the device's kind of sample from one within ±1.
    pub fn fill<T: Copy>(
        &mut self,
        frames: &mut [T],
        n_channels: usize,
        heard_at: Instant,
        convert: impl Fn(f32) -> T,
    ) {
        let wanted = self.control.epoch();
        let wanted_volume = self.control.volume();
        if self.n_used < self.block.n_samples {
            self.is_marked = false;
        }
        for (index, frame) in frames.chunks_mut(n_channels).enumerate() {
            let is_unwanted = self.gate == 0.0 && self.block.epoch != wanted;
            if self.n_used == self.block.n_samples || is_unwanted {
                self.next_block(wanted);
            }
            if self.gate == 0.0 {
                self.voice = self.block.epoch;
            }
            if !self.is_marked {
                self.mark(heard_at + Duration::from_secs_f64(index as f64 * self.sample_period_s));
            }
            self.volume += (wanted_volume - self.volume) * self.volume_step;
            let sample = self.next_sample(wanted) * self.volume;
            frame.fill(convert(sample.clamp(-1.0, 1.0)));
        }
    }

    /// True when `n_samples` can be played without waiting for more, or nothing more is to come.
    pub fn is_ready(&self, n_samples: usize) -> bool {
        let is_at_end = self.block.n_samples == 0 && self.block.epoch == self.control.epoch();
        let n_waiting = self.block.n_samples - self.n_used + self.blocks.len() * BLOCK_SAMPLES;
        is_at_end || n_waiting >= n_samples
    }

    /// Takes the next block that is wanted, or that goes on with what is fading out.
    fn next_block(&mut self, wanted: u64) {
        self.n_used = self.block.n_samples;
        while let Ok(block) = self.blocks.try_recv() {
            if block.epoch == wanted || (self.gate > 0.0 && block.epoch == self.voice) {
                self.n_used = 0;
                self.is_marked = false;
                self.block = block;
                break;
            }
        }
    }

    fn next_sample(&mut self, wanted: u64) -> f32 {
        let is_heard = self.n_used < self.block.n_samples && self.block.epoch == self.voice;
        if is_heard {
            self.held = self.block.samples[self.n_used];
            self.n_used += 1;
        }
        let target = if is_heard && self.voice == wanted { 1.0 } else { 0.0 };
        self.gate += (target - self.gate).clamp(-self.fade_step, self.fade_step);
        self.held * self.gate
    }

    /// Tells what of the block is heard from `heard_at` on, once it is. Without room it is tried again.
    fn mark(&mut self, heard_at: Instant) {
        if self.block.epoch != self.voice {
            return;
        }
        let n_left = self.block.n_samples - self.n_used;
        let mark = Mark {
            epoch: self.block.epoch,
            heard_at,
            position_s: self.block.position_s + self.n_used as f64 * self.sample_period_s,
            span_s: n_left as f64 * self.sample_period_s,
            is_end: self.block.n_samples == 0,
        };
        self.is_marked = self.marks.try_send(mark).is_ok();
    }
}
