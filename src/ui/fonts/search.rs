//! The search for fonts of the system that draw given characters.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::epaint::text::InsertFontFamily;
use egui::{FontData, FontFamily, FontInsert, FontPriority};
use fontdb::{Database, FaceInfo, Source, Stretch, Style};

use super::coverage::Coverage;

/// The weight of a text that is neither light nor bold, as OpenType counts.
const REGULAR_WEIGHT: u16 = 400;

/// What is known of the system's fonts: where they are and what they are called, but not their letters.
#[derive(Debug)]
pub(super) struct SystemFaces(Database);

/// The result of a search.
#[derive(Debug)]
pub(super) struct Found {
    /// What the search knew of the system's fonts, for the next.
    pub(super) faces: SystemFaces,
    /// Fonts that together draw all that can be drawn.
    pub(super) fonts: Vec<FontInsert>,
    /// The characters that none draws.
    pub(super) missing: BTreeSet<char>,
}

/// A face with the part of the characters that it draws.
struct Candidate<'a> {
    info: &'a FaceInfo,
    drawn: BTreeSet<char>,
    n_bytes: usize,
}

impl Candidate<'_> {
    /// The smaller the better: upright letters of the usual weight and width, without serifs; then the smaller file, because
    /// it stays in memory, and because fonts for all scripts draw none of them well.
    fn rank(&self) -> (bool, u16, bool, usize, &str, u32) {
        let info = self.info;
        let is_odd = info.style != Style::Normal || info.stretch != Stretch::Normal;
        let has_kind = |kind: &str| info.families.iter().any(|(family, _)| family.contains(kind));
        let is_special = info.monospaced || ["Serif", "Mono", "Kufi", "Nastaliq"].into_iter().any(has_kind);
        let weight_off = info.weight.0.abs_diff(REGULAR_WEIGHT);
        (is_odd, weight_off, is_special, self.n_bytes, &info.post_script_name, info.index)
    }
}

/// The characters that one font should draw together, because they stand in one word: those of a block, or of the blocks
/// that Chinese, Japanese and Korean share.
fn script_group(sign: char) -> u32 {
    match sign as u32 {
        0x1100..=0x11FF
        | 0x2E80..=0x9FFF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFFEF
        | 0x20000..=0x3FFFF => 0x4E,
        // Arabic and its forms.
        0x750..=0x77F | 0x8A0..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => 0x06,
        // Emoji and other pictures.
        0x1F000..=0x1FAFF => 0x1F0,
        code => code >> 8,
    }
}

/// Looks for fonts that draw `wanted`. The first search has to find the system's fonts, which `faces` spares the next.
pub(super) fn find(faces: Option<SystemFaces>, wanted: &BTreeSet<char>) -> Found {
    let faces = faces.unwrap_or_else(|| {
        let mut database = Database::new();
        database.load_system_fonts();
        SystemFaces(database)
    });
    let candidates: Vec<Candidate<'_>> =
        faces.0.faces().filter_map(|info| candidate(&faces.0, info, wanted)).collect();
    let mut groups: BTreeMap<u32, BTreeSet<char>> = BTreeMap::new();
    for &sign in wanted {
        groups.entry(script_group(sign)).or_default().insert(sign);
    }
    let (mut fonts, mut missing) = (BTreeMap::new(), BTreeSet::new());
    for mut left in groups.into_values() {
        let mut unreadable = BTreeSet::new();
        while !left.is_empty() {
            let n_drawn = |candidate: &Candidate<'_>| candidate.drawn.intersection(&left).count();
            let best = candidates
                .iter()
                .filter(|candidate| !unreadable.contains(&candidate.rank()) && n_drawn(candidate) > 0)
                .min_by_key(|candidate| (Reverse(n_drawn(candidate)), candidate.rank()));
            let Some(best) = best else { break };
            match font_of(best.info) {
                Some(font) => {
                    left = left.difference(&best.drawn).copied().collect();
                    fonts.insert(font.name.clone(), font);
                }
                None => _ = unreadable.insert(best.rank()),
            }
        }
        missing.extend(left);
    }
    drop(candidates);
    Found { faces, fonts: fonts.into_values().collect(), missing }
}

/// The face with the part of `wanted` that it draws; `None` where that is nothing.
fn candidate<'a>(database: &Database, info: &'a FaceInfo, wanted: &BTreeSet<char>) -> Option<Candidate<'a>> {
    let (drawn, n_bytes) = database.with_face_data(info.id, |data, index| {
        let coverage = Coverage::of(data, index)?;
        let drawn: BTreeSet<char> = wanted.iter().copied().filter(|&sign| coverage.draws(sign)).collect();
        (!drawn.is_empty()).then_some((drawn, data.len()))
    })??;
    Some(Candidate { info, drawn, n_bytes })
}

/// The font as egui takes it: after all others, so that no text in Latin letters changes.
fn font_of(info: &FaceInfo) -> Option<FontInsert> {
    let blob = match &info.source {
        Source::File(path) => Arc::new(std::fs::read(path).ok()?),
        Source::Binary(data) | Source::SharedFile(_, data) => Arc::clone(data),
    };
    let families = [FontFamily::Proportional, FontFamily::Monospace];
    let last = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
    let name = format!("{} {}", info.post_script_name, info.index);
    Some(FontInsert::new(&name, FontData::from_blob(blob, info.index), families.map(last).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family_of(signs: &str) -> Vec<String> {
        let found = find(None, &signs.chars().collect());
        assert!(found.missing.is_empty(), "{:?}: install the fonts that the Makefile lists", found.missing);
        found.fonts.into_iter().map(|font| font.name).collect()
    }

    #[test]
    fn the_letters_of_a_word_come_from_one_font() {
        for word in ["音楽の録音", "녹음", "录音", "تسجيل گیتار", "הקלטה", "रिकॉर्डिंग", "บันทึก"]
        {
            let letters: String = word.split(' ').collect();
            assert_eq!(family_of(&letters).len(), 1, "{word}");
        }
    }

    #[test]
    fn a_sign_that_no_font_has_is_told() {
        let wanted = BTreeSet::from(['\u{10ffff}', 'ש']);
        let found = find(None, &wanted);
        assert_eq!(found.missing, BTreeSet::from(['\u{10ffff}']));
        assert_eq!(found.fonts.len(), 1);
        // The second search knows the fonts already.
        assert!(find(Some(found.faces), &wanted).missing.contains(&'\u{10ffff}'));
    }
}
