//! The figures of every way back to sound, IF mode and mask, side by side.

use serde::{Serialize, Serializer};

use crate::dsp::fidelity::{Fidelity, FidelityMean};
use crate::dsp::reconstruct::Way;
use crate::settings::IfMode;

const N_MODES: usize = IfMode::ALL.len();

/// The figures of three ways × three IF modes × {without, with mask}, as means over chunks.
///
/// The way without channel 1 knows neither mode nor mask: its figures are one row that stands for six.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FidelityTable {
    magnitude: FidelityMean,
    /// `[trainer, ours]`, each by mode and by mask.
    with_if: [[[FidelityMean; 2]; N_MODES]; 2],
}

/// One row of a [`FidelityTable`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FidelityRow {
    /// The way back to sound.
    pub way: Way,
    /// The mode of channel 1.
    pub if_mode: IfMode,
    /// True where the mask of the settings was on channel 1.
    pub is_masked: bool,
    /// The figures.
    #[serde(flatten)]
    pub fidelity: Fidelity,
}

impl FidelityTable {
    /// Where the mean of a row is kept.
    pub(super) fn mean_mut(&mut self, way: Way, mode: IfMode, is_masked: bool) -> &mut FidelityMean {
        match way {
            Way::Magnitude => &mut self.magnitude,
            Way::Trainer => &mut self.with_if[0][mode as usize][usize::from(is_masked)],
            Way::Ours => &mut self.with_if[1][mode as usize][usize::from(is_masked)],
        }
    }

    /// The figures of a way; none where no chunk had sound.
    pub fn fidelity(&self, way: Way, mode: IfMode, is_masked: bool) -> Option<Fidelity> {
        let mean = match way {
            Way::Magnitude => self.magnitude,
            Way::Trainer => self.with_if[0][mode as usize][usize::from(is_masked)],
            Way::Ours => self.with_if[1][mode as usize][usize::from(is_masked)],
        };
        mean.mean()
    }

    /// All eighteen rows; none where no chunk had sound.
    pub fn rows(&self) -> Vec<FidelityRow> {
        let mut rows = Vec::new();
        for way in Way::ALL {
            for if_mode in IfMode::ALL {
                for is_masked in [true, false] {
                    let fidelity = self.fidelity(way, if_mode, is_masked);
                    rows.extend(fidelity.map(|fidelity| FidelityRow { way, if_mode, is_masked, fidelity }));
                }
            }
        }
        rows
    }

    /// Adds the chunks of another table.
    pub(super) fn merge(&mut self, other: &Self) {
        self.magnitude.merge(other.magnitude);
        let others = other.with_if.iter().flatten().flatten();
        self.with_if.iter_mut().flatten().flatten().zip(others).for_each(|(mean, other)| mean.merge(*other));
    }
}

impl Serialize for FidelityTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}
