//! The time that a person waits for the window: `logic` and `ui` of single frames, painting excluded, and the real program
//! under a display. `cargo bench --bench window` prints the table.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to recover")]

mod common;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelUnit, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use melscope::playback::PulledOutput;
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::session::browse::BrowseOptions;
use melscope::ui::session::command::Command as Ask;
use melscope::ui::views::audit::AuditView;
use melscope::ui::views::tune::TuneView;
use melscope::ui::{App, Start};

use common::{write_clicks, write_noise};

const LONG: Duration = Duration::from_mins(10);
const MANY_FILES: usize = 10_000;
const MANY_ROWS: usize = 100_000;

fn main() {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let recording = |name: &str, duration_s: u32| {
        let root = folder.path().join(name);
        fs::create_dir(&root).unwrap();
        write_noise(&root.join("noise.wav"), duration_s);
        root
    };
    drag(&recording("minute", 60));
    change_n_fft(&recording("short", 10));
    open_many(&folder.path().join("many"));
    go_through_tree(&folder.path().join("tree"));
    click_to_sound(&folder.path().join("sounds"));
    build_beside(&recording("build", 300));
    hover_map(&folder.path().join("map"));
    scroll_rows(&folder.path().join("rows"));
    let Some(display) = Display::open() else {
        println!("no display and no Xvfb: the rest is left out");
        return;
    };
    let demo = folder.path().join("demo");
    melscope::pipeline::demo::write_demo(&demo).unwrap();
    let (took, peak) = display.picture_of(&demo, folder.path());
    println!(
        "demo dataset, until it has settled and is on disk as a picture: {took:.2?}, {peak} MB (goal 1.5 s)"
    );
    let long = recording("long", 600).join("noise.wav");
    let (took, peak) = display.picture_of(&long, folder.path());
    println!(
        "10 minutes of WAV, the same: {took:.2?} (goal 0.8 s), {peak} MB at its peak (goal 320 MB, better 200)"
    );
}

/// The window, with the time of each frame's `logic` and `ui`.
struct Timed {
    app: App,
    frames: Vec<Duration>,
}

impl eframe::App for Timed {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.app.logic(ctx, frame);
        self.frames.push(began.elapsed());
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.app.ui(ui, frame);
        *self.frames.last_mut().unwrap() += began.elapsed();
    }
}

type Window = Harness<'static, Timed>;

fn window_on(path: &Path, view: &str) -> Window {
    let start = Start { path: Some(path.to_path_buf()), view: Some(view.into()), ..Start::default() };
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(20)
        .build_eframe(|cc| Timed { app: App::new(cc, start, None), frames: Vec::new() })
}

/// Runs frames until `is_there`; gives the time it took.
fn wait(window: &mut Window, is_there: impl Fn(&Window) -> bool) -> Duration {
    let began = Instant::now();
    while !is_there(window) {
        window.step();
        assert!(began.elapsed() < LONG, "it does not come");
    }
    began.elapsed()
}

fn settle(window: &mut Window) {
    wait(window, |window| !window.state().app.is_busy());
    window.run_steps(5);
}

fn percentile(frames: &mut [Duration], share: f64) -> Duration {
    frames.sort();
    frames[((frames.len() - 1) as f64 * share).round() as usize]
}

/// The threshold's line is dragged to and fro.
fn drag(root: &Path) {
    let mut window = window_on(root, "tune");
    settle(&mut window);
    let rect = window.get_by_label_contains("Histogram of mel power").rect();
    let at = |share: f32| pos2(rect.left() + share * rect.width(), rect.center().y);
    window.hover_at(at(0.3));
    window.run_steps(2);
    window.drag_at(at(0.3));
    window.state_mut().frames.clear();
    for step in 0..500_u16 {
        window.hover_at(at(0.5 + 0.3 * (f32::from(step) * 0.1).sin()));
        window.step();
    }
    window.drop_at(at(0.5));
    let threshold = window.state().app.state().folder().unwrap().settings.if_threshold;
    assert!(threshold != Settings::default().if_threshold, "the line was not dragged");
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    println!(
        "drag of the threshold, 60 s shown: {:?} a frame, p99 {:?} (goal 8 ms)",
        percentile(&mut frames, 0.5),
        percentile(&mut frames, 0.99)
    );
}

/// From the key that confirms another `n_fft` to the picture made with it.
fn change_n_fft(root: &Path) {
    let mut window = window_on(root, "tune");
    settle(&mut window);
    let mut times = Vec::new();
    for n_fft in [1024_usize, 2048].into_iter().cycle().take(10) {
        window.get_by_role_and_label(Role::TextInput, "n_fft").focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.get_by_role_and_label(Role::TextInput, "n_fft").type_text(&n_fft.to_string());
        window.run_steps(2);
        window.key_press(Key::Enter);
        times.push(wait(&mut window, |window| {
            let tune = window.state().app.view::<TuneView>().unwrap().model();
            tune.shown
                .as_ref()
                .is_some_and(|shown| shown.is_complete && shown.preview.settings().n_fft == n_fft)
        }));
        settle(&mut window);
    }
    println!(
        "change of n_fft, 10 s file, until the new picture: {:.1?} (goal 60 ms)",
        percentile(&mut times, 0.5)
    );
}

/// A folder of many files is opened.
fn open_many(root: &Path) {
    write_noise(&root.join("first.wav"), 1);
    for index in 1..MANY_FILES {
        fs::hard_link(root.join("first.wav"), root.join(format!("{index:05}.wav"))).unwrap();
    }
    let began = Instant::now();
    let mut window = window_on(root, "build");
    wait(&mut window, |window| window.query_all_by_label("00001.wav").next().is_some());
    let first_rows = began.elapsed();
    settle(&mut window);
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    println!(
        "10 000 files: first rows after {first_rows:.1?} (goal 300 ms), all headers after {:.1?}; longest frame {:.1?} \
         (goal 16 ms)",
        began.elapsed(),
        percentile(&mut frames, 1.0)
    );
}

/// A tree of many files in many folders is gone through by keys and by wheel.
fn go_through_tree(root: &Path) {
    fs::create_dir(root).unwrap();
    write_noise(&root.join("first.wav"), 1);
    for folder in 0..500 {
        let folder = root.join(format!("{folder:03}"));
        fs::create_dir(&folder).unwrap();
        for index in 0..MANY_FILES / 500 {
            let name = format!("{index:02} a name that is too long for its place.wav");
            fs::hard_link(root.join("first.wav"), folder.join(name)).unwrap();
        }
    }
    let mut window = window_on(root, "build");
    settle(&mut window);
    let tree = window.get_by_role_and_label(Role::Tree, "Files").rect();
    window.hover_at(tree.center());
    window.run_steps(5);
    window.state_mut().frames.clear();
    for step in 0..500_u16 {
        if step % 2 == 0 {
            window.key_press(Key::PageDown);
        } else {
            window.event(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, -200.0),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Unknown,
                modifiers: Modifiers::NONE,
            });
        }
        window.step();
    }
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    println!(
        "going through 10 000 files in 500 folders: {:?} a frame, p99 {:?} (goal 8 ms)",
        percentile(&mut frames, 0.5),
        percentile(&mut frames, 0.99)
    );
}

/// From the click on a file to the first sample that is heard, while its picture is made; at 60 frames a second one more
/// passes before the click is seen.
fn click_to_sound(root: &Path) {
    fs::create_dir(root).unwrap();
    let names = ["a.wav", "b.wav"];
    for name in names {
        write_noise(&root.join(name), 120);
    }
    let output = PulledOutput::new(48_000);
    let start = Start { path: Some(root.to_path_buf()), view: Some("tune".into()), ..Start::default() };
    let mut window: Window =
        Harness::builder().with_size([1280.0, 800.0]).with_max_steps(20).build_eframe(|cc| Timed {
            app: App::with_output(cc, start, None, output.clone()),
            frames: Vec::new(),
        });
    settle(&mut window);
    let options = BrowseOptions { plays_on_select: true, ..BrowseOptions::default() };
    window.state_mut().app.ask(Ask::SetBrowseOptions(options));
    window.run_steps(5);
    let mut times = Vec::new();
    for name in names.into_iter().rev().cycle().take(10) {
        window.get_by_role_and_label(Role::TreeItem, name).click();
        let is_heard = |window: &Window| {
            let is_playing = window.state().app.state().listen.is_playing;
            is_playing && output.pull(64).iter().any(|sample| *sample != 0.0)
        };
        times.push(wait(&mut window, is_heard));
        window.state_mut().app.ask(Ask::Stop);
        window.run_steps(2);
        output.pull(48_000);
        settle(&mut window);
    }
    println!("a click on a file until it is heard: {:.1?} (goal 60 ms)", percentile(&mut times, 0.5));
}

/// Frames while a build runs with one worker fewer than cores, against frames at rest.
fn build_beside(root: &Path) {
    let settings = Settings { hop_samples: 128, ..Settings::default() };
    settings.save(&root.join(FILE_NAME)).unwrap();
    let mut window = window_on(root, "build");
    settle(&mut window);
    window.state_mut().frames.clear();
    window.run_steps(300);
    let idle = percentile(&mut std::mem::take(&mut window.state_mut().frames), 0.5);
    window.get_by_role_and_label(Role::Button, "Build").click();
    window.run_steps(3);
    window.run_steps(10);
    window.state_mut().frames.clear();
    let is_working = |window: &Window| window.state().app.state().is_working();
    wait(&mut window, |window| !is_working(window));
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    let busy = percentile(&mut frames, 0.5);
    println!(
        "a build beside it: {busy:?} a frame against {idle:?} at rest, {:.2} times (goal 1.5; {} frames)",
        busy.as_secs_f64() / idle.as_secs_f64(),
        frames.len()
    );
}

/// The table of an audit of many files is scrolled by wheel, a little and far at a time, and sorted.
fn scroll_rows(root: &Path) {
    write_clicks(root, MANY_ROWS);
    let mut window = window_on(root, "audit");
    settle(&mut window);
    assert_eq!(
        window.state().app.view::<AuditView>().unwrap().model().found.as_ref().unwrap().shown().len(),
        MANY_ROWS
    );
    let header = window.get_by_label_contains("Sort by length").rect();
    window.hover_at(pos2(header.center().x, header.bottom() + 150.0));
    window.run_steps(5);
    window.state_mut().frames.clear();
    for step in 0..300_u16 {
        let points = if step % 3 == 0 { 20_000.0 } else { 60.0 };
        window.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -points),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        window.step();
    }
    assert!(window.query_by_label("Include 0000/000000.wav").is_none(), "the table was not scrolled");
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    println!(
        "scrolling 100 000 rows of an audit: {:.1?} a frame, p99 {:.1?}, longest {:.1?} (goal 8 ms)",
        percentile(&mut frames, 0.5),
        percentile(&mut frames, 0.99),
        percentile(&mut frames, 1.0)
    );
    for _ in 0..6 {
        window.get_by_label_contains("Sort by length").click();
        window.run_steps(2);
    }
    let mut frames = std::mem::take(&mut window.state_mut().frames);
    println!("sorting them by a click: longest frame {:.1?} (goal 100 ms)", percentile(&mut frames, 1.0));
}

/// The pointer goes over the map of an audit of many files, which is zoomed now and then.
fn hover_map(root: &Path) {
    write_clicks(root, MANY_FILES);
    let mut window = window_on(root, "audit");
    settle(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    window.run_steps(5);
    let map = window.get_by(|node| node.role() == Role::Canvas).rect();
    let goes_over = |window: &mut Window, zooms: bool| {
        window.state_mut().frames.clear();
        for step in 0..300_u16 {
            let (sine, cosine) = (f32::from(step) * 0.07).sin_cos();
            window.hover_at(map.center() + 0.4 * map.height() * vec2(cosine, sine * 0.7));
            if zooms {
                window.event(Event::MouseWheel {
                    unit: MouseWheelUnit::Point,
                    delta: vec2(0.0, 20.0 * sine),
                    phase: egui::TouchPhase::Move,
                    source: egui::MouseWheelSource::Unknown,
                    modifiers: Modifiers::NONE,
                });
            }
            window.step();
        }
        std::mem::take(&mut window.state_mut().frames)
    };
    for (what, zooms) in [("pointing at", false), ("zooming into", true)] {
        let mut frames = goes_over(&mut window, zooms);
        println!(
            "{what} a map of 10 000 files: {:.1?} a frame, p99 {:.1?} (goal 8 ms)",
            percentile(&mut frames, 0.5),
            percentile(&mut frames, 0.99)
        );
    }
}

/// A display for the real program: the one that is there, or one of its own.
struct Display {
    name: String,
    server: Option<Child>,
}

impl Display {
    fn open() -> Option<Self> {
        if let Ok(name) = env::var("DISPLAY") {
            return Some(Self { name, server: None });
        }
        let arguments = ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
        let mut server =
            Command::new("Xvfb").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut number).ok()?;
        Some(Self { name: format!(":{}", number.trim()), server: Some(server) })
    }

    /// Time and peak memory in MB of the program until it has drawn `path` and written the picture; a median of five.
    fn picture_of(&self, path: &Path, folder: &Path) -> (Duration, u64) {
        let mut runs: Vec<(Duration, u64)> = (0..5)
            .map(|_| {
                let began = Instant::now();
                let mut program = Command::new(env!("CARGO_BIN_EXE_melscope"))
                    .arg(path)
                    .arg("--screenshot")
                    .arg(folder.join("picture.png"))
                    .env("DISPLAY", &self.name)
                    .env("HOME", folder)
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap();
                let mut peak = 0;
                let status = loop {
                    peak = peak_memory_mb(program.id()).unwrap_or(peak);
                    if let Some(status) = program.try_wait().unwrap() {
                        break status;
                    }
                    std::thread::sleep(Duration::from_millis(2));
                };
                assert!(status.success(), "the window does not come up");
                (began.elapsed(), peak)
            })
            .collect();
        runs.sort();
        runs[runs.len() / 2]
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            server.kill().ok();
            server.wait().ok();
        }
    }
}

/// The most memory that a process has held; `None` when it has ended.
fn peak_memory_mb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1000)
}
