//! Settings of the analysis under a name: those that come with the program, and a person's own.

use std::mem;

use serde::{Deserialize, Serialize};

use crate::settings::{Settings, Stored};

/// A preset that comes with the program.
#[derive(Debug, Clone, PartialEq)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Its use, and the reason.
    pub why: &'static str,
    /// The values that it sets.
    pub values: Stored,
}

/// Every preset that comes with the program. All keep the trainer's rate, chunk and mode, an overlap of 75 %, and as
/// many bands as the window has bins for.
pub fn built_in() -> [BuiltIn; 4] {
    let default = Settings::default();
    [
        BuiltIn {
            name: "distill default",
            why: "What the models of distill, the PyTorch trainer that reads this cache, were trained on: the right choice \
                  unless you train a model of your own.",
            values: Stored::of(&default),
        },
        BuiltIn {
            name: "percussive",
            why: "For drums and clicks: a window of 21 ms and a step of 5 ms place each stroke sharply in time, and the \
                  higher threshold keeps the frequency of the stroke alone, not of the noise it decays into.",
            values: Stored::of(&Settings {
                n_fft: 1024,
                hop_samples: 256,
                n_mels: 96,
                if_threshold: 1e-3,
                ..default.clone()
            }),
        },
        BuiltIn {
            name: "tonal",
            why: "For held notes, bells and voices: a window of 85 ms and 256 bands keep close partials apart, and the \
                  lower threshold keeps the frequency of quiet ones.",
            values: Stored::of(&Settings {
                n_fft: 4096,
                hop_samples: 1024,
                n_mels: 256,
                if_threshold: 1e-6,
                ..default.clone()
            }),
        },
        BuiltIn {
            name: "texture",
            why: "For wind, water and crowds: noise has no steady frequency, so few wide bands carry its colour and only \
                  what clearly stands out of it keeps a frequency.",
            values: Stored::of(&Settings { n_mels: 64, if_threshold: 1e-2, ..default }),
        },
    ]
}

/// A preset of the person's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Its name, unlike any other's.
    pub name: String,
    /// The values that it sets.
    pub values: Stored,
}

/// Something to do with presets.
#[derive(Debug, Clone, PartialEq)]
pub enum PresetCommand {
    /// Take over the values of a preset.
    Choose(String),
    /// Begin to name the present values.
    BeginSave,
    /// Begin to rename an own preset.
    BeginRename(String),
    /// Change the name that is being typed.
    TypeName(String),
    /// Save or rename under the typed name, where it is possible.
    Confirm,
    /// Stop naming.
    Dismiss,
    /// Delete an own preset.
    Delete(String),
    /// Bring back the preset that was deleted last.
    Restore,
}

/// A name that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Naming {
    /// The text so far.
    pub text: String,
    /// The preset that gets the name; `None` to save the present values under it.
    pub renamed: Option<String>,
}

/// The person's own presets, and what is being done to them.
#[derive(Debug, Default)]
pub struct Presets {
    own: Vec<Preset>,
    naming: Option<Naming>,
    deleted: Option<(usize, Preset)>,
    chosen: Option<String>,
}

impl Presets {
    /// The presets of last time.
    pub fn new(own: Vec<Preset>) -> Self {
        Self { own, ..Self::default() }
    }

    /// The person's own, in the order in which they were saved.
    pub fn own(&self) -> &[Preset] {
        &self.own
    }

    /// The name that is being typed.
    pub fn naming(&self) -> Option<&Naming> {
        self.naming.as_ref()
    }

    /// The preset that was deleted last, until something else is done.
    pub fn deleted(&self) -> Option<&Preset> {
        self.deleted.as_ref().map(|(_, preset)| preset)
    }

    /// The preset that `settings` are, or were before they were changed: its name, and true where they still are.
    pub fn current(&self, settings: &Settings) -> Option<(String, bool)> {
        let values = Stored::of(settings);
        let chosen = self.chosen.as_ref().and_then(|name| Some((name.clone(), self.values(name)?)));
        if let Some((name, chosen)) = &chosen
            && *chosen == values
        {
            return Some((name.clone(), true));
        }
        let own = self.own.iter().map(|preset| (preset.name.clone(), preset.values.clone()));
        let mut all = built_in().into_iter().map(|preset| (preset.name.into(), preset.values)).chain(own);
        let same = all.find(|(_, candidate)| *candidate == values).map(|(name, _)| (name, true));
        same.or(chosen.map(|(name, _)| (name, false)))
    }

    /// True when `name` is one of the person's own.
    pub fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|preset| preset.name == name)
    }

    /// Why the typed name cannot be used, in words; empty while nothing is typed.
    pub fn name_problem(&self) -> Option<&'static str> {
        let naming = self.naming.as_ref()?;
        let name = naming.text.trim();
        if name.is_empty() {
            return Some("");
        }
        if built_in().iter().any(|preset| preset.name == name) {
            return Some("A preset of this name comes with the program: choose another name.");
        }
        let takes_another = naming.renamed.as_ref().is_some_and(|renamed| renamed != name);
        (takes_another && self.is_own(name)).then_some("There is a preset of this name: choose another name.")
    }

    /// Runs a command. The values to take over, where it asks for some.
    pub fn run(&mut self, command: PresetCommand, settings: &Settings) -> Option<Stored> {
        let deleted = self.deleted.take();
        match command {
            PresetCommand::Choose(name) => {
                self.naming = None;
                let values = self.values(&name);
                self.chosen = Some(name);
                return values;
            }
            PresetCommand::BeginSave => {
                // Saving over the preset that was changed is the likeliest wish.
                let name = self.current(settings).map(|(name, _)| name).filter(|name| self.is_own(name));
                self.naming = Some(Naming { text: name.unwrap_or_default(), renamed: None });
            }
            PresetCommand::BeginRename(name) => {
                self.naming = Some(Naming { text: name.clone(), renamed: Some(name) });
            }
            PresetCommand::TypeName(text) => {
                if let Some(naming) = &mut self.naming {
                    naming.text = text;
                }
                self.deleted = deleted;
            }
            PresetCommand::Confirm => self.confirm(settings),
            PresetCommand::Dismiss => self.naming = None,
            PresetCommand::Delete(name) => {
                self.naming = None;
                let index = self.own.iter().position(|preset| preset.name == name);
                self.deleted = index.map(|index| (index, self.own.remove(index)));
            }
            PresetCommand::Restore => {
                if let Some((index, preset)) = deleted {
                    self.chosen = Some(preset.name.clone());
                    self.own.insert(index.min(self.own.len()), preset);
                }
            }
        }
        None
    }

    fn confirm(&mut self, settings: &Settings) {
        if self.name_problem().is_some() {
            return;
        }
        let Some(Naming { text, renamed }) = mem::take(&mut self.naming) else { return };
        let name = text.trim().to_owned();
        self.chosen = Some(name.clone());
        let target = renamed.as_ref().unwrap_or(&name);
        let existing = self.own.iter_mut().find(|preset| preset.name == *target);
        match (existing, renamed.is_some()) {
            (Some(preset), true) => preset.name = name,
            (Some(preset), false) => preset.values = Stored::of(settings),
            (None, _) => self.own.push(Preset { name, values: Stored::of(settings) }),
        }
    }

    fn values(&self, name: &str) -> Option<Stored> {
        let own = self.own.iter().find(|preset| preset.name == name).map(|preset| preset.values.clone());
        own.or_else(|| built_in().into_iter().find(|preset| preset.name == name).map(|preset| preset.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::mel::MelFilters;
    use crate::settings::IfMode;

    fn with(n_mels: usize) -> Settings {
        Settings { n_mels, ..Settings::default() }
    }

    #[test]
    fn what_comes_with_the_program_is_possible_and_the_trainer_takes_it() {
        for preset in built_in() {
            let settings = preset.values.applied_to(&Settings::default());
            settings.check().unwrap();
            let analysis = settings.analysis();
            assert!(analysis.warnings().is_empty(), "{}", preset.name);
            let filters = MelFilters::new(analysis.sample_rate_hz, analysis.n_fft, analysis.n_mels);
            assert_eq!(filters.n_empty(), 0, "{}", preset.name);
            assert_eq!((analysis.sample_rate_hz, analysis.if_mode), (48_000, IfMode::Filterbank));
            assert_eq!(analysis.chunk_samples, 48_000);
        }
        assert_eq!(built_in()[0].values, Stored::of(&Settings::default()));
    }

    #[test]
    fn an_own_preset_is_saved_overwritten_renamed_deleted_and_brought_back() {
        let mut presets = Presets::default();
        assert_eq!(presets.current(&with(128)), Some(("distill default".into(), true)));
        presets.run(PresetCommand::BeginSave, &with(80));
        presets.run(PresetCommand::TypeName(" kicks ".into()), &with(80));
        presets.run(PresetCommand::Confirm, &with(80));
        assert_eq!(presets.current(&with(80)), Some(("kicks".into(), true)));
        assert_eq!(presets.current(&with(81)), Some(("kicks".into(), false)));

        presets.run(PresetCommand::BeginSave, &with(81));
        assert_eq!(presets.naming().unwrap().text, "kicks");
        presets.run(PresetCommand::Confirm, &with(81));
        assert_eq!(presets.own().len(), 1);
        assert_eq!(
            presets.run(PresetCommand::Choose("kicks".into()), &with(128)).unwrap(),
            Stored::of(&with(81))
        );

        presets.run(PresetCommand::BeginRename("kicks".into()), &with(81));
        presets.run(PresetCommand::TypeName("toms".into()), &with(81));
        presets.run(PresetCommand::Confirm, &with(81));
        assert_eq!(presets.current(&with(81)), Some(("toms".into(), true)));
        presets.run(PresetCommand::Delete("toms".into()), &with(81));
        assert!(presets.own().is_empty());
        presets.run(PresetCommand::Restore, &with(81));
        assert_eq!(presets.current(&with(81)), Some(("toms".into(), true)));
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut presets = Presets::default();
        for (name, n_mels) in [("a", 10), ("b", 20)] {
            presets.run(PresetCommand::BeginSave, &with(n_mels));
            presets.run(PresetCommand::TypeName(name.into()), &with(n_mels));
            presets.run(PresetCommand::Confirm, &with(n_mels));
        }
        presets.run(PresetCommand::BeginRename("a".into()), &with(10));
        for taken in ["b", "tonal", "  "] {
            presets.run(PresetCommand::TypeName(taken.into()), &with(10));
            assert!(presets.name_problem().is_some(), "{taken}");
            presets.run(PresetCommand::Confirm, &with(10));
        }
        let names: Vec<&str> = presets.own().iter().map(|preset| preset.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    /// The window's storage with one value in it.
    struct Storage(String);

    impl eframe::Storage for Storage {
        fn get_string(&self, _key: &str) -> Option<String> {
            Some(self.0.clone())
        }

        fn set_string(&mut self, _key: &str, value: String) {
            self.0 = value;
        }

        fn remove_string(&mut self, _key: &str) {
            self.0.clear();
        }

        fn flush(&mut self) {}
    }

    #[test]
    fn presets_that_earlier_versions_stored_are_read_and_written_the_same() {
        // As the derived form, with the names of the fields, stands in the window's storage.
        let earlier = "[(name:\"bells\",values:(sample_rate_hz:44100,chunk_s:0.5,n_fft:4096,hop_samples:1024,n_mels:200,\
                       if_threshold:1e-6,if_mode:power))]";
        let presets: Vec<Preset> = eframe::get_value(&Storage(earlier.into()), "presets").unwrap();
        let expected = Settings {
            sample_rate_hz: 44_100,
            chunk_s: 0.5,
            n_fft: 4096,
            hop_samples: 1024,
            n_mels: 200,
            if_threshold: 1e-6,
            if_mode: IfMode::Power,
            ..Settings::default()
        };
        assert_eq!(presets[0].values.applied_to(&Settings::default()), expected);
        let mut storage = Storage(String::new());
        eframe::set_value(&mut storage, "presets", &presets);
        assert_eq!(storage.0, earlier);
        // A setting that it did not know has its default, and one that is no more is passed over.
        let others = "[(name:\"a\",values:(n_mels:80,colour:Some(\"red\")))]";
        let others: Vec<Preset> = eframe::get_value(&Storage(others.into()), "presets").unwrap();
        assert_eq!(others[0].values, Stored::of(&with(80)));
    }
}
