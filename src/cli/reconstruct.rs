//! A reconstruction as people and programs read it: what was written, and how near it comes to the recording.

use serde_json::{Value, json};

use crate::dsp::fidelity::Fidelity;
use crate::dsp::reconstruct::Way;
use crate::in_words;
use crate::pipeline::ReconstructReport;

/// The report in lines.
pub(super) fn lines(report: &ReconstructReport) -> impl Iterator<Item = String> {
    let rounds = match report.way {
        Way::Trainer => String::new(),
        Way::Ours | Way::Magnitude => format!(", {}", in_words::count(report.n_rounds, "round")),
    };
    let written = format!(
        "{} of {} ({}{rounds}): {}",
        in_words::duration(report.duration_s),
        in_words::count(report.n_chunks, "chunk"),
        report.way.name(),
        report.output.display()
    );
    let denormalised = report
        .was_normalised
        .then(|| "the tensors were normalised: denormalised with the statistics of the cache".to_owned());
    let figures = report.fidelity.map(|fidelity| {
        let Fidelity { spectral_convergence_db, log_spectral_distance_db, stft_loss, si_sdr_db } = fidelity;
        format!(
            "spectral convergence {spectral_convergence_db:.1} dB, log-spectral distance \
             {log_spectral_distance_db:.1} dB, multi-resolution STFT loss {stft_loss:.2}, SI-SDR {si_sdr_db:.1} dB"
        )
    });
    std::iter::once(written).chain(denormalised).chain(figures)
}

/// The report as the event that ends a job.
pub(super) fn done(report: &ReconstructReport) -> Value {
    let mut event = json!(report);
    event["event"] = "done".into();
    event
}
