//! A passage in all its versions, as far as it is rebuilt. Plain values.

use std::sync::Arc;

use crate::dsp::fidelity::{Fidelity, FidelityMean};
use crate::dsp::reconstruct::Way;
use crate::pipeline::{ChunkPictures, PASSAGE_CHUNKS_MAX, PassageChunk, PassageRequest, SoundVersion};
use crate::playback::GrowingSamples;

/// A passage in all its versions.
#[derive(Debug)]
pub struct Passage {
    /// The request that it answers.
    pub request: PassageRequest,
    /// Samples per second.
    pub sample_rate_hz: u32,
    /// The length of every chunk in seconds, padding among it.
    pub chunk_s: f64,
    /// Its start in seconds of the recording.
    pub start_s: f64,
    /// Chunks of the whole recording, where that is known.
    pub n_chunks_of_all: Option<usize>,
    /// True once it is all there.
    pub is_complete: bool,
    /// True where tensors were normalised in their file.
    pub was_normalised: bool,
    /// The pictures of each chunk.
    pub pictures: Vec<ChunkPictures>,
    sounds: [Arc<GrowingSamples>; 4],
    gains: [f32; 4],
    means: [FidelityMean; 3],
}

impl Passage {
    /// A passage that begins with its first `chunk`.
    pub(super) fn new(request: PassageRequest, chunk: PassageChunk) -> Self {
        let mut passage = Self {
            request,
            sample_rate_hz: chunk.sample_rate_hz,
            chunk_s: chunk.chunk_s,
            start_s: chunk.passage_start_s,
            n_chunks_of_all: None,
            is_complete: false,
            was_normalised: chunk.was_normalised,
            pictures: Vec::new(),
            sounds: Default::default(),
            gains: [1.0; 4],
            means: Default::default(),
        };
        passage.push(chunk);
        passage
    }

    /// Adds the next chunk.
    pub(super) fn push(&mut self, chunk: PassageChunk) {
        for (sound, samples) in self.sounds.iter().zip(&chunk.sounds) {
            sound.push(samples);
        }
        for (mean, fidelity) in self.means.iter_mut().zip(chunk.fidelity.into_iter().flatten()) {
            mean.add(fidelity);
        }
        self.pictures.push(chunk.pictures);
        self.gains = chunk.gains;
        self.n_chunks_of_all = chunk.n_chunks_of_all.or(self.n_chunks_of_all);
    }

    /// Chunks so far.
    pub fn n_chunks(&self) -> usize {
        self.pictures.len()
    }

    /// Notes that there is no more.
    pub(super) fn complete(&mut self) {
        self.is_complete = true;
        self.sounds.iter().for_each(|sound| sound.complete());
    }

    /// The samples of a version; none where there is no original.
    pub fn sound(&self, version: SoundVersion) -> Option<&Arc<GrowingSamples>> {
        let sound = &self.sounds[version.index()];
        (sound.n_samples() > 0).then_some(sound)
    }

    /// The gain at which a version is as loud as the others.
    pub fn gain(&self, version: SoundVersion) -> f32 {
        self.gains[version.index()]
    }

    /// The figures of a way, as a mean over the chunks so far; none where there is no original.
    pub fn fidelity(&self, way: Way) -> Option<Fidelity> {
        self.means[way as usize].mean()
    }

    /// Its end so far, in seconds of the recording.
    pub fn end_s(&self) -> f64 {
        let n_samples = self.sounds.iter().map(|sound| sound.n_samples()).max().unwrap_or_default();
        self.start_s + n_samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Chunks that it will have, where that is known.
    pub fn n_chunks_expected(&self) -> Option<usize> {
        let n_left = self.n_chunks_of_all?.saturating_sub(self.request.first_chunk);
        Some(n_left.min(PASSAGE_CHUNKS_MAX))
    }
}
