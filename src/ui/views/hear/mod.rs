//! The Hear view: what the model keeps of a recording, in every way back to sound; and the sound of a model's own tensors.

pub mod abx;
mod abx_box;
pub mod command;
mod export;
mod figures;
pub mod model;
mod modes;
pub mod passage;
mod pictures;
mod words;
mod worker;

use egui::{Button, Context, DragValue, InputState, Key, Label, Modifiers, ScrollArea, Ui, vec2};

use crate::dsp::reconstruct::ROUNDS_MAX;
use crate::in_words;
use crate::pipeline::{Normalisation, PASSAGE_CHUNKS_MAX, SoundVersion};
use crate::ui::fonts::display_text;
use crate::ui::remedy::with_remedy;
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::{Listen, Playable};
use crate::ui::session::state::State;
use crate::ui::session::view_id::{Tab, ViewId};
use crate::ui::theme::{Tone, section_ui};
use crate::ui::view::View;
use abx::{Abx, AbxSlot};
use command::HearCommand;
use export::WavExporter;
use model::Hear;
use passage::Passage;
use worker::PassageWorker;

/// The name of this view, for others that turn to it.
pub const ID: ViewId = ViewId("hear");

/// Height of the pictures: a share of the view's, the least and the most of it in points.
const PICTURES: [f32; 3] = [0.42, 130.0, 420.0];

/// The keys of the versions, in their order.
const VERSION_KEYS: [Key; 4] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4];

/// The Hear view.
#[derive(Debug, Default)]
pub struct HearView {
    model: Hear,
    worker: PassageWorker,
    exporter: WavExporter,
}

impl HearView {
    /// The model that it shows.
    pub fn model(&self) -> &Hear {
        &self.model
    }
}

impl View for HearView {
    type Command = HearCommand;

    fn tab(&self) -> Tab {
        Tab {
            id: ID,
            title: "Hear",
            help: "Hear what the model keeps of a recording, and what a model's own tensors sound like",
        }
    }

    fn forget_folder(&mut self) {
        self.worker.forget();
        self.exporter.forget();
        self.model = Hear::default();
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        if let Some(ended) = self.exporter.update() {
            state.notice = Some(ended);
        }
        // Nothing is rebuilt for whoever does not look.
        match state.folder() {
            Some(folder) if is_shown => self.worker.update(ctx, folder, &mut self.model),
            _ => self.worker.pause(&mut self.model),
        }
    }

    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        listen: &Listen,
        own: &mut Vec<HearCommand>,
        commands: &mut Vec<Command>,
    ) {
        let height = ui.available_height();
        ScrollArea::vertical().id_salt("hear").auto_shrink(false).show(ui, |ui| {
            self.subject_ui(ui, folder, own, commands);
            if let Some(problem) = &self.model.problem {
                let text = Tone::Bad.text(ui, format!("This cannot be heard: {problem}"));
                ui.add(Label::new(text).wrap());
            }
            let passage = self.model.passage_of_chosen();
            self.versions_ui(ui, passage, own);
            let [share, least, most] = PICTURES;
            let size = vec2(ui.available_width(), (share * height).clamp(least, most));
            if let Some(passage) = passage {
                pictures::ui(ui, &self.model, passage, self.worker.textures(), listen, size, commands);
            } else if self.model.problem.is_none() {
                ui.allocate_space(size);
            }
            if let Some(passage) = passage {
                // While a test runs, nothing may tell what X is.
                if self.model.abx.is_none() {
                    section_ui(ui, "How near each comes to the original");
                    figures::ui(ui, &self.model, passage);
                }
                section_ui(ui, "Blind test (ABX)");
                abx_box::ui(ui, &self.model, passage, own);
            }
            section_ui(ui, "Modes of instantaneous frequency (IF)");
            modes::ui(ui, folder, commands);
        });
    }

    fn keys(&self, input: &mut InputState, own: &mut Vec<HearCommand>) {
        let mut take = |key, command| {
            if input.consume_key(Modifiers::NONE, key) {
                own.push(command);
            }
        };
        if self.model.abx.as_ref().is_some_and(|abx| !abx.is_over()) {
            for (key, slot) in [(Key::A, AbxSlot::A), (Key::B, AbxSlot::B), (Key::X, AbxSlot::X)] {
                take(key, HearCommand::HearAbx(slot));
            }
            return;
        }
        for (key, version) in VERSION_KEYS.into_iter().zip(SoundVersion::ALL) {
            take(key, HearCommand::ShowVersion(version));
        }
    }

    fn run(&mut self, command: HearCommand, state: &mut State) {
        let hear = &mut self.model;
        match command {
            HearCommand::ShowVersion(version) => hear.choose(version),
            HearCommand::ShowPassage(first_chunk) => hear.show_passage(first_chunk),
            HearCommand::SetRounds(n_rounds) => hear.n_rounds = n_rounds.min(ROUNDS_MAX),
            HearCommand::ShowTensors(path) => {
                // What was selected since this view was shown last does not take their place.
                hear.follow(state.folder().and_then(Folder::selected_file));
                hear.show_tensors(Some((path, Normalisation::Unknown)));
            }
            HearCommand::SetNormalisation(normalisation) => {
                if let Some((_, known)) = &mut hear.tensors {
                    *known = normalisation;
                }
            }
            HearCommand::ShowRecording => hear.show_tensors(None),
            HearCommand::BeginAbx(versions) => hear.abx = Some(Abx::new(versions)),
            HearCommand::HearAbx(slot) => {
                if let Some(abx) = &mut hear.abx {
                    abx.hear(slot);
                }
            }
            HearCommand::AnswerAbx(x_is_b) => {
                if let Some(abx) = &mut hear.abx {
                    abx.answer(x_is_b);
                }
            }
            HearCommand::EndAbx => hear.abx = None,
            HearCommand::ChooseAbx(versions) => hear.abx_versions = versions,
            HearCommand::Export(to) => {
                if let Err(error) = self.exporter.begin(hear, to) {
                    state.notice = Some(with_remedy(&error));
                }
            }
        }
    }

    fn is_busy(&self) -> bool {
        self.worker.is_busy() || self.exporter.is_busy()
    }

    fn needs_polling(&self) -> bool {
        self.exporter.is_busy()
    }

    /// The chosen version of the passage, or the recording until there is one.
    fn playable(&self, folder: &Folder) -> Option<Playable> {
        self.model.playable(folder)
    }
}

impl HearView {
    /// What is heard: the recording or the tensors, which part of it, and how far that is.
    fn subject_ui(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        own: &mut Vec<HearCommand>,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal_wrapped(|ui| {
            if let Some((path, normalisation)) = &self.model.tensors {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                ui.strong(format!("Tensors of {}", display_text(&name)))
                    .on_hover_text(path.display().to_string());
                normalisation_ui(ui, *normalisation, own);
                let back = ui.button("Show the recording");
                if back.on_hover_text("Goes back to the recording that is selected in the list").clicked() {
                    own.push(HearCommand::ShowRecording);
                }
            } else if let Some(file) = folder.selected_file() {
                ui.strong(display_text(&file.name));
            } else {
                ui.label("Select a file on the left, with the mouse or with Up and Down.");
                return;
            }
            if let Some(passage) = self.model.passage_of_chosen() {
                passage_ui(ui, passage, self.model.is_current(), own, commands);
            }
        });
    }

    /// The versions to hear, the rounds and the export.
    fn versions_ui(&self, ui: &mut Ui, passage: Option<&Passage>, own: &mut Vec<HearCommand>) {
        let is_blind = self.model.abx.is_some();
        let is_readable = self.model.problem.is_none() && self.model.tensors.is_none();
        ui.horizontal_wrapped(|ui| {
            ui.label("Hear:");
            for (place, version) in SoundVersion::ALL.into_iter().enumerate() {
                let is_there = passage.map_or(
                    version == SoundVersion::Original && is_readable,
                    |passage| passage.sound(version).is_some(),
                );
                let is_chosen = !is_blind && self.model.version() == version;
                let button = Button::selectable(is_chosen, format!("{} {}", place + 1, words::version_name(version)));
                let response = ui.add_enabled(is_there && !is_blind, button);
                let help = format!("{} (key {})", words::version_help(version), place + 1);
                let hint = if is_blind {
                    "A blind test runs"
                } else if self.model.problem.is_some() {
                    "There is nothing to hear"
                } else if version == SoundVersion::Original {
                    "Tensors have no original"
                } else {
                    "It is not rebuilt yet"
                };
                if response.on_hover_text(help).on_disabled_hover_text(hint).clicked() {
                    own.push(HearCommand::ShowVersion(version));
                }
            }
            ui.separator();
            let label = ui.label("Rounds");
            let mut n_rounds = self.model.n_rounds;
            let field = DragValue::new(&mut n_rounds).range(0..=ROUNDS_MAX).speed(0.2);
            let help = "Rounds of refinement (fast Griffin-Lim) of 'Ours' and 'Magnitude only': more are nearer and take longer. \
                        The trainer's decoder knows none";
            if ui.add(field).labelled_by(label.id).on_hover_text(help).changed() {
                own.push(HearCommand::SetRounds(n_rounds));
            }
            let can_export = !is_blind && passage.is_some_and(|passage| passage.is_complete);
            let export = ui.add_enabled(can_export, Button::new("Export WAV…"));
            let help = "Writes the version that is heard: one channel of 32-bit float, at the level of the recording";
            if export.on_hover_text(help).on_disabled_hover_text("Wait until all of it is rebuilt").clicked() {
                own.push(HearCommand::Export(None));
            }
        });
    }
}

/// How far the passage is rebuilt, and the way to others of a long recording.
fn passage_ui(
    ui: &mut Ui,
    passage: &Passage,
    is_current: bool,
    own: &mut Vec<HearCommand>,
    commands: &mut Vec<Command>,
) {
    let first = passage.request.first_chunk;
    let n_of_all = passage.n_chunks_of_all;
    let is_part = first > 0 || n_of_all.is_some_and(|n_of_all| n_of_all > PASSAGE_CHUNKS_MAX);
    if is_part {
        let mut turn = |ui: &mut Ui, name: &str, help: &str, to: Option<usize>| {
            let button = ui.add_enabled(to.is_some(), Button::new(name));
            if let (true, Some(to)) = (button.on_hover_text(help).clicked(), to) {
                commands.extend([Command::Stop, Command::SetSelection(None)]);
                own.push(HearCommand::ShowPassage(to));
                let start_s = passage.start_s + (to as f64 - first as f64) * passage.chunk_s;
                commands.push(Command::Seek(start_s));
            }
        };
        let before = first.checked_sub(PASSAGE_CHUNKS_MAX);
        turn(ui, "Earlier", "The part before this one", before.or((first > 0).then_some(0)));
        let after = first + PASSAGE_CHUNKS_MAX;
        let has_after = n_of_all.is_none_or(|n_of_all| after < n_of_all);
        turn(ui, "Later", "The part after this one", has_after.then_some(after));
    }
    let n_expected = passage.n_chunks_expected();
    let n_chunks = passage.n_chunks();
    let rebuilt = match n_expected.filter(|_| !passage.is_complete) {
        // What is seen and heard is still that of the settings before.
        _ if !is_current => "being rebuilt…".into(),
        Some(n_expected) => format!("{n_chunks} of {} rebuilt", in_words::count(n_expected, "chunk")),
        None => format!("{} rebuilt", in_words::count(n_chunks, "chunk")),
    };
    let [start, end] = [passage.start_s, passage.end_s()].map(in_words::position);
    let text = Tone::Weak.text(ui, format!("{start} to {end}, {rebuilt}"));
    ui.label(text);
}

/// Whether tensors are read as normalised.
fn normalisation_ui(ui: &mut Ui, normalisation: Normalisation, own: &mut Vec<HearCommand>) {
    let choices = [
        (Normalisation::Unknown, "Normalised: find out", "They are where channel 0 goes well below 0"),
        (
            Normalisation::Normalised,
            "Normalised",
            "As a model makes them: undone with the statistics of this dataset's cache",
        ),
        (Normalisation::Raw, "Not normalised", "As 'melscope analyze' writes them"),
    ];
    let chosen = choices.iter().find(|(choice, ..)| *choice == normalisation).map_or("", |(_, name, _)| name);
    let combo = egui::ComboBox::from_id_salt("normalisation").selected_text(chosen);
    let response = combo.show_ui(ui, |ui| {
        for (choice, name, help) in choices {
            if ui.selectable_label(choice == normalisation, name).on_hover_text(help).clicked() {
                own.push(HearCommand::SetNormalisation(choice));
            }
        }
    });
    ui.ctx()
        .accesskit_node_builder(response.response.id, |node| node.set_label("Normalisation of the tensors"));
}
