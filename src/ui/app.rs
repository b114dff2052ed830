//! The program behind the window: the list of its views, the commands that are handed to them, and the two halves of a
//! frame: `logic` changes the state, `ui` draws it.

use std::any::Any;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::Sender;
use egui::{CentralPanel, Context, InputState, Key, KeyboardShortcut, Modifiers, Panel, Ui};

use super::background::demo_writer::DemoWriter;
use super::background::folder_worker::FolderWorker;
use super::background::row_previews::RowPreviews;
use super::background::speaker::Speaker;
use super::fonts::{SystemFonts, display_text};
use super::memory::Memory;
use super::panels::{
    empty_folder, failed_folder, file_tree, help, settings_panel, status_bar, top_bar, tour_card,
    transport_bar, welcome,
};
use super::screenshot::{ScreenshotTaker, Shot};
use super::session::browse::Browse;
use super::session::command::Command;
use super::session::folder::Folder;
use super::session::listen::VariantSound;
use super::session::state::{Phase, State};
use super::session::tour;
use super::session::view_id::{Tab, ViewId};
use super::theme::{self, Theme};
use super::view::{AnyView, AppCommand, View};
use super::views::hear;
use super::views::hear::command::HearCommand;
use super::widgets::place::Place;
use super::{actions, views};
use crate::error::Result;
use crate::pipeline::is_tensor_name;
use crate::playback::{Output, SystemOutput};

/// Width in points from which on there is room for panels at both sides of a view.
const WIDE: f32 = 1000.0;

/// While something runs, the window looks at it this often.
const POLL_INTERVAL: Duration = Duration::from_millis(33);

/// The choices with which the window starts.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// A folder, or a file of it, to open; the last folder where there is none.
    pub path: Option<PathBuf>,
    /// A file of the folder to select, by its path below it.
    pub file: Option<PathBuf>,
    /// The colours; those of last time where there are none.
    pub theme: Option<Theme>,
    /// The name of the view that is shown first; the first of all where there is none, or none of that name.
    pub view: Option<String>,
    /// A picture to take once everything has settled, after which the window closes.
    pub shot: Option<Shot>,
    /// The folder below which the demo's recordings are written; that of the user's data where there is none.
    pub demo_dir: Option<PathBuf>,
}

/// The tabs of all views, in their order.
pub fn tabs() -> Vec<Tab> {
    views::all().iter().map(|view| view.tab()).collect()
}

/// The window.
pub struct App {
    state: State,
    views: Vec<Box<dyn AnyView>>,
    tabs: Vec<Tab>,
    folder_worker: FolderWorker,
    demo_writer: DemoWriter,
    system_fonts: SystemFonts,
    row_previews: RowPreviews,
    speaker: Speaker,
    commands: Vec<AppCommand>,
    /// The folder that the views know.
    known_folder: Option<u64>,
    /// A text field had the focus when the last frame was drawn.
    was_typing: bool,
    screenshot_taker: Option<ScreenshotTaker>,
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
        let screenshot_taker =
            start.shot.zip(shot_result).map(|(shot, result)| ScreenshotTaker::new(shot, result));
        // A picture shows what was asked for, whatever the window was used for before.
        let storage = cc.storage.filter(|_| screenshot_taker.is_none());
        let memory = storage.map(Memory::read).unwrap_or_default();
        let last_folder = memory.last_folder.clone();
        let views = views::all();
        let tabs: Vec<Tab> = views.iter().map(|view| view.tab()).collect();
        let wanted = start.view.and_then(|name| tabs.iter().find(|tab| tab.id.0 == name));
        let view = wanted.or(tabs.first()).map(|tab| tab.id);
        let mut state = State { view, ..memory.into_state() };
        if let Some(theme) = start.theme {
            state.theme = theme;
        }
        let speaker = Speaker::new(output, &mut state.listen);
        let mut folder_worker = FolderWorker::default();
        if let Some(path) = start.path.or(last_folder) {
            folder_worker.open(&mut state, &path);
            if let Some(file) = start.file {
                folder_worker.select_when_open(&path.join(file));
            }
        }
        theme::install(&cc.egui_ctx);
        state.theme.apply(&cc.egui_ctx);
        Self {
            state,
            views,
            tabs,
            folder_worker,
            demo_writer: DemoWriter::new(start.demo_dir),
            system_fonts: SystemFonts::install(&cc.egui_ctx),
            row_previews: RowPreviews::default(),
            speaker,
            commands: Vec::new(),
            known_folder: None,
            was_typing: false,
            screenshot_taker,
            was_held: false,
        }
    }

    /// The state that all views share.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The view of this type.
    pub fn view<V: View>(&self) -> Option<&V> {
        self.views.iter().find_map(|view| view.as_any().downcast_ref())
    }

    /// Every sign that was drawn and that the built-in fonts lack.
    pub fn foreign_signs(&self) -> BTreeSet<char> {
        self.system_fonts.asked()
    }

    /// Asks for something, as views and panels do: it is done in the next frame.
    pub fn ask(&mut self, command: Command) {
        self.commands.push(AppCommand::Shared(command));
    }

    /// Asks a view for something that only it understands: it is done in the next frame.
    pub fn ask_view<V: View>(&mut self, command: V::Command) {
        let view = self.views.iter().find(|view| view.as_any().is::<V>());
        self.commands.extend(view.map(|view| AppCommand::Own(view.tab().id, Box::new(command))));
    }

    /// True while something runs whose result the window waits for.
    pub fn is_busy(&self) -> bool {
        self.is_drawing_busy() || self.is_refining()
    }

    /// True while a number becomes better, such as the estimate for the dataset, which may take minutes.
    fn is_refining(&self) -> bool {
        self.row_previews.is_busy() || self.views.iter().any(|view| view.is_refining())
    }

    /// True while what is drawn may still change, apart from numbers that become better.
    fn is_drawing_busy(&self) -> bool {
        self.folder_worker.is_busy()
            || self.demo_writer.is_busy()
            || self.system_fonts.is_busy()
            || self.speaker.is_listing()
            || self.views.iter().any(|view| view.is_busy())
            || self.state.folder().is_some_and(|folder| folder.is_reading)
    }

    /// True while something runs that does not ask for a frame when it has news.
    fn needs_polling(&self) -> bool {
        self.folder_worker.is_busy()
            || self.demo_writer.is_busy()
            || self.system_fonts.is_busy()
            || self.speaker.is_listing()
            || self.views.iter().any(|view| view.needs_polling())
    }

    fn shown_view(&self) -> Option<&dyn AnyView> {
        let shown = self.state.view?;
        self.views.iter().find(|view| view.tab().id == shown).map(|view| &**view)
    }

    fn run(&mut self, command: AppCommand) {
        let before = self.selected();
        let is_click = matches!(command, AppCommand::Shared(Command::Browse(Browse::File { .. })));
        match command {
            AppCommand::Shared(command) => self.run_shared(command),
            AppCommand::Own(id, command) => self.run_own(id, command),
        }
        if self.state.browse.plays_on_select && (is_click || self.selected() != before) {
            self.play_selected(is_click);
        }
        if let Some(folder) = self.state.folder_mut() {
            self.folder_worker.follow(folder);
        }
    }

    /// The number of the file that is selected.
    fn selected(&self) -> Option<usize> {
        self.state.folder()?.files.selected()
    }

    /// Plays the selected file: again where it `is_click`ed, and otherwise unless it is heard already.
    fn play_selected(&mut self, is_click: bool) {
        self.follow_playable();
        if is_click {
            self.state.listen.point_at(self.state.listen.range_s().start);
        }
        if is_click || !self.state.listen.is_playing {
            self.run_sound(Command::Play);
        }
    }

    fn run_own(&mut self, id: ViewId, command: Box<dyn Any>) {
        let view = self.views.iter_mut().find(|view| view.tab().id == id);
        if let (Some(view), true) = (view, self.state.folder().is_some()) {
            view.run(command, &mut self.state);
        }
    }

    fn run_shared(&mut self, command: Command) {
        let Some(command) = self.run_sound(command) else { return };
        match command {
            Command::Show(id) => self.show(id),
            Command::StartTour
                if self.state.folder().is_some_and(|folder| !folder.files.all().is_empty()) =>
            {
                self.show_tour_step(0);
            }
            Command::TryDemo | Command::StartTour if !self.state.is_working() => {
                self.demo_writer.start(&mut self.state);
            }
            Command::ShowTourStep(number) => self.show_tour_step(number),
            Command::Cancel => {
                if let Some(folder) = self.state.folder_mut() {
                    for view in &mut self.views {
                        view.cancel(folder);
                    }
                }
            }
            Command::PlayExcerpt { source, range_s } => {
                // It becomes the selection, so that it can be seen, looped and played again.
                if let Some(folder) = self.state.folder_mut() {
                    folder.files.select_path(&source);
                    folder.variant = None;
                }
                self.run_sound(Command::SetSelection(Some(range_s)));
                self.run_sound(Command::Play);
            }
            Command::HearTensors(path) => {
                if self.state.folder().is_some() {
                    self.show(hear::ID);
                    self.run_own(hear::ID, Box::new(HearCommand::ShowTensors(path)));
                } else {
                    self.state.notice =
                        Some("Open the dataset first: its settings tell how tensors are read.".into());
                }
            }
            Command::SetBrowseOptions(_) => {
                let matched_before = self.state.browse.matches_loudness;
                actions::run(command, &mut self.state, &mut self.folder_worker);
                if self.state.browse.matches_loudness != matched_before {
                    self.follow_playable();
                    self.speaker.go_on(&self.state.listen);
                }
            }
            other => actions::run(other, &mut self.state, &mut self.folder_worker),
        }
    }

    fn show(&mut self, id: ViewId) {
        let Some(view) = self.views.iter_mut().find(|view| view.tab().id == id) else { return };
        self.state.view = Some(id);
        if let Some(folder) = self.state.folder() {
            view.turned_to(folder);
        }
    }

    fn show_tour_step(&mut self, number: usize) {
        if let Some(step) = tour::STEPS.get(number) {
            self.state.tour = Some(number);
            self.show(step.view);
        }
    }

    /// Opens the demo once it is written, and begins the tour.
    fn drain_demo(&mut self) {
        if let Some(folder) = self.demo_writer.drain(&mut self.state) {
            self.folder_worker.open(&mut self.state, &folder);
            self.show_tour_step(0);
        }
    }

    /// Runs a command that concerns what is heard. Gives back any other.
    fn run_sound(&mut self, command: Command) -> Option<Command> {
        self.follow_playable();
        let Command::PlayVariant(number) = command else {
            return self.speaker.run(command, &mut self.state.listen);
        };
        if let Some(sound) = self.variant_sound(number) {
            self.speaker.play_variant(&mut self.state.listen, number, sound);
        }
        None
    }

    /// Tells the speaker what can be played now.
    fn follow_playable(&mut self) {
        let folder = self.state.folder();
        let mut playable = self.shown_view().zip(folder).and_then(|(view, folder)| view.playable(folder));
        let chosen = folder.and_then(Folder::subject);
        if playable.as_ref().is_none_or(|playable| Some(&playable.subject) != chosen.as_ref())
            && self.state.listen.is_playing_of(chosen.as_ref())
        {
            // What is chosen is heard on while another view shows something else, and while it is made anew.
            return;
        }
        if let (true, Some(folder)) = (self.state.browse.matches_loudness, folder) {
            playable = playable.map(|playable| playable.matched(folder));
        }
        self.speaker.follow(&mut self.state.listen, playable);
    }

    fn variant_sound(&self, number: u32) -> Option<VariantSound> {
        self.views.iter().find_map(|view| view.variant_sound(number))
    }

    /// Takes what the player has come to into the state.
    fn drain_sound(&mut self) {
        self.follow_playable();
        let heard = self.state.listen.variant;
        let sound = heard.and_then(|heard| self.variant_sound(heard.number));
        self.speaker.follow_variant(&mut self.state.listen, sound);
        self.speaker.drain(&mut self.state.listen);
    }

    /// Tells the views when the folder that they know is no longer open.
    fn forget_closed_folder(&mut self) {
        let open = self.state.folder().map(|folder| folder.serial);
        if self.known_folder != open {
            for view in &mut self.views {
                view.forget_folder();
            }
            self.known_folder = open;
        }
    }

    fn update_views(&mut self, ctx: &Context) {
        for view in &mut self.views {
            let is_shown = self.state.view == Some(view.tab().id);
            view.update(ctx, &mut self.state, is_shown);
        }
        if let Some(folder) = self.state.folder_mut() {
            self.folder_worker.follow(folder);
        }
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
        let dropped = dropped
            .map(|path| if is_tensor_name(&path) { Command::HearTensors(path) } else { Command::Open(path) });
        self.commands.extend(dropped.map(AppCommand::Shared));
        // In a dialog, keys are for the dialog.
        if self.state.question().is_none() && !self.state.shows_help {
            let ends_tour = |input: &mut InputState| input.consume_key(Modifiers::NONE, Key::Escape);
            if self.state.tour.is_some() && !self.was_typing && ctx.input_mut(ends_tour) {
                self.commands.push(AppCommand::Shared(Command::EndTour));
            }
            let keys = transport_bar::keys(ctx, &self.state.listen, self.was_typing);
            let keys = keys.into_iter().chain(self.window_keys(ctx));
            self.commands.extend(keys.map(AppCommand::Shared));
        }
        // A text field has an undo of its own.
        if ctx.text_edit_focused() {
            return;
        }
        let redo = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        let undo = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
        let shown = self.state.view;
        let view = self.views.iter().find(|view| Some(view.tab().id) == shown);
        ctx.input_mut(|input| {
            // The longer shortcut first: the shorter one matches it as well.
            if input.consume_shortcut(&redo) {
                self.commands.push(AppCommand::Shared(Command::Redo));
            } else if input.consume_shortcut(&undo) {
                self.commands.push(AppCommand::Shared(Command::Undo));
            }
            if let Some(view) = view {
                view.keys(input, &mut self.commands);
            }
        });
    }
}

impl App {
    /// The keys of what stands at the top: they mean the same wherever the focus is.
    fn window_keys(&self, ctx: &Context) -> Vec<Command> {
        const DIGITS: [Key; 5] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
        let mut keys = vec![
            (Modifiers::COMMAND, Key::O, Command::PickFolder),
            (Modifiers::NONE, Key::F1, Command::ShowHelp(true)),
        ];
        let views = DIGITS.into_iter().zip(&self.tabs);
        keys.extend(views.map(|(key, tab)| (Modifiers::COMMAND, key, Command::Show(tab.id))));
        ctx.input_mut(|input| {
            keys.retain(|(modifiers, key, _)| input.consume_key(*modifiers, *key));
        });
        keys.into_iter().map(|(_, _, command)| command).collect()
    }

    /// True when the panel of settings stands beside the shown view; `None` where there is nothing to set.
    fn has_settings(&self, width: f32) -> Option<bool> {
        let (view, _) = self.shown_view().zip(self.state.folder())?;
        // In a narrow window the view needs the room.
        let is_usual = view.opens_settings() && width >= WIDE;
        Some(self.state.settings_panel.is_open(view.tab().id, is_usual))
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.collect_input(ctx);
        // A notice is over when the next thing is done.
        if !self.commands.is_empty() {
            self.state.notice = None;
        }
        for command in std::mem::take(&mut self.commands) {
            self.run(command);
        }
        self.end_gesture(ctx);
        self.state.theme.apply(ctx);
        self.system_fonts.update(ctx);
        self.drain_demo();
        self.folder_worker.drain(ctx, &mut self.state);
        self.forget_closed_folder();
        self.drain_sound();
        self.update_views(ctx);
        let is_idle = !self.is_drawing_busy();
        let options = self.state.browse;
        if let Some(folder) = self.state.folder_mut() {
            self.row_previews.update(ctx, folder, options, is_idle);
        }
        if self.state.listen.is_playing {
            ctx.request_repaint();
        } else if self.needs_polling() {
            ctx.request_repaint_after(POLL_INTERVAL);
        }
        let (is_busy, is_refining) = (self.is_drawing_busy(), self.is_refining());
        if let Some(screenshot_taker) = &mut self.screenshot_taker {
            screenshot_taker.logic(ctx, is_busy, is_refining);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let (state, mut commands) = (&self.state, Vec::new());
        let width = ui.available_width();
        let has_settings = self.has_settings(width);
        Panel::top("top").show(ui, |ui| top_bar::ui(ui, state, &self.tabs, has_settings, &mut commands));
        Panel::bottom("status").show(ui, |ui| status_bar::ui(ui, state, &mut commands));
        let transport =
            Panel::bottom("transport").show(ui, |ui| transport_bar::ui(ui, &state.listen, &mut commands));
        Place::Transport.mark(ui, transport.response.rect);
        let middle = ui.available_rect_before_wrap();
        if let Some(folder) = state.folder() {
            if self.shown_view().is_some_and(AnyView::has_file_list) {
                // Each keeps its own width: a window that grows gives the list its columns back.
                let (id, usual_width) =
                    if width < WIDE { ("files-in-narrow", 200.0) } else { ("files-in-wide", 280.0) };
                let list = Panel::left(id)
                    .default_size(usual_width)
                    .size_range(160.0..=(0.4 * width).max(200.0))
                    .show(ui, |ui| {
                        file_tree::ui(ui, folder, state.browse, state.listen.is_playing, &mut commands);
                    });
                Place::Files.mark(ui, list.response.rect);
            }
            if has_settings == Some(true) {
                let mask_notes: Vec<String> =
                    self.views.iter().flat_map(|view| view.setting_notes(folder, "if_threshold")).collect();
                Panel::right("settings").default_size(268.0).size_range(256.0..=400.0).show(ui, |ui| {
                    settings_panel::ui(ui, folder, &state.presets, &mask_notes, &mut commands);
                });
            }
        }
        let mut own = Vec::new();
        CentralPanel::default().show(ui, |ui| match &state.phase {
            Phase::Nothing => welcome::ui(ui, &state.recent, &mut commands),
            Phase::Opening(path) => {
                theme::heading_ui(ui, "Opening…");
                ui.label(display_text(&path.display().to_string()));
            }
            Phase::Failed { path, message } => {
                failed_folder::ui(ui, &path.display().to_string(), message, &mut commands);
            }
            Phase::Open(folder) if folder.files.all().is_empty() => {
                empty_folder::ui(ui, folder, &mut commands);
            }
            Phase::Open(folder) => {
                if let Some(view) = self.shown_view() {
                    view.draw(ui, folder, &state.listen, &mut own);
                }
            }
        });
        if let Some(folder) = state.folder() {
            for view in &self.views {
                view.dialog(ui, folder, &mut own);
            }
            if let (Some(number), None) = (state.tour, state.question()) {
                tour_card::ui(ui.ctx(), number, middle, &mut commands);
            }
        }
        if state.shows_help {
            help::ui(ui.ctx(), &mut commands);
        }
        self.commands.extend(commands.into_iter().map(AppCommand::Shared).chain(own));
        self.was_typing = ui.ctx().text_edit_focused();
        if !self.commands.is_empty() || self.system_fonts.is_busy() {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if self.screenshot_taker.is_some() {
            return;
        }
        Memory::of(&self.state).write(storage);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.folder_worker.finish();
    }

    fn persist_egui_memory(&self) -> bool {
        self.screenshot_taker.is_none()
    }
}
