//! Sets of checks: of each file those that found something in it, in a word of memory a severity.

use super::finding::{Check, Finding, Severity};

/// A set of checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CheckSet(u64);

impl CheckSet {
    /// Adds a check.
    pub(super) fn insert(&mut self, check: Check) {
        self.0 |= bit(check);
    }

    /// Takes a check out.
    pub(super) fn remove(&mut self, check: Check) {
        self.0 &= !bit(check);
    }

    /// True when the check is in it.
    pub(super) fn contains(self, check: Check) -> bool {
        self.0 & bit(check) != 0
    }

    /// True without any check.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The checks in it, in the order of reports.
    pub(super) fn iter(self) -> impl Iterator<Item = Check> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros() as usize;
            // The lowest bit is taken off.
            left &= left.wrapping_sub(1);
            Check::ALL.get(place).copied()
        })
    }
}

fn bit(check: Check) -> u64 {
    1 << check as u32
}

/// The checks that found something in one file, by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FileChecks([CheckSet; 3]);

impl FileChecks {
    /// Those of a file's findings.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut checks = Self::default();
        for finding in findings {
            checks.insert(finding.severity, finding.check);
        }
        checks
    }

    pub(super) fn at(&self, severity: Severity) -> CheckSet {
        self.0[severity.place()]
    }

    pub(super) fn insert(&mut self, severity: Severity, check: Check) {
        self.0[severity.place()].insert(check);
    }

    /// Takes a check out, at every severity.
    pub(super) fn remove(&mut self, check: Check) {
        self.0.iter_mut().for_each(|checks| checks.remove(check));
    }

    /// Those of any severity.
    pub(super) fn all(&self) -> CheckSet {
        let [errors, warnings, notes] = self.0;
        CheckSet(errors.0 | warnings.0 | notes.0)
    }

    /// The gravest severity; `None` where nothing was found.
    pub(super) fn gravest(&self) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| !self.at(*severity).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_goes_in_and_comes_out_in_order() {
        let mut set = CheckSet::default();
        Check::ALL.iter().rev().for_each(|check| set.insert(*check));
        assert_eq!(set.iter().collect::<Vec<_>>(), Check::ALL);
        set.remove(Check::ALL[3]);
        assert!(!set.contains(Check::ALL[3]) && set.contains(Check::ALL[4]));
        assert_eq!(set.iter().count(), Check::ALL.len() - 1);
    }
}
