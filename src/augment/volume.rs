//! The last step: how loud a variant is.

use crate::peak::normalise_peak;

/// Brings `samples` to full level, then down by the share that `gain` is of `gain_max`: nothing can clip. Gives the
/// factor, which is the new peak; without a gain the level stays full.
pub(super) fn set(samples: &mut [f32], gain: Option<f64>, gain_max: f64) -> Option<f64> {
    normalise_peak(samples);
    let factor = (gain? / gain_max).min(1.0);
    amplify(samples, factor);
    Some(factor)
}

/// The trainer's own way: the gain as it is drawn, everything beyond full scale cut off, then the peak normalised again.
/// That undoes a gain below 1 and leaves of one above 1 the clipping.
pub(super) fn set_as_reference(samples: &mut [f32], gain: Option<f64>) -> Option<f64> {
    if let Some(gain) = gain {
        amplify(samples, gain);
        for sample in samples.iter_mut() {
            *sample = sample.clamp(-1.0, 1.0);
        }
    }
    normalise_peak(samples);
    gain
}

fn amplify(samples: &mut [f32], factor: f64) {
    let factor = factor as f32;
    for sample in samples {
        *sample *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_a_share_of_the_largest_and_nothing_clips() {
        let mut samples = [0.5, -2.0, 1.0];
        assert_eq!(set(&mut samples, Some(0.65), 1.3), Some(0.5));
        assert_eq!(samples, [0.125, -0.5, 0.25]);
        let mut samples = [0.5, -2.0, 1.0];
        assert_eq!(set(&mut samples, Some(1.3), 1.3), Some(1.0));
        assert_eq!(samples, [0.25, -1.0, 0.5]);
        let mut samples = [0.5, -2.0, 1.0];
        assert_eq!(set(&mut samples, None, 1.3), None);
        assert_eq!(samples, [0.25, -1.0, 0.5]);
    }

    #[test]
    fn the_reference_undoes_a_lower_gain_and_clips_a_higher_one() {
        let mut samples = [0.25, -1.0, 0.875];
        assert_eq!(set_as_reference(&mut samples, Some(0.5)), Some(0.5));
        assert_eq!(samples, [0.25, -1.0, 0.875]);
        assert_eq!(set_as_reference(&mut samples, Some(2.0)), Some(2.0));
        assert_eq!(samples, [0.5, -1.0, 1.0]);
        // Without a gain the trainer's step does nothing, so nothing is clipped before the peak is normalised.
        let mut samples = [0.5, -2.0, 1.0];
        assert_eq!(set_as_reference(&mut samples, None), None);
        assert_eq!(samples, [0.25, -1.0, 0.5]);
    }
}
