//! Looks: what is shown is what a build makes, however coarse, and asking for it in the background.

#![expect(clippy::unwrap_used, reason = "in a test, what cannot be had is a failure")]

mod datasets;
#[path = "preview/left_out.rs"]
mod left_out;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datasets::{data, small_settings, write, write_wav};
use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::augment::Applied;
use melscope::dsp::{AnalysisPlan, apply_mask};
use melscope::jobs::previews::{PreviewEvent, ShareEvent, start_previews, start_shares};
use melscope::monitor::{Monitor, Silent};
use melscope::path_text::RelPath;
use melscope::picture::colormap::MASKED;
use melscope::picture::{ColorMap, Hatching, Raster};
use melscope::pipeline::ChunkVariants;
use melscope::pipeline::preview::{
    PowerCounts, Preview, PreviewRequest, PreviewSummary, PreviewUpdate, ShareEstimate, ShareRequest,
    Subject, VariantSubject, Viewport, estimate_share, preview,
};
use melscope::settings::{AnalysisSettings, IfMode, Settings};
use melscope::source::SourcePath;
use melscope::{Error, Result};

/// Long enough for any machine: a test that waits it out has failed.
const LONG: Duration = Duration::from_mins(1);

/// Looks to the end; gives the model fed with every update.
fn previewed(request: &PreviewRequest, settings: AnalysisSettings) -> Result<(Preview, PreviewSummary)> {
    let model = Mutex::new(Preview::new(settings));
    let plan = AnalysisPlan::new(settings)?;
    let summary = preview(request, &plan, 3, &Silent, &|update| {
        model.lock().unwrap().apply(update);
        Ok(())
    })?;
    Ok((model.into_inner().unwrap(), summary))
}

/// The chunks of a file as a build levels them, with the peak and the samples before the padding of each.
fn chunks(path: &Path, settings: &AnalysisSettings) -> Vec<(Vec<f32>, f32, usize)> {
    let mut reader = ChunkReader::open(path, settings.sample_rate_hz, settings.chunk_samples).unwrap();
    let mut chunk = Chunk::new(settings.chunk_samples);
    let mut all = Vec::new();
    while reader.next_levelled(&mut chunk).unwrap() {
        all.push((chunk.samples.clone(), chunk.peak, chunk.n_samples));
    }
    all
}

/// Noise that becomes louder, from a generator of its own.
fn noise(n: usize) -> f64 {
    let mut state = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * (0.02 + (n % 3001) as f64 / 10_000.0)
}

/// The share of bins that the engine's mask sets to 0.
fn share_by_mask(preview: &Preview, threshold: f64) -> f64 {
    let mut n_bins = 0;
    let mut n_masked = 0;
    for part in preview.parts() {
        let mut values = vec![1.0; part.mel_power.len()];
        apply_mask(&mut values, part.mel_power.as_slice().unwrap(), threshold);
        n_bins += values.len();
        n_masked += values.iter().filter(|value| **value == 0.0).count();
    }
    n_masked as f64 / n_bins as f64
}

#[test]
fn what_is_shown_are_the_tensors_of_a_build() {
    let entries = std::fs::read_dir(data("golden/dataset")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    paths.push(data("audio/chirp.wav"));
    paths.push(data("audio/lame_vbr.mp3"));
    for if_mode in [IfMode::Filterbank, IfMode::Deviation] {
        let settings = AnalysisSettings { if_mode, if_threshold: 1e-3, ..Settings::default().analysis() };
        let plan = AnalysisPlan::new(settings).unwrap();
        for path in &paths {
            let (preview, summary) = previewed(&PreviewRequest::whole(path), settings).unwrap();
            let expected = chunks(path, &settings);
            assert_eq!((preview.parts().len(), summary.n_chunks), (expected.len(), expected.len()));
            assert!(preview.is_exact());
            for (index, (part, (chunk, peak, n_samples))) in preview.parts().iter().zip(&expected).enumerate()
            {
                let tensor = plan.analyze(chunk);
                let (magnitude, inst_freq) = tensor.as_slice().unwrap().split_at(tensor.len() / 2);
                let mut masked = part.inst_freq.as_slice().unwrap().to_vec();
                apply_mask(&mut masked, part.mel_power.as_slice().unwrap(), settings.if_threshold);
                assert_eq!(masked, inst_freq, "{}", path.display());
                // The engine's logarithm and the library's differ by rounding.
                let mut values = part.mel_power.iter().zip(magnitude);
                assert!(values.all(|(power, m)| (power.ln_1p() - m).abs() <= 1e-6 * m.max(1.0)));
                assert_eq!((part.first_chunk, part.n_samples), (index, *n_samples as u64));
                assert_eq!(part.levels[0].peak, *peak);
                let largest = part.mel_power.iter().copied().fold(0.0, f32::max);
                assert_eq!(part.levels[0].power_max, largest);
            }
        }
    }
}

#[test]
fn the_masked_share_is_exactly_that_of_the_mask() {
    let settings = Settings::default().analysis();
    let (preview, _) = previewed(&PreviewRequest::whole(&data("audio/chirp.wav")), settings).unwrap();
    let mut shares = Vec::new();
    // 0.1 and 1e-5 are not f32 numbers: rounding decides as it does in the mask.
    for threshold in [0.0, 1e-12, 1e-5, 1e-3, 0.1, 3.0, 1e9] {
        let share = preview.masked_share(threshold);
        assert_eq!(share, share_by_mask(&preview, threshold), "{threshold}");
        // The bucket with the threshold is 1/128 of an octave wide: few values lie in it.
        let estimate = preview.powers().unwrap().masked_share(threshold);
        assert!((share - estimate).abs() < 2e-3, "{threshold}: {share} {estimate}");
        shares.push(share);
    }
    assert_eq!((shares[0], shares[6]), (0.0, 1.0));
    assert!(shares.is_sorted() && shares[3] > shares[1], "the recording tells nothing: {shares:?}");
}

#[test]
fn an_overview_keeps_the_loudest_of_what_a_column_covers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let settings = small_settings().analysis();
    // 75 chunks and a bit, and one click in noise, in the chunk 41.
    let click = 41 * settings.chunk_samples + 333;
    write_wav(&path, 8_000, 75 * settings.chunk_samples + 99, |n| if n == click { 1.0 } else { noise(n) });
    let (exact, _) = previewed(&PreviewRequest::whole(&path), settings).unwrap();
    assert!(exact.is_exact());
    let n_bytes: usize = exact.parts().iter().map(|part| part.tensor_bytes()).sum();
    let mut levels = Vec::new();
    for divisor in [2, 3, 4, 6, 7] {
        let request = PreviewRequest { limit_bytes: n_bytes / divisor, ..PreviewRequest::whole(&path) };
        let (coarse, summary) = previewed(&request, settings).unwrap();
        let kept: usize = coarse.parts().iter().map(|part| part.tensor_bytes()).sum();
        assert!(kept <= n_bytes / divisor, "{divisor}: {kept}");
        assert_eq!((coarse.duration_s(), summary.n_chunks), (exact.duration_s(), 76));
        assert_eq!(coarse.powers(), exact.powers());
        check_reduction(&exact, &coarse);
        levels.push(coarse.parts()[0].scale.level);
        // The click is the highest sample and stays it.
        let highest = coarse.parts().iter().flat_map(|part| &part.waveform).map(|[_, high]| *high);
        assert_eq!(highest.fold(0.0, f32::max), 32_767.0 / 32_768.0);
        let (part, column) = coarse.column_at(click as f64 / 8_000.0).unwrap();
        let at_click = coarse.parts()[part].mel_power.column(column).to_vec();
        let frames = &exact.parts()[41].mel_power;
        for (band, power) in at_click.iter().enumerate() {
            assert!(*power >= frames[[band, 5]], "the frame at sample 320 holds the click");
        }
    }
    assert!(levels.is_sorted() && levels[0] > 0 && levels[4] > 4, "columns of whole chunks too: {levels:?}");
}

/// The direction of the sum of unit vectors, each as long as its power, in half turns; `None` where they cancel out.
fn circular_mean(places: &[(f32, f32)]) -> Option<f64> {
    let vector = |&(power, value): &(f32, f32)| {
        let (sin, cos) = (f64::from(value) * std::f64::consts::PI).sin_cos();
        [f64::from(power) * cos, f64::from(power) * sin]
    };
    let [x, y] = places.iter().map(vector).fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
    let total: f64 = places.iter().map(|(power, _)| f64::from(*power)).sum();
    (x.hypot(y) > 0.05 * total).then(|| y.atan2(x) / std::f64::consts::PI)
}

/// True when two advances are near on the circle of half turns.
fn is_near_on_circle(a: f64, b: f64) -> bool {
    let difference = (a - b).abs();
    difference.min(2.0 - difference) < 0.01
}

/// Every column of `coarse` against the frames of `exact` that it covers by its own account of time.
fn check_reduction(exact: &Preview, coarse: &Preview) {
    let settings = exact.settings();
    // Of each column and band, the power and value of each frame.
    let mut expected: Vec<Vec<Vec<(f32, f32)>>> = Vec::new();
    let mut starts = Vec::new();
    let mut at = (usize::MAX, usize::MAX);
    for (chunk, part) in exact.parts().iter().enumerate() {
        for frame in 0..settings.n_frames() {
            let sample = chunk * settings.chunk_samples + frame * settings.hop_samples;
            let time_s = sample as f64 / f64::from(settings.sample_rate_hz);
            // The last frame of a chunk may lie on the next one's first sample: asked for just before it.
            let place = coarse.column_at(time_s.min(exact.column_start_s(part, 0) + 0.0999)).unwrap();
            if place != at {
                expected.push(vec![Vec::new(); settings.n_mels]);
                starts.push(exact.column_start_s(part, frame));
                at = place;
            }
            for (band, places) in expected.last_mut().unwrap().iter_mut().enumerate() {
                places.push((part.mel_power[[band, frame]], part.inst_freq[[band, frame]]));
            }
        }
    }
    let mut expected_columns = expected.iter();
    let threshold = exact.powers().map(|powers| threshold_of(powers, 0.3)).unwrap();
    let mut share_errors = Vec::new();
    let mut shown_starts = Vec::new();
    let mut next_chunk = 0;
    for part in coarse.parts() {
        assert_eq!(part.first_chunk, next_chunk);
        next_chunk += part.n_chunks;
        for column in 0..part.mel_power.ncols() {
            let expected = expected_columns.next().unwrap();
            for (band, places) in expected.iter().enumerate() {
                let loudest = places.iter().map(|(power, _)| *power).fold(0.0, f32::max);
                assert_eq!(part.mel_power[[band, column]], loudest);
                assert_eq!(part.n_places(column) as usize, places.len());
                if let Some(mean) = circular_mean(places) {
                    let value = part.inst_freq[[band, column]];
                    assert!(is_near_on_circle(f64::from(value), mean), "{value} for {mean}");
                }
                let n_masked = places.iter().filter(|(power, _)| *power < threshold as f32).count();
                let share = n_masked as f32 / places.len() as f32;
                share_errors.push(part.masked_share(band, column, threshold) - share);
            }
            shown_starts.push(coarse.column_start_s(part, column));
        }
    }
    assert_eq!(next_chunk, exact.parts().len());
    assert_eq!(shown_starts, starts);
    assert!(expected_columns.next().is_none());
    assert!(share_errors.iter().all(|error| error.abs() < 0.3), "a cell tells another share");
    let mean = share_errors.iter().sum::<f32>() / share_errors.len() as f32;
    assert!(mean.abs() < 0.02, "on the whole {mean} is added to the share");
}

#[test]
fn a_picture_that_grows_with_its_preview_is_that_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let settings = AnalysisSettings { n_mels: 32, n_fft: 512, ..small_settings().analysis() };
    write_wav(&path, 8_000, 96 * settings.chunk_samples, noise);
    let (exact, _) = previewed(&PreviewRequest::whole(&path), settings).unwrap();
    let n_bytes: usize = exact.parts().iter().map(|part| part.tensor_bytes()).sum();
    let updates = Mutex::new(Vec::new());
    // Little memory: parts become coarser on the way.
    let request = PreviewRequest { limit_bytes: n_bytes / 3, ..PreviewRequest::whole(&path) };
    let collect = |update| {
        updates.lock().unwrap().push(update);
        Ok(())
    };
    preview(&request, &AnalysisPlan::new(settings).unwrap(), 3, &Silent, &collect).unwrap();
    let threshold = threshold_of(exact.powers().unwrap(), 0.3);
    let viewport = Viewport { time_s: 0.0..9.6, mel: 0.0..exact.mel_max(), size: [150, 40] };
    let mut growing = Preview::new(settings);
    let mut before = growing.sampling(&viewport);
    let mut cells = growing.cells(&viewport, threshold);
    let mut n_coarser = 0;
    for update in updates.into_inner().unwrap() {
        n_coarser += u32::from(growing.apply(update));
        let sampling = growing.sampling(&viewport);
        growing.fill_new_cells(&before, &sampling, threshold, &mut cells);
        // As text, where there is no sound and a power is not a number: that is like itself.
        let fresh = growing.cells(&viewport, threshold);
        assert_eq!(format!("{cells:?}"), format!("{fresh:?}"));
        before = sampling;
    }
    assert!(n_coarser > 0);
    // Another height has other lines.
    let viewport = Viewport { size: [150, 20], ..viewport };
    growing.fill_new_cells(&before, &growing.sampling(&viewport), threshold, &mut cells);
    assert!(cells == growing.cells(&viewport, threshold));
}

/// A threshold that masks about `share` of what was counted.
fn threshold_of(powers: &PowerCounts, share: f64) -> f64 {
    let thresholds = (-300..100).map(|tenth| 10f64.powf(f64::from(tenth) / 20.0));
    let distance = |threshold: &f64| (powers.masked_share(*threshold) - share).abs();
    thresholds.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap()
}

/// The share of the pixels of a picture that are hatched.
fn hatched_share(picture: &Raster) -> f64 {
    let pixels = (0..picture.height()).flat_map(|y| (0..picture.width()).map(move |x| picture.pixel(x, y)));
    let n_hatched = pixels.filter(|pixel| MASKED.contains(pixel)).count();
    n_hatched as f64 / (picture.width() * picture.height()) as f64
}

#[test]
fn as_much_is_hatched_as_is_masked_however_coarse_and_however_close() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let settings = AnalysisSettings { n_mels: 32, n_fft: 512, ..small_settings().analysis() };
    write_wav(&path, 8_000, 96 * settings.chunk_samples, |n| {
        noise(n) * if n / 900 % 3 == 0 { 0.003 } else { 1.0 }
    });
    let (exact, _) = previewed(&PreviewRequest::whole(&path), settings).unwrap();
    let n_bytes: usize = exact.parts().iter().map(|part| part.tensor_bytes()).sum();
    let (mut levels, mut n_zooms) = (Vec::new(), 0);
    for divisor in [1, 2, 4, 8] {
        let request = PreviewRequest { limit_bytes: n_bytes / divisor, ..PreviewRequest::whole(&path) };
        let (preview, _) = previewed(&request, settings).unwrap();
        levels.push(preview.parts()[0].scale.level);
        for wanted in [0.11, 0.5] {
            let threshold = threshold_of(exact.powers().unwrap(), wanted);
            for chunks in [0..96, 32..80, 40..56, 64..72, 48..50] {
                // Closer than to a few columns, a window asks for the frames themselves.
                let span_s = chunks.len() as f64 * 0.1;
                if !preview.is_exact() && span_s < 4.0 * preview.column_s() {
                    continue;
                }
                n_zooms += 1;
                let expected = masked_area(&exact, chunks.clone(), threshold);
                if chunks == (0..96) {
                    assert!((expected - wanted).abs() < 0.03, "{expected} is no {wanted}");
                }
                let viewport = Viewport {
                    time_s: chunks.start as f64 * 0.1..chunks.end as f64 * 0.1,
                    mel: 0.0..preview.mel_max(),
                    size: [200, 160],
                };
                let cells = preview.cells(&viewport, threshold);
                // A drag from another threshold comes to the same.
                let sampling = preview.sampling(&viewport);
                let mut dragged = preview.cells(&viewport, 30.0 * threshold);
                preview.refill_cells(&sampling, threshold, &mut dragged);
                assert!(dragged == cells, "the way of a drag is seen");
                for pixels_per_point in [1.0, 2.0] {
                    let hatching = Hatching::new(viewport.size, pixels_per_point);
                    let hatched = hatched_share(&cells.inst_freq(ColorMap::Diverging, &hatching));
                    assert!(
                        (hatched - expected).abs() < 0.05,
                        "level {}, chunks {chunks:?}: {hatched} of {expected}",
                        levels[levels.len() - 1]
                    );
                }
            }
        }
    }
    assert!(levels[0] == 0 && levels[3] > 3, "{levels:?}");
    assert!(n_zooms >= 2 * (5 + 4 + 3 + 3), "{n_zooms} of 40");
}

/// The share of the area of `chunks` that is masked: a frame lies at the times that are nearest to it, and the first and the
/// last band reach to the ends of the axis.
fn masked_area(exact: &Preview, chunks: std::ops::Range<usize>, threshold: f64) -> f64 {
    let settings = exact.settings();
    let (n_mels, n_frames) = (settings.n_mels, settings.n_frames());
    let (mut masked, mut all) = (0.0, 0.0);
    for part in &exact.parts()[chunks] {
        for ((band, frame), power) in part.mel_power.indexed_iter() {
            let height = if band == 0 || band == n_mels - 1 { 1.5 } else { 1.0 };
            let start = if frame == 0 { 0 } else { frame * settings.hop_samples - settings.hop_samples / 2 };
            let end = if frame == n_frames - 1 {
                settings.chunk_samples
            } else {
                frame * settings.hop_samples + settings.hop_samples / 2
            };
            let area = height * end.saturating_sub(start) as f64;
            all += area;
            masked += if *power < threshold as f32 { area } else { 0.0 };
        }
    }
    masked / all
}

#[test]
fn a_pixel_of_several_places_shows_the_mean_of_those_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write_wav(&path, 8_000, 12_000, noise);
    for if_mode in [IfMode::Filterbank, IfMode::Deviation] {
        let settings = AnalysisSettings { if_mode, chunk_samples: 1_000, ..small_settings().analysis() };
        let (exact, _) = previewed(&PreviewRequest::whole(&path), settings).unwrap();
        let threshold = threshold_of(exact.powers().unwrap(), 0.4);
        // A pixel a chunk and one for every band's centre: what each covers is known.
        let viewport = Viewport { time_s: 0.0..1.5, mel: 0.0..exact.mel_max(), size: [12, 90] };
        let cells = exact.cells(&viewport, threshold);
        let mut n_partly = 0;
        for (x, part) in exact.parts().iter().enumerate() {
            for band in 0..settings.n_mels {
                let cell = cells.at(x, 89 - (band + 1) * 10).unwrap();
                let places: Vec<(f32, f32)> =
                    part.mel_power.row(band).iter().copied().zip(part.inst_freq.row(band).to_vec()).collect();
                let kept: Vec<(f32, f32)> =
                    places.iter().copied().filter(|(power, _)| *power >= threshold as f32).collect();
                let share = 1.0 - kept.len() as f32 / places.len() as f32;
                assert!((cell.masked_share - share).abs() < 1e-6, "{}, not {share}", cell.masked_share);
                n_partly += usize::from(share > 0.0 && share < 1.0);
                let value = f64::from(cell.inst_freq);
                if if_mode == IfMode::Filterbank {
                    let mean = circular_mean(&kept).unwrap_or(value);
                    assert!(is_near_on_circle(value, mean), "{value} for {mean}");
                } else {
                    let total: f64 = kept.iter().map(|(power, _)| f64::from(*power)).sum();
                    let sum: f64 = kept.iter().map(|(power, v)| f64::from(*power) * f64::from(*v)).sum();
                    let mean = if total > 0.0 { sum / total } else { 0.0 };
                    assert!((value - mean).abs() < 1e-4, "{value} for {mean}");
                }
            }
        }
        assert!(n_partly > 20, "{n_partly} pixels are masked in part");
    }
}

#[test]
fn a_range_shows_the_same_chunks_as_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let settings = small_settings().analysis();
    write_wav(&path, 11_025, 11_025, noise);
    let (whole, _) = previewed(&PreviewRequest::whole(&path), settings).unwrap();
    let (range, summary) =
        previewed(&PreviewRequest { chunks: 3..6, ..PreviewRequest::whole(&path) }, settings).unwrap();
    assert_eq!(range.parts(), &whole.parts()[3..6]);
    assert_eq!(summary.n_chunks, 3);
    assert_eq!((whole.expected_duration_s(), range.expected_duration_s()), (Some(1.0), Some(3.0 * 0.1)));
    let (beyond, _) =
        previewed(&PreviewRequest { chunks: 50..60, ..PreviewRequest::whole(&path) }, settings).unwrap();
    assert!(beyond.parts().is_empty());
}

#[test]
fn a_variant_is_shown_as_a_build_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write_wav(&path, 8_000, 8_000, noise);
    let settings = Settings { seed: 3, ..small_settings() };
    let (analysis, source) = (settings.analysis(), RelPath::new("sub/a.wav"));
    let plan = AnalysisPlan::new(analysis).unwrap();
    let request = |chunk, number| {
        let variant = VariantSubject::new(&settings, path.clone(), source.clone(), chunk, number);
        let subject = Subject::Variant(Box::new(variant));
        PreviewRequest { subject, ..PreviewRequest::whole(&path) }
    };
    let mut variants = ChunkVariants::open(&settings, &path, source.clone(), 4, &Silent).unwrap();
    let mut seen = Vec::new();
    for number in 0..=3 {
        let mut expected = variants.original().to_vec();
        let applied = variants.make_into(number, &mut expected);
        let (preview, summary) = previewed(&request(4, number), analysis).unwrap();
        let [part] = preview.parts() else { panic!("{} parts", preview.parts().len()) };
        assert_eq!((summary.n_chunks, part.n_samples), (1, expected.len() as u64));
        assert_eq!((preview.duration_s(), preview.extent_s()), (0.1, 0.1), "its time begins with it");
        let mut power = vec![0.0; part.mel_power.len()];
        let mut inst_freq = power.clone();
        plan.analyze_unmasked_into(&expected, &mut plan.scratch(), &mut power, &mut inst_freq);
        assert_eq!(part.mel_power.as_slice().unwrap(), power);
        assert_eq!(part.inst_freq.as_slice().unwrap(), inst_freq);
        assert_eq!(part.levels[0].peak, expected.iter().fold(0.0, |peak: f32, x| peak.max(x.abs())));
        let made = Mutex::new(None);
        preview_variant(&request(4, number), &plan, &made);
        assert_eq!(made.into_inner().unwrap(), Some((applied, expected)));
        seen.push(power);
    }
    assert!((1..4).all(|number| seen[number] != seen[0]), "the variants are none");
    let beyond = previewed(&request(10, 1), analysis).unwrap_err().to_string();
    assert!(beyond.contains("10 chunks") && beyond.contains("no chunk 10"), "{beyond}");
}

/// Notes the variant that a preview says it made.
fn preview_variant(request: &PreviewRequest, plan: &AnalysisPlan, made: &Mutex<Option<(Applied, Vec<f32>)>>) {
    preview(request, plan, 1, &Silent, &|update| {
        if let PreviewUpdate::Made(variant) = update {
            *made.lock().unwrap() = Some((variant.applied, variant.samples.to_vec()));
        }
        Ok(())
    })
    .unwrap();
}

/// Cancels as soon as it is told to.
struct Stop(AtomicBool);

impl Monitor for Stop {
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn cancel_is_heeded_after_the_chunk_at_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let settings = small_settings().analysis();
    write_wav(&path, 8_000, 80_000, noise);
    let plan = AnalysisPlan::new(settings).unwrap();
    for n_workers in [1, 2] {
        let stop = Stop(AtomicBool::new(false));
        let n_parts = Mutex::new(0);
        let outcome = preview(&PreviewRequest::whole(&path), &plan, n_workers, &stop, &|update| {
            if matches!(update, PreviewUpdate::Part(_)) {
                *n_parts.lock().unwrap() += 1;
                stop.0.store(true, Ordering::Relaxed);
            }
            Ok(())
        });
        assert!(matches!(outcome, Err(Error::Cancelled)));
        // Parts come in order: of two workers, one may have made any number of them while the other was at the first.
        assert!(n_workers > 1 || *n_parts.lock().unwrap() == 1);
    }
}

#[test]
fn a_file_that_a_build_would_skip_fails_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.wav");
    write(&text, b"These are notes on the recordings, saved under the wrong name.\n");
    let empty = folder.path().join("no-frames.wav");
    write_wav(&empty, 8_000, 0, noise);
    let good = folder.path().join("good.wav");
    write_wav(&good, 8_000, 2_000, noise);
    let previews = start_previews(Arc::new(|| {})).unwrap();
    let settings = small_settings().analysis();
    let last = |path: &Path, settings: AnalysisSettings| {
        let asked = previews.request((PreviewRequest::whole(path), settings));
        let mut n_parts = 0;
        loop {
            let (generation, event) = previews.next_timeout(LONG).expect("an answer");
            assert_eq!(generation, asked);
            match event {
                PreviewEvent::Update(PreviewUpdate::Part(_)) => n_parts += 1,
                PreviewEvent::Update(_) => {}
                PreviewEvent::Done(summary) => return format!("{n_parts} of {} chunks", summary.n_chunks),
                PreviewEvent::Failed(error) => return error.to_string(),
            }
        }
    };
    assert!(
        last(&text, settings).contains("it is not an audio file but text: it begins with \"These are notes")
    );
    assert!(last(&empty, settings).contains("it holds no sound"));
    assert!(last(&folder.path().join("gone.wav"), settings).contains("cannot open"));
    assert!(last(&good, AnalysisSettings { n_fft: 31, ..settings }).starts_with("n_fft is 31"));
    assert_eq!(last(&good, settings), "3 of 3 chunks");
}

#[test]
fn the_datasets_share_refines_itself_to_that_of_all_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let settings = small_settings();
    let analysis = settings.analysis();
    let mut files = Vec::new();
    let mut all = PowerCounts::default();
    for n_chunks in 1..=5 {
        let path = folder.path().join(format!("{n_chunks}.wav"));
        write_wav(&path, 8_000, n_chunks * 800, |n| if n % 1600 < 800 { 0.0 } else { noise(n * n_chunks) });
        let (preview, _) = previewed(&PreviewRequest::whole(&path), analysis).unwrap();
        all.merge(preview.powers().unwrap());
        files.push(path);
    }
    let broken = folder.path().join("broken.wav");
    write(&broken, b"not audio");
    files.push(broken);
    let files: Vec<SourcePath> = files
        .into_iter()
        .map(|path| SourcePath { relative: RelPath::new(path.file_name().unwrap()), path })
        .collect();
    let plan = AnalysisPlan::new(analysis).unwrap();
    let request =
        |seed, n_workers| ShareRequest { files: files.clone(), seed, settings: settings.clone(), n_workers };
    let run = |seed| {
        let estimates = Mutex::new(Vec::<ShareEstimate>::new());
        estimate_share(&request(seed, 1), &plan, &Silent, &|estimate| {
            estimates.lock().unwrap().push(estimate);
            Ok(())
        })
        .unwrap();
        estimates.into_inner().unwrap()
    };
    let estimates = run(1);
    let seen: Vec<usize> = estimates.iter().map(|e| e.n_files + e.n_skipped).collect();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    let last = estimates.last().unwrap();
    assert_eq!((last.n_files, last.n_skipped, last.n_total), (5, 1, 6));
    assert_eq!(*last.powers, all);
    assert!((0.01..0.99).contains(&all.masked_share(1e-3)));
    // The same seed draws the same order, another seed another.
    assert_eq!(run(1), estimates);
    assert!((2..9).any(|seed| run(seed) != estimates));

    let shares = start_shares(Arc::new(|| {})).unwrap();
    shares.request(request(1, 2));
    loop {
        match shares.next_timeout(LONG).expect("an estimate").1 {
            ShareEvent::Estimate(estimate) if estimate.n_files + estimate.n_skipped == 6 => {
                assert_eq!(estimate, *last);
                break;
            }
            ShareEvent::Estimate(_) => {}
            ShareEvent::Failed(error) => panic!("{error}"),
        }
    }
}
