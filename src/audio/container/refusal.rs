//! The reason why a file is not read, and whether another decoder may read it.

/// The reason why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Refusal {
    /// In words that follow a file's name.
    pub(in super::super) reason: String,
    /// True where the file is sound as far as is known, and of a kind or codec that we have no decoder for.
    pub(in super::super) is_unsupported: bool,
}

impl Refusal {
    /// A kind or codec that we have no decoder for.
    pub(in super::super) fn unsupported(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_unsupported: true }
    }
}

impl From<String> for Refusal {
    /// The file is damaged, or no audio at all.
    fn from(reason: String) -> Self {
        Self { reason, is_unsupported: false }
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        reason.to_owned().into()
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.reason
    }
}
