//! An audit as people read it: the verdict, then the findings by severity, then what to do.

use super::terminal::{Exit, tell};
use crate::audit::{Action, AuditReport, Check, FileAudit, Finding, Keep, Severity};
use crate::in_words;

/// Files named for one check; the reports name all.
const FILES_MAX: usize = 5;

/// The exit code that the findings mean. Where nothing can be read at all, there is nothing that could be judged.
pub(super) fn exit(report: &AuditReport) -> Exit {
    let is_read = |file: &FileAudit| file.measurements().is_some_and(|measured| measured.n_frames > 0);
    if !report.included().any(|(_, file)| is_read(file)) {
        let root = report.root.display();
        tell(format_args!("melscope: {root}: every audio file in this folder is excluded or unreadable"));
        return Exit::Failed;
    }
    if report.verdict.has_errors() { Exit::ErrorsFound } else { Exit::Done }
}

/// The audit in lines.
pub(super) fn lines(report: &AuditReport) -> impl Iterator<Item = String> {
    let verdict = &report.verdict;
    let mut lines = vec![verdict.sentence.clone()];
    lines.push(format!(
        "{}, {}: {}; {} read in {:.2} s",
        in_words::count(verdict.n_files, "file"),
        in_words::duration(verdict.duration_s),
        verdict.counts_in_words(),
        in_words::count(report.n_read, "file"),
        report.seconds
    ));
    for severity in Severity::ALL {
        for check in Check::ALL {
            lines.extend(check_lines(report, severity, *check));
        }
    }
    for fix in &verdict.fixes {
        let flag = fix.key.replace('_', "-");
        lines.push(String::new());
        lines.push(format!("{} ({} in melscope.json, or --{flag} {})", fix.label, fix.key, fix.value));
    }
    for action in &verdict.actions {
        lines.push(String::new());
        lines.push(format!("{} (in melscope.json, or with --exclude):", action.title));
        lines.extend(action_lines(action));
    }
    lines.into_iter()
}

/// The files that an action excludes, those of a group of copies behind the one that stays.
fn action_lines(action: &Action) -> Vec<String> {
    if action.keep.is_empty() {
        return action.exclude.iter().map(|path| format!("  {path}")).collect();
    }
    let group = |keep: &Keep| {
        let kept = format!("  keeps {}, because {}; excludes", keep.kept, keep.why);
        [kept].into_iter().chain(keep.exclude.iter().map(|path| format!("    {path}"))).collect::<Vec<_>>()
    };
    action.keep.iter().flat_map(group).collect()
}

/// The findings of one check at one severity: what it is, where, why it matters, what to do.
fn check_lines(report: &AuditReport, severity: Severity, check: Check) -> Vec<String> {
    let is_asked = |finding: &&Finding| finding.check == check && finding.severity == severity;
    let of_files = report.included().flat_map(|(index, file)| {
        let found = report.own_findings(index).filter(is_asked);
        found.map(|finding| format!("  {}: {}", file.path, finding.what))
    });
    let of_set = report.of_set.iter().filter(|found| is_asked(&&found.finding)).map(|found| {
        match (&found.files[..], check) {
            ([only], _) => format!("  {}: {}", report.files[*only].path, found.finding.what),
            _ => format!("  {}", found.finding.what),
        }
    });
    let found: Vec<String> = of_files.chain(of_set).collect();
    if found.is_empty() {
        return found;
    }
    let mut lines = vec![
        String::new(),
        format!("{}: {} ({})", severity.name(), check.title(), found.len()),
        format!("  {} {}", check.why(), check.advice()),
    ];
    let n_more = found.len().saturating_sub(FILES_MAX);
    lines.extend(found.into_iter().take(FILES_MAX));
    if n_more > 0 {
        lines.push(format!("  and {n_more} more; --csv and --html list all"));
    }
    lines
}
