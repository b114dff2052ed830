//! The output of sound: a device behind a trait, so that tests can listen.

use crossbeam_channel::Sender;

use super::mixer::Mixer;

/// A device that can play.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Device {
    /// The name that [`super::Player::set_device`] takes; the same tomorrow.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// The format that a device plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Frames per second, not 0.
    pub sample_rate_hz: u32,
    /// The most frames that it asks for at once, where that is known.
    pub n_frames_max: Option<u32>,
}

/// A device that was found, and is not open yet.
pub trait Opening {
    /// The format that it will play.
    fn format(&self) -> Format;

    /// Starts to play what `mixer` makes, until the stream is dropped.
    ///
    /// When the device is lost the reason is sent to `lost`, once. An error says in words why nothing is heard.
    fn start(self: Box<Self>, mixer: Mixer, lost: Sender<String>) -> Result<Box<dyn Stream>, String>;
}

/// A device that plays. Dropping it may take as long as it takes to play what it holds.
pub trait Stream {}

/// A way to devices.
pub trait Output: Send + Sync {
    /// All devices that can play. It may take seconds. An error says why in words.
    fn devices(&self) -> Result<Vec<Device>, String>;

    /// Finds the device with `id`, or the system's own choice. An error says in words why there is none.
    fn open(&self, id: Option<&str>) -> Result<Box<dyn Opening>, String>;
}
