//! The edits of a track: its played parts, as ranges of decoded frames.

use std::ops::Range;

use super::movie::{Movie, MovieTrack};
use crate::audio::container::kinds::Span;
use crate::audio::remark::Remark;

/// The ranges of decoded frames that are played, in order. `total` is the track's length in ticks, where it is known.
///
/// A pause before the first is the track's place among others, and no sound of its own; one between two is remarked
/// upon, and left out as ffmpeg does.
pub(super) fn played(
    movie: &Movie,
    track: &MovieTrack,
    total: Option<u64>,
    rate_hz: u32,
    remarks: &mut Vec<Remark>,
) -> Vec<Range<u64>> {
    if let (Some((delay, n_frames)), [_]) = (movie.comment, movie.tracks.as_slice()) {
        return std::iter::once(delay..delay.saturating_add(n_frames)).collect();
    }
    let ticks_per_s = u64::from(track.ticks_per_s.max(1));
    let movie_ticks_per_s = u64::from(movie.ticks_per_s.max(1));
    let frames = |ticks| Span { ticks, ticks_per_s }.frames(rate_hz);
    // An edit's length is rounded to the movie's coarser ticks: where the next one or the end agrees, that is exact.
    let tick = ticks_per_s.div_ceil(movie_ticks_per_s);
    let mut parts: Vec<Range<u64>> = Vec::new();
    let mut n_played = 0u64;
    let mut edits = track.edits.iter().peekable();
    while let Some(edit) = edits.next() {
        let in_track = u128::from(edit.length) * u128::from(ticks_per_s) / u128::from(movie_ticks_per_s);
        let length = u64::try_from(in_track).unwrap_or(u64::MAX);
        let Some(start) = edit.start else {
            let at_s = n_played as f64 / ticks_per_s as f64;
            if !parts.is_empty() && edits.peek().is_some() {
                let what = format!("a pause of {:.3} s", edit.length as f64 / movie_ticks_per_s as f64);
                remarks.push(Remark::LeftOut { at_s, what });
            }
            continue;
        };
        let end = start.saturating_add(length);
        let is_near = |other: u64| other.abs_diff(end) <= tick;
        let next_start = edits.peek().and_then(|next| next.start).filter(|next| is_near(*next));
        let end = match total {
            _ if length == 0 => u64::MAX,
            Some(total) if is_near(total) || end > total => u64::MAX,
            _ => next_start.unwrap_or(end),
        };
        n_played = n_played.saturating_add(length);
        match parts.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => parts.push(start..end),
        }
    }
    if parts.is_empty() {
        parts.push(0..u64::MAX);
    }
    let in_frames = |ticks| if ticks == u64::MAX { u64::MAX } else { frames(ticks) };
    parts.into_iter().map(|part| frames(part.start)..in_frames(part.end)).collect()
}
