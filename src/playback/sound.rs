//! Sounds that can be played: one channel of samples that are read from any place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audio::chunk::ChunkReader;
use crate::error::Result;
use crate::settings::FfmpegUse;

/// Samples that a file is read in at a time.
const FILE_CHUNK_SAMPLES: usize = 4_096;

/// Chunks that one step of [`Sound::approach`] may leave behind: some milliseconds of decoding.
const CHUNKS_PER_STEP: usize = 64;

/// One channel of audio, nominally within ±1, read by position.
pub trait Sound: Send {
    /// Samples per second, not 0.
    fn sample_rate_hz(&self) -> u32;

    /// Works towards a reading at `frame` for some milliseconds; true when [`Sound::read`] is ready there.
    ///
    /// A source without an index has to decode everything before `frame`: in steps, commands are heeded meanwhile.
    fn approach(&mut self, frame: u64) -> Result<bool>;

    /// Fills the front of `samples` from `frame` on and gives how many there were; 0 is the end of the sound.
    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize>;
}

impl Sound for Box<dyn Sound> {
    fn sample_rate_hz(&self) -> u32 {
        (**self).sample_rate_hz()
    }

    fn approach(&mut self, frame: u64) -> Result<bool> {
        (**self).approach(frame)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        (**self).read(frame, samples)
    }
}

/// A sound that is in memory.
pub struct MemorySound {
    samples: Arc<[f32]>,
    sample_rate_hz: u32,
}

impl MemorySound {
    /// Plays `samples` at `sample_rate_hz`, which must not be 0.
    pub fn new(samples: Arc<[f32]>, sample_rate_hz: u32) -> Self {
        Self { samples, sample_rate_hz }
    }
}

impl Sound for MemorySound {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn approach(&mut self, _frame: u64) -> Result<bool> {
        Ok(true)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        let start = usize::try_from(frame).unwrap_or(usize::MAX).min(self.samples.len());
        let rest = &self.samples[start..];
        let n_read = rest.len().min(samples.len());
        samples[..n_read].copy_from_slice(&rest[..n_read]);
        Ok(n_read)
    }
}

/// Another sound, of which every sample is multiplied.
pub struct Gained<S> {
    sound: S,
    gain: f32,
}

impl<S: Sound> Gained<S> {
    /// Plays `sound` at the factor `gain`.
    pub fn new(sound: S, gain: f32) -> Self {
        Self { sound, gain }
    }
}

impl<S: Sound> Sound for Gained<S> {
    fn sample_rate_hz(&self) -> u32 {
        self.sound.sample_rate_hz()
    }

    fn approach(&mut self, frame: u64) -> Result<bool> {
        self.sound.approach(frame)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        let n_read = self.sound.read(frame, samples)?;
        for sample in &mut samples[..n_read] {
            *sample *= self.gain;
        }
        Ok(n_read)
    }
}

/// A file as a build hears it, mixed to mono and at the wanted rate, streamed: memory does not grow with its length.
///
/// Going back opens the file again, going ahead decodes what lies between.
pub struct FileSound {
    path: PathBuf,
    sample_rate_hz: u32,
    reader: Option<ChunkReader>,
    chunk: Vec<f32>,
    /// Position of the first sample in `chunk`.
    chunk_frame: u64,
    /// Samples in `chunk`.
    n_valid: usize,
    is_ended: bool,
}

impl FileSound {
    /// A sound of the file at `path`, at `sample_rate_hz`. The file is opened when it is first played.
    pub fn new(path: &Path, sample_rate_hz: u32) -> Self {
        Self {
            path: path.to_path_buf(),
            sample_rate_hz,
            reader: None,
            chunk: vec![0.0; FILE_CHUNK_SAMPLES],
            chunk_frame: 0,
            n_valid: 0,
            is_ended: false,
        }
    }

    /// Position behind the last sample in `chunk`.
    fn chunk_end(&self) -> u64 {
        self.chunk_frame + self.n_valid as u64
    }

    /// Reads the next chunk, of a file that is opened where it is not yet.
    fn next_chunk(&mut self) -> Result<()> {
        if self.reader.is_none() {
            self.reader = Some(ChunkReader::open_by(
                &self.path,
                FfmpegUse::Auto,
                self.sample_rate_hz,
                FILE_CHUNK_SAMPLES,
            )?);
        }
        if let Some(reader) = &mut self.reader {
            let n_read = reader.next_into(&mut self.chunk)?;
            self.chunk_frame += self.n_valid as u64;
            self.n_valid = n_read.unwrap_or(0);
            self.is_ended = n_read.is_none();
        }
        Ok(())
    }
}

impl Sound for FileSound {
    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn approach(&mut self, frame: u64) -> Result<bool> {
        if frame < self.chunk_frame {
            *self = Self::new(&self.path, self.sample_rate_hz);
        }
        for _ in 0..CHUNKS_PER_STEP {
            if self.is_ended || frame < self.chunk_end() {
                return Ok(true);
            }
            self.next_chunk()?;
        }
        Ok(false)
    }

    fn read(&mut self, frame: u64, samples: &mut [f32]) -> Result<usize> {
        while !self.approach(frame)? {}
        if frame >= self.chunk_end() {
            return Ok(0);
        }
        let start = (frame - self.chunk_frame) as usize;
        let n_read = (self.n_valid - start).min(samples.len());
        samples[..n_read].copy_from_slice(&self.chunk[start..start + n_read]);
        Ok(n_read)
    }
}
