//! Settings that are one of several names.

use super::value::{Value, choice};

choice! {
    /// The way in which a mel band's instantaneous frequency is made from its bins; formulas in [`crate::dsp::inst_freq`].
    IfMode {
        /// Mean of the wrapped phase advance, weighted by the mel triangle: what distill's models were trained on.
        Filterbank = "filterbank": "mean over the band's bins: what distill's models were trained on",
        /// The same, weighted by power as well.
        Power = "power": "the same, weighted by each bin's energy",
        /// Deviation of the power-weighted instantaneous frequency from the band's centre, in half widths.
        Deviation = "deviation": "distance of the strongest frequency from the band's centre",
    }
}

choice! {
    /// Whether an installed `ffmpeg` reads what there is no decoder for.
    FfmpegUse {
        /// Where it is on the search path.
        Auto = "auto": "for what Melscope cannot read itself, where ffmpeg is installed",
        /// It is never started.
        Off = "off": "never",
    }
}
