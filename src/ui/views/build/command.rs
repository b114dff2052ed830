//! The commands of the Build view.

/// A command that only the Build view understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildCommand {
    /// Build the cache.
    Build,
    /// Build the cache although it is up to date.
    BuildAnyway,
    /// Read every tensor back.
    Verify,
    /// Answer the build's question.
    Answer(bool),
    /// Show a tensor of the cache.
    ShowTensor(usize),
    /// Change the text of the field with the tensor's number.
    TypeTensor(String),
    /// Read the cache's tensors again.
    ReadTensorsAgain,
    /// Draw the split into training and validation anew.
    DrawSplit,
    /// Show the cache's folder in the system's file manager.
    OpenCacheFolder,
}
