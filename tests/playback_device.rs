//! Sound on a device of the system: ALSA itself, whose device records what is played. What is heard is measured in the
//! recording, and the player's position is compared with the recorder's clock.
#![cfg(all(feature = "gui", target_os = "linux"))]
#![expect(clippy::print_stdout, reason = "the child process tells its parent")]
#![expect(clippy::disallowed_methods, reason = "a test may have a thread of its own")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod datasets;

use std::env;
use std::f64::consts::TAU;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use melscope::playback::{FileSound, Player, State, SystemOutput};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

/// The device's rate. The sound's is another, so that it is resampled on its way.
const DEVICE_RATE_HZ: u32 = 48_000;
const SOUND_RATE_HZ: u32 = 44_100;
const FREQ_HZ: f64 = 997.0;
const AMPLITUDE: f64 = 0.25;
const DURATION_S: f64 = 3.0;

/// Names the sound that this process is to play: ALSA reads its configuration from the environment, which is the
/// process's own, so that the test plays in a process that it starts for it.
const PLAYS: &str = "MELSCOPE_TEST_PLAYS";

/// Plays the file at `path` to its end and prints its position all the while; then how it ended.
fn play(path: &Path) {
    let mut player = Player::new(SystemOutput).unwrap();
    player.play(FileSound::new(path, SOUND_RATE_HZ), 0.0..f64::INFINITY, false);
    let began = Instant::now();
    while player.state() == State::Playing && began.elapsed() < Duration::from_mins(1) {
        println!("position {} {}", since_epoch_s(), player.position_s());
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("ended {:?}", player.state());
}

/// Runs the test `name` of this file in a process of its own, where it plays `sound` with the ALSA configuration
/// `config` and no other sound service.
fn play_elsewhere(name: &str, sound: &Path, config: &Path) -> Output {
    let folder = config.parent().unwrap();
    Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(PLAYS, sound)
        .env("ALSA_CONFIG_PATH", config)
        .env("PULSE_SERVER", "unix:/nonexistent")
        .env("XDG_RUNTIME_DIR", folder)
        .output()
        .unwrap()
}

fn tone(folder: &Path) -> PathBuf {
    let path = folder.join("tone.wav");
    let n_samples = (DURATION_S * f64::from(SOUND_RATE_HZ)) as usize;
    let sample = |n: usize| AMPLITUDE * (TAU * FREQ_HZ * n as f64 / f64::from(SOUND_RATE_HZ)).sin();
    datasets::write_wav(&path, SOUND_RATE_HZ, n_samples, sample);
    path
}

/// Bytes of a frame on the device: 16 bits for each of two ears.
const FRAME_BYTES: usize = 4;

/// What the pipe behind the device holds: as little as a pipe can, because ALSA does not know of it.
const PIPE_BYTES: usize = 4_096;

/// A device that records what it plays. ALSA's own recorder takes everything at once: the pace of a device is that at
/// which this reads the pipe behind it.
struct Recorder {
    config: PathBuf,
    is_done: Arc<AtomicBool>,
    reader: JoinHandle<Recording>,
}

/// What a device has played.
#[derive(Default)]
struct Recording {
    bytes: Vec<u8>,
    /// Times since the epoch in seconds, each with the number of frames that had been played then.
    clock: Vec<(f64, f64)>,
}

impl Recorder {
    fn start(folder: &Path) -> Self {
        let pipe = folder.join("device.pipe");
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let config = folder.join("asound.conf");
        let text = format!(
            "</usr/share/alsa/alsa.conf>\n\
             pcm.!default {{ type plug\n\
             slave.pcm {{ type file slave.pcm {{ type null }} format \"raw\" file \"{}\" }}\n\
             slave.format S16_LE slave.rate {DEVICE_RATE_HZ} slave.channels 2 }}\n",
            pipe.display()
        );
        datasets::write(&config, text.as_bytes());
        let end = rustix::fs::open(&pipe, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
        rustix::pipe::fcntl_setpipe_size(&end, PIPE_BYTES).unwrap();
        let is_done = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_done);
        Self { config, is_done, reader: std::thread::spawn(move || record(&end, &until)) }
    }

    /// What was recorded until now.
    fn finish(self) -> Recording {
        self.is_done.store(true, Ordering::Relaxed);
        self.reader.join().unwrap()
    }
}

/// Reads `pipe` at the pace of a device, to its end after `is_done`.
fn record(pipe: &OwnedFd, is_done: &AtomicBool) -> Recording {
    let mut recording = Recording::default();
    // 5 ms of sound.
    let mut piece = vec![0; DEVICE_RATE_HZ as usize / 200 * FRAME_BYTES];
    let mut heard_until = Instant::now();
    loop {
        let will_end = is_done.load(Ordering::Relaxed);
        match rustix::io::read(pipe, &mut piece) {
            Ok(n_bytes @ 1..) => {
                recording.bytes.extend(&piece[..n_bytes]);
                let n_frames = recording.bytes.len() as f64 / FRAME_BYTES as f64;
                recording.clock.push((since_epoch_s(), n_frames));
                // A device makes up for nothing: what comes late is followed by the next at its usual pace.
                let piece_s = n_bytes as f64 / FRAME_BYTES as f64 / f64::from(DEVICE_RATE_HZ);
                heard_until = heard_until.max(Instant::now()) + Duration::from_secs_f64(piece_s);
                std::thread::sleep(heard_until.saturating_duration_since(Instant::now()));
            }
            // Nobody has written anything, or nobody writes.
            Ok(0) | Err(Errno::AGAIN) if will_end => return recording,
            Ok(0) | Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("the recorder cannot read: {error}"),
        }
    }
}

fn since_epoch_s() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// The left channel of the recording, and at which sample the sound begins.
fn heard_in(recording: &Recording) -> (Vec<f64>, usize) {
    let sample = |bytes: &[u8]| f64::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
    let frames = || recording.bytes.chunks_exact(FRAME_BYTES);
    let left: Vec<f64> = frames().map(sample).collect();
    assert!(frames().zip(&left).all(|(frame, left)| sample(&frame[2..]) == *left), "both ears hear the same");
    let begin = left.iter().position(|sample| sample.abs() > 1e-3).expect("something is heard");
    (left, begin)
}

/// The sine of [`FREQ_HZ`] that fits `samples` best: its amplitude, its phase at the first sample, and what is left.
fn fit(samples: &[f64]) -> (f64, f64, f64) {
    let angle = |n: usize| TAU * FREQ_HZ * n as f64 / f64::from(DEVICE_RATE_HZ);
    let mean = |part: fn(f64) -> f64| {
        let products = samples.iter().enumerate().map(|(n, sample)| sample * part(angle(n)));
        2.0 * products.sum::<f64>() / samples.len() as f64
    };
    let (sine, cosine) = (mean(f64::sin), mean(f64::cos));
    let rest = samples.iter().enumerate().map(|(n, sample)| {
        let expected = sine * angle(n).sin() + cosine * angle(n).cos();
        (sample - expected).abs()
    });
    (sine.hypot(cosine), cosine.atan2(sine), rest.fold(0.0, f64::max))
}

/// What the child process says and what is heard while it plays the tone.
///
/// A machine that is too busy to make sound in time leaves silence in it, which says nothing about the sound: then it is
/// played once more.
fn play_and_record(name: &str) -> (String, Recording) {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder.path());
        let ran = play_elsewhere(name, &tone(folder.path()), &recorder.config);
        let recording = recorder.finish();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(said.contains("ended Stopped"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
        if !has_gap(&recording) {
            return (said, recording);
        }
    }
    panic!("every attempt has gaps");
}

/// True when the sound is interrupted by a millisecond of silence.
fn has_gap(recording: &Recording) -> bool {
    let (heard, begin) = heard_in(recording);
    let silences = heard[begin..].split(|sample| *sample != 0.0).collect::<Vec<_>>();
    let (_after, within) = silences.split_last().expect("a split has a part");
    within.iter().any(|silence| silence.len() >= DEVICE_RATE_HZ as usize / 1_000)
}

#[test]
fn a_tone_comes_out_of_the_device_as_it_went_in_and_the_position_keeps_up() {
    if let Some(sound) = env::var_os(PLAYS) {
        return play(Path::new(&sound));
    }
    let name = "a_tone_comes_out_of_the_device_as_it_went_in_and_the_position_keeps_up";
    let (said, recording) = play_and_record(name);
    let (heard, begin) = heard_in(&recording);
    // Whole periods of the tone come to a whole second. The fade at the start is left out.
    let second = DEVICE_RATE_HZ as usize;
    let part = |start: usize| fit(&heard[begin + start..][..second]);
    let (first, last) = (part(2_400), part(2_400 + second));
    for (amplitude, _, rest) in [first, last] {
        // 16 bits of the file and of the device are 1.5e-5 each; a gap or a repeated block leaves as much as the tone.
        assert!((amplitude / AMPLITUDE - 1.0).abs() < 1e-3, "amplitude {amplitude}");
        assert!(rest < 3e-4, "{rest} is no part of the tone");
    }
    let turn = (last.1 - first.1 + TAU * 1.5).rem_euclid(TAU) - TAU / 2.0;
    let freq_hz = FREQ_HZ + turn / TAU;
    assert!((freq_hz - FREQ_HZ).abs() < 0.01, "{freq_hz} Hz");
    let end = heard.iter().rposition(|sample| sample.abs() > 1e-3).unwrap();
    let duration_s = (end + 1 - begin) as f64 / f64::from(DEVICE_RATE_HZ);
    // A sound that is cut off in full swing fades for some milliseconds.
    assert!((duration_s - DURATION_S).abs() < 0.006, "{duration_s} s are heard");
    assert_position_agrees(&said, &recording, begin);
}

/// The position that the player says at a time is where the recording was at that time.
fn assert_position_agrees(said: &str, recording: &Recording, begin: usize) {
    let pair = |line: &str| {
        let mut numbers = line.split(' ').map(|number| number.parse::<f64>().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    let place_s = |n_frames: f64| (n_frames - begin as f64) / f64::from(DEVICE_RATE_HZ);
    let positions = said.lines().filter_map(|line| line.split_once("position ")).map(|(_, rest)| pair(rest));
    let leads_s: Vec<f64> = positions
        .filter(|(_, position_s)| (0.3..DURATION_S - 0.3).contains(position_s))
        .map(|(time_s, position_s)| {
            let next = recording.clock.partition_point(|(at_s, _)| *at_s <= time_s);
            position_s - place_s(recording.clock[next.saturating_sub(1)].1)
        })
        .collect();
    assert!(leads_s.len() > 50, "{} positions were said", leads_s.len());
    // This device says that it plays at once. It holds what ALSA has handed on and the recorder has not read: two
    // buffers of 1024 frames and a pipe.
    let held_s = (2.0 * 1_024.0 + (PIPE_BYTES / FRAME_BYTES) as f64) / f64::from(DEVICE_RATE_HZ);
    let (first, last) = leads_s.split_at(leads_s.len() / 2);
    for lead_s in [median(first), median(last)] {
        assert!(
            (lead_s - held_s).abs() < 0.02,
            "the position is {lead_s} s ahead of the recorder, not {held_s}"
        );
    }
}

/// Medians leave out the moments at which a busy machine let one of the processes wait.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[test]
fn without_a_device_the_reason_is_said_in_words() {
    if let Some(sound) = env::var_os(PLAYS) {
        return play(Path::new(&sound));
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("asound.conf");
    datasets::write(&config, b"# No device at all.\n");
    let ran = play_elsewhere("without_a_device_the_reason_is_said_in_words", &tone(folder.path()), &config);
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("ended Failed(") && said.contains("sound"), "{said}");
}
