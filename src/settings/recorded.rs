//! Some of the settings as others keep them: a cache's manifest, and the window's presets.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::kind::Kind;
use super::table::{Record, SETTINGS, Setting, Settings, Stage};
use super::value::Value;

/// The settings that a manifest records in Melscope's part under their keys; all others have their defaults.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded(Settings);

impl Recorded {
    /// Those of `settings`; without variants what they would be drawn from is not recorded.
    pub fn of(settings: &Settings) -> Self {
        let has_variants = settings.augmentation.expansion > 0;
        Self(only(settings, |setting| {
            is_recorded(setting) && (setting.stage != Stage::Variants || has_variants)
        }))
    }

    /// The settings, with defaults for those that are recorded elsewhere.
    pub fn settings(&self) -> &Settings {
        &self.0
    }
}

/// The settings of the analysis, which a preset keeps; all others have their defaults.
///
/// Stores know them by the names of the fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored(Settings);

impl Stored {
    /// Those of `settings`.
    pub fn of(settings: &Settings) -> Self {
        Self(only(settings, is_stored))
    }

    /// `settings` with these.
    pub fn applied_to(&self, settings: &Settings) -> Settings {
        let mut applied = settings.clone();
        copy(&self.0, &mut applied, is_stored);
        applied
    }
}

fn is_recorded(setting: &Setting) -> bool {
    matches!(setting.record, Record::Always | Record::UnlessDefault)
}

fn is_stored(setting: &Setting) -> bool {
    setting.stage == Stage::Analysis
}

/// The defaults, but for the settings that are `chosen`.
fn only(settings: &Settings, chosen: impl Fn(&Setting) -> bool) -> Settings {
    let mut kept = Settings::default();
    copy(settings, &mut kept, chosen);
    kept
}

fn copy(from: &Settings, to: &mut Settings, chosen: impl Fn(&Setting) -> bool) {
    for setting in SETTINGS.iter().filter(|setting| chosen(setting)) {
        // A field holds what the same field gave.
        setting.set(to, setting.get(from)).unwrap_or_default();
    }
}

impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let default = Settings::default();
        let mut map = serializer.serialize_map(None)?;
        for setting in SETTINGS.iter().filter(|setting| is_recorded(setting)) {
            let value = setting.get(&self.0);
            if setting.record == Record::Always || value != setting.get(&default) {
                map.serialize_entry(setting.key, &value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = |key: &str| Setting::of_key(key).filter(|setting| is_recorded(setting));
        let fields = deserializer.deserialize_map(Fields { named })?;
        Ok(Self(fields))
    }
}

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = || SETTINGS.iter().filter(|setting| is_stored(setting));
        let mut fields = serializer.serialize_struct("Values", stored().count())?;
        for setting in stored() {
            fields.serialize_field(setting.field.name, &setting.get(&self.0))?;
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = |name: &str| {
            SETTINGS.iter().copied().find(|setting| is_stored(setting) && setting.field.name == name)
        };
        Ok(Self(deserializer.deserialize_struct("Values", &[], Fields { named })?))
    }
}

/// Settings as named values; `named` finds the setting of a name, and what is none is passed over.
struct Fields<F> {
    named: F,
}

impl<'de, F: Fn(&str) -> Option<&'static Setting>> Visitor<'de> for Fields<F> {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut settings = Settings::default();
        while let Some(name) = map.next_key::<String>()? {
            let Some(setting) = (self.named)(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value_seed(ValueOf(setting))?;
            setting
                .set(&mut settings, value)
                .ok_or_else(|| A::Error::custom(format!("{name} must be {}", setting.expected())))?;
        }
        Ok(settings)
    }
}

/// A value of this setting.
struct ValueOf(&'static Setting);

impl<'de> DeserializeSeed<'de> for ValueOf {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Ok(match self.0.kind {
            Kind::Whole(_) => Value::Whole(u64::deserialize(deserializer)?),
            Kind::Positive | Kind::PositiveOrOff | Kind::Probability => {
                Value::Number(f64::deserialize(deserializer)?)
            }
            Kind::Range { .. } | Kind::List { .. } => Value::Numbers(Vec::deserialize(deserializer)?),
            Kind::Flag => Value::Flag(bool::deserialize(deserializer)?),
            Kind::Choice(_) => deserializer.deserialize_identifier(NameOf(self.0))?,
            Kind::Path { .. } => Value::Path(Some(crate::path_text::json::deserialize(deserializer)?)),
            Kind::Paths => Value::Paths(Vec::deserialize(deserializer)?),
            Kind::NumberOrNone { .. } => Value::NumberOrNone(Some(f64::deserialize(deserializer)?)),
            Kind::Chunks => Value::Chunks(Vec::deserialize(deserializer)?),
        })
    }
}

/// A name that this setting knows.
struct NameOf(&'static Setting);

impl Visitor<'_> for NameOf {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.expected())
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Value, E> {
        let unknown = || E::custom(format!("{} is {name}, but must be {}", self.0.key, self.0.expected()));
        self.0.kind.named(name).ok_or_else(unknown)
    }
}
