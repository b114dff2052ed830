//! The statistics of a dataset equal their definition, however the tensors were shared out.

use melscope::dsp::TensorStats;
use melscope::normalization::NormalizationStats;
use proptest::prelude::*;

/// Mean and unbiased deviation in two passes, from their definitions.
fn two_passes(values: impl Iterator<Item = f32> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().map(f64::from).sum::<f64>() / n;
    let squares: f64 = values.map(|x| (f64::from(x) - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// A tensor, as long as it may be in either channel: magnitudes lie far from 0 and frequencies around it.
fn tensor() -> impl Strategy<Value = Vec<f32>> {
    (2usize..300).prop_flat_map(|n| {
        let magnitudes = prop::collection::vec(900f32..1_000.0, n);
        let inst_freqs = prop::collection::vec(-1f32..1.0, n);
        (magnitudes, inst_freqs).prop_map(|(magnitudes, inst_freqs)| [magnitudes, inst_freqs].concat())
    })
}

/// Rounding of a sum of a few thousand values in f64, with room; a wrong formula is off by far more.
fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * b.abs().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn statistics_are_those_of_two_passes_for_any_split_into_workers(
        tensors in prop::collection::vec(tensor(), 1..12),
        worker_of in prop::collection::vec(0usize..7, 12),
    ) {
        // Every worker merges what it has measured; the workers' results are folded.
        let mut workers: Vec<Option<TensorStats>> = vec![None; 7];
        for (tensor, worker) in tensors.iter().zip(worker_of) {
            let stats = TensorStats::of(tensor);
            match &mut workers[worker] {
                Some(so_far) => so_far.merge(&stats),
                none => *none = Some(stats),
            }
        }
        let stats = NormalizationStats::fold(workers.into_iter().flatten()).unwrap();
        let magnitudes = tensors.iter().flat_map(|tensor| &tensor[..tensor.len() / 2]).copied();
        let inst_freqs = tensors.iter().flat_map(|tensor| &tensor[tensor.len() / 2..]).copied();
        let (mag_mean, mag_std) = two_passes(magnitudes);
        let (if_mean, if_std) = two_passes(inst_freqs);
        prop_assert!(is_close(stats.mag_mean, mag_mean) && is_close(stats.mag_std, mag_std), "{:?}", stats);
        prop_assert!(is_close(stats.if_mean, if_mean) && is_close(stats.if_std, if_std), "{:?}", stats);
    }
}
