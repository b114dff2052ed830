//! (dsp)
