//! Analyses a recording chunk by chunk and prints the statistics of its tensors: `cargo run --example analyze -- FILE`.

#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::error::Error;
use std::path::PathBuf;

use melscope::audio::chunk::{Chunk, ChunkReader};
use melscope::{AnalysisPlan, NormalizationStats, Settings, TensorStats};

fn main() -> Result<(), Box<dyn Error>> {
    let file = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: analyze FILE")?);
    let settings = Settings::default();
    let plan = AnalysisPlan::new(settings.analysis())?;
    // Made once and used for every chunk: nothing is allocated from chunk to chunk.
    let mut scratch = plan.scratch();
    let mut chunk = Chunk::new(settings.chunk_samples());
    let mut tensor = vec![0.0; plan.settings().tensor_shape().iter().product()];
    let mut reader = ChunkReader::open(&file, settings.sample_rate_hz, settings.chunk_samples())?;
    let mut measured = Vec::new();
    while reader.next_levelled(&mut chunk)? {
        plan.analyze_into(&chunk.samples, &mut scratch, &mut tensor);
        measured.push(TensorStats::of(&tensor));
    }
    println!("{} tensors of {:?}", measured.len(), plan.settings().tensor_shape());
    if let Some(stats) = NormalizationStats::fold(measured) {
        println!("magnitude: mean {:.4}, deviation {:.4}", stats.mag_mean, stats.mag_std);
        println!("instantaneous frequency: mean {:.4}, deviation {:.4}", stats.if_mean, stats.if_std);
    }
    Ok(())
}
