//! An audit as JSON, one object a line.

use std::io::{self, Write};

use serde::Serialize;

use crate::audit::{
    Action, AuditReport, BySeverity, Check, Finding, FolderSummary, Measurements, Severity, TimbreMap,
    TimeSpan,
};
use crate::path_text::RelPath;
use crate::settings::Fix;

/// A file, as it stands in JSON.
#[derive(Debug, Serialize)]
pub struct FileLine<'a> {
    event: &'static str,
    path: &'a RelPath,
    size: u64,
    excluded: bool,
    measurements: Option<&'a Measurements>,
    findings: Vec<FindingObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_x: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_y: Option<f32>,
}

#[derive(Debug, Serialize)]
struct FindingObject<'a> {
    check: Check,
    severity: Severity,
    what: &'a str,
    why: &'static str,
    advice: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<TimeSpan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<&'a RelPath>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said_for: Option<Vec<&'a RelPath>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a Fix>,
}

impl<'a> FindingObject<'a> {
    fn new(finding: &'a Finding) -> Self {
        let Finding { check, severity, what, span } = finding;
        let (why, advice) = (check.why(), check.advice());
        Self {
            check: *check,
            severity: *severity,
            what,
            why,
            advice,
            span: *span,
            files: None,
            said_for: None,
            fix: None,
        }
    }
}

/// A folder, as it stands in JSON.
#[derive(Debug, Serialize)]
pub struct FolderLine {
    event: &'static str,
    #[serde(flatten)]
    summary: FolderSummary,
}

/// The verdict, as it stands in JSON.
#[derive(Debug, Serialize)]
pub struct VerdictLine<'a> {
    event: &'static str,
    fit: bool,
    sentence: &'a str,
    n_files: usize,
    duration_s: f64,
    files_with: BySeverity,
    n_of_set: BySeverity,
    n_incomplete: usize,
    findings: Vec<FindingObject<'a>>,
    actions: &'a [Action],
}

/// Every file of the report.
pub fn files(report: &AuditReport) -> impl Iterator<Item = FileLine<'_>> {
    report.findings_by_file().into_iter().enumerate().map(|(index, findings)| FileLine {
        event: "file",
        path: &report.files[index].path,
        size: report.files[index].size,
        excluded: report.is_excluded(index),
        measurements: report.files[index].measurements(),
        findings: findings.into_iter().map(FindingObject::new).collect(),
        map_x: None,
        map_y: None,
    })
}

/// Every folder of the report.
pub fn folders(report: &AuditReport) -> impl Iterator<Item = FolderLine> {
    FolderSummary::of(report).into_iter().map(|summary| FolderLine { event: "folder", summary })
}

/// The verdict of the report.
pub fn verdict(report: &AuditReport) -> VerdictLine<'_> {
    let paths = |files: &[usize]| files.iter().map(|index| &report.files[*index].path).collect();
    let of_set = report.of_set.iter().map(|found| FindingObject {
        files: Some(paths(&found.files)),
        said_for: Some(&found.stands_for).filter(|files| !files.is_empty()).map(|files| paths(files)),
        fix: found.fix.as_ref(),
        ..FindingObject::new(&found.finding)
    });
    let verdict = &report.verdict;
    VerdictLine {
        event: "verdict",
        fit: verdict.is_fit(),
        sentence: &verdict.sentence,
        n_files: verdict.n_files,
        duration_s: verdict.duration_s,
        files_with: verdict.files_with,
        n_of_set: verdict.n_of_set,
        n_incomplete: verdict.n_incomplete,
        findings: of_set.collect(),
        actions: &verdict.actions,
    }
}

/// Writes the whole report, each file with its point on the map.
pub fn write(report: &AuditReport, map: &TimbreMap, to: &mut dyn Write) -> io::Result<()> {
    for (file, point) in files(report).zip(&map.points) {
        let [map_x, map_y] = [0, 1].map(|axis: usize| point.map(|point| point[axis]));
        serde_json::to_writer(&mut *to, &FileLine { map_x, map_y, ..file })?;
        to.write_all(b"\n")?;
    }
    for folder in folders(report) {
        serde_json::to_writer(&mut *to, &folder)?;
        to.write_all(b"\n")?;
    }
    serde_json::to_writer(&mut *to, &verdict(report))?;
    to.write_all(b"\n")
}
