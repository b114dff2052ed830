//! The demo dataset: every recording is what its name says, and nothing of anybody else's is touched.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]
#![expect(clippy::disallowed_methods, reason = "the tests write into folders of their own")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec};
use melscope::Error;
use melscope::error::Remedy;
use melscope::pipeline::demo::write_demo;
use realfft::RealFftPlanner;

/// A folder with the demo in it.
struct Demo {
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = write_demo(folder.path()).unwrap();
        Self { folder, paths }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Recording {
        Recording::read(&self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The recordings that can be read, by name.
    fn recordings(&self) -> BTreeMap<String, Recording> {
        let name = |path: &Path| path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned();
        self.paths
            .iter()
            .filter_map(|path| Recording::read(path).ok().map(|recording| (name(path), recording)))
            .collect()
    }

    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let below = |path: &PathBuf| path.strip_prefix(self.folder.path()).unwrap().to_path_buf();
        self.paths.iter().map(|path| (below(path), fs::read(path).unwrap())).collect()
    }
}

/// A recording's samples from -1 to 1, one list a channel.
struct Recording {
    spec: WavSpec,
    channels: Vec<Vec<f64>>,
}

impl Recording {
    fn read(path: &Path) -> hound::Result<Self> {
        let mut reader = WavReader::open(path)?;
        let spec = reader.spec();
        let full_scale = f64::from(1_u32 << (spec.bits_per_sample - 1)) - 1.0;
        let samples: Vec<f64> = match spec.sample_format {
            SampleFormat::Float => {
                reader.samples::<f32>().map(|s| s.map(f64::from)).collect::<Result<_, _>>()?
            }
            SampleFormat::Int => reader
                .samples::<i32>()
                .map(|s| s.map(|s| f64::from(s) / full_scale))
                .collect::<Result<_, _>>()?,
        };
        let n_channels = usize::from(spec.channels);
        let channels = (0..n_channels).map(|c| samples.iter().copied().skip(c).step_by(n_channels).collect());
        Ok(Self { spec, channels: channels.collect() })
    }

    fn mono(&self) -> Vec<f64> {
        let sum = |n: usize| self.channels.iter().map(|channel| channel[n]).sum::<f64>();
        (0..self.channels[0].len()).map(|n| sum(n) / self.channels.len() as f64).collect()
    }

    fn peak(&self) -> f64 {
        self.channels.iter().flatten().fold(0.0, |peak, sample| sample.abs().max(peak))
    }

    fn mean(&self) -> f64 {
        self.mono().iter().sum::<f64>() / self.mono().len() as f64
    }

    fn duration_s(&self) -> f64 {
        self.channels[0].len() as f64 / f64::from(self.spec.sample_rate)
    }

    /// The share of samples of which `is_so` holds.
    fn share(&self, is_so: impl Fn(f64) -> bool) -> f64 {
        let mono = self.mono();
        mono.iter().filter(|&&sample| is_so(sample)).count() as f64 / mono.len() as f64
    }

    /// The share of the energy that lies between two frequencies.
    fn energy_share(&self, from_hz: f64, to_hz: f64) -> f64 {
        let mut signal: Vec<f32> = self.mono().iter().map(|&sample| sample as f32).collect();
        let bin_hz = f64::from(self.spec.sample_rate) / signal.len() as f64;
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(signal.len());
        let mut spectrum = fft.make_output_vec();
        fft.process(&mut signal, &mut spectrum).unwrap();
        let energy = |is_in: &dyn Fn(f64) -> bool| -> f64 {
            let bins = spectrum.iter().enumerate().skip(1);
            bins.filter(|(k, _)| is_in(*k as f64 * bin_hz)).map(|(_, x)| f64::from(x.norm_sqr())).sum()
        };
        energy(&|f_hz| f_hz >= from_hz && f_hz < to_hz) / energy(&|_| true)
    }
}

#[test]
fn the_demo_is_small_varied_and_in_path_order() {
    let demo = Demo::new();
    assert!(demo.paths.is_sorted());
    assert!(demo.paths.iter().all(|path| path.is_file()));
    let n_bytes: usize = demo.contents().values().map(Vec::len).sum();
    assert!(n_bytes < 3_000_000, "{n_bytes} bytes");

    let recordings = demo.recordings();
    assert!(recordings.len() >= 12, "{} recordings", recordings.len());
    for (name, recording) in &recordings {
        assert!((0.3..=4.0).contains(&recording.duration_s()), "{name} lasts {} s", recording.duration_s());
    }
    let has = |what: &dyn Fn(&WavSpec) -> bool| recordings.values().any(|recording| what(&recording.spec));
    assert!(has(&|spec| spec.sample_format == SampleFormat::Float));
    assert!(has(&|spec| spec.bits_per_sample == 24));
    assert!(has(&|spec| spec.bits_per_sample == 16));
    assert!(has(&|spec| spec.sample_rate == 44_100));
    assert!(has(&|spec| spec.sample_rate == 48_000));
    assert!(has(&|spec| spec.channels == 2));
}

#[test]
fn sound_recordings_have_none_of_the_flaws() {
    let recordings = Demo::new().recordings();
    let sound = recordings.iter().filter(|(name, _)| !name.starts_with("flaws/"));
    let mut n_sound = 0;
    for (name, recording) in sound {
        n_sound += 1;
        assert!((0.5..0.95).contains(&recording.peak()), "{name} peaks at {}", recording.peak());
        assert!(recording.mean().abs() < 0.01, "{name} has an offset of {}", recording.mean());
        assert!(recording.share(|sample| sample == 0.0) < 0.25, "{name} is silent");
        assert!(recording.energy_share(47.0, 53.0) < 0.2 || name.contains("kick"), "{name} hums");
        let in_mono = recording.mono().iter().fold(0.0, |peak: f64, sample| sample.abs().max(peak));
        assert!(in_mono > 0.5 * recording.peak(), "{name} cancels in mono");
    }
    assert_eq!(n_sound, 9);
}

#[test]
fn flaws_of_level_are_what_their_names_say() {
    let demo = Demo::new();
    let clipped = demo.read("flaws/clipped.wav");
    assert!(clipped.share(|sample| sample.abs() == 1.0) > 0.02);
    let offset = demo.read("flaws/dc-offset.wav").mean();
    assert!((offset - 0.2).abs() < 0.02, "offset {offset}");
    let quiet_db = 20.0 * demo.read("flaws/very-quiet.wav").peak().log10();
    assert!((-75.0..-65.0).contains(&quiet_db), "peak {quiet_db} dB");
    assert!(demo.read("flaws/mostly-silent.wav").share(|sample| sample == 0.0) > 0.8);
}

#[test]
fn flaws_of_spectrum_are_what_their_names_say() {
    let demo = Demo::new();
    let (hum, voice) = (demo.read("flaws/hum-50hz.wav"), demo.read("voice.wav"));
    assert!(hum.energy_share(47.0, 53.0) > 0.2);
    assert!(voice.energy_share(47.0, 53.0) < 0.001);
    // The original at 16 kHz reaches to 8 kHz; the interpolation's slope ends at 9 kHz.
    let upsampled = demo.read("flaws/upsampled-from-16khz.wav");
    assert_eq!(upsampled.spec.sample_rate, 48_000);
    assert!(upsampled.energy_share(4_000.0, 8_000.0) > 1e-4);
    assert!(upsampled.energy_share(9_000.0, 24_001.0) < 1e-6);
}

#[test]
fn flaws_of_stereo_and_of_copying_are_what_their_names_say() {
    let demo = Demo::new();
    let opposed = demo.read("flaws/out-of-phase.wav");
    assert!(opposed.peak() > 0.5);
    assert!(opposed.mono().iter().all(|&sample| sample == 0.0));
    let bytes = |name: &str| fs::read(demo.path(name)).unwrap();
    assert_eq!(bytes("flaws/duplicate-of-kick.wav"), bytes("drums/kick.wav"));
}

#[test]
fn files_that_cannot_be_read_whole_are_what_their_names_say() {
    let demo = Demo::new();
    assert_eq!(fs::read(demo.path("flaws/zero-length.wav")).unwrap(), b"");
    assert!(std::str::from_utf8(&fs::read(demo.path("flaws/text-not-audio.wav")).unwrap()).is_ok());
    // Its header still promises all of the voice.
    let cut = WavReader::open(demo.path("flaws/cut-in-the-middle.wav")).unwrap();
    let whole = WavReader::open(demo.path("voice.wav")).unwrap();
    assert_eq!(cut.len(), whole.len());
    let n_bytes = |name: &str| fs::metadata(demo.path(name)).unwrap().len();
    assert_eq!(n_bytes("flaws/cut-in-the-middle.wav"), n_bytes("voice.wav") / 2);
}

#[test]
fn the_demo_is_the_same_every_time() {
    assert_eq!(Demo::new().contents(), Demo::new().contents());
}

#[test]
fn writing_again_changes_nothing_even_beside_a_cache() {
    let demo = Demo::new();
    fs::create_dir(demo.path(".cache")).unwrap();
    let written =
        || demo.paths.iter().map(|path| fs::metadata(path).unwrap().modified().unwrap()).collect::<Vec<_>>();
    let before = (demo.contents(), written());
    assert_eq!(write_demo(demo.folder.path()).unwrap(), demo.paths);
    assert_eq!((demo.contents(), written()), before);
}

#[test]
fn a_folder_with_anything_else_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("my own.wav");
    fs::write(&own, "mine").unwrap();
    let error = write_demo(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert_eq!(error.remedy(), Some(Remedy::NameEmptyFolder), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read(&own).unwrap(), b"mine");

    let demo = Demo::new();
    fs::write(demo.path("bell.wav"), "edited").unwrap();
    fs::remove_file(demo.path("pad.wav")).unwrap();
    assert!(matches!(write_demo(demo.folder.path()), Err(Error::Refused { .. })));
    assert_eq!(fs::read(demo.path("bell.wav")).unwrap(), b"edited");
    assert!(!demo.path("pad.wav").exists());
}

#[test]
fn a_missing_folder_is_made_and_a_file_in_its_place_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!write_demo(&folder.path().join("new/place")).unwrap().is_empty());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(write_demo(&file), Err(Error::Io { .. })));
}
