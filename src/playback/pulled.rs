//! An output without a device: whoever holds it takes the samples, for tests and for pictures of the window.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::mixer::Mixer;
use super::output::{Device, Format, Opening, Output, Stream};

/// Frames that are asked for at once.
const PULL_FRAMES: usize = 256;

/// The time for which a block is waited for before silence is taken for what is played.
const BLOCK_WAIT: Duration = Duration::from_millis(100);

/// Plays what is pulled from it. Clones are the same output.
#[derive(Clone)]
pub struct PulledOutput {
    sample_rate_hz: u32,
    line: Arc<Mutex<Line>>,
}

/// The open line, and how the next opening goes.
#[derive(Default)]
struct Line {
    open: Option<(Mixer, Sender<String>)>,
    refusal: Option<String>,
    device: Option<String>,
}

impl PulledOutput {
    /// An output at `sample_rate_hz`, which must not be 0.
    pub fn new(sample_rate_hz: u32) -> Self {
        Self { sample_rate_hz, line: Arc::default() }
    }

    /// The next `n_samples` that are played; none when the device is not open.
    ///
    /// They are heard the moment that they are pulled, and pulled as fast as they are made.
    pub fn pull(&self, n_samples: usize) -> Vec<f32> {
        let mut samples = vec![0.0; n_samples];
        for piece in samples.chunks_mut(PULL_FRAMES) {
            let give_up_at = Instant::now() + BLOCK_WAIT;
            while !self.is_ready(piece.len()) && Instant::now() < give_up_at {
                std::thread::sleep(Duration::from_millis(1));
            }
            if let Some((mixer, _)) = &mut self.line().open {
                mixer.fill(piece, 1, Instant::now(), |sample| sample);
            }
        }
        samples
    }

    /// The device is lost for `reason`.
    pub fn lose(&self, reason: &str) {
        if let Some((_, lost)) = self.line().open.take() {
            lost.try_send(reason.to_owned()).ok();
        }
    }

    /// The device cannot be opened for `reason`; `None` when it can.
    pub fn refuse(&self, reason: Option<&str>) {
        self.line().refusal = reason.map(str::to_owned);
    }

    /// The device that was asked for when it was last opened.
    pub fn device(&self) -> Option<String> {
        self.line().device.clone()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ready(&self, n_samples: usize) -> bool {
        self.line().open.as_ref().is_some_and(|(mixer, _)| mixer.is_ready(n_samples))
    }
}

impl Output for PulledOutput {
    fn devices(&self) -> Result<Vec<Device>, String> {
        match &self.line().refusal {
            Some(reason) => Err(reason.clone()),
            None => Ok(vec![Device { id: "pulled".into(), name: "Pulled".into() }]),
        }
    }

    fn open(&self, id: Option<&str>) -> Result<Box<dyn Opening>, String> {
        let mut line = self.line();
        line.device = id.map(str::to_owned);
        match &line.refusal {
            Some(reason) => Err(reason.clone()),
            None => Ok(Box::new(self.clone())),
        }
    }
}

impl Opening for PulledOutput {
    fn format(&self) -> Format {
        Format { sample_rate_hz: self.sample_rate_hz, n_frames_max: Some(PULL_FRAMES as u32) }
    }

    fn start(self: Box<Self>, mixer: Mixer, lost: Sender<String>) -> Result<Box<dyn Stream>, String> {
        self.line().open = Some((mixer, lost));
        Ok(Box::new(OpenLine(self.line)))
    }
}

/// Closes the line when it is dropped.
struct OpenLine(Arc<Mutex<Line>>);

impl Stream for OpenLine {}

impl Drop for OpenLine {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).open = None;
    }
}
