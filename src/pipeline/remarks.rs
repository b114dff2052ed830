//! Remarks on settings that are possible but probably not meant: those that the settings show, those that the trainer has,
//! and empty mel bands.

use crate::distill;
use crate::dsp::mel::{MelFilters, hz_from_mel, mel_from_hz};
use crate::settings::table::{IF_MODE, N_FFT, N_MELS, SAMPLE_RATE};
use crate::settings::{Fix, Remark, SETTINGS, Settings, remark};

/// Every remark on possible `settings`, in the order of the settings.
pub fn of_possible(settings: &Settings) -> Vec<Remark> {
    let mut remarks = remark::of_possible(settings);
    let mut remark = |key, words, fix| {
        remarks.push(Remark { key, is_impossible: false, words, fixes: vec![fix] });
    };
    if settings.sample_rate_hz != distill::SAMPLE_RATE_HZ {
        let words = format!(
            "{} expects {} Hz and would not take this data for its own",
            distill::NAMED,
            distill::SAMPLE_RATE_HZ
        );
        remark(SAMPLE_RATE.key, words, Fix::using(&SAMPLE_RATE, &distill::SAMPLE_RATE_HZ));
    }
    if settings.if_mode != distill::IF_MODE {
        let words = format!("{} has models that were not trained on {}", distill::NAMED, settings.if_mode);
        remark(IF_MODE.key, words, Fix::using(&IF_MODE, &distill::IF_MODE));
    }
    if has_empty(settings, settings.n_fft, settings.n_mels) {
        let n_empty = MelFilters::new(settings.sample_rate_hz, settings.n_fft, settings.n_mels).n_empty();
        let words = format!(
            "{n_empty} of {} mel filters are empty: the lowest bands lie between two bins of the window and stay silent \
             whatever the sound",
            settings.n_mels
        );
        let fixes = empty_band_fixes(settings);
        remarks.push(Remark { key: N_MELS.key, is_impossible: false, words, fixes });
    }
    remarks.sort_by_key(|remark| SETTINGS.iter().position(|setting| setting.key == remark.key));
    remarks
}

/// True when a mel band has no bin in it.
///
/// Triangles get wider with frequency, and one that is wider than the distance of two bins has a bin in it. So there is
/// an empty band exactly when the lowest is empty, which begins at 0: when the first bin does not lie below its end.
fn has_empty(settings: &Settings, n_fft: usize, n_mels: usize) -> bool {
    let rate_hz = f64::from(settings.sample_rate_hz);
    let end_hz = hz_from_mel(mel_from_hz(rate_hz / 2.0) * 2.0 / (n_mels + 1) as f64);
    rate_hz / n_fft as f64 >= end_hz
}

/// A longer window, or fewer bands, that leave no band empty. Either ends it once and for all, see [`has_empty`], so
/// that the least change can be searched for by halving.
fn empty_band_fixes(settings: &Settings) -> Vec<Fix> {
    let mut fixes = Vec::new();
    // Among the powers of two, which the Fourier transform is fastest at and people know.
    let mut n_ffts = (1..=16).map(|exponent| 1_usize << exponent).filter(|&n_fft| n_fft > settings.n_fft);
    if let Some(n_fft) = n_ffts.find(|&n_fft| !has_empty(settings, n_fft, settings.n_mels))
        && (Settings { n_fft, ..settings.clone() }).check().is_ok()
    {
        fixes.push(Fix::new(format!("raise n_fft to {n_fft}"), &N_FFT, &n_fft));
    }
    let (mut full, mut with_empty) = (0, settings.n_mels);
    while with_empty - full > 1 {
        let middle = usize::midpoint(full, with_empty);
        if has_empty(settings, settings.n_fft, middle) { with_empty = middle } else { full = middle }
    }
    if full > 0 {
        fixes.push(Fix::new(format!("lower n_mels to {full}"), &N_MELS, &full));
    }
    fixes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::IfMode;

    fn n_empty(settings: &Settings, n_fft: usize, n_mels: usize) -> usize {
        MelFilters::new(settings.sample_rate_hz, n_fft, n_mels).n_empty()
    }

    fn labels(fixes: &[Fix]) -> Vec<&str> {
        fixes.iter().map(|fix| fix.label.as_str()).collect()
    }

    #[test]
    fn empty_bands_are_mended_by_the_least_change() {
        let settings = Settings { n_fft: 256, ..Settings::default() };
        let remarks = of_possible(&settings);
        let remark = remarks.iter().find(|remark| remark.key == "n_mels").unwrap();
        assert!(remark.words.starts_with("29 of 128 mel filters are empty"));
        // By trying every value: the definition of "least".
        let n_fft = (9..=16).map(|exponent| 1 << exponent).find(|&n_fft| n_empty(&settings, n_fft, 128) == 0);
        let n_mels = (1..128).rev().find(|&n_mels| n_empty(&settings, 256, n_mels) == 0);
        let (n_fft, n_mels) = (n_fft.unwrap(), n_mels.unwrap());
        let expected = [format!("raise n_fft to {n_fft}"), format!("lower n_mels to {n_mels}")];
        assert_eq!(labels(&remark.fixes), expected);
    }

    #[test]
    fn whether_a_band_is_empty_can_be_told_without_the_filters() {
        for (sample_rate_hz, n_fft) in
            [(48_000, 64), (48_000, 256), (44_100, 1000), (1000, 32), (768_000, 512)]
        {
            let settings = Settings { sample_rate_hz, ..Settings::default() };
            for n_mels in 1..=n_fft / 2 {
                let is_told = has_empty(&settings, n_fft, n_mels);
                assert_eq!(
                    is_told,
                    n_empty(&settings, n_fft, n_mels) > 0,
                    "{sample_rate_hz} {n_fft} {n_mels}"
                );
            }
        }
    }

    #[test]
    fn the_default_has_no_remarks_and_each_departure_its_own() {
        assert!(of_possible(&Settings::default()).is_empty());
        let settings = Settings {
            sample_rate_hz: 44_100,
            hop_samples: 513,
            if_mode: IfMode::Power,
            ..Settings::default()
        };
        let remarks = of_possible(&settings);
        let keys: Vec<&str> = remarks.iter().map(|remark| remark.key).collect();
        assert_eq!(keys, ["sample_rate", "hop", "if_mode"]);
        let fixes: Vec<&str> = remarks.iter().flat_map(|remark| labels(&remark.fixes)).collect();
        assert_eq!(fixes, ["use 48000", "use 512", "use filterbank"]);
    }
}
