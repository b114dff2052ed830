//! What the colours of the map's points stand for.

use egui::{Color32, Ui};

use crate::audit::{AuditReport, FileAudit, Severity, folder_name};
use crate::ui::number_text::decibel_text;
use crate::ui::theme::{self, N_CATEGORIES, N_STEPS, Tone};
use crate::ui::widgets::icons;

/// What decides the colour of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapColor {
    /// The folder that the file is in.
    #[default]
    Folder,
    /// The gravest finding.
    Finding,
    /// The loudness.
    Loudness,
}

impl MapColor {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Folder, Self::Finding, Self::Loudness];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folder => "Folder",
            Self::Finding => "Gravest finding",
            Self::Loudness => "Loudness",
        }
    }

    /// The colour of group `group`.
    pub(in crate::ui::views::audit) fn color(self, ui: &Ui, group: u8) -> Color32 {
        let is_dark = ui.visuals().dark_mode;
        let group = usize::from(group);
        match self {
            Self::Folder => theme::category_color(group, is_dark),
            Self::Finding => match Severity::ALL.get(group) {
                Some(severity) => icons::severity_tone(*severity).color(ui),
                None => Tone::Good.color(ui),
            },
            Self::Loudness if group < N_STEPS => theme::step_color(group, is_dark),
            Self::Loudness => Tone::Weak.color(ui),
        }
    }
}

/// The group of every file by one choice, and the groups' names.
#[derive(Debug, Default)]
pub(in crate::ui::views::audit) struct Legend {
    pub(in crate::ui::views::audit) groups: Vec<u8>,
    /// Each group that occurs, with its name and its files.
    pub(in crate::ui::views::audit) names: Vec<(u8, String, usize)>,
}

impl Legend {
    pub(in crate::ui::views::audit) fn new(report: &AuditReport, color: MapColor) -> Self {
        match color {
            MapColor::Folder => Self::of_folders(report),
            MapColor::Finding => Self::of_findings(report),
            MapColor::Loudness => Self::of_loudness(report),
        }
    }

    /// Counts the files of `groups`, which are named by `name`.
    fn named(groups: Vec<u8>, name: impl Fn(u8) -> String) -> Self {
        let mut n_files = [0usize; 256];
        for group in &groups {
            n_files[usize::from(*group)] += 1;
        }
        let occurring = (0..=u8::MAX).filter(|group| n_files[usize::from(*group)] > 0);
        let names = occurring.map(|group| (group, name(group), n_files[usize::from(group)])).collect();
        Self { groups, names }
    }

    /// The folders with the most files have colours of their own.
    fn of_folders(report: &AuditReport) -> Self {
        let folders: Vec<String> = report.files.iter().map(|file| file.folder()).collect();
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for folder in &folders {
            *counts.entry(folder).or_default() += 1;
        }
        let mut largest: Vec<(&str, usize)> = counts.into_iter().collect();
        largest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        // Where there are more, the last colour is that of all others.
        let n_own = if largest.len() > N_CATEGORIES { N_CATEGORIES - 1 } else { largest.len() };
        let own: Vec<String> = largest[..n_own].iter().map(|(name, _)| (*name).to_owned()).collect();
        let place = |folder: &String| own.iter().position(|own| own == folder).unwrap_or(n_own) as u8;
        let groups = folders.iter().map(place).collect();
        let n_others = largest.len() - n_own;
        Self::named(groups, |group| match own.get(usize::from(group)).map(String::as_str) {
            Some(folder) => folder_name(folder).to_owned(),
            None => format!("{n_others} other folders"),
        })
    }

    fn of_findings(report: &AuditReport) -> Self {
        let gravest = |findings: Vec<&crate::audit::Finding>| {
            let severity = findings.first().map(|finding| finding.severity);
            severity.and_then(|severity| Severity::ALL.iter().position(|other| *other == severity))
        };
        let findings = report.findings_by_file().into_iter();
        let groups = findings.map(|found| gravest(found).unwrap_or(Severity::ALL.len()) as u8).collect();
        Self::named(groups, |group| {
            Severity::ALL
                .get(usize::from(group))
                .map_or("nothing found", |severity| severity.name())
                .to_owned()
        })
    }

    /// Steps of equal width from the quietest to the loudest.
    fn of_loudness(report: &AuditReport) -> Self {
        let lufs = |file: &FileAudit| file.measurements()?.loudness_lufs;
        let levels = || report.files.iter().filter_map(|file| lufs(file));
        let (least, most) =
            (levels().fold(f32::INFINITY, f32::min), levels().fold(f32::NEG_INFINITY, f32::max));
        let width = ((most - least) / N_STEPS as f32).max(1e-3);
        let step = |lufs: f32| (((lufs - least) / width) as usize).min(N_STEPS - 1) as u8;
        let groups = report.files.iter().map(|file| lufs(file).map_or(N_STEPS as u8, step)).collect();
        Self::named(groups, |group| {
            if usize::from(group) == N_STEPS {
                return "no loudness".into();
            }
            let low = least + f32::from(group) * width;
            let [low, high] = [low, low + width].map(|lufs| decibel_text(f64::from(lufs).round()));
            format!("{low} to {high} LUFS")
        })
    }
}
