//! Is a dataset fit to train on, and what is to be done about it?
//!
//! Every recording is measured once ([`measure`]), in one streaming pass; checks turn measurements into findings, first
//! of each recording, then of the set as a whole, duplicates among them. The [`verdict`] says it in one sentence and
//! proposes what to exclude. [`table`] sorts and filters, [`report`] writes JSON, CSV and HTML, and [`store`] remembers
//! the measurements. Who orders all this is [`crate::pipeline::audit()`].

mod action;
mod audit_report;
mod band_edge;
mod check_set;
mod checks;
mod chunk_meter;
mod chunk_run;
mod chunking;
mod common_band_edge;
mod common_findings;
mod copies;
mod digest;
mod duplicates;
mod file_audit;
mod finding;
mod fingerprint;
mod flat_tops;
mod folder_summary;
mod hash_text;
mod hum;
mod judgement;
mod level;
mod loss;
pub mod measure;
mod number_words;
pub mod report;
mod series;
mod set_checks;
mod set_finding;
mod silence;
mod spectral;
pub mod store;
mod stretches;
pub mod table;
mod timbre;
mod timbre_map;
mod true_peak;
pub mod verdict;

pub use action::{Action, Keep};
pub use audit_report::AuditReport;
pub use chunk_run::{ChunkFlaw, ChunkRun};
pub use chunking::Chunking;
pub use copies::Copies;
pub use file_audit::FileAudit;
pub use finding::{Check, Finding, Severity, TimeSpan};
pub use fingerprint::Fingerprint;
pub use folder_summary::{FolderSummary, LoudnessRange, folder_name};
pub use hum::Hum;
pub use measure::{Measured, Measurements, Meter};
pub use set_finding::SetFinding;
pub use timbre::Timbre;
pub use timbre_map::{FILES_MIN as MAP_FILES_MIN, TimbreMap};
pub use verdict::{BySeverity, Verdict};
