//! How the panes of the Tune view stand to each other.

/// An arrangement of the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum PaneArrangement {
    /// Magnitude and instantaneous frequency beside each other, the waveform below both.
    #[default]
    SideBySide,
    /// Waveform, magnitude and instantaneous frequency below each other, on one time axis.
    Stacked,
}
