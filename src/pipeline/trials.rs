//! Trials: a few files of the dataset are read, and some of their chunks analysed, to learn what a build costs here and now.

use std::fs::File;
use std::io::Read;
use std::time::Instant;

use super::build_time::{self, Costs, KindCost, StageSeconds, Work};
use super::project::Project;
use super::stopwatch::Stopwatch;
use crate::audio::chunk::{Chunk, ChunkPool, ChunkReader};
use crate::augment::{self, Recipe, VariantKey};
use crate::cache::pt::PtLayout;
use crate::dsp::analysis::{AnalysisPlan, Scratch};
use crate::dsp::stats::TensorStats;
use crate::error::{Error, Result};
use crate::monitor::Monitor;
use crate::normalization::NormalizationStats;
use crate::path_text::RelPath;
use crate::source::SourceFile;
use crate::workers;

/// Trials end when they have taken this share of the expected build, within these limits in seconds.
const SHARE: f64 = 0.03;
const LEAST_S: f64 = 0.01;
const MOST_S: f64 = 0.3;

/// Files of each kind that are tried at most, and the chunks that are read of each.
const FILES_PER_KIND: usize = 3;
const CHUNKS_PER_FILE: usize = 12;
/// Chunks of a file that are analysed as well: the analysis costs the same whatever the sound.
const ANALYSED_PER_FILE: usize = 2;

/// The part of a file that is hashed, in bytes.
const HASHED_BYTES: u64 = 4 << 20;

/// The expected seconds of `work`, whose kinds have the sources `files`, on `n_workers` threads.
///
/// # Errors
/// On cancel. A file that cannot be read teaches nothing.
pub(super) fn expected(
    project: &Project,
    plan: &AnalysisPlan,
    work: &Work,
    files: &[Vec<&SourceFile>],
    n_workers: usize,
    monitor: &dyn Monitor,
) -> Result<StageSeconds> {
    let mut trials = Trials::new(project, plan, files.len());
    let began = Instant::now();
    for (kind, source) in in_turns(files) {
        monitor.check()?;
        match workers::catch_decoder(&source.path, || trials.try_file(kind, source, monitor)) {
            Ok(()) | Err(Error::Audio { .. } | Error::Io { .. }) => {}
            Err(error) => return Err(error),
        }
        let expected_s = build_time::expected(work, &trials.costs(), n_workers).total_s();
        if trials.has_tensors() && began.elapsed().as_secs_f64() > (SHARE * expected_s).clamp(LEAST_S, MOST_S)
        {
            break;
        }
    }
    Ok(build_time::expected(work, &trials.costs(), n_workers))
}

/// Files spread over each kind, one of each kind after another.
fn in_turns<'a>(files: &[Vec<&'a SourceFile>]) -> impl Iterator<Item = (usize, &'a SourceFile)> {
    (0..FILES_PER_KIND).flat_map(move |turn| {
        let of_turn = move |of_kind: &Vec<&'a SourceFile>| {
            let n_tried = of_kind.len().min(FILES_PER_KIND);
            (turn < n_tried).then(|| of_kind[(2 * turn + 1) * of_kind.len() / (2 * n_tried)])
        };
        files.iter().enumerate().filter_map(move |(kind, of_kind)| Some((kind, of_turn(of_kind)?)))
    })
}

/// The cost of most of `samples`, in seconds: the mean of those that are not far above their middle, because another
/// program that takes the processor away in between is no cost of ours. 0 of none.
fn usual(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(&middle) = sorted.get(sorted.len().saturating_sub(1) / 2) else { return 0.0 };
    let kept: Vec<f64> = sorted.into_iter().take_while(|sample| *sample <= 3.0 * middle).collect();
    kept.iter().sum::<f64>() / kept.len().max(1) as f64
}

/// What was measured of one kind of files, in seconds.
#[derive(Debug, Clone, Default)]
struct KindSamples {
    files: Vec<f64>,
    chunks: Vec<f64>,
}

/// The buffers that a chunk passes through, and what its stations took in seconds.
struct Trials<'a> {
    project: &'a Project,
    plan: &'a AnalysisPlan,
    layout: PtLayout,
    recipe: Recipe,
    pool: ChunkPool,
    chunk: Chunk,
    scratch: Scratch,
    augment: augment::Scratch,
    variant: Vec<f32>,
    tensor: Vec<f32>,
    file: Vec<u8>,
    n_variants: u32,
    kinds: Vec<KindSamples>,
    source_bytes: Vec<f64>,
    tensors: Vec<f64>,
    /// Of variants without a shift of pitch, and with one, which costs many times as much.
    variants: [Vec<f64>; 2],
    normalised: Vec<f64>,
}

impl<'a> Trials<'a> {
    fn new(project: &'a Project, plan: &'a AnalysisPlan, n_kinds: usize) -> Self {
        let settings = plan.settings();
        let recipe = Recipe::new(&project.settings);
        Self {
            project,
            plan,
            layout: PtLayout::new(settings.tensor_shape()),
            augment: recipe.scratch(),
            recipe,
            pool: ChunkPool::default(),
            chunk: Chunk::new(settings.chunk_samples),
            scratch: plan.scratch(),
            variant: vec![0.0; settings.chunk_samples],
            tensor: vec![0.0; settings.tensor_shape().iter().product()],
            file: Vec::new(),
            n_variants: 0,
            kinds: vec![KindSamples::default(); n_kinds],
            source_bytes: Vec::new(),
            tensors: Vec::new(),
            variants: Default::default(),
            normalised: Vec::new(),
        }
    }

    fn has_tensors(&self) -> bool {
        !self.tensors.is_empty()
    }

    fn costs(&self) -> Costs {
        let of_kind = |kind: &KindSamples| {
            let (file_s, chunk_s) = (usual(&kind.files), usual(&kind.chunks));
            (!kind.files.is_empty()).then_some(KindCost { file_s, chunk_s })
        };
        Costs {
            kinds: self.kinds.iter().map(of_kind).collect(),
            source_byte_s: usual(&self.source_bytes),
            tensor_s: usual(&self.tensors),
            variant_s: self.variant_s(),
            normalise_s: usual(&self.normalised),
        }
    }

    /// The mean cost of a variant. What was drawn for a few says little about how often a build shifts the pitch: the
    /// settings tell that.
    fn variant_s(&self) -> f64 {
        let [plain, shifted] = &self.variants;
        let share = match (plain.is_empty(), shifted.is_empty()) {
            (true, _) => 1.0,
            (_, true) => 0.0,
            _ => self.project.settings.augmentation.pitch_probability,
        };
        (1.0 - share) * usual(plain) + share * usual(shifted)
    }

    /// Reads the beginning of a file as a build does.
    fn try_file(&mut self, kind: usize, source: &SourceFile, monitor: &dyn Monitor) -> Result<()> {
        self.hash(source)?;
        let settings = self.plan.settings();
        let began = Stopwatch::start();
        let pool = std::mem::take(&mut self.pool);
        let mut reader = ChunkReader::open_with(
            pool,
            &source.path,
            self.project.settings.ffmpeg,
            settings.sample_rate_hz,
            settings.chunk_samples,
        )?;
        let mut file_s = began.elapsed_s();
        for n_read in 0..CHUNKS_PER_FILE {
            monitor.check()?;
            let began = Stopwatch::start();
            let is_read = reader.next_levelled(&mut self.chunk)?;
            let read_s = began.elapsed_s();
            if !is_read {
                file_s += read_s;
                break;
            }
            // Where silence is trimmed, a build reads everything twice.
            let n_passes = if self.project.settings.trim_silence_dbfs.is_some() { 2.0 } else { 1.0 };
            self.kinds[kind].chunks.push(n_passes * read_s);
            if n_read < ANALYSED_PER_FILE {
                self.try_chunk();
            }
        }
        self.kinds[kind].files.push(file_s);
        self.pool = reader.into_pool();
        Ok(())
    }

    fn hash(&mut self, source: &SourceFile) -> Result<()> {
        let began = Stopwatch::start();
        let mut bytes = Vec::with_capacity(source.size.min(HASHED_BYTES) as usize);
        File::open(&source.path)
            .and_then(|file| file.take(HASHED_BYTES).read_to_end(&mut bytes))
            .map_err(Error::io("read", &source.path))?;
        blake3::hash(&bytes);
        if !bytes.is_empty() {
            self.source_bytes.push(began.elapsed_s() / bytes.len() as f64);
        }
        Ok(())
    }

    /// Makes the tensor of the chunk that was read, and one of a variant where variants are wanted.
    fn try_chunk(&mut self) {
        if self.tensors.is_empty() {
            // The first one finds neither its buffers nor its tables near the processor.
            self.plan.analyze_into(&self.chunk.samples, &mut self.scratch, &mut self.tensor);
        }
        let began = Stopwatch::start();
        self.plan.analyze_into(&self.chunk.samples, &mut self.scratch, &mut self.tensor);
        let stats = TensorStats::of(&self.tensor);
        self.layout.encode_into(&self.tensor, &mut self.file);
        self.tensors.push(began.elapsed_s());

        let began = Stopwatch::start();
        self.layout.decode_into(&self.file, &mut self.tensor);
        if let Some(stats) = NormalizationStats::fold([stats]) {
            stats.normalise(&mut self.tensor);
        }
        self.layout.encode_into(&self.tensor, &mut self.file);
        blake3::hash(&self.file[self.layout.values()]);
        self.normalised.push(began.elapsed_s());

        if self.project.settings.augmentation.expansion > 0 {
            self.try_variants();
        }
    }

    /// Makes some variants, because each draws other changes.
    fn try_variants(&mut self) {
        const N_VARIANTS: u32 = 6;
        let source = RelPath::new("");
        let first = self.n_variants + 1;
        self.n_variants += N_VARIANTS;
        // Planning for a factor of speed is done once a build, not once a variant: the first round is not counted.
        let n_rounds = if first == 1 { 2 } else { 1 };
        for round in 0..n_rounds {
            for variant in first..first + N_VARIANTS {
                let began = Stopwatch::start();
                let applied = self.recipe.apply_into(
                    &VariantKey { source: &source, chunk: 0, variant },
                    &self.chunk.samples,
                    &mut self.augment,
                    &mut self.variant,
                );
                if round + 1 == n_rounds {
                    self.variants[usize::from(applied.semitones.is_some())].push(began.elapsed_s());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_took_in_between_is_not_counted() {
        assert_eq!(usual(&[]), 0.0);
        assert_eq!(usual(&[2.0]), 2.0);
        assert_eq!(usual(&[1.0, 3.0, 2.0]), 2.0);
        assert_eq!(usual(&[1.0, 40.0, 3.0, 2.0]), 2.0);
    }

    #[test]
    fn files_are_tried_kind_after_kind_and_spread_over_each() {
        let file = |n: usize| SourceFile {
            relative: RelPath::new(n.to_string()),
            path: n.to_string().into(),
            size: 0,
            mtime_ns: 0,
            is_excluded: false,
        };
        let all: Vec<SourceFile> = (0..10).map(file).collect();
        let kinds = [all[..9].iter().collect::<Vec<_>>(), all[9..].iter().collect()];
        let tried: Vec<_> =
            in_turns(&kinds).map(|(kind, source)| (kind, source.relative.to_string())).collect();
        let expected = [(0, "1"), (1, "9"), (0, "4"), (0, "7")].map(|(kind, name)| (kind, name.to_owned()));
        assert_eq!(tried, expected);
    }
}
