//! A sound on its way to the device: its range, its loop, and the device's rate.

use std::collections::VecDeque;
use std::ops::Range;

use super::block::{BLOCK_SAMPLES, Block};
use super::sound::Sound;
use crate::audio::resample::{Resampler, resampled_len};
use crate::error::Result;

/// Samples read from a sound at a time.
const READ_SAMPLES: usize = 1_024;

/// The time for which both sounds are heard when one takes the other's place.
const CROSSFADE_S: f64 = 0.005;

/// From here on, up to the next one, output runs beside the sound at normal speed.
struct Segment {
    /// Index of the first output sample.
    output_index: u64,
    /// Its time in the sound.
    position_s: f64,
}

/// The outcome of making a block.
#[expect(
    clippy::large_enum_variant,
    reason = "a block is passed by value so that nothing is allocated for it"
)]
pub(super) enum Step {
    /// It is there.
    Block(Block),
    /// The sound is still on its way to where it is to be read.
    NotYet,
    /// Everything has been given out.
    Ended,
}

/// Reads a sound within a range and gives it out in blocks at the device's rate.
pub(super) struct Voice {
    sound: Box<dyn Sound>,
    /// The sound that is to take over.
    incoming: Option<Box<dyn Sound>>,
    output_rate_hz: u32,
    range_s: Range<f64>,
    is_looped: bool,
    /// `None` where the sound has the device's rate.
    resampler: Option<Resampler>,
    next_frame: u64,
    /// Samples that went in since `output_base`.
    n_fed: u64,
    /// Output index at which the resampler began.
    output_base: u64,
    /// Output samples that have not been given out, and the index of the first.
    ready: VecDeque<f32>,
    ready_index: u64,
    segments: VecDeque<Segment>,
    made: Vec<f32>,
    is_drained: bool,
}

impl Voice {
    /// A voice at the start of `range_s`, which is cut to what the sound holds.
    pub(super) fn new(
        sound: Box<dyn Sound>,
        range_s: Range<f64>,
        is_looped: bool,
        output_rate_hz: u32,
    ) -> Self {
        let start_s = range_s.start.max(0.0);
        let resampler = resampler_for(&*sound, output_rate_hz);
        let mut voice = Self {
            sound,
            incoming: None,
            output_rate_hz,
            range_s: start_s..range_s.end.max(start_s),
            is_looped,
            resampler,
            next_frame: 0,
            n_fed: 0,
            output_base: 0,
            ready: VecDeque::new(),
            ready_index: 0,
            segments: VecDeque::new(),
            made: Vec::new(),
            is_drained: false,
        };
        voice.seek(start_s);
        voice
    }

    /// Goes on at `position_s`, which is moved into the range.
    pub(super) fn seek(&mut self, position_s: f64) {
        let position_s = position_s.clamp(self.range_s.start, self.range_s.end);
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
        self.ready.clear();
        self.ready_index = 0;
        self.n_fed = 0;
        self.output_base = 0;
        self.is_drained = false;
        self.segments.clear();
        self.jump(self.frame_at(position_s));
    }

    /// Starts anew at the range's end, or ends there. At the end of a sound that has been read it changes nothing.
    pub(super) fn set_looped(&mut self, is_looped: bool) {
        self.is_looped = is_looped;
    }

    /// Goes on with another sound at the same time as soon as that one is ready there; until then this one is heard.
    pub(super) fn switch(&mut self, sound: Box<dyn Sound>) {
        self.incoming = Some(sound);
    }

    /// The next block of `epoch`.
    pub(super) fn step(&mut self, epoch: u64) -> Result<Step> {
        while self.ready.len() < BLOCK_SAMPLES && !self.is_drained {
            self.let_in()?;
            if !self.sound.approach(self.next_frame)? {
                return Ok(Step::NotYet);
            }
            self.read()?;
        }
        if self.ready.is_empty() {
            return Ok(Step::Ended);
        }
        while self.segments.get(1).is_some_and(|next| next.output_index <= self.ready_index) {
            self.segments.pop_front();
        }
        let mut block = Block::empty(epoch, self.position_at(self.ready_index));
        block.n_samples = self.ready.len().min(BLOCK_SAMPLES);
        for (sample, ready) in block.samples.iter_mut().zip(self.ready.drain(..block.n_samples)) {
            *sample = ready;
        }
        self.ready_index += block.n_samples as u64;
        Ok(Step::Block(block))
    }

    /// A block that tells of the end of the sound, at the time that has been reached.
    pub(super) fn end(&self, epoch: u64) -> Block {
        Block::empty(epoch, self.position_at(self.ready_index))
    }

    /// Lets the incoming sound take over once it is ready, mixed over from the one to the other.
    fn let_in(&mut self) -> Result<()> {
        let Some(mut incoming) = self.incoming.take() else { return Ok(()) };
        let (old_rate_hz, rate_hz) = (self.sound.sample_rate_hz(), incoming.sample_rate_hz());
        let frame = resampled_len(self.next_frame, old_rate_hz, rate_hz);
        if !incoming.approach(frame)? {
            self.incoming = Some(incoming);
            return Ok(());
        }
        let mut old = std::mem::replace(&mut self.sound, incoming);
        if rate_hz != old_rate_hz {
            self.change_rate(frame);
            return Ok(());
        }
        let n_wanted = (CROSSFADE_S * f64::from(rate_hz)) as u64;
        let n_left = self.frame_at(self.range_s.end).saturating_sub(frame);
        let mut from = vec![0.0; n_wanted.min(n_left) as usize];
        let mut to = from.clone();
        let n_old = read_full(&mut *old, frame, &mut from)?;
        let n_both = n_old.min(read_full(&mut *self.sound, frame, &mut to)?);
        for (index, (sample, old_sample)) in to[..n_both].iter_mut().zip(&from).enumerate() {
            let share = (index + 1) as f32 / (n_both + 1) as f32;
            *sample = old_sample + (*sample - old_sample) * share;
        }
        self.feed(&to[..n_both]);
        Ok(())
    }

    /// Reads on, or starts anew or ends where the range does.
    fn read(&mut self) -> Result<()> {
        let n_left = self.frame_at(self.range_s.end).saturating_sub(self.next_frame);
        let mut samples = [0.0; READ_SAMPLES];
        let n_wanted = n_left.min(READ_SAMPLES as u64) as usize;
        let n_read =
            if n_wanted == 0 { 0 } else { self.sound.read(self.next_frame, &mut samples[..n_wanted])? };
        if n_read > 0 {
            self.feed(&samples[..n_read]);
            return Ok(());
        }
        let start = self.frame_at(self.range_s.start);
        // A range without a sample would go round for ever.
        if self.is_looped && self.next_frame > start {
            self.jump(start);
        } else {
            self.drain();
        }
        Ok(())
    }

    /// Reading goes on at `frame`, and so does the output in time.
    fn jump(&mut self, frame: u64) {
        self.next_frame = frame;
        let rate_hz = self.sound.sample_rate_hz();
        let output_index = self.output_base + resampled_len(self.n_fed, rate_hz, self.output_rate_hz);
        self.segments.push_back(Segment { output_index, position_s: frame as f64 / f64::from(rate_hz) });
    }

    fn feed(&mut self, samples: &[f32]) {
        self.next_frame += samples.len() as u64;
        self.n_fed += samples.len() as u64;
        match &mut self.resampler {
            None => self.ready.extend(samples),
            Some(resampler) => {
                self.made.clear();
                resampler.process(samples, &mut self.made);
                self.ready.extend(&self.made);
            }
        }
    }

    /// Gives out what the resampler still holds.
    fn drain(&mut self) {
        self.is_drained = true;
        if let Some(resampler) = &mut self.resampler {
            self.made.clear();
            resampler.finish(&mut self.made);
            self.ready.extend(&self.made);
        }
    }

    /// The sound has another rate than the one before: from `frame` on, its samples follow those of the old.
    fn change_rate(&mut self, frame: u64) {
        self.drain();
        self.is_drained = false;
        self.output_base = self.ready_index + self.ready.len() as u64;
        self.n_fed = 0;
        self.resampler = resampler_for(&*self.sound, self.output_rate_hz);
        self.jump(frame);
    }

    fn frame_at(&self, position_s: f64) -> u64 {
        (position_s * f64::from(self.sound.sample_rate_hz())).round() as u64
    }

    fn position_at(&self, output_index: u64) -> f64 {
        let segment = self.segments.iter().rev().find(|segment| segment.output_index <= output_index);
        segment.map_or(self.range_s.start, |segment| {
            segment.position_s + (output_index - segment.output_index) as f64 / f64::from(self.output_rate_hz)
        })
    }
}

fn resampler_for(sound: &dyn Sound, output_rate_hz: u32) -> Option<Resampler> {
    let rate_hz = sound.sample_rate_hz();
    (rate_hz != output_rate_hz).then(|| Resampler::new(rate_hz, output_rate_hz))
}

/// Reads until `samples` is full or the sound ends, and gives how many there were.
fn read_full(sound: &mut dyn Sound, frame: u64, samples: &mut [f32]) -> Result<usize> {
    let mut n_read = 0;
    while n_read < samples.len() {
        match sound.read(frame + n_read as u64, &mut samples[n_read..])? {
            0 => break,
            n => n_read += n,
        }
    }
    Ok(n_read)
}
