//! The program behind the window: `logic` changes the state, `ui` draws it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use egui::{CentralPanel, Context, Frame, Key, KeyboardShortcut, Modifiers, Panel, Ui};

use super::augment::auditioning::Auditioning;
use super::browser::Browsing;
use super::command::Command;
use super::engine::Engine;
use super::listen::Listen;
use super::panels::settings_panel;
use super::screenshot::Photographer;
use super::settings::presets::{Preset, Presets};
use super::speaker::Speaker;
use super::state::{Phase, State, View};
use super::theme::{self, Theme, Tone};
use super::tune::looking::Looking;
use super::tune::pictures::Pictures;
use super::{Start, actions, audit, augment, build_view, file_list, listen_panel, status_bar, top_bar, tune};
use crate::error::Result;
use crate::jobs::latest::Notify;
use crate::playback::{Device, Output, SystemOutput};

/// Where the window's memory is kept in eframe's storage.
const STORAGE_KEY: &str = "melscope";

/// While something runs, the window looks at it this often.
const POLL_INTERVAL: Duration = Duration::from_millis(33);

/// What survives a restart, besides the window's size.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Memory {
    last_folder: Option<PathBuf>,
    recent: Vec<PathBuf>,
    theme: Theme,
    volume: f32,
    device: Option<Device>,
    presets: Vec<Preset>,
}

impl Default for Memory {
    fn default() -> Self {
        let Listen { volume, device, .. } = Listen::default();
        Self {
            last_folder: None,
            recent: Vec::new(),
            theme: Theme::default(),
            volume,
            device,
            presets: Vec::new(),
        }
    }
}

/// The window.
pub struct App {
    state: State,
    engine: Engine,
    browsing: Browsing,
    auditioning: Auditioning,
    looking: Looking,
    pictures: Pictures,
    commands: Vec<Command>,
    /// A text field had the focus when the last frame was drawn.
    was_typing: bool,
    photographer: Option<Photographer>,
    /// True when a pointer button or key was held down in the last frame.
    was_held: bool,
}

impl App {
    /// The window as `start` says, and otherwise as it was when it was closed. `shot_result` gets what the picture that
    /// `start` may ask for came to.
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        start: Start,
        shot_result: Option<Sender<Result<()>>>,
    ) -> Self {
        Self::with_output(cc, start, shot_result, SystemOutput)
    }

    /// The same, heard on `output`.
    pub fn with_output(
        cc: &eframe::CreationContext<'_>,
        start: Start,
        shot_result: Option<Sender<Result<()>>>,
        output: impl Output + 'static,
    ) -> Self {
        let photographer = start.shot.zip(shot_result).map(|(shot, result)| Photographer::new(shot, result));
        // A picture shows what was asked for, whatever the window was used for before.
        let storage = cc.storage.filter(|_| photographer.is_none());
        let memory: Memory =
            storage.and_then(|storage| eframe::get_value(storage, STORAGE_KEY)).unwrap_or_default();
        let mut state = State {
            recent: memory.recent,
            presets: Presets::new(memory.presets),
            theme: start.theme.unwrap_or(memory.theme),
            view: start.view,
            listen: Listen { volume: memory.volume, device: memory.device, ..Listen::default() },
            ..State::default()
        };
        let mut engine = Engine::new(Speaker::new(output, &mut state.listen));
        if let Some(path) = start.path.or(memory.last_folder) {
            engine.open(&mut state, &path);
            if let Some(file) = start.file {
                engine.select_when_open(&path.join(file));
            }
        }
        state.theme.apply(&cc.egui_ctx);
        let ctx = cc.egui_ctx.clone();
        let looking = Looking::start(&(Arc::new(move || ctx.request_repaint()) as Notify));
        Self {
            state,
            engine,
            browsing: Browsing::default(),
            auditioning: Auditioning::default(),
            looking,
            pictures: Pictures::default(),
            commands: Vec::new(),
            was_typing: false,
            photographer,
            was_held: false,
        }
    }

    /// What the window shows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Asks for something, as the views do: it is done in the next frame.
    pub fn ask(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// True while something runs whose result the window waits for.
    pub fn is_busy(&self) -> bool {
        self.is_drawing_busy() || self.looking.is_estimating()
    }

    /// The same without the estimate for the dataset, which may take minutes.
    fn is_drawing_busy(&self) -> bool {
        self.engine.is_busy()
            || self.browsing.is_busy()
            || self.auditioning.is_busy()
            || self.looking.is_looking()
            || self.state.folder().is_some_and(|folder| folder.is_reading)
    }

    /// Ends a drag one frame after its release: the commands of the frame of the release were run just now.
    fn end_gesture(&mut self, ctx: &Context) {
        let is_held = ctx.input(|input| input.pointer.any_down() || !input.keys_down.is_empty());
        if !is_held
            && !self.was_held
            && let Some(folder) = self.state.folder_mut()
        {
            folder.history.end_gesture();
        }
        self.was_held = is_held;
    }

    /// Commands that come from the keyboard and from files dropped on the window.
    fn collect_input(&mut self, ctx: &Context) {
        let dropped =
            ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_path_buf()));
        self.commands.extend(dropped.map(Command::Open));
        // In the dialog of a question, keys answer it.
        if self.state.question().is_none() {
            self.commands.extend(listen_panel::keys(ctx, &self.state.listen, self.was_typing));
        }
        // A text field has an undo of its own.
        if ctx.text_edit_focused() {
            return;
        }
        let redo = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        let undo = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
        ctx.input_mut(|input| {
            // The longer shortcut first: the shorter one matches it as well.
            if input.consume_shortcut(&redo) {
                self.commands.push(Command::Redo);
            } else if input.consume_shortcut(&undo) {
                self.commands.push(Command::Undo);
            }
            if self.state.view == View::Tune {
                tune::keys(input, &mut self.commands);
            }
        });
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.collect_input(ctx);
        for command in std::mem::take(&mut self.commands) {
            actions::run(command, &mut self.state, &mut self.engine);
        }
        self.end_gesture(ctx);
        self.state.theme.apply(ctx);
        self.engine.drain(&mut self.state);
        self.browsing.update(ctx, &mut self.state);
        self.auditioning.update(ctx, &mut self.state);
        let view = self.state.view;
        self.looking.update(self.state.folder_mut(), view);
        let playhead_s = self.state.listen.playhead_s;
        if let Some(folder) = self.state.folder_mut() {
            folder.tune.follow(playhead_s);
        }
        if let (View::Tune, Some(folder)) = (view, self.state.folder()) {
            self.pictures.update(ctx, &folder.tune, folder.settings.if_threshold);
        }
        if self.state.listen.is_playing {
            ctx.request_repaint();
        } else if self.engine.is_busy() {
            ctx.request_repaint_after(POLL_INTERVAL);
        }
        let (is_busy, is_estimating) = (self.is_drawing_busy(), self.looking.is_estimating());
        if let Some(photographer) = &mut self.photographer {
            photographer.logic(ctx, is_busy, is_estimating);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let (state, commands) = (&self.state, &mut self.commands);
        Panel::top("top").show(ui, |ui| top_bar::ui(ui, state, commands));
        Panel::bottom("status").show(ui, |ui| status_bar::ui(ui, state, commands));
        if let Some(folder) = state.folder() {
            // The table of the Audit view is a list of all files itself.
            if state.view != View::Audit {
                Panel::left("files")
                    .default_size(280.0)
                    .size_range(200.0..=520.0)
                    .show(ui, |ui| file_list::ui(ui, folder, commands));
            }
            Panel::right("settings").default_size(250.0).size_range(230.0..=400.0).show(ui, |ui| {
                Panel::bottom("listen")
                    .frame(Frame::NONE)
                    .show(ui, |ui| listen_panel::ui(ui, &state.listen, commands));
                settings_panel::ui(ui, folder, &state.presets, commands);
            });
        }
        CentralPanel::default().show(ui, |ui| match (&state.phase, state.view) {
            (Phase::Nothing, _) => welcome_ui(ui, commands),
            (Phase::Opening(path), _) => {
                theme::heading_ui(ui, "Opening…");
                ui.label(path.display().to_string());
            }
            (Phase::Failed { path, message }, _) => {
                failure_ui(ui, &path.display().to_string(), message, commands);
            }
            (Phase::Open(folder), View::Tune) => {
                tune::ui(ui, folder, &state.listen, &self.pictures, commands);
            }
            (Phase::Open(folder), View::Augment) => {
                augment::ui(ui, folder, &state.listen, self.auditioning.textures(), commands);
            }
            (Phase::Open(folder), View::Audit) => audit::ui(ui, folder, commands),
            (Phase::Open(folder), View::Build) => {
                build_view::ui(ui, folder, self.browsing.textures(), commands);
            }
        });
        if let Some(question) = state.question() {
            build_view::question_ui(ui, question, commands);
        }
        self.was_typing = ui.ctx().text_edit_focused();
        if !self.commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if self.photographer.is_some() {
            return;
        }
        let memory = Memory {
            last_folder: self.state.folder().map(|folder| folder.root.clone()),
            recent: self.state.recent.clone(),
            theme: self.state.theme,
            volume: self.state.listen.volume,
            device: self.state.listen.device.clone(),
            presets: self.state.presets.own().to_vec(),
        };
        eframe::set_value(storage, STORAGE_KEY, &memory);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.engine.finish();
    }

    fn persist_egui_memory(&self) -> bool {
        self.photographer.is_none()
    }
}

/// What a person sees who opens the window for the first time.
fn welcome_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.3);
        theme::heading_ui(ui, "Open a folder of recordings");
        ui.label(
            "Melscope turns them into training data for a neural network. The recordings are only read.",
        );
        ui.label("Drop a folder here, type its path above, or:");
        ui.add_space(8.0);
        if ui.button("Choose a folder…").clicked() {
            commands.push(Command::PickFolder);
        }
    });
}

fn failure_ui(ui: &mut Ui, path: &str, message: &str, commands: &mut Vec<Command>) {
    theme::heading_ui(ui, "This folder cannot be opened");
    ui.label(path);
    ui.add_space(6.0);
    ui.label(Tone::Bad.text(ui, message));
    ui.add_space(8.0);
    if ui.button("Try again").on_hover_text("Reads the folder again").clicked() {
        commands.push(Command::Reload);
    }
}
