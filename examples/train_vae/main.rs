//! Trains a small β-VAE on a folder of recordings, builds its cache first where there is no valid one, and writes what the model
//! makes of three recordings that it has not learned from:
//! `cargo run --profile quick --features train --example train_vae -- DIR`.

#![expect(clippy::print_stdout, reason = "a program of the command line")]

mod chance;
mod loss;
mod model;
mod sound;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use melscope::monitor::Stage;
use melscope::settings::FILE_NAME;
use melscope::training::{Batch, DataLoader, DataLoaders, LoaderOptions, SplitRule};
use melscope::{BuildOptions, BuildOutcome, Monitor, Project, Settings, build, workers};

use chance::Chance;
use loss::{Loss, Means, beta};
use model::Vae;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LEARNING_RATE: f64 = 2e-3;
/// Longer gradients are shortened to this: one odd batch must not undo what was learned.
const GRADIENT_MAX: f64 = 5.0;

/// Trains a small beta-VAE on a folder of recordings
///
/// The settings are those of the folder's melscope.json, and the split is that of the cache. Candle takes all processors;
/// `RAYON_NUM_THREADS=N` sets the threads.
#[derive(Parser)]
struct Args {
    /// The folder of recordings
    dir: PathBuf,
    /// Times that the model sees every tensor for training
    #[arg(long, value_name = "N", default_value = "8")]
    epochs: u64,
    /// Tensors of a batch
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    /// Where chance begins: the first weights, the order of tensors, and what is drawn in training
    #[arg(long, value_name = "N", default_value = "0")]
    seed: u64,
    /// The folder for vae.safetensors and three WAV files; those of an earlier run are replaced
    #[arg(long, value_name = "DIR", default_value = "target/train_vae")]
    out: PathBuf,
}

/// A monitor with a bar for each stage of a build.
struct Bar(ProgressBar);

impl Monitor for Bar {
    fn begin(&self, stage: Stage, total: u64) {
        self.0.reset();
        self.0.set_length(total);
        self.0.set_message(stage.name());
    }

    fn advance(&self, n: u64) {
        self.0.inc(n);
    }

    fn skipped(&self, path: &Path, reason: &str) {
        self.0.suspend(|| println!("skipped {}: {reason}", path.display()));
    }

    fn warning(&self, message: &str) {
        self.0.suspend(|| println!("warning: {message}"));
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let loaders = open(&args)?;
    let Some(stored) = &loaders.train.dataset().manifest().melscope else {
        return Err("the cache was not built by Melscope".into());
    };
    let manifest = loaders.train.dataset().manifest();
    let settings = manifest.settings(stored).analysis();
    let loss = Loss::new(&manifest.normalization_stats, settings.if_threshold);
    let mut chance = Chance::new(args.seed);
    let model = Vae::new(loaders.train.dataset().shape(), &mut chance)?;
    let mut trainer = Trainer {
        optimizer: AdamW::new(model.vars(), ParamsAdamW { lr: LEARNING_RATE, ..ParamsAdamW::default() })?,
        model,
        loss,
        chance,
    };

    let baseline = mean_picture(&loaders.train, loss)?;
    let judge_baseline = |loader: &DataLoader| -> Result<Means> {
        let mut means = Means::default();
        for batch in loader.epoch(0)? {
            let x = tensor(batch?)?;
            means.add(&loss.of_one_for_all(&x, &baseline)?, x.dim(0)?)?;
        }
        Ok(means)
    };
    let baseline = [judge_baseline(&loaders.train)?, judge_baseline(&loaders.validation)?];
    println!("baseline, the mean of the training tensors for every tensor: {}", both(&baseline));

    let mut first = None;
    let mut last = baseline;
    // Epoch 0 only looks: what the network does before it has learned anything.
    for epoch in 0..=args.epochs {
        let started = Instant::now();
        let train = match epoch {
            0 => trainer.judge(&loaders.train, 0)?,
            _ => trainer.train(&loaders.train, epoch)?,
        };
        last = [train, trainer.judge(&loaders.validation, epoch)?];
        println!("epoch {epoch}: {}, {:.1} s", both(&last), started.elapsed().as_secs_f64());
        first.get_or_insert(last);
    }
    if let Some(first) = first {
        println!("since epoch 0: {}; {} than the baseline", fall(&first, &last), fall(&baseline, &last));
    }

    std::fs::create_dir_all(&args.out)?;
    let weights = args.out.join("vae.safetensors");
    trainer.model.save(&weights)?;
    println!("wrote {}", weights.display());
    sound::write(&trainer.model, loss, &loaders.validation, settings, &args.out)
}

/// The loaders of the folder's cache, which is built where there is no valid one.
fn open(args: &Args) -> Result<DataLoaders> {
    let settings = Settings::load(&args.dir.join(FILE_NAME))?.unwrap_or_default();
    let project = Project::new(&args.dir, settings)?;
    let bar = ProgressBar::no_length()
        .with_style(ProgressStyle::with_template("{msg:10} {wide_bar} {pos}/{len} {eta}")?);
    let options = BuildOptions { force: false, n_workers: workers::available() };
    let outcome = build(&project, &options, &Bar(bar.clone()), &|_: &_| Ok(true));
    bar.finish_and_clear();
    let report = match outcome.map_err(|error| error.in_full())? {
        BuildOutcome::Built(report) => {
            println!("built the cache: {} tensors in {:.1} s", report.spectrograms, report.seconds);
            report
        }
        BuildOutcome::AlreadyValid(report) => {
            println!("the cache is valid: {} tensors", report.spectrograms);
            report
        }
    };
    let options =
        LoaderOptions { batch_size: args.batch.into(), seed: args.seed, ..LoaderOptions::default() };
    let loaders =
        DataLoaders::open(&report.cache_dir, SplitRule::Stored, options).map_err(|error| error.in_full())?;
    let [n_train, n_validation] = [&loaders.train, &loaders.validation].map(|side| side.numbers().len());
    println!("{n_train} tensors to train on, {n_validation} to validate on");
    if n_train == 0 || n_validation == 0 {
        return Err("both sides of the split need tensors: `melscope split DIR` tells more".into());
    }
    Ok(loaders)
}

/// A model that learns.
struct Trainer {
    model: Vae,
    loss: Loss,
    optimizer: AdamW,
    chance: Chance,
}

impl Trainer {
    /// One pass over `loader` that trains.
    fn train(&mut self, loader: &DataLoader, epoch: u64) -> Result<Means> {
        let mut means = Means::default();
        let vars = self.model.vars();
        for batch in loader.epoch(epoch)? {
            let x = tensor(batch?)?;
            let (y, kl) = self.model.reconstruct(&x, Some(&mut self.chance))?;
            let terms = self.loss.of(&x, &y, &kl, beta(epoch))?;
            let mut gradients = terms.loss.backward()?;
            shorten(&mut gradients, &vars)?;
            self.optimizer.step(&gradients)?;
            means.add(&terms, x.dim(0)?)?;
        }
        Ok(means)
    }

    /// One pass over `loader` that only looks.
    fn judge(&self, loader: &DataLoader, epoch: u64) -> Result<Means> {
        let mut means = Means::default();
        for batch in loader.epoch(epoch)? {
            let x = tensor(batch?)?;
            let (y, kl) = self.model.reconstruct(&x, None)?;
            means.add(&self.loss.of(&x, &y, &kl, beta(epoch))?, x.dim(0)?)?;
        }
        Ok(means)
    }
}

/// Shortens the gradients of all weights together to [`GRADIENT_MAX`].
fn shorten(gradients: &mut GradStore, vars: &[Var]) -> Result<()> {
    let mut square = 0.0;
    for var in vars {
        if let Some(gradient) = gradients.get(var) {
            square += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
    }
    let length = square.sqrt();
    if length > GRADIENT_MAX {
        for var in vars {
            if let Some(gradient) = gradients.remove(var) {
                gradients.insert(var, (gradient * (GRADIENT_MAX / length))?);
            }
        }
    }
    Ok(())
}

/// The mean of all tensors of `loader`, `[1, 2, n_mels, frames]`; of frequency the mean of what is not masked.
fn mean_picture(loader: &DataLoader, loss: Loss) -> Result<Tensor> {
    let [_, n_mels, n_frames] = loader.dataset().shape();
    let n_places = n_mels * n_frames;
    let mut sums = vec![0f64; 2 * n_places];
    let mut counts = vec![0f64; 2 * n_places];
    for batch in loader.epoch(0)? {
        for values in batch?.values.outer_iter() {
            let values: Vec<f32> = values.iter().copied().collect();
            for (place, value) in values.iter().enumerate() {
                if place < n_places || values[place - n_places] >= loss.least_magnitude {
                    sums[place] += f64::from(*value);
                    counts[place] += 1.0;
                }
            }
        }
    }
    let means: Vec<f32> =
        sums.iter().zip(&counts).map(|(sum, count)| (sum / count.max(1.0)) as f32).collect();
    Ok(Tensor::from_vec(means, (1, 2, n_mels, n_frames), &Device::Cpu)?)
}

/// A batch as candle's tensor.
fn tensor(batch: Batch) -> Result<Tensor> {
    let shape = batch.values.shape().to_vec();
    Ok(Tensor::from_vec(batch.values.into_iter().collect(), shape, &Device::Cpu)?)
}

/// Both sides in one line.
fn both([train, validation]: &[Means; 2]) -> String {
    format!("training {train}, validation {validation}")
}

/// By how much the losses of both sides fell.
fn fall(from: &[Means; 2], to: &[Means; 2]) -> String {
    let [train, validation] = [0, 1].map(|side| 100.0 * (1.0 - to[side].loss() / from[side].loss()));
    format!("training loss {train:.0} % lower, validation loss {validation:.0} %")
}
