//! The level of a chunk: its peak is brought to full scale.

/// The largest peak of silence: a chunk that does not exceed it keeps its level.
pub(crate) const SILENT_PEAK: f32 = 1e-6;

/// The largest magnitude of a sample; 0 where there is none.
pub(crate) fn peak(samples: &[f32]) -> f32 {
    // One maximum would wait for the one before it; a row of them runs side by side.
    let mut peaks = [0f32; 32];
    let (rows, rest) = samples.as_chunks::<32>();
    for row in rows {
        for (peak, sample) in peaks.iter_mut().zip(row) {
            *peak = peak.max(sample.abs());
        }
    }
    peaks.iter().chain(rest).fold(0f32, |peak, sample| peak.max(sample.abs()))
}

/// Divides `chunk` by its peak where that is above 1e-6, and gives the peak as it was.
pub(crate) fn normalise_peak(chunk: &mut [f32]) -> f32 {
    let peak = peak(chunk);
    if peak > SILENT_PEAK {
        for sample in chunk {
            *sample /= peak;
        }
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_becomes_one_unless_it_is_silence() {
        let mut chunk = [0.25, -0.5, 0.0];
        assert_eq!(normalise_peak(&mut chunk), 0.5);
        assert_eq!(chunk, [0.5, -1.0, 0.0]);
        let mut silence = [1e-6, -1e-7];
        assert_eq!(normalise_peak(&mut silence), 1e-6);
        assert_eq!(silence, [1e-6, -1e-7]);
        assert_eq!(normalise_peak(&mut []), 0.0);
    }
}
