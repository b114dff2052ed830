//! The system's sound devices.

use std::str::FromStr as _;
use std::time::Instant;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, DeviceId, ErrorKind, FromSample, OutputCallbackInfo, SampleFormat, SizedSample, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig,
};
use crossbeam_channel::Sender;

use super::mixer::Mixer;
use super::output::{Device, Format, Opening, Output, Stream};

/// Frames the device asks for at once where it can: 21 ms at 48 kHz. What some systems take by themselves is two seconds.
const BUFFER_FRAMES: u32 = 1_024;

/// The devices of the system's usual sound service.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemOutput;

impl Output for SystemOutput {
    fn devices(&self) -> Result<Vec<Device>, String> {
        let devices = cpal::default_host().output_devices().map_err(|error| failure_text(&error))?;
        let described = devices.filter_map(|device| {
            let id = device.id().ok()?.to_string();
            let name = device.description().map_or_else(|_| id.clone(), |about| about.name().to_owned());
            Some(Device { id, name })
        });
        Ok(described.collect())
    }

    fn open(&self, id: Option<&str>) -> Result<Box<dyn Opening>, String> {
        let host = cpal::default_host();
        let device = match id {
            None => host.default_output_device().ok_or("there is no sound device")?,
            Some(id) => DeviceId::from_str(id)
                .ok()
                .and_then(|id| host.device_by_id(&id))
                .ok_or_else(|| format!("the sound device {id} is not there; choose another one"))?,
        };
        let config = device.default_output_config().map_err(|error| failure_text(&error))?;
        Ok(Box::new(ConfiguredDevice { device, config }))
    }
}

/// A device and the format that it plays by itself.
struct ConfiguredDevice {
    device: cpal::Device,
    config: SupportedStreamConfig,
}

impl ConfiguredDevice {
    fn buffer_size(&self) -> BufferSize {
        match self.config.buffer_size() {
            SupportedBufferSize::Range { min, max } if (*min..=*max).contains(&BUFFER_FRAMES) => {
                BufferSize::Fixed(BUFFER_FRAMES)
            }
            _ => BufferSize::Default,
        }
    }

    fn start_as<T: SizedSample + FromSample<f32>>(
        &self,
        mut mixer: Mixer,
        lost: Sender<String>,
    ) -> Result<cpal::Stream, cpal::Error> {
        let config = StreamConfig { buffer_size: self.buffer_size(), ..self.config.config() };
        let n_channels = usize::from(config.channels);
        let fill = move |frames: &mut [T], info: &OutputCallbackInfo| {
            let timestamp = info.timestamp();
            let delay = timestamp.playback.saturating_duration_since(timestamp.callback);
            mixer.fill(frames, n_channels, Instant::now() + delay, T::from_sample_);
        };
        let mut lost = Some(lost);
        let note = move |error: cpal::Error| {
            let is_harmless = matches!(
                error.kind(),
                ErrorKind::Xrun | ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged
            );
            // A device that is gone says so without end: once is enough.
            if !is_harmless && let Some(lost) = lost.take() {
                lost.try_send(failure_text(&error)).ok();
            }
        };
        let stream = self.device.build_output_stream(config, fill, note, None)?;
        stream.play()?;
        Ok(stream)
    }
}

impl Opening for ConfiguredDevice {
    fn format(&self) -> Format {
        let n_frames_max = match self.buffer_size() {
            BufferSize::Fixed(n_frames) => Some(n_frames),
            BufferSize::Default => None,
        };
        Format { sample_rate_hz: self.config.sample_rate(), n_frames_max }
    }

    fn start(self: Box<Self>, mixer: Mixer, lost: Sender<String>) -> Result<Box<dyn Stream>, String> {
        let stream = match self.config.sample_format() {
            SampleFormat::F32 => self.start_as::<f32>(mixer, lost),
            SampleFormat::F64 => self.start_as::<f64>(mixer, lost),
            SampleFormat::I8 => self.start_as::<i8>(mixer, lost),
            SampleFormat::I16 => self.start_as::<i16>(mixer, lost),
            SampleFormat::I24 => self.start_as::<cpal::I24>(mixer, lost),
            SampleFormat::I32 => self.start_as::<i32>(mixer, lost),
            SampleFormat::U8 => self.start_as::<u8>(mixer, lost),
            SampleFormat::U16 => self.start_as::<u16>(mixer, lost),
            SampleFormat::U32 => self.start_as::<u32>(mixer, lost),
            other => {
                return Err(format!(
                    "the sound device wants samples of the kind {other}, which is not supported"
                ));
            }
        };
        stream
            .map(|stream| Box::new(Playing { _stream: stream }) as Box<dyn Stream>)
            .map_err(|error| failure_text(&error))
    }
}

/// An open device, which plays as long as this lives.
struct Playing {
    _stream: cpal::Stream,
}

impl Stream for Playing {}

/// The reason why nothing is heard, for a person.
fn failure_text(error: &cpal::Error) -> String {
    match error.kind() {
        ErrorKind::DeviceNotAvailable => format!("the sound device is not available ({error})"),
        ErrorKind::DeviceBusy => format!("another program uses the sound device ({error})"),
        ErrorKind::HostUnavailable => format!("the system's sound service does not answer ({error})"),
        ErrorKind::PermissionDenied => {
            format!("the system does not let Melscope use the sound device ({error})")
        }
        _ => format!("the sound device does not work ({error})"),
    }
}
