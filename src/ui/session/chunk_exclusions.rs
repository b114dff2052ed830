//! The list of chunks that are left out by hand, changed so that every other chunk stays as it is; and why one is left out.

use crate::settings::{ChunkRange, Settings, WhyLeftOut};
use crate::ui::number_text::{decibel_text, percent_text};

/// `listed`, changed so that `chunks` are left out or not. An entry that loses some of its chunks keeps the others.
pub fn with_chunks(listed: &[ChunkRange], chunks: &ChunkRange, is_left_out: bool) -> Vec<ChunkRange> {
    let kept = listed.iter().flat_map(|entry| without(entry, chunks));
    kept.chain(is_left_out.then(|| chunks.clone())).collect()
}

/// True when `listed` has every one of `chunks`.
pub fn has_all(listed: &[ChunkRange], chunks: &ChunkRange) -> bool {
    let mut left = vec![chunks.clone()];
    for entry in listed.iter().filter(|entry| entry.source == chunks.source) {
        left = left.iter().flat_map(|part| without(part, entry)).collect();
    }
    left.is_empty()
}

/// Why `settings` leave out a chunk, in plain words, after "it is left out of the build: ".
pub fn why_words(why: WhyLeftOut, settings: &Settings) -> String {
    match why {
        WhyLeftOut::Listed => "you left it out by hand".into(),
        WhyLeftOut::Padding => {
            let most = percent_text(settings.exclude_chunks_padding.unwrap_or_default());
            format!("more than {most} of it is padding")
        }
        WhyLeftOut::Quiet => {
            let level = decibel_text(settings.exclude_chunks_quieter_dbfs.unwrap_or_default());
            format!("its peak is below {level} dBFS")
        }
    }
}

/// What is left of `entry` without `chunks`: one part before and one after them, at most.
fn without(entry: &ChunkRange, chunks: &ChunkRange) -> Vec<ChunkRange> {
    if entry.source != chunks.source || chunks.last < entry.first || entry.last < chunks.first {
        return vec![entry.clone()];
    }
    let part = |first, last| ChunkRange { source: entry.source.clone(), first, last };
    let before = (entry.first < chunks.first).then(|| part(entry.first, chunks.first - 1));
    let after = (chunks.last < entry.last).then(|| part(chunks.last + 1, entry.last));
    before.into_iter().chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(texts: &[&str]) -> Vec<ChunkRange> {
        texts.iter().map(|text| ChunkRange::parse(text.as_bytes()).unwrap()).collect()
    }

    #[test]
    fn chunks_are_left_out_once_and_taken_back_from_whatever_names_them() {
        let listed = ranges(&["a#0-9", "b#3", "a#20"]);
        let [inner, over] = [&ranges(&["a#4-5"])[0], &ranges(&["a#8-21"])[0]];
        assert!(has_all(&listed, inner) && !has_all(&listed, over));
        assert_eq!(with_chunks(&listed, inner, false), ranges(&["a#0-3", "a#6-9", "b#3", "a#20"]));
        let more = with_chunks(&listed, over, true);
        assert_eq!(more, ranges(&["a#0-7", "b#3", "a#8-21"]));
        assert!(has_all(&more, over) && has_all(&more, &ranges(&["a#6-10"])[0]));
        assert_eq!(with_chunks(&ranges(&["a#3"]), &ranges(&["a#3"])[0], false), []);
    }
}
