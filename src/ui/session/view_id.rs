//! The names of views: how they are told apart, and how they are offered to people.

/// A view's name: a word in small letters, as `--view` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewId(pub &'static str);

/// A view as its tab offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// Which view it shows.
    pub id: ViewId,
    /// Its name for people.
    pub title: &'static str,
    /// Its purpose.
    pub help: &'static str,
}
