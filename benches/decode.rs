//! Reading against copying: how fast samples that lie in a file become f32, and how fast FLAC is decoded.
//! `cargo bench --bench decode` prints the table; the recordings are Debian's `sonic-pi-samples`, or the folder that
//! `MELSCOPE_BENCH_DIR` names.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark prepares its files")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use melscope::audio::decode::AudioReader;
use melscope::dataset::Dataset;
use melscope::monitor::Silent;

const ROUNDS: usize = 7;
/// Bytes of each file of samples: more than any cache of the processor holds.
const DATA_BYTES: usize = 128 << 20;

fn main() {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("{} MiB of samples a file, {ROUNDS} rounds, medians", DATA_BYTES >> 20);
    println!("{:24}{:>12}{:>20}", "", "MB/s", "of a copy's speed");
    let data: Vec<u8> = (0..DATA_BYTES as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut copy = vec![0; DATA_BYTES];
    let copy_s = median_s(|| copy.copy_from_slice(black_box(&data)));
    black_box(&copy);
    println!("{:24}{:>12.0}", "copy in memory", DATA_BYTES as f64 / copy_s / 1e6);
    for (name, tag, n_bits) in
        [("WAV 16 bit stereo", 1u16, 16u16), ("WAV 24 bit stereo", 1, 24), ("WAV float stereo", 3, 32)]
    {
        let path = folder.path().join("samples.wav");
        write_wav(&path, tag, n_bits, &data);
        let n_samples = DATA_BYTES as u64 / u64::from(n_bits / 8) / 2 * 2;
        assert_eq!(read(&path), n_samples, "all of it is read");
        let read_s = median_s(|| _ = black_box(read(&path)));
        let rate = DATA_BYTES as f64 / read_s / 1e6;
        println!("{name:24}{rate:>12.0}{:>19.0}%", 100.0 * copy_s / read_s);
    }
    flac();
}

/// The recordings of a folder: their samples a second, and that in bytes of 16 bits.
fn flac() {
    let folder =
        env::var_os("MELSCOPE_BENCH_DIR").map_or("/usr/share/sonic-pi/samples".into(), PathBuf::from);
    let files = Dataset::scan(&folder, &[], melscope::settings::FfmpegUse::Off, &Silent).unwrap().sources;
    assert!(!files.is_empty(), "{}: no recordings; install sonic-pi-samples", folder.display());
    let all = || files.iter().map(|file| read(&file.path)).sum::<u64>();
    let n_samples = all();
    let read_s = median_s(|| _ = black_box(all()));
    let rate = n_samples as f64 / read_s / 1e6;
    println!("{} recordings: {rate:.1} million samples a second", files.len());
}

/// Reads a file to its end; gives its samples over all channels.
fn read(path: &Path) -> u64 {
    let mut reader = AudioReader::open(path).unwrap();
    let mut n_samples = 0;
    while let Some(block) = reader.next_block().unwrap() {
        n_samples += black_box(block.samples).len() as u64;
    }
    n_samples
}

/// A WAV file of two channels at 48 kHz.
fn write_wav(path: &Path, tag: u16, n_bits: u16, data: &[u8]) {
    let block = n_bits / 8 * 2;
    let mut bytes = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0".to_vec();
    bytes.extend([tag.to_le_bytes(), 2u16.to_le_bytes()].concat());
    bytes.extend([48_000u32.to_le_bytes(), (48_000 * u32::from(block)).to_le_bytes()].concat());
    bytes.extend([block.to_le_bytes(), n_bits.to_le_bytes()].concat());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    fs::write(path, bytes).unwrap();
}

fn median_s(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}
