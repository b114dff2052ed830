//! The player as the window uses it, on an output that the test listens to.

#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::{Duration, Instant};

use melscope::playback::{Devices, FileSound, MemorySound, Player, PulledOutput, State};

const RATE_HZ: u32 = 48_000;

/// A sound whose samples tell their place: from 0 to 0.5 in `n_samples`.
fn ramp(n_samples: usize) -> Vec<f32> {
    (0..n_samples).map(|index| 0.5 * index as f32 / n_samples as f32).collect()
}

fn in_memory(samples: Vec<f32>) -> MemorySound {
    MemorySound::new(samples.into(), RATE_HZ)
}

fn player() -> (Player, PulledOutput) {
    let output = PulledOutput::new(RATE_HZ);
    (Player::new(output.clone()).unwrap(), output)
}

/// Waits for what another thread does.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the player's position is `position_s`: marks reach it some milliseconds after the samples.
fn wait_for_position(player: &Player, position_s: f64, tolerance_s: f64) {
    wait_until(&format!("the position {position_s} s"), || {
        (player.position_s() - position_s).abs() < tolerance_s
    });
}

/// The largest step from a sample to the next.
fn step_max(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// What is played is what is expected; tests leave the fade of the first samples out.
fn assert_plays(played: &[f32], expected: &[f32]) {
    let worst = played.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-6, "what is played is off by {worst}");
}

#[test]
fn a_sound_is_played_as_it_is_to_its_end() {
    let (mut player, output) = player();
    assert_eq!(player.state(), State::Stopped);
    assert!(output.device().is_none());
    let sound = ramp(24_000);
    player.play(in_memory(sound.clone()), 0.0..f64::INFINITY, false);
    assert_eq!(player.state(), State::Playing);
    let played = output.pull(12_000);
    assert_plays(&played[200..], &sound[200..12_000]);
    wait_for_position(&player, 0.25, 0.006);
    let played = output.pull(14_000);
    assert_plays(&played[..12_000], &sound[12_000..]);
    assert_eq!(played[13_000..], [0.0; 1_000]);
    assert!(step_max(&played) < 0.01, "the end clicks");
    wait_until("the end", || player.state() == State::Stopped);
    assert!((player.position_s() - 0.5).abs() < 1e-9);
}

#[test]
fn a_selection_goes_round_without_a_gap_until_it_is_to_end() {
    let (mut player, output) = player();
    let sound = ramp(48_000);
    player.play(in_memory(sound.clone()), 0.25..0.5, true);
    let played = output.pull(30_000);
    assert_plays(&played[200..12_000], &sound[12_200..24_000]);
    assert_plays(&played[12_000..24_000], &sound[12_000..24_000]);
    assert_plays(&played[24_000..], &sound[12_000..18_000]);
    wait_for_position(&player, 0.375, 0.006);
    player.set_loop(false);
    assert_eq!(*output.pull(48_000).last().unwrap(), 0.0);
    wait_until("the end", || player.state() == State::Stopped);
    assert!((player.position_s() - 0.5).abs() < 1e-9);
}

#[test]
fn a_seek_fades_over_to_another_place() {
    let (mut player, output) = player();
    let sound = ramp(96_000);
    player.play(in_memory(sound.clone()), 0.0..f64::INFINITY, false);
    let mut played = output.pull(4_800);
    player.seek(1.5);
    assert_eq!(player.position_s(), 1.5);
    played.extend(output.pull(9_600));
    wait_for_position(&player, 1.7, 0.02);
    assert!(step_max(&played) < 0.01, "the seek clicks: {}", step_max(&played));
    assert!(*played.last().unwrap() > 0.37);
}

#[test]
fn stop_fades_and_keeps_the_position() {
    let (mut player, output) = player();
    player.play(in_memory(vec![0.5; 96_000]), 0.0..f64::INFINITY, false);
    let mut played = output.pull(9_600);
    wait_for_position(&player, 0.2, 0.006);
    player.stop();
    assert_eq!(player.state(), State::Stopped);
    played.extend(output.pull(1_000));
    assert!(step_max(&played) < 0.005);
    assert_eq!(*played.last().unwrap(), 0.0);
    assert!((player.position_s() - 0.2).abs() < 0.01);
}

#[test]
fn a_switch_has_no_gap_and_keeps_the_time() {
    let (mut player, output) = player();
    let tone = |gain: f64| -> Vec<f32> {
        (0..96_000).map(|index| (gain * (TAU * 100.0 * index as f64 / 48_000.0).sin()) as f32).collect()
    };
    let (first, second) = (tone(0.5), tone(0.25));
    player.play(in_memory(first.clone()), 0.0..f64::INFINITY, false);
    let mut played = output.pull(9_600);
    player.switch(in_memory(second.clone()));
    // What was made ahead of the switch comes first.
    played.extend(output.pull(38_400));
    assert_plays(&played[200..9_600], &first[200..9_600]);
    assert_plays(&played[33_600..], &second[33_600..48_000]);
    assert!(step_max(&played) < 0.008, "the switch clicks: {}", step_max(&played));
}

#[test]
fn a_switch_between_rates_keeps_the_time() {
    let (mut player, output) = player();
    let at = |rate_hz: u32| {
        let samples = (0..2 * rate_hz).map(|index| 0.25 * index as f32 / rate_hz as f32);
        MemorySound::new(samples.collect::<Vec<_>>().into(), rate_hz)
    };
    player.play(at(48_000), 0.0..f64::INFINITY, false);
    output.pull(9_600);
    player.switch(at(44_100));
    let played = output.pull(38_400);
    assert!((played[38_399] - 0.25).abs() < 1e-3, "{}", played[38_399]);
    wait_for_position(&player, 1.0, 0.006);
}

#[test]
fn the_volume_arrives_smoothly() {
    let (mut player, output) = player();
    player.play(in_memory(vec![0.5; 96_000]), 0.0..f64::INFINITY, false);
    let mut played = output.pull(4_800);
    player.set_volume(0.5);
    played.extend(output.pull(9_600));
    assert!((played[4_799] - 0.5).abs() < 1e-6);
    assert!((played.last().unwrap() - 0.25).abs() < 1e-5);
    assert!(step_max(&played) < 0.005);
}

#[test]
fn a_file_is_streamed_and_sought_like_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ramp.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let sound = ramp(480_000);
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in &sound[..] {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    let (mut player, output) = player();
    player.play(FileSound::new(&path, RATE_HZ), 8.0..9.0, true);
    let played = output.pull(57_600);
    assert_plays(&played[200..48_000], &sound[384_200..432_000]);
    assert_plays(&played[48_000..], &sound[384_000..393_600]);
    player.play(FileSound::new(&folder.path().join("none.wav"), RATE_HZ), 0.0..1.0, false);
    wait_until("the failure", || {
        // The file is opened when its first block is due: after what was made ahead of it.
        output.pull(4_800);
        matches!(player.state(), State::Failed(reason) if reason.contains("none.wav"))
    });
}

#[test]
fn without_a_device_there_is_a_reason_and_another_try() {
    let (mut player, output) = player();
    output.refuse(Some("nothing is plugged in"));
    player.play(in_memory(ramp(48_000)), 0.0..f64::INFINITY, false);
    let failed = |reason: &str| State::Failed(reason.to_owned());
    wait_until("the refusal", || player.state() == failed("nothing is plugged in"));
    output.refuse(None);
    player.set_device(Some("pulled".into()));
    player.play(in_memory(ramp(48_000)), 0.0..f64::INFINITY, false);
    assert!(output.pull(4_800)[4_799] > 0.0);
    assert_eq!(output.device().as_deref(), Some("pulled"));
    output.lose("it was unplugged");
    wait_until("the loss", || player.state() == failed("it was unplugged"));
    player.play(in_memory(ramp(48_000)), 0.0..f64::INFINITY, false);
    assert!(output.pull(4_800)[4_799] > 0.0);
    player.refresh_devices().unwrap();
    wait_until("the list", || matches!(player.devices(), Devices::Listed(list) if list[0].name == "Pulled"));
}

#[test]
fn another_rate_is_resampled_and_an_empty_loop_ends() {
    let (mut player, output) = player();
    let tone: Vec<f32> =
        (0..88_200).map(|index| (0.5 * (TAU * 100.0 * index as f64 / 44_100.0).sin()) as f32).collect();
    player.play(MemorySound::new(Arc::from(tone), 44_100), 0.0..f64::INFINITY, false);
    let played = output.pull(48_000);
    for (index, sample) in played.iter().enumerate().skip(1_000) {
        let expected = 0.5 * (TAU * 100.0 * index as f64 / 48_000.0).sin();
        assert!((f64::from(*sample) - expected).abs() < 1e-4, "sample {index}");
    }
    player.play(in_memory(Vec::new()), 0.0..f64::INFINITY, true);
    // The device asks on, whenever the feeder comes to it.
    wait_until("the end", || {
        output.pull(480);
        player.state() == State::Stopped
    });
}
