//! The thread that opens the device, keeps its blocks coming, and notices when a sound or the device ends.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::block::{BLOCK_SAMPLES, Block, Control, Mark};
use super::mixer::Mixer;
use super::output::{Format, Output, Stream};
use super::sound::Sound;
use super::state::{Shared, State};
use super::voice::{Step, Voice};
use crate::workers;

/// The time between rounds of making blocks while something plays.
const TICK: Duration = Duration::from_millis(8);

/// The time for which a device stays open after the last sound, so that the next begins at once.
const CLOSE_AFTER: Duration = Duration::from_secs(2);

/// The sound that is made ahead: what a busy machine may keep this thread waiting, and what a device swallows as it starts.
const AHEAD_S: f64 = 0.4;

/// The sound that is made ahead for a device that does not say what it asks for at once. It may be two seconds.
const AHEAD_UNKNOWN_S: f64 = 2.5;

/// Marks that may wait for this thread.
const MARKS_MAX: usize = 2_048;

/// The wishes of a person, in the order in which they want it.
pub(super) enum Command {
    Play { epoch: u64, sound: Box<dyn Sound>, range_s: Range<f64>, is_looped: bool },
    Switch(Box<dyn Sound>),
    Seek { epoch: u64, position_s: f64 },
    SetLooped(bool),
    Stop,
    UseDevice(Option<String>),
}

/// An open device and the way to it.
struct Line {
    blocks: Sender<Block>,
    marks: Receiver<Mark>,
    lost: Receiver<String>,
    sample_rate_hz: u32,
    /// Only its life counts: it ends before the channels do.
    _stream: Box<dyn Stream>,
}

/// The sound that is being made.
struct Part {
    voice: Voice,
    epoch: u64,
    /// All of it, and the block that tells its end, is on its way.
    is_complete: bool,
}

/// The state of the thread.
pub(super) struct Feeder {
    output: Arc<dyn Output>,
    control: Arc<Control>,
    shared: Arc<Shared>,
    device: Option<String>,
    line: Option<Line>,
    part: Option<Part>,
    idle_since: Instant,
}

impl Feeder {
    pub(super) fn new(output: Arc<dyn Output>, control: Arc<Control>, shared: Arc<Shared>) -> Self {
        Self { output, control, shared, device: None, line: None, part: None, idle_since: Instant::now() }
    }

    /// Does what is asked until nobody can ask any more.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let first = match (&self.part, &self.line) {
                (None, None) => commands.recv().map_err(RecvTimeoutError::from),
                _ => commands.recv_timeout(TICK),
            };
            match first {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
                // Of many seeks only the last one is worth a sample: all commands come before any sound.
                Ok(first) => {
                    for command in std::iter::once(first).chain(commands.try_iter()) {
                        self.obey(command);
                    }
                }
            }
            let outcome = workers::catch("playback", || self.tick());
            if let Err(reason) = outcome.map_err(|error| error.to_string()).flatten() {
                self.fail(reason);
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Play { epoch, sound, range_s, is_looped } => {
                self.part = None;
                match self.line() {
                    Ok(sample_rate_hz) => {
                        let voice = Voice::new(sound, range_s, is_looped, sample_rate_hz);
                        self.part = Some(Part { voice, epoch, is_complete: false });
                    }
                    Err(reason) => self.shared.finish(epoch, State::Failed(reason)),
                }
            }
            Command::Stop => self.rest(),
            Command::UseDevice(device) => {
                self.rest();
                self.line = None;
                self.device = device;
            }
            Command::Switch(sound) => {
                if let Some(part) = &mut self.part {
                    part.voice.switch(sound);
                }
            }
            Command::Seek { epoch, position_s } => {
                if let Some(part) = &mut self.part {
                    part.voice.seek(position_s);
                    part.epoch = epoch;
                    part.is_complete = false;
                }
            }
            Command::SetLooped(is_looped) => {
                if let Some(part) = &mut self.part {
                    part.voice.set_looped(is_looped);
                }
            }
        }
    }

    /// One round: blocks, marks, and what has ended. An error says why nothing is heard any more.
    fn tick(&mut self) -> Result<(), String> {
        let Some(line) = &self.line else { return Ok(()) };
        if let Ok(reason) = line.lost.try_recv() {
            return Err(reason);
        }
        for mark in line.marks.try_iter() {
            self.shared.lock().timeline.add(mark);
        }
        match &mut self.part {
            Some(part) => {
                feed(part, &line.blocks)?;
                if self.shared.end(part.epoch) {
                    self.rest();
                }
            }
            None if self.idle_since.elapsed() >= CLOSE_AFTER => self.line = None,
            None => {}
        }
        Ok(())
    }

    /// Nothing more is to be played; the device stays open for a moment.
    fn rest(&mut self) {
        self.part = None;
        self.idle_since = Instant::now();
    }

    fn fail(&mut self, reason: String) {
        self.line = None;
        if let Some(part) = self.part.take() {
            self.shared.finish(part.epoch, State::Failed(reason));
        }
    }

    /// The device's rate, after opening it where it is not open or has been lost.
    fn line(&mut self) -> Result<u32, String> {
        if self.line.as_ref().is_some_and(|line| !line.lost.is_empty()) {
            self.line = None;
        }
        if let Some(line) = &self.line {
            return Ok(line.sample_rate_hz);
        }
        let opening = self.output.open(self.device.as_deref())?;
        let Format { sample_rate_hz, n_frames_max } = opening.format();
        let device_s = n_frames_max.map(|n_frames| 2.0 * f64::from(n_frames) / f64::from(sample_rate_hz));
        let ahead_s = device_s.map_or(AHEAD_UNKNOWN_S, |device_s| device_s.max(AHEAD_S));
        let n_blocks = (ahead_s * f64::from(sample_rate_hz) / BLOCK_SAMPLES as f64).ceil() as usize;
        let (blocks, blocks_out) = bounded(n_blocks);
        let (marks_in, marks) = bounded(MARKS_MAX);
        let (lost_in, lost) = bounded(1);
        let mixer = Mixer::new(blocks_out, marks_in, Arc::clone(&self.control), sample_rate_hz);
        let stream = opening.start(mixer, lost_in)?;
        self.line = Some(Line { blocks, marks, lost, sample_rate_hz, _stream: stream });
        Ok(sample_rate_hz)
    }
}

/// Makes blocks until no more fit. This is their only sender: what fits when it is asked still fits when it is sent.
fn feed(part: &mut Part, blocks: &Sender<Block>) -> Result<(), String> {
    while !part.is_complete && !blocks.is_full() {
        let block = match part.voice.step(part.epoch).map_err(|error| error.to_string())? {
            Step::Block(block) => block,
            Step::NotYet => break,
            Step::Ended => {
                part.is_complete = true;
                part.voice.end(part.epoch)
            }
        };
        if blocks.try_send(block).is_err() {
            return Err("the sound device was closed".into());
        }
    }
    Ok(())
}
