//! Other programs in a cache: files that they decoded, and files that wait for them.

use super::manifest::Manifest;
use super::status::{CacheState, CacheStatus, StaleReason};
use crate::path_text::RelPath;

/// Adds to `status` the reasons that lie in another program: `now` gives it with its version, "ffmpeg 5.1", and is asked only
/// where the cache has to do with it.
pub fn compare(status: &mut CacheStatus, now: impl FnOnce() -> Option<String>) {
    let Some(Manifest { melscope: Some(melscope), .. }) = &status.manifest else { return };
    let decoded: Vec<(&RelPath, &String)> = melscope
        .sources
        .iter()
        .filter_map(|source| source.decoder.as_ref().map(|decoder| (&source.relative, decoder)))
        .collect();
    let waiting: Vec<RelPath> =
        melscope.skipped.iter().filter(|file| file.needs_ffmpeg).map(|file| file.relative.clone()).collect();
    if decoded.is_empty() && waiting.is_empty() {
        return;
    }
    let mut reasons = match &status.state {
        CacheState::Valid => Vec::new(),
        CacheState::Stale(reasons) => reasons.clone(),
        CacheState::Absent { .. } => return,
    };
    let now = now();
    let others: Vec<_> = decoded.iter().filter(|(_, decoder)| now.as_ref() != Some(decoder)).collect();
    if let Some((file, from)) = others.first() {
        if now.is_none() {
            // Without the program they are no recordings, and that is the reason why they are missing.
            forget_removed(&mut reasons, |gone| others.iter().any(|(file, _)| *file == gone));
        }
        reasons.push(StaleReason::Decoder {
            file: (*file).clone(),
            others: others.len() - 1,
            from: (*from).clone(),
            to: now.clone(),
        });
    }
    if now.is_some() && !waiting.is_empty() {
        reasons.push(StaleReason::Readable(waiting));
    }
    if !reasons.is_empty() {
        status.state = CacheState::Stale(reasons);
        status.paths_moved = false;
    }
}

fn forget_removed(reasons: &mut Vec<StaleReason>, is_explained: impl Fn(&RelPath) -> bool) {
    for reason in reasons.iter_mut() {
        if let StaleReason::Removed(files) = reason {
            files.retain(|file| !is_explained(file));
        }
    }
    reasons.retain(|reason| !matches!(reason, StaleReason::Removed(files) if files.is_empty()));
}
