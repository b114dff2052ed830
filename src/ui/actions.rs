//! What each command does to the state and the jobs.

use super::audit::wish::Wish as AuditWish;
use super::augment::wish::Wish as AugmentWish;
use super::command::Command;
use super::engine::Engine;
use super::state::{Folder, State, TaskKind, View};
use super::tune::wish::Wish;
use crate::settings::table::{EXPANSION, IF_THRESHOLD};
use crate::settings::{Setting, Settings, Value};

/// Runs one command.
pub(super) fn run(command: Command, state: &mut State, engine: &mut Engine) {
    let Some(command) = engine.speaker.run(command, state) else { return };
    match command {
        Command::PickFolder => engine.pick_folder(state),
        Command::Open(_) | Command::Reload if state.is_working() => {
            state.notice =
                Some("A build or check is running: cancel it before opening another folder.".into());
        }
        Command::Open(path) => engine.open(state, &path),
        Command::Reload => {
            let path =
                state.folder().map_or_else(|| state.path_text.clone().into(), |folder| folder.root.clone());
            engine.open(state, &path);
        }
        Command::TypePath(text) => state.path_text = text,
        Command::Show(view) => {
            state.view = view;
            if let (View::Audit, Some(folder)) = (view, state.folder_mut()) {
                engine.auditor.run(AuditWish::LookAtFiles, folder);
            }
        }
        Command::SetTheme(theme) => state.theme = theme,
        Command::PlayExcerpt { source, range_s } => {
            // It becomes the selection, so that it can be seen, looped and played again.
            if let Some(folder) = state.folder_mut() {
                folder.files.select_path(&source);
                folder.tune.variant = None;
            }
            run(Command::SetSelection(Some(range_s)), state, engine);
            run(Command::Play, state, engine);
        }
        other => {
            if let Command::Build = other {
                // What was typed and not confirmed counts as well.
                edit(state, engine, apply_forms);
            }
            run_in_folder(other, state, engine);
        }
    }
}

/// The commands that concern the open folder.
fn run_in_folder(command: Command, state: &mut State, engine: &mut Engine) {
    let is_working = state.is_working();
    let Some(folder) = state.folder_mut() else { return };
    let settings = folder.settings.clone();
    match command {
        Command::Filter(text) => folder.files.set_filter(text),
        Command::Select(index) => folder.files.select(index),
        Command::MoveSelection(n_rows) => folder.files.move_selection(n_rows),
        Command::Cancel => {
            engine.cancel(folder);
            engine.auditor.cancel(folder);
        }
        Command::Audit(wish) => engine.auditor.run(wish, folder),
        Command::Tune(wish) => run_wish(&wish, is_working, state, engine),
        Command::Augment(AugmentWish::ShowChunk(chunk)) => folder.augment.show_chunk(chunk),
        Command::Augment(AugmentWish::TypeChunk(text)) => folder.augment.type_chunk(text),
        Command::Answer(is_approved) => engine.answer(folder, is_approved),
        Command::ShowTensor(number) => folder.browser.want(number),
        Command::TypeTensor(text) => folder.browser.type_number(text),
        Command::ReadTensorsAgain => folder.browser.forget(),
        Command::OpenCacheFolder => engine.open_in_file_manager(folder.cache_dir()),
        // What follows would change what a running build was started with.
        _ if is_working => {}
        Command::TypeSetting { field, text } => {
            // A form passes over the fields of others.
            folder.form.set_text(field, text.clone(), &folder.settings);
            folder.augment.form.set_text(field, text, &folder.settings);
        }
        Command::ApplySettings => edit(state, engine, apply_forms),
        Command::ChangeSetting { key, text } => {
            edit(state, engine, |folder| change_setting(folder, key, &text));
        }
        Command::SetThreshold(threshold) => {
            edit(state, engine, |folder| slide(folder, &IF_THRESHOLD, threshold));
        }
        Command::Preset(command) => {
            let Some(values) = state.presets.run(command, &settings) else { return };
            edit(state, engine, |folder| {
                let settings = values.applied_to(&folder.settings);
                // What was being typed gives way to the preset as well.
                folder.form.show(&folder.settings);
                settings.check().is_ok() && change(folder, settings)
            });
        }
        Command::Augment(wish) => edit(state, engine, |folder| run_augment_wish(wish, folder)),
        Command::SetIncluded { index, is_included } => edit(state, engine, |folder| {
            let mut settings = folder.settings.clone();
            settings.exclude = folder.files.exclusions_with(&settings.exclude, index, is_included);
            change(folder, settings)
        }),
        Command::Apply(action) => edit(state, engine, |folder| {
            let mut settings = folder.settings.clone();
            action.apply(&mut settings.exclude);
            change(folder, settings)
        }),
        Command::Undo => edit(state, engine, |folder| {
            let before = folder.history.undo(&folder.settings);
            before.is_some_and(|before| set(folder, before))
        }),
        Command::Redo => edit(state, engine, |folder| {
            let after = folder.history.redo(&folder.settings);
            after.is_some_and(|after| set(folder, after))
        }),
        Command::Build if folder.obstacle().is_none() => engine.start_task(state, TaskKind::Build),
        Command::Verify if folder.audit.is_running() => {
            state.notice = Some("An audit is running: wait for its end, or cancel it.".into());
        }
        Command::Verify => engine.start_task(state, TaskKind::Verify),
        _ => {}
    }
}

/// What the Tune view is asked for.
fn run_wish(wish: &Wish, is_working: bool, state: &mut State, engine: &mut Engine) {
    let Some(folder) = state.folder_mut() else { return };
    let tune = &mut folder.tune;
    match *wish {
        Wish::Resize(pane_px) => tune.pane_px = pane_px,
        Wish::Zoom { at, factors } => tune.span.zoom(at, factors),
        Wish::Pan(shares) => tune.span.pan(shares),
        Wish::Fit => tune.span.fit(),
        Wish::ShowVariant(ref variant) => {
            tune.variant = Some(variant.clone());
            state.view = View::Tune;
        }
        Wish::ShowFile => tune.variant = None,
        Wish::Keep => tune.keep(folder.settings.clone()),
        Wish::ShowDifference(is_on) => tune.shows_difference = is_on,
        // It would change what a running build was started with.
        Wish::Flip if is_working => {}
        Wish::Flip => edit(state, engine, |folder| {
            let flipped = folder.tune.flip(&folder.settings);
            flipped.is_some_and(|settings| change(folder, settings))
        }),
    }
}

/// What the settings of augmentation are asked for. True when they changed.
fn run_augment_wish(wish: AugmentWish, folder: &mut Folder) -> bool {
    match wish {
        AugmentWish::SetProbability(setting, probability) => slide(folder, setting, probability),
        AugmentWish::SetExpansion(expansion) => change_text(folder, &EXPANSION, &expansion.to_string()),
        // Chunks are no settings: they were run before.
        AugmentWish::ShowChunk(_) | AugmentWish::TypeChunk(_) => false,
    }
}

/// Runs an edit of the settings; one that changed them is saved and the cache looked at anew.
fn edit(state: &mut State, engine: &mut Engine, edit: impl FnOnce(&mut Folder) -> bool) {
    let Some(folder) = state.folder_mut() else { return };
    if folder.task.is_none() && edit(folder) {
        engine.save_soon(folder);
        engine.check_soon(folder);
    }
}

/// Takes over what was typed in either form, where it is possible.
fn apply_forms(folder: &mut Folder) -> bool {
    let is_changed = apply_form(folder);
    apply_augment_form(folder) || is_changed
}

fn apply_form(folder: &mut Folder) -> bool {
    folder.form.parse(&folder.settings).is_ok_and(|settings| change(folder, settings))
}

fn apply_augment_form(folder: &mut Folder) -> bool {
    folder.augment.form.parse(&folder.settings).is_ok_and(|settings| change(folder, settings))
}

/// Changes the setting `key` to what `text` says: through its form, where it has fields there.
fn change_setting(folder: &mut Folder, key: &str, text: &str) -> bool {
    if folder.form.set_text_of(key, text, &folder.settings) {
        apply_form(folder)
    } else if folder.augment.form.set_text_of(key, text, &folder.settings) {
        apply_augment_form(folder)
    } else {
        Setting::of_key(key).is_some_and(|setting| change_text(folder, setting, text))
    }
}

/// Changes a setting at once, whatever else is being typed.
fn change_text(folder: &mut Folder, setting: &Setting, text: &str) -> bool {
    let mut settings = folder.settings.clone();
    setting.set_texts(&mut settings, &[text]).is_some()
        && settings.check().is_ok()
        && change(folder, settings)
}

/// Replaces the settings so that it can be undone. False when they are the same.
fn change(folder: &mut Folder, settings: Settings) -> bool {
    if settings == folder.settings {
        return false;
    }
    folder.history.push(folder.settings.clone());
    set(folder, settings)
}

/// Changes one number alone, so that a drag costs nothing else; a whole drag is one step to undo.
fn slide(folder: &mut Folder, setting: &Setting, value: f64) -> bool {
    let mut settings = folder.settings.clone();
    let is_set = setting.set(&mut settings, Value::Number(value)).is_some();
    if !is_set || settings == folder.settings || settings.check().is_err() {
        return false;
    }
    folder.history.push_in_gesture(folder.settings.clone());
    folder.settings = settings;
    folder.form.show_one(setting, &folder.settings);
    true
}

fn set(folder: &mut Folder, settings: Settings) -> bool {
    folder.files.exclude(&settings.exclude);
    folder.form.show(&settings);
    folder.augment.form.show(&settings);
    folder.settings = settings;
    true
}
