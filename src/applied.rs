//! The changes that augmentation made to a chunk: drawn by `augment`, recorded by `cache`.

use std::fmt;

/// The changes that made a variant of a chunk; `None` where nothing was drawn. Its `Display` is in words for people.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Applied {
    /// Shift of pitch in semitones.
    pub semitones: Option<f64>,
    /// Factor of speed; 1, which may be among the factors, leaves the chunk as it is.
    pub speed: Option<f64>,
    /// Signal-to-noise ratio of the added noise, in dB. Silence gets no noise.
    pub snr_db: Option<f64>,
    /// Factor of volume: the variant's peak, unless it is silent. With `reference_levels` it is the factor that was
    /// applied before the trainer's clipping and normalising.
    pub gain: Option<f64>,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.semitones.map(|semitones| format!("{semitones:+.1} semitones")));
        parts.extend(self.speed.filter(|speed| *speed != 1.0).map(|speed| format!("speed {speed}×")));
        parts.extend(self.snr_db.map(|snr_db| format!("noise at {snr_db:.0} dB")));
        parts.extend(self.gain.map(|gain| format!("volume {gain:.2}×")));
        if parts.is_empty() { f.write_str("unchanged") } else { f.write_str(&parts.join(", ")) }
    }
}
