//! Playback for the window: one channel of sound, from memory or from a file, on any device.
//!
//! A [`Sound`] is read by the feeder, a thread of its own, which cuts it to the wanted range, brings it to the device's
//! rate and sends it in blocks to the [`Mixer`] that the device's callback owns. The callback neither allocates nor
//! locks; it tells through marks when each block is heard, and the player knows from them where the sound is.
//! Everything a person wants is a command to the feeder with a number of its own, an epoch: what follows an older one
//! fades out at once, so that nobody waits for what was made ahead. No call of [`Player`] waits for a device.

mod band;
mod block;
mod device;
mod feeder;
mod growing;
mod mixer;
mod output;
mod pulled;
mod sound;
mod state;
mod timeline;
mod voice;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};

pub use band::BandSound;
pub use device::SystemOutput;
pub use growing::{GrowingSamples, GrowingSound};
pub use mixer::Mixer;
pub use output::{Device, Format, Opening, Output, Stream};
pub use pulled::PulledOutput;
pub use sound::{FileSound, Gained, MemorySound, Sound};
pub use state::{Devices, State};

use block::Control;
use feeder::{Command, Feeder};
use state::Shared;

use crate::error::{Error, Result};
use crate::workers;

/// Commands that may wait for a device which takes its time to open.
const COMMANDS_MAX: usize = 1_024;

/// Plays one sound at a time. Every call returns at once.
pub struct Player {
    output: Arc<dyn Output>,
    control: Arc<Control>,
    shared: Arc<Shared>,
    /// `None` only while the player is dropped.
    commands: Option<Sender<Command>>,
    feeder: Option<JoinHandle<()>>,
    listing: Option<JoinHandle<()>>,
}

impl Player {
    /// A player on `output`, which is opened when the first sound is played. The volume is 1.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system gives no thread.
    pub fn new(output: impl Output + 'static) -> Result<Self> {
        let output: Arc<dyn Output> = Arc::new(output);
        let control = Arc::new(Control::default());
        control.set_volume(1.0);
        let shared = Arc::new(Shared::default());
        let (commands, received) = bounded(COMMANDS_MAX);
        let (for_feeder, its_control, its_shared) =
            (Arc::clone(&output), Arc::clone(&control), Arc::clone(&shared));
        // A stream may belong to the thread that opened it: the feeder's state begins and ends on its own.
        let feeder = thread::Builder::new()
            .name("playback".into())
            .spawn(move || Feeder::new(for_feeder, its_control, its_shared).run(&received))
            .map_err(Error::thread("playback"))?;
        Ok(Self { output, control, shared, commands: Some(commands), feeder: Some(feeder), listing: None })
    }

    /// Plays `range_s` of `sound`, in seconds, in place of what is heard; `0.0..f64::INFINITY` is all of it.
    pub fn play(&mut self, sound: impl Sound + 'static, range_s: Range<f64>, is_looped: bool) {
        let epoch = self.begin(range_s.start.max(0.0), State::Playing);
        self.send(Command::Play { epoch, sound: Box::new(sound), range_s, is_looped });
    }

    /// Goes on with `sound` at the time that the other has reached, without a gap; what is made ahead of the device
    /// (0.4 s as a rule) is still heard of the other. Without effect when nothing plays.
    pub fn switch(&mut self, sound: impl Sound + 'static) {
        self.send(Command::Switch(Box::new(sound)));
    }

    /// Ends the sound. The position stays where it is.
    pub fn stop(&mut self) {
        if self.state() == State::Playing {
            let position_s = self.position_s();
            self.begin(position_s, State::Stopped);
            self.send(Command::Stop);
        }
    }

    /// Goes on at `position_s`, which is moved into the range that is played. Without effect when nothing plays.
    pub fn seek(&mut self, position_s: f64) {
        if self.state() == State::Playing {
            let epoch = self.begin(position_s, State::Playing);
            self.send(Command::Seek { epoch, position_s });
        }
    }

    /// From now on the range begins anew at its end, or no more.
    pub fn set_loop(&mut self, is_looped: bool) {
        self.send(Command::SetLooped(is_looped));
    }

    /// Every sample is multiplied by `volume`, 0 to 1. A change takes some hundredths of a second.
    pub fn set_volume(&mut self, volume: f32) {
        self.control.set_volume(volume.clamp(0.0, 1.0));
    }

    /// Plays on the device with this [`Device::id`] from the next [`Player::play`] on; `None` is the system's choice.
    /// The sound that is heard stops.
    pub fn set_device(&mut self, id: Option<String>) {
        self.stop();
        self.send(Command::UseDevice(id));
    }

    /// Asks for the devices, which takes a while: [`Player::devices`] has them then.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system gives no thread.
    pub fn refresh_devices(&mut self) -> Result<()> {
        if self.is_listing() {
            return Ok(());
        }
        let (output, shared) = (Arc::clone(&self.output), Arc::clone(&self.shared));
        let list = move || {
            let devices = workers::catch("playback", || output.devices()).map_err(|error| error.to_string());
            shared.lock().devices = devices.flatten().map_or_else(Devices::Failed, Devices::Listed);
        };
        let listing = thread::Builder::new().name("playback-devices".into()).spawn(list);
        self.listing = Some(listing.map_err(Error::thread("playback"))?);
        Ok(())
    }

    /// True until the last [`Player::refresh_devices`] has its answer.
    pub fn is_listing(&self) -> bool {
        self.listing.as_ref().is_some_and(|listing| !listing.is_finished())
    }

    /// The devices that the last [`Player::refresh_devices`] found.
    pub fn devices(&self) -> Devices {
        self.shared.lock().devices.clone()
    }

    /// The time in the sound that is heard now, in seconds: the device's delay is taken off as far as it is known.
    pub fn position_s(&self) -> f64 {
        self.shared.lock().timeline.position_s(Instant::now())
    }

    /// The state of the player.
    pub fn state(&self) -> State {
        self.shared.lock().state.clone()
    }

    /// Begins an epoch: what is heard fades out.
    fn begin(&self, position_s: f64, state: State) -> u64 {
        let mut known = self.shared.lock();
        let epoch = self.control.next_epoch();
        known.timeline.restart(epoch, position_s);
        known.state = state;
        epoch
    }

    fn send(&self, command: Command) {
        let is_taken = self.commands.as_ref().is_some_and(|commands| commands.try_send(command).is_ok());
        if !is_taken {
            self.begin(0.0, State::Failed("the sound device has not answered for long".into()));
        }
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Drop for Player {
    /// Waits for the device to close.
    fn drop(&mut self) {
        self.commands = None;
        for thread in [self.feeder.take(), self.listing.take()].into_iter().flatten() {
            // Panics were caught inside, so that there is nothing to learn from it.
            thread.join().ok();
        }
    }
}
