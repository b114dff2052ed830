//! The flags of the settings, the same for every command: one for each row of the table.

use std::path::{Path, PathBuf};

use clap::builder::{BoolValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::error::Result;
use crate::path_text::{self, RelPath};
use crate::settings::{
    ChunkRange, FILE_NAME, Kind, SETTINGS, Setting, Settings, SettingsError, Stage, Value, chunk_range,
};

/// The heading of the flags for variants. What they cost is what `melscope estimate` says.
const AUGMENTATION: &str =
    "Augmentation (15 variants are usual for fewer than 50 files, 10 for fewer than 200, else 5)";

/// The flag that names another settings file.
const FILE: &str = "settings";

/// The settings that flags give. They win over the settings file.
#[derive(Debug)]
pub(super) struct SettingsArgs {
    file: Option<PathBuf>,
    given: Vec<Given>,
}

/// A setting whose flag was given.
#[derive(Debug)]
struct Given {
    setting: &'static Setting,
    value: GivenValue,
}

/// The values after a flag.
#[derive(Debug)]
enum GivenValue {
    Texts(Vec<String>),
    Paths(Vec<PathBuf>),
}

impl Args for SettingsArgs {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(ValueParser::path_buf())
            .help("Start from this file instead of melscope.json in the folder")
            .help_heading("Settings");
        // Those of variants stand together at the end, under a heading of their own.
        let (last, first): (Vec<_>, Vec<_>) =
            SETTINGS.iter().partition(|setting| setting.stage == Stage::Variants);
        command.arg(file).args(first.into_iter().chain(last).map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flag of a setting.
fn arg(setting: &'static Setting) -> Arg {
    let description = setting.description();
    let arg = Arg::new(setting.key)
        .long(setting.flag())
        .help(format!("{} [default: {}]", description.trim_end_matches('.'), setting.default_words()))
        .help_heading(if setting.stage == Stage::Variants { AUGMENTATION } else { "Settings" })
        .value_names(setting.value_names)
        .action(ArgAction::Set);
    match setting.kind {
        Kind::Range { .. } => numbers(arg, setting).num_args(1..=2).value_delimiter(','),
        Kind::List { .. } => numbers(arg, setting).num_args(1..).value_delimiter(','),
        Kind::Flag => arg
            .value_parser(BoolValueParser::new())
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Path { .. } => arg.value_parser(ValueParser::path_buf()),
        Kind::Paths | Kind::Chunks => {
            arg.value_parser(ValueParser::path_buf()).num_args(1..).action(ArgAction::Append)
        }
        Kind::Choice(_) => numbers(arg, setting).allow_negative_numbers(false),
        _ => numbers(arg, setting),
    }
}

/// A flag of which each value is a part of the setting's.
fn numbers(arg: Arg, setting: &'static Setting) -> Arg {
    let is_list = matches!(setting.kind, Kind::Range { .. } | Kind::List { .. });
    arg.allow_negative_numbers(true).value_parser(move |text: &str| {
        let is_right = if is_list {
            text.parse::<f64>().is_ok()
        } else {
            setting.set_texts(&mut Settings::default(), &[text]).is_some()
        };
        if is_right { Ok(text.to_owned()) } else { Err(format!("it must be {}", setting.expected())) }
    })
}

impl FromArgMatches for SettingsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self { file: None, given: Vec::new() };
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one(FILE).cloned();
        for &setting in SETTINGS {
            let key = setting.key;
            let value = match setting.kind {
                Kind::Path { .. } | Kind::Paths | Kind::Chunks => {
                    matches.get_many(key).map(|paths| GivenValue::Paths(paths.cloned().collect()))
                }
                Kind::Flag => {
                    matches.get_one::<bool>(key).map(|is_on| GivenValue::Texts(vec![is_on.to_string()]))
                }
                _ => matches.get_many(key).map(|texts| GivenValue::Texts(texts.cloned().collect())),
            };
            self.given.extend(value.map(|value| Given { setting, value }));
        }
        Ok(())
    }
}

impl SettingsArgs {
    /// The settings of the file, `melscope.json` in `root` unless another is named, with the flags on top.
    pub(super) fn resolve(&self, root: &Path) -> Result<Settings> {
        let mut settings = match &self.file {
            Some(path) => Settings::load(path)?.ok_or_else(|| SettingsError {
                key: FILE.into(),
                value: path.display().to_string(),
                expected: "a file that exists".into(),
            })?,
            None => Settings::load(&root.join(FILE_NAME))?.unwrap_or_default(),
        };
        for given in &self.given {
            given.override_in(&mut settings, root)?;
        }
        settings.check()?;
        Ok(settings)
    }
}

impl Given {
    fn override_in(&self, settings: &mut Settings, root: &Path) -> Result<()> {
        let Self { setting, value } = self;
        let (is_set, told) = match (value, setting.kind) {
            (GivenValue::Texts(texts), _) => (setting.set_texts(settings, texts), told(texts)),
            (GivenValue::Paths(paths), Kind::Path { .. }) => {
                // On the command line a relative path starts where the person stands, not in the dataset.
                let absolute =
                    |path: &PathBuf| std::path::absolute(path).map_err(crate::Error::io("find", path));
                let path = paths.last().map(absolute).transpose()?;
                (setting.set(settings, Value::Path(path)), String::new())
            }
            (GivenValue::Paths(paths), Kind::Chunks) => {
                let chunks = paths.iter().map(|path| chunks_of(root, path).ok_or(path));
                match chunks.collect() {
                    Ok(chunks) => (setting.set(settings, Value::Chunks(chunks)), String::new()),
                    Err(path) => (None, path.display().to_string()),
                }
            }
            (GivenValue::Paths(paths), _) => {
                let paths = paths.iter().map(|path| relative_to(root, path)).collect();
                (setting.set(settings, Value::Paths(paths)), String::new())
            }
        };
        Ok(is_set.ok_or_else(|| SettingsError {
            key: setting.key.into(),
            value: told,
            expected: setting.expected(),
        })?)
    }
}

/// The texts that were given, as a settings file would have it: numbers in brackets.
fn told(texts: &[String]) -> String {
    let numbers: Result<Vec<f64>, _> = texts.iter().map(|text| text.parse()).collect();
    numbers.map_or_else(|_| texts.join(" "), |numbers| format!("{numbers:?}"))
}

/// Chunks of a recording that is named as an exclusion is.
fn chunks_of(root: &Path, text: &Path) -> Option<ChunkRange> {
    let (path, first, last) = chunk_range::split(text.as_os_str().as_encoded_bytes())?;
    let source = relative_to(root, &path_text::path_from_bytes(path.to_vec()));
    (!path.is_empty()).then_some(ChunkRange { source, first, last })
}

/// An exclusion may be given as the shell completes it, absolute or from where the person stands, or relative to the
/// dataset.
fn relative_to(root: &Path, path: &Path) -> RelPath {
    let inside = |path: &Path| {
        let parent = dunce::canonicalize(path.parent()?).ok()?;
        let full = parent.join(path.file_name()?);
        Some(RelPath::new(full.strip_prefix(dunce::canonicalize(root).ok()?).ok()?))
    };
    let from_root = root.join(path);
    if from_root.symlink_metadata().is_ok() && path.is_relative() {
        RelPath::new(path)
    } else {
        inside(&std::path::absolute(path).unwrap_or(from_root)).unwrap_or_else(|| RelPath::new(path))
    }
}
