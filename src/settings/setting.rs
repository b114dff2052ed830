//! What can be done with a row of the table: its value and its words.

use super::kind::Kind;
use super::row::Usual;
use super::table::{SETTINGS, Setting, Settings};
use super::value::Value;

impl Setting {
    /// The setting with this name in `melscope.json`.
    pub fn of_key(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().copied().find(|setting| setting.key == key)
    }

    /// The flag on the command line, without its dashes.
    pub fn flag(&self) -> String {
        self.key.replace('_', "-")
    }

    /// Its value in `settings`.
    pub fn get(&self, settings: &Settings) -> Value {
        (self.field.get)(settings)
    }

    /// The parts of its value as people write them: one text, or one for each number or path.
    pub fn texts(&self, settings: &Settings) -> Vec<String> {
        self.get(settings).texts(self.kind.none_word().unwrap_or_default())
    }

    /// Changes its value, possible or not; `None` for a value that its field does not hold.
    pub fn set(&self, settings: &mut Settings, value: Value) -> Option<()> {
        (self.field.set)(settings, value)
    }

    /// Changes its value to what texts say, each a part of it; `None` for what is no value of it, possible or not.
    pub fn set_texts(&self, settings: &mut Settings, texts: &[impl AsRef<str>]) -> Option<()> {
        self.set(settings, self.kind.value_of_texts(texts)?)
    }

    /// The condition on its value, in words.
    pub fn expected(&self) -> String {
        self.kind.expected(self.unit.in_words())
    }

    /// The unit as far as it is part of a value.
    pub(super) fn unit_in_words(&self) -> &'static str {
        self.unit.in_words()
    }

    /// Values that are usual with `settings`, as texts.
    pub fn usual_texts(&self, settings: &Settings) -> Vec<String> {
        match self.usual {
            Usual::None => Vec::new(),
            Usual::Are(values) => {
                let none = self.kind.none_word().map(String::from);
                none.into_iter().chain(values.iter().map(ToString::to_string)).collect()
            }
            Usual::PartsOfNFft(parts) => {
                parts.iter().map(|part| (settings.n_fft / part).max(1).to_string()).collect()
            }
        }
    }

    /// The default in words, as a flag takes it.
    pub fn default_words(&self) -> String {
        let texts = self.texts(&Settings::default());
        match self.kind {
            Kind::Range { .. } => texts.join(" "),
            Kind::Path { default } => default.into(),
            Kind::Paths | Kind::Chunks => "none".into(),
            _ => texts.join(","),
        }
    }

    /// Its effect and its possible values, in sentences.
    pub fn description(&self) -> String {
        let possible = match self.kind {
            Kind::Flag | Kind::Path { .. } | Kind::Paths | Kind::Chunks => return self.help.into(),
            Kind::Probability => format!("How often: {}.", self.expected()),
            Kind::Choice(options) => {
                let options: Vec<String> =
                    options.iter().map(|(name, help)| format!("{name} ({help})")).collect();
                format!("One of {}.", options.join(", "))
            }
            _ => {
                let expected = self.expected();
                let (first, rest) = expected.split_at(1);
                format!("{}{rest}.", first.to_uppercase())
            }
        };
        format!("{} {possible}", self.help)
    }
}
