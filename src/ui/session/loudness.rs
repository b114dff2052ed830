//! The gain that makes files equally loud. Plain values.

use super::file::File;

/// The loudness that files are brought to: in LUFS, or as their RMS in dB below full scale, which differ by little.
pub const MATCHED_LOUDNESS_DB: f32 = -23.0;

/// The most that a file is raised, in dB: what is quieter is noise.
const GAIN_DB_MAX: f32 = 40.0;

/// The loudness of `file`: in LUFS where an audit measured it, and otherwise its RMS in dB below full scale. `None` for
/// silence, and where nothing was measured.
fn loudness_db(file: &File) -> Option<f32> {
    let audited = file.audited.and_then(|audited| audited.loudness_lufs);
    let rms = file.thumbnail.as_ref().map(|thumbnail| thumbnail.rms).filter(|rms| *rms > 0.0);
    audited.or_else(|| rms.map(|rms| 20.0 * rms.log10()))
}

/// The gain at which `file` has [`MATCHED_LOUDNESS_DB`], or less where its peak would pass full scale. `None` where its
/// loudness is not known.
pub fn matched_gain(file: &File) -> Option<f32> {
    let gain_db = (MATCHED_LOUDNESS_DB - loudness_db(file)?).min(GAIN_DB_MAX);
    let gain = 10.0_f32.powf(gain_db / 20.0);
    let peak = file.peak().filter(|peak| *peak > 0.0);
    Some(peak.map_or(gain, |peak| gain.min(1.0 / peak)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::path_text::RelPath;
    use crate::pipeline::preview::Thumbnail;
    use crate::source::SourceFile;
    use crate::ui::session::file::AuditedFile;

    fn file(peak: f32, rms: f32) -> File {
        let source = SourceFile {
            relative: RelPath::new("a.wav"),
            path: "a.wav".into(),
            size: 0,
            mtime_ns: 0,
            is_excluded: false,
        };
        let thumbnail = Some(Arc::new(Thumbnail { outline: Vec::new(), peak, rms }));
        File { thumbnail, ..File::new(source) }
    }

    #[test]
    fn loud_and_quiet_files_meet_and_peaks_stay_below_full_scale() {
        let loud = file(1.0, 0.5);
        let quiet = file(0.02, 0.01);
        for file in [&loud, &quiet] {
            let rms = file.thumbnail.as_ref().unwrap().rms * matched_gain(file).unwrap();
            assert!((20.0 * rms.log10() - MATCHED_LOUDNESS_DB).abs() < 1e-3, "{rms}");
        }
        // A click that is quiet as a whole is raised to full scale and no further.
        assert_eq!(matched_gain(&file(0.5, 0.001)), Some(2.0));
        assert_eq!(matched_gain(&file(0.0, 0.0)), None);
    }

    #[test]
    fn the_audit_knows_better_than_the_root_mean_square() {
        let mut file = file(0.1, 0.05);
        let audited = AuditedFile { n_findings: [0; 3], peak: Some(0.1), loudness_lufs: Some(-29.0) };
        file.audited = Some(audited);
        let gain = matched_gain(&file).unwrap();
        assert!((20.0 * gain.log10() - 6.0).abs() < 1e-4, "{gain}");
    }
}
