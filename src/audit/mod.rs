//! Is a dataset fit to train on, and what is to be done about it?
//!
//! Every recording is measured once ([`measure`]), in one streaming pass; checks turn measurements into findings, first
//! of each recording, then of the set as a whole, duplicates among them. The [`verdict`] says it in one sentence and
//! proposes what to exclude. [`table`] sorts and filters, [`report`] writes JSON, CSV and HTML, and [`store`] remembers
//! the measurements. Who orders all this is [`crate::pipeline::audit()`].

mod audit_report;
mod band_edge;
mod checks;
mod duplicates;
mod file_audit;
mod finding;
mod fingerprint;
mod flat_tops;
mod hash_text;
mod hum;
mod level;
pub mod measure;
mod number_words;
pub mod report;
mod series;
mod set_audit;
mod set_checks;
mod set_finding;
mod silence;
mod spectral;
pub mod store;
pub mod table;
mod timbre;
mod timbre_map;
mod true_peak;
pub mod verdict;

pub use audit_report::AuditReport;
pub use file_audit::FileAudit;
pub use finding::{Check, Finding, Severity, TimeSpan};
pub use fingerprint::Fingerprint;
pub use hum::Hum;
pub use measure::{Chunking, Measured, Measurements, Meter};
pub use set_audit::check_set;
pub use set_finding::SetFinding;
pub use timbre::Timbre;
pub use timbre_map::{FILES_MIN as MAP_FILES_MIN, TimbreMap};
pub use verdict::{Action, Verdict};
