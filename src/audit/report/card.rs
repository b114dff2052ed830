//! A dataset card: what a set holds, as Markdown with YAML in front, to be published beside the recordings
//! (<https://huggingface.co/docs/hub/datasets-cards>). It names no folder of this computer.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::foreign::Foreign;
use crate::audio::tags::Tags;
use crate::audit::{
    AuditReport, FileAudit, FolderSummary, LoudnessRange, Measurements, Severity, folder_name,
};
use crate::in_words;
use crate::settings::{SETTINGS, Settings, Stage};

/// Values of one kind, and files, that are listed at most.
const LISTED_MAX: usize = 200;

/// Licences whose texts leave no doubt, by what their texts contain in small letters, and their names on the hub.
const LICENCES: [(&str, &str); 8] = [
    ("publicdomain/zero/1.0", "cc0-1.0"),
    ("cc0", "cc0-1.0"),
    ("licenses/by/4.0", "cc-by-4.0"),
    ("licenses/by/3.0", "cc-by-3.0"),
    ("licenses/by-sa/4.0", "cc-by-sa-4.0"),
    ("licenses/by-nc/4.0", "cc-by-nc-4.0"),
    ("cc-by-4.0", "cc-by-4.0"),
    ("cc-by-sa-4.0", "cc-by-sa-4.0"),
];

/// Writes the card of the set; `settings` are those that its cache is built with.
pub fn write(report: &AuditReport, settings: &Settings, to: &mut dyn Write) -> io::Result<()> {
    let name = report.root.file_name().map_or_else(|| "Recordings".into(), |name| name.to_string_lossy());
    let used: Vec<(&FileAudit, &Measurements)> = report
        .included()
        .filter_map(|(_, file)| Some((file, file.measurements().filter(|measured| measured.is_usable())?)))
        .collect();
    let tags = || used.iter().filter_map(|(_, measured)| measured.tags.as_deref());
    writeln!(to, "---")?;
    // Each JSON string is one of YAML.
    writeln!(to, "pretty_name: {}", serde_json::to_string(&Foreign(&name).to_string())?)?;
    writeln!(to, "license: {}", licence_name(tags(), used.len()))?;
    writeln!(to, "size_categories:\n- {}", size_category(used.len()))?;
    writeln!(to, "tags:\n- audio\n- melscope\n---\n")?;
    writeln!(to, "# {}\n", plain(&name))?;
    what_it_holds(&used, to)?;
    folders(report, to)?;
    rights(tags(), to)?;
    left_out(report, to)?;
    found(report, to)?;
    writeln!(to, "## Cache\n\nSpectrograms of this set are made with:\n")?;
    table(to, ["Setting", "Value"])?;
    for setting in SETTINGS.iter().filter(|setting| setting.stage != Stage::Dataset) {
        let value = setting.texts(settings).join(" to ");
        writeln!(
            to,
            "| {} | {} |",
            plain(setting.label),
            plain(format!("{value} {}", setting.unit.name()).trim_end())
        )?;
    }
    writeln!(to, "\nMade with Melscope {}.", env!("CARGO_PKG_VERSION"))
}

fn table<const N: usize>(to: &mut dyn Write, titles: [&str; N]) -> io::Result<()> {
    writeln!(to, "| {} |\n|{}", titles.join(" | "), "---|".repeat(N))
}

fn what_it_holds(used: &[(&FileAudit, &Measurements)], to: &mut dyn Write) -> io::Result<()> {
    let seconds = used.iter().fold(0.0, |sum, (_, measured)| sum + measured.duration_s());
    let bytes: u64 = used.iter().map(|(file, _)| file.size).sum();
    let counts = |key: &dyn Fn(&Measurements) -> String| {
        let mut counts = BTreeMap::<String, usize>::new();
        for (_, measured) in used {
            *counts.entry(key(measured)).or_default() += 1;
        }
        let words = |(value, n): (&String, &usize)| format!("{value} ({})", in_words::count(*n, "file"));
        plain(&counts.iter().map(words).collect::<Vec<_>>().join(", "))
    };
    let mut levels: Vec<f32> = used.iter().filter_map(|(_, measured)| measured.loudness_lufs).collect();
    writeln!(to, "## What it holds\n")?;
    table(to, ["", ""])?;
    writeln!(to, "| Recordings | {} |", used.len())?;
    writeln!(to, "| Length | {} ({:.2} hours) |", plain(&in_words::duration(seconds)), seconds / 3600.0)?;
    writeln!(to, "| Size | {} |", in_words::bytes(bytes))?;
    writeln!(to, "| Sample rates | {} |", counts(&|measured| in_words::rate(measured.sample_rate_hz)))?;
    writeln!(to, "| Channels | {} |", counts(&|measured| measured.n_channels.to_string()))?;
    let format = |measured: &Measurements| in_words::audio_format(&measured.codec, &measured.container);
    writeln!(to, "| Formats | {} |", counts(&|measured| format(measured)))?;
    writeln!(to, "| Loudness | {} |\n", loudness(LoudnessRange::of(&mut levels)))
}

fn loudness(range: Option<LoudnessRange>) -> String {
    range.map_or_else(String::new, |range| {
        let LoudnessRange { lowest_lufs, median_lufs, highest_lufs } = range;
        format!("median {median_lufs:.1} LUFS, {lowest_lufs:.1} to {highest_lufs:.1}")
    })
}

fn folders(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "## Folders\n")?;
    table(to, ["Folder", "Recordings", "Left out", "Length", "Loudness", "Sample rates"])?;
    let summaries = FolderSummary::of(report);
    for folder in summaries.iter().take(LISTED_MAX) {
        let name = plain(folder_name(&folder.folder.to_string()));
        let rates: Vec<String> = folder.sample_rates_hz.iter().map(|rate| in_words::rate(*rate)).collect();
        writeln!(
            to,
            "| {name} | {} | {} | {} | {} | {} |",
            folder.n_used,
            folder.n_excluded,
            plain(&in_words::duration(folder.seconds)),
            loudness(folder.loudness),
            rates.join(", ")
        )?;
    }
    more(summaries.len(), to)
}

/// The licences, holders of rights and artists that tags name.
fn rights<'a>(all: impl Iterator<Item = &'a Tags>, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "## Rights, as the files' own tags say\n")?;
    let mut counts = [
        ("Licence", BTreeMap::<&str, usize>::new()),
        ("Copyright", BTreeMap::new()),
        ("Artist", BTreeMap::new()),
    ];
    for tags in all {
        let values = [&tags.licence, &tags.copyright, &tags.artist];
        for ((_, counts), value) in counts.iter_mut().zip(values) {
            if let Some(value) = value {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    let is_any = counts.iter().any(|(_, counts)| !counts.is_empty());
    for (kind, counts) in counts {
        for (value, n) in counts.iter().take(LISTED_MAX) {
            writeln!(to, "- {kind}: {} ({})", plain(value), in_words::count(*n, "file"))?;
        }
    }
    writeln!(to, "{}", if is_any { "" } else { "The files say nothing about them.\n" })
}

/// Which files are left out, and why.
fn left_out(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    let excluded: Vec<usize> = (0..report.files.len()).filter(|index| report.is_excluded(*index)).collect();
    writeln!(to, "## What is left out\n")?;
    if excluded.is_empty() {
        return writeln!(to, "Nothing: every recording of the folder is part of the set.\n");
    }
    for index in excluded.iter().take(LISTED_MAX) {
        let file = &report.files[*index];
        let graver = file.findings.iter().filter(|finding| finding.severity > Severity::Note);
        let titles: Vec<String> = graver.map(|finding| finding.check.title().to_lowercase()).collect();
        let why = if titles.is_empty() { "left out by hand".into() } else { titles.join(", ") };
        writeln!(to, "- {}: {}", plain(&file.path.to_string()), plain(&why))?;
    }
    writeln!(to)?;
    more(excluded.len(), to)
}

/// What was found in the recordings of the set.
fn found(report: &AuditReport, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "## What an audit found\n\n{}\n", plain(&report.verdict.sentence))?;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        for (check, n) in report.check_counts(Some(severity)) {
            let found = format!("{}: {} in {}", severity.name(), check.title(), in_words::count(n, "file"));
            writeln!(to, "- {}", plain(&found))?;
        }
        let of_all = report.of_set.iter().map(|found| (&found.finding, found.files.is_empty()));
        for (finding, _) in of_all.filter(|(finding, is_of_all)| *is_of_all && finding.severity == severity) {
            let found = format!("{}: {}: {}", severity.name(), finding.check.title(), finding.what);
            writeln!(to, "- {}", plain(&found))?;
        }
    }
    writeln!(to)
}

fn more(n: usize, to: &mut dyn Write) -> io::Result<()> {
    match n.saturating_sub(LISTED_MAX) {
        0 => writeln!(to),
        n_more => writeln!(to, "And {n_more} more.\n"),
    }
}

/// Text that Markdown takes for nothing else: one line, and every sign with a meaning behind a backslash.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in Foreign(text).to_string().chars() {
        match sign {
            '\n' | '\r' | '\t' => plain.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!'
            | '$' => {
                plain.extend(['\\', sign]);
            }
            sign => plain.push(sign),
        }
    }
    plain
}

/// The licence by its name on the hub: one only where every recording has it.
fn licence_name<'a>(tags: impl Iterator<Item = &'a Tags>, n_used: usize) -> &'static str {
    let texts: Vec<String> = tags
        .filter_map(|tags| tags.licence.as_deref().or(tags.copyright.as_deref()))
        .map(str::to_lowercase)
        .collect();
    let name = |text: &String| LICENCES.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name);
    match texts.first() {
        None => "unknown",
        Some(first) => match name(first) {
            Some(known) if texts.len() == n_used && texts.iter().all(|text| name(text) == Some(known)) => {
                known
            }
            _ => "other",
        },
    }
}

fn size_category(n: usize) -> &'static str {
    match n {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "n>1M",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_and_nothing_else() {
        assert_eq!(plain("a|b\n# <script>"), "a\\|b \\# \\<script\\>");
        assert_eq!(plain("[x](http://y)"), "\\[x\\](http://y)");
    }

    #[test]
    fn a_licence_is_named_where_every_recording_has_it() {
        let with = |licence: &str| Tags { licence: Some(licence.into()), ..Tags::default() };
        let (zero, by) = (with("CC0 1.0"), with("https://creativecommons.org/licenses/by/4.0/"));
        assert_eq!(licence_name([&zero, &zero].into_iter(), 2), "cc0-1.0");
        assert_eq!(licence_name([&zero].into_iter(), 2), "other");
        assert_eq!(licence_name([&zero, &by].into_iter(), 2), "other");
        assert_eq!(licence_name([&by].into_iter(), 1), "cc-by-4.0");
        assert_eq!(licence_name(std::iter::empty(), 2), "unknown");
    }
}
