//! What the map of a set keeps together. `cargo bench --bench timbre_map` prints the table; the recordings are those of
//! Debian's `sonic-pi-samples` and `hydrogen-drumkits`, and `ffmpeg` makes their other forms.
//!
//! - *Forms*: every recording of `sonic-pi-samples` and some of the kits, 225 in all, as it is, at another rate and 6 dB lower, and as MP3,
//!   as Opus or cut by 5 ms. Counted is whose nearest neighbour is another form of the same take, among the numbers of
//!   the timbres and on the map.
//! - *Instruments*: the kits by the instrument that is in the names; a crash-ride is neither. The silhouette (P. Rousseeuw,
//!   1987) goes from -1 to 1: above 0, recordings are nearer to those of their instrument than to those of the next one.
//! - *Time*: maps of many timbres that lie between real ones.
//!
//! On an AMD EPYC with two cores that others used as well: 98.5 % among timbres and 99.9 % on the map; silhouettes of 0.38 for
//! claps, 0.27 for kicks, 0.19 for snares, 0.13 for toms, 0.11 for crashes, 0.05 for hi-hats and 0.04 for rides, on the map 0.71,
//! 0.48, 0.35, 0.24, 0.14, -0.04 and 0.23: closed hi-hats lie beside snares there and open ones beside cymbals. The nearest
//! recording is of the same instrument for 83 % (crashes) to 97 % (hi-hats). With 12 coordinates a place, maps took 4.9 s for
//! 10 000 files and 16 s for 100 000; with 24 the search for neighbours takes 1.4 times as long.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use melscope::audit::{AuditReport, Chunking, Copies, TimbreMap};
use melscope::monitor::Silent;
use melscope::pipeline::{self, Project};
use melscope::settings::Settings;
use melscope::workers;

const SAMPLES: &str = "/usr/share/sonic-pi/samples";
const KITS: &str = "/usr/share/hydrogen/data/drumkits";
/// Recordings of the kits that get other forms, besides all of the samples.
const N_OF_KITS: usize = 60;
const RATES_HZ: [&str; 3] = ["22050", "32000", "48000"];
/// Words of names, and the instruments that they stand for.
const INSTRUMENTS: [(&str, &[&str]); 7] = [
    ("kick", &["kick", "bassdrum", "bass drum", "_bd", "bd_"]),
    ("snare", &["snare", "_sn_", "jsnare"]),
    ("hi-hat", &["hat", "hh"]),
    ("tom", &["tom"]),
    ("crash", &["crash"]),
    ("ride", &["ride"]),
    ("clap", &["clap"]),
];

fn main() {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let samples = recordings(Path::new(SAMPLES), "sonic-pi-samples");
    let kits = recordings(Path::new(KITS), "hydrogen-drumkits");
    let few = kits.iter().step_by(kits.len() / N_OF_KITS).take(N_OF_KITS);
    let takes: Vec<PathBuf> = samples.iter().chain(few).cloned().collect();
    let report = forms(&takes, &folder.path().join("forms"));
    instruments(&kits, &folder.path().join("kits"));
    alike(&samples, &folder.path().join("samples"));
    for n in [10_000, 100_000] {
        time(&report, n);
    }
}

fn recordings(root: &Path, package: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let is_sound = path.extension().is_some_and(|ending| ending == "flac" || ending == "wav");
            if path.is_dir() {
                folders.push(path);
            } else if is_sound {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{}: no recordings; install {package}", root.display());
    found.sort();
    found
}

fn audit(root: &Path) -> (AuditReport, TimbreMap) {
    let project = Project::new(root, Settings::default()).unwrap();
    let report = pipeline::audit(&project, workers::available(), &Silent, &|_, _| {}).unwrap();
    let map = TimbreMap::new(&report, workers::available(), &Silent).unwrap();
    (report, map)
}

fn ffmpeg(source: &Path, arguments: &[&str], target: &Path) {
    let ended = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(source)
        .args(arguments)
        .arg(target)
        .status()
        .expect("ffmpeg is installed");
    assert!(ended.success(), "{}", source.display());
}

/// Three forms of every take, named by its number.
fn forms(takes: &[PathBuf], root: &Path) -> AuditReport {
    fs::create_dir(root).unwrap();
    for (number, take) in takes.iter().enumerate() {
        let named = |name: &str| root.join(format!("{number:03}-{name}"));
        ffmpeg(take, &["-c:a", "pcm_s24le"], &named("as-it-is.wav"));
        let lower = ["-af", "volume=-6dB", "-ar", RATES_HZ[number % 3], "-c:a", "pcm_s16le"];
        ffmpeg(take, &lower, &named("other-rate.wav"));
        match number % 3 {
            0 => ffmpeg(take, &["-b:a", "128k"], &named("form.mp3")),
            1 => ffmpeg(take, &["-c:a", "libopus", "-b:a", "96k"], &named("form.opus")),
            _ => ffmpeg(take, &["-af", "atrim=start=0.005"], &named("form.flac")),
        }
    }
    let (report, map) = audit(root);
    let take = |file: usize| report.files[file].path.to_string()[..3].to_owned();
    let placed: Vec<usize> = (0..report.files.len()).filter(|file| map.points[*file].is_some()).collect();
    let has_same = |near: &dyn Fn(usize) -> usize| {
        let n_same = placed.iter().filter(|file| take(near(**file)) == take(**file)).count();
        100.0 * n_same as f64 / placed.len() as f64
    };
    let in_space = has_same(&|file| map.neighbours(file, 1)[0].0);
    let on_map = has_same(&|file| nearest_on_map(&map, &placed, file));
    println!(
        "{} forms of {} takes, {} of them silent",
        report.files.len(),
        takes.len(),
        report.files.len() - placed.len()
    );
    println!("nearest is another form, among timbres   {in_space:>6.1} %  (goal 95 %)");
    println!("nearest is another form, on the map      {on_map:>6.1} %  (goal 95 %)");
    report
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn nearest_on_map(map: &TimbreMap, placed: &[usize], file: usize) -> usize {
    let from = |other: usize| distance(map.points[file].unwrap(), map.points[other].unwrap());
    let others = placed.iter().copied().filter(|other| *other != file);
    others.min_by(|a, b| from(*a).total_cmp(&from(*b))).unwrap()
}

/// The instrument that a name holds; none for a name that holds two, as that of a crash-ride.
fn instrument(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let is_in = |words: &&(&str, &[&str])| words.1.iter().any(|word| name.contains(word));
    let mut found = INSTRUMENTS.iter().filter(is_in).map(|(instrument, _)| *instrument);
    found.next().filter(|_| found.next().is_none())
}

/// Copies recordings into `root`, one folder for the folder of each.
fn copy(recordings: &[PathBuf], root: &Path) {
    for recording in recordings {
        let folder = root.join(recording.parent().unwrap().file_name().unwrap());
        fs::create_dir_all(&folder).unwrap();
        fs::copy(recording, folder.join(recording.file_name().unwrap())).unwrap();
    }
}

fn instruments(kits: &[PathBuf], root: &Path) {
    copy(kits, root);
    let (report, map) = audit(root);
    let mut groups = BTreeMap::<&str, Vec<usize>>::new();
    for (index, file) in report.files.iter().enumerate() {
        let name = file.file.file_name().unwrap().to_string_lossy();
        if let (Some(instrument), Some(_)) = (instrument(&name), map.points[index]) {
            groups.entry(instrument).or_default().push(index);
        }
    }
    let all: Vec<usize> = groups.values().flatten().copied().collect();
    // Distances among timbres, of every file to every other.
    let rows: BTreeMap<usize, BTreeMap<usize, f32>> =
        all.iter().map(|file| (*file, map.neighbours(*file, usize::MAX).into_iter().collect())).collect();
    let in_space = silhouettes(&groups, &|a, b| rows[&a][&b]);
    let on_map = silhouettes(&groups, &|a, b| distance(map.points[a].unwrap(), map.points[b].unwrap()));
    let instrument_of =
        |file: usize| groups.iter().find(|(_, group)| group.contains(&file)).map(|(name, _)| *name);
    println!("{} recordings of {} instruments in the kits", all.len(), groups.len());
    println!(
        "{:<10} {:>6} {:>22} {:>20} {:>24}",
        "", "files", "silhouette of timbres", "on the map", "nearest is the same"
    );
    for (instrument, group) in &groups {
        let n_same = group.iter().filter(|file| {
            let near =
                rows[file].iter().filter(|(other, _)| all.contains(other)).min_by(|a, b| a.1.total_cmp(b.1));
            near.is_some_and(|(other, _)| instrument_of(*other) == Some(*instrument))
        });
        println!(
            "{instrument:<10} {:>6} {:>22.2} {:>20.2} {:>22.0} %",
            group.len(),
            in_space[instrument],
            on_map[instrument],
            100.0 * n_same.count() as f64 / group.len() as f64
        );
    }
    let mean = |of: &BTreeMap<&str, f64>| {
        groups.iter().map(|(name, group)| of[name] * group.len() as f64).sum::<f64>() / all.len() as f64
    };
    println!("{:<10} {:>6} {:>22.2} {:>20.2}", "all", all.len(), mean(&in_space), mean(&on_map));
}

/// The mean silhouette of each group.
fn silhouettes<'a>(
    groups: &BTreeMap<&'a str, Vec<usize>>,
    distance: &dyn Fn(usize, usize) -> f32,
) -> BTreeMap<&'a str, f64> {
    let mean_to = |file: usize, group: &[usize]| {
        let others = group.iter().filter(|other| **other != file);
        let sum: f64 = others.clone().map(|other| f64::from(distance(file, *other))).sum();
        sum / others.count().max(1) as f64
    };
    let of = |own: &str, file: usize| {
        let inside = mean_to(file, &groups[own]);
        let others = groups.iter().filter(|(name, _)| **name != own);
        let outside = others.map(|(_, group)| mean_to(file, group)).fold(f64::INFINITY, f64::min);
        (outside - inside) / outside.max(inside)
    };
    let mean = |(name, group): (&&'a str, &Vec<usize>)| {
        (*name, group.iter().map(|file| of(name, *file)).sum::<f64>() / group.len() as f64)
    };
    groups.iter().map(mean).collect()
}

/// Prints what sounds most like twenty of the samples.
fn alike(samples: &[PathBuf], root: &Path) {
    copy(samples, root);
    let (report, map) = audit(root);
    let stem = |file: usize| report.files[file].file.file_stem().unwrap().to_string_lossy().into_owned();
    println!("most like each other among {} samples", samples.len());
    for file in (0..report.files.len()).step_by(report.files.len() / 20).take(20) {
        let near = map
            .neighbours(file, 3)
            .into_iter()
            .map(|(other, distance)| format!("{} ({distance:.1})", stem(other)));
        println!("{:<24} {}", stem(file), near.collect::<Vec<_>>().join(", "));
    }
}

/// The map of `n` timbres, each between two of `report`.
fn time(report: &AuditReport, n: usize) {
    let real: Vec<(usize, Vec<u8>)> =
        (0..report.files.len()).filter_map(|file| Some((file, steps(report, file)?))).collect();
    let mut state = 1u64;
    let mut chance = || {
        // A multiplicative congruential generator (Lehmer, 1949).
        state = state * 48_271 % 2_147_483_647;
        state as usize
    };
    let between = |_: usize| {
        let (a, b, share) = (&real[chance() % real.len()], &real[chance() % real.len()], chance() % 100);
        let mix =
            a.1.iter()
                .zip(&b.1)
                .map(|(a, b)| (usize::from(*a) * share + usize::from(*b) * (100 - share)) / 100);
        let text: Vec<String> = mix.map(|step| format!("{step:02x}")).collect();
        let mut file = (*report.files[a.0]).clone();
        file.outcome.as_mut().unwrap().timbre =
            serde_json::from_str(&format!("\"{}\"", text.concat())).unwrap();
        Arc::new(file)
    };
    let files = (0..n).map(between).collect();
    let chunking = Chunking { sample_rate_hz: 48_000, chunk_samples: 48_000, trim_silence_dbfs: None };
    let report = AuditReport::new(report.root.clone(), files, Copies::default(), chunking, &[]);
    let began = Instant::now();
    let map = TimbreMap::new(&report, workers::available(), &Silent).unwrap();
    println!("map of {n:>6} files, {} workers: {:.2} s", workers::available(), began.elapsed().as_secs_f64());
    let began = Instant::now();
    assert_eq!(map.neighbours(n / 2, 12).len(), 12);
    println!("most like one of them: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
}

fn steps(report: &AuditReport, file: usize) -> Option<Vec<u8>> {
    let timbre = report.files[file].outcome.as_ref().ok()?.timbre?;
    let text = serde_json::to_string(&timbre).unwrap();
    let digits = text.trim_matches('"').as_bytes().chunks(2);
    Some(digits.map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()).collect())
}
