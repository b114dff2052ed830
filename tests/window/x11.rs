//! The program itself on a display: opened, clicked and typed into as by a person, and what of it lands on disk.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::datasets;
use crate::support::{settle, view_on};
use egui::Pos2;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use melscope::monitor::Silent;
use melscope::pipeline::{self, Project};
use melscope::settings::{FILE_NAME, Settings};
use melscope::ui::theme::Theme;

/// Far longer than anything here takes: a test that waits it out has failed.
const LONG: Duration = Duration::from_mins(2);

/// A display of the test's own, without a screen.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn open() -> Self {
        let mut server = Command::new("Xvfb")
            // Without the last word it starts anew when its last client leaves, and refuses who comes in that moment.
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Xvfb: apt-get install xvfb");
        // The server takes a free number, and says it when it is ready.
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, name: format!(":{}", number.trim()) }
    }

    /// The program with nobody's memory but that in `home`, and no other display or service.
    fn melscope(&self, home: &Path) -> Command {
        let mut program = datasets::melscope();
        program
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"] {
            program.env(variable, home);
        }
        program
    }

    fn xdotool(&self, words: &str) -> Output {
        Command::new("xdotool")
            .args(words.split(' '))
            .env("DISPLAY", &self.name)
            .output()
            .expect("this test needs xdotool: apt-get install xdotool")
    }

    /// Gives the program's window the keyboard, once it is there.
    fn focus(&self, program: &mut Child) {
        wait_until("the window", || {
            assert!(program.try_wait().unwrap().is_none(), "the program has ended");
            let found = self.xdotool("search --onlyvisible --name ^Melscope").stdout;
            let window = String::from_utf8(found).unwrap();
            window
                .lines()
                .next()
                .is_some_and(|id| self.xdotool(&format!("windowfocus {id}")).status.success())
        });
    }

    fn click(&self, place: Pos2) {
        // Without a moment between them, press and release are one event that controls do not see.
        let words =
            format!("mousemove {:.0} {:.0} sleep 0.1 mousedown 1 sleep 0.1 mouseup 1", place.x, place.y);
        assert!(self.xdotool(&words).status.success());
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// Ends a program when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    assert!(happens(LONG, &mut is_so), "{what} does not come");
}

/// True when `is_so` within `time`.
fn happens(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    true
}

/// Where the middle of the control `label` is in a window of the same size on the same folder.
fn place_of(root: &Path, view: &str, role: Role, label: &str) -> Pos2 {
    let mut window = view_on(view, root, Theme::Dark);
    settle(&mut window);
    window.get_by_role_and_label(role, label).rect().center()
}

#[test]
fn a_setting_is_typed_and_the_cache_is_built_by_mouse_and_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("recordings");
    pipeline::demo::write_demo(&root).unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let display = Display::open();
    let mut program = display.melscope(&home);
    program.arg(&root).args(["--view", "tune", "--theme", "dark"]);
    let mut program = Running(program.spawn().unwrap());
    display.focus(&mut program.0);

    // A window that is still reading its folder has no such field yet: then it is typed again.
    let field = place_of(&root, "tune", Role::TextInput, "n_mels");
    let settings = || Settings::load(&root.join(FILE_NAME)).ok().flatten();
    let is_saved = || settings().is_some_and(|settings| settings.n_mels == 80);
    wait_until("the setting in melscope.json", || {
        display.click(field);
        display.xdotool("key ctrl+a");
        display.xdotool("type --delay 50 80");
        display.xdotool("key Return");
        happens(Duration::from_secs(3), is_saved)
    });
    assert_eq!(settings(), Some(Settings { n_mels: 80, ..Settings::default() }), "nothing else was changed");

    display.xdotool("key ctrl+5");
    let button = place_of(&root, "build", Role::Button, "Build");
    let manifest = root.join(".cache/manifest.json");
    // A click while the window looks at the folder anew meets a button that is not ready.
    wait_until("the cache", || {
        display.click(button);
        happens(Duration::from_secs(30), || manifest.exists())
    });
    let project = Project::new(&root, settings().unwrap()).unwrap();
    wait_until("the valid cache", || pipeline::status(&project, &Silent).unwrap().is_valid());
    let manifest = datasets::manifest(&root.join(".cache"));
    assert_eq!(manifest["complex_spectrogram_config"]["n_mels"], 80);
    assert!(root.join(".cache/000000.pt").is_file());
    assert!(program.0.try_wait().unwrap().is_none(), "the program goes on");
}

#[test]
fn a_picture_has_the_size_the_scale_and_the_colours_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = datasets::golden_dataset(folder.path());
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let display = Display::open();
    let before = datasets::contents(&root);
    for (view, theme, size, scale, pixels) in [
        ("build", "light", "640x480", "1", [640, 480]),
        ("tune", "dark", "900x600", "2", [1800, 1200]),
        ("tune", "light", "400x320", "0.5", [200, 160]),
    ] {
        let picture = folder.path().join(format!("{view}-{theme}-{scale}.png"));
        let ran = display
            .melscope(&home)
            .arg(&root)
            .args(["--view", view, "--theme", theme, "--size", size, "--scale", scale])
            .args(["--file", "c_short_float.wav", "--screenshot"])
            .arg(&picture)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let mut reader =
            png::Decoder::new(BufReader::new(File::open(&picture).unwrap())).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!([info.width, info.height], pixels, "{view} {theme}");
        // A corner of the bar at the top is nothing but background.
        assert_eq!(bytes[0] > 128, theme == "light", "{view} {theme}");
    }
    assert_eq!(datasets::contents(&root), before, "a picture leaves nothing in the folder");

    let picture = folder.path().join("none.png");
    let mut program = display.melscope(&home);
    let ran = program.arg(&root).args(["--file", "none.wav", "--screenshot"]).arg(&picture).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("none.wav: No such file"));
    assert!(!picture.exists());
}
