//! The contract of a view: one of the tabs in the middle of the window, with a model, commands and background work of its
//! own.

use std::any::Any;
use std::fmt::Debug;

use egui::{Context, InputState, Ui};

use super::session::command::Command;
use super::session::folder::Folder;
use super::session::listen::{Listen, Playable, VariantSound};
use super::session::state::State;
use super::session::view_id::{Tab, ViewId};

/// A view. Drawing changes nothing: it collects commands, those that only the view understands and those that concern
/// others as well, and the next frame runs them.
pub trait View: Debug + 'static {
    /// The commands that only this view understands.
    type Command: 'static;

    /// Its name and purpose.
    fn tab(&self) -> Tab;

    /// True when the list of files stands beside it.
    fn has_file_list(&self) -> bool {
        true
    }

    /// True when the panel of the analysis' settings stands beside it until a person folds it away; otherwise it is folded
    /// away until a person opens it.
    fn opens_settings(&self) -> bool {
        false
    }

    /// Forgets all that it knows of a folder: it is no longer open.
    fn forget_folder(&mut self);

    /// Takes what its background work has sent, and asks for what it needs; once a frame, `is_shown` or not.
    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool);

    /// Draws it. `own` takes its own commands, which are run after the shared `commands`.
    fn draw(
        &self,
        ui: &mut Ui,
        folder: &Folder,
        listen: &Listen,
        own: &mut Vec<Self::Command>,
        commands: &mut Vec<Command>,
    );

    /// Draws a dialog where it has to ask something, whichever view is shown.
    fn dialog(
        &self,
        _ui: &Ui,
        _folder: &Folder,
        _own: &mut Vec<Self::Command>,
        _commands: &mut Vec<Command>,
    ) {
    }

    /// Takes its keys from `input` while it is shown and no text is being typed.
    fn keys(&self, _input: &mut InputState, _own: &mut Vec<Self::Command>) {}

    /// Runs one of its own commands; a folder is open.
    fn run(&mut self, command: Self::Command, state: &mut State);

    /// Notes that a person has turned to it.
    fn turned_to(&mut self, _folder: &Folder) {}

    /// Stops what runs for it.
    fn cancel(&mut self, _folder: &mut Folder) {}

    /// True while something runs whose result it will show.
    fn is_busy(&self) -> bool;

    /// True while a number in it becomes better, which may take minutes.
    fn is_refining(&self) -> bool {
        false
    }

    /// True while something runs for it that does not ask for a frame when it has news.
    fn needs_polling(&self) -> bool {
        false
    }

    /// The sound that the button and the key for playing play while it is shown.
    fn playable(&self, folder: &Folder) -> Option<Playable> {
        Playable::selected_file(folder)
    }

    /// The sound of the variant `number`, where it shows variants.
    fn variant_sound(&self, _number: u32) -> Option<VariantSound> {
        None
    }

    /// Lines about the setting `key` as it is in effect.
    fn setting_notes(&self, _folder: &Folder, _key: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A command of the window: one that every view may give, or one that a view gives itself.
#[derive(Debug)]
pub(super) enum AppCommand {
    /// One that concerns more than one view.
    Shared(Command),
    /// One of the view's own, of its [`View::Command`].
    Own(ViewId, Box<dyn Any>),
}

/// A [`View`] whose command type is forgotten, so that all views stand in one list.
pub(super) trait AnyView: Debug {
    fn as_any(&self) -> &dyn Any;
    fn tab(&self) -> Tab;
    fn has_file_list(&self) -> bool;
    fn opens_settings(&self) -> bool;
    fn forget_folder(&mut self);
    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool);
    fn draw(&self, ui: &mut Ui, folder: &Folder, listen: &Listen, commands: &mut Vec<AppCommand>);
    fn dialog(&self, ui: &Ui, folder: &Folder, commands: &mut Vec<AppCommand>);
    fn keys(&self, input: &mut InputState, commands: &mut Vec<AppCommand>);
    /// Runs `command` where it is one of the view's own.
    fn run(&mut self, command: Box<dyn Any>, state: &mut State);
    fn turned_to(&mut self, folder: &Folder);
    fn cancel(&mut self, folder: &mut Folder);
    fn is_busy(&self) -> bool;
    fn is_refining(&self) -> bool;
    fn needs_polling(&self) -> bool;
    fn playable(&self, folder: &Folder) -> Option<Playable>;
    fn variant_sound(&self, number: u32) -> Option<VariantSound>;
    fn setting_notes(&self, folder: &Folder, key: &str) -> Vec<String>;
}

impl<V: View> AnyView for V {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn tab(&self) -> Tab {
        View::tab(self)
    }

    fn has_file_list(&self) -> bool {
        View::has_file_list(self)
    }

    fn opens_settings(&self) -> bool {
        View::opens_settings(self)
    }

    fn forget_folder(&mut self) {
        View::forget_folder(self);
    }

    fn update(&mut self, ctx: &Context, state: &mut State, is_shown: bool) {
        View::update(self, ctx, state, is_shown);
    }

    fn draw(&self, ui: &mut Ui, folder: &Folder, listen: &Listen, commands: &mut Vec<AppCommand>) {
        collect(self, commands, |own, shared| View::draw(self, ui, folder, listen, own, shared));
    }

    fn dialog(&self, ui: &Ui, folder: &Folder, commands: &mut Vec<AppCommand>) {
        collect(self, commands, |own, shared| View::dialog(self, ui, folder, own, shared));
    }

    fn keys(&self, input: &mut InputState, commands: &mut Vec<AppCommand>) {
        collect(self, commands, |own, _| View::keys(self, input, own));
    }

    fn run(&mut self, command: Box<dyn Any>, state: &mut State) {
        if let Ok(command) = command.downcast() {
            View::run(self, *command, state);
        }
    }

    fn turned_to(&mut self, folder: &Folder) {
        View::turned_to(self, folder);
    }

    fn cancel(&mut self, folder: &mut Folder) {
        View::cancel(self, folder);
    }

    fn is_busy(&self) -> bool {
        View::is_busy(self)
    }

    fn is_refining(&self) -> bool {
        View::is_refining(self)
    }

    fn needs_polling(&self) -> bool {
        View::needs_polling(self)
    }

    fn playable(&self, folder: &Folder) -> Option<Playable> {
        View::playable(self, folder)
    }

    fn variant_sound(&self, number: u32) -> Option<VariantSound> {
        View::variant_sound(self, number)
    }

    fn setting_notes(&self, folder: &Folder, key: &str) -> Vec<String> {
        View::setting_notes(self, folder, key)
    }
}

/// Adds what `give` gives to the window's commands: the shared first.
fn collect<V: View>(
    view: &V,
    commands: &mut Vec<AppCommand>,
    give: impl FnOnce(&mut Vec<V::Command>, &mut Vec<Command>),
) {
    let (mut own, mut shared) = (Vec::new(), Vec::new());
    give(&mut own, &mut shared);
    commands.extend(shared.into_iter().map(AppCommand::Shared));
    let id = View::tab(view).id;
    commands.extend(own.into_iter().map(|command| AppCommand::Own(id, Box::new(command))));
}
