//! The contract of a decoder of one family of files.

use super::info::SourceInfo;
use crate::audio::remark::Remark;

/// A decoder that is open on one file and reads it from its first to its last frame.
pub(super) trait Backend: Send + Sync {
    /// The content of the headers.
    fn info(&self) -> &SourceInfo;

    /// Frames there will be in all if the headers are true; `None` where they do not tell.
    fn expected_frames(&self) -> Option<u64>;

    /// Reads the next samples, which [`Backend::samples`] then has, whole frames and at least one. False at the end;
    /// an error is the reason why there are no more although the stream should go on.
    fn advance(&mut self) -> Result<bool, String>;

    /// The interleaved samples of the last [`Backend::advance`].
    fn samples(&self) -> &[f32];

    /// The flaw of the file behind the last frame that can be read.
    fn flaw(&self) -> Option<&str>;

    /// Remarks on the file so far; complete when reading has ended.
    fn remarks(&self) -> &[Remark];

    /// The program that decodes it, with its version; `None` where it is this one.
    fn decoder(&self) -> Option<&str> {
        None
    }
}
