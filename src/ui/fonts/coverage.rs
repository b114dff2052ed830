//! The characters that a font face has a drawn shape for, read from its tables.
//!
//! Source: the OpenType specification 1.9, chapters "The OpenType font file", `cmap` (formats 4 and 12), `head` and `loca`.

/// A font face's tables that say which characters it draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coverage<'a> {
    /// The table that leads from characters to glyphs.
    map: Map<'a>,
    /// Where the outlines of glyphs are; `None` where they are in a table that does without (CFF), which has no empty ones.
    outlines: Option<Outlines<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum Map<'a> {
    /// Ranges of characters up to U+FFFF.
    Format4(&'a [u8]),
    /// Ranges of all characters.
    Format12(&'a [u8]),
}

#[derive(Debug, Clone, Copy)]
struct Outlines<'a> {
    offsets: &'a [u8],
    is_long: bool,
}

impl<'a> Coverage<'a> {
    /// Reads the face `index` of the font file `data`; `None` where it is damaged, or has only bitmaps, which are not drawn.
    pub(super) fn of(data: &'a [u8], index: u32) -> Option<Self> {
        let start =
            if data.get(..4)? == b"ttcf" { u32_at(data, 12 + 4 * index as usize)? as usize } else { 0 };
        let n_tables = usize::from(u16_at(data, start + 4)?);
        let table = |tag: &[u8; 4]| {
            let records = (0..n_tables).map(|n| start + 12 + 16 * n);
            let record = records.into_iter().find(|&at| data.get(at..at + 4) == Some(tag))?;
            let (offset, length) = (u32_at(data, record + 8)? as usize, u32_at(data, record + 12)? as usize);
            data.get(offset..offset.checked_add(length)?)
        };
        let outlines = if table(b"CFF ").is_some() || table(b"CFF2").is_some() {
            None
        } else {
            table(b"glyf")?;
            Some(Outlines { offsets: table(b"loca")?, is_long: u16_at(table(b"head")?, 50)? != 0 })
        };
        Some(Self { map: map_of(table(b"cmap")?)?, outlines })
    }

    /// True when the face draws something for `sign`.
    pub(super) fn draws(&self, sign: char) -> bool {
        let glyph = match self.map {
            Map::Format4(table) => glyph_of_format_4(table, sign),
            Map::Format12(table) => glyph_of_format_12(table, sign),
        };
        let Some(glyph) = glyph.filter(|&glyph| glyph != 0) else { return false };
        sign.is_whitespace() || self.outlines.is_none_or(|outlines| outlines.has(glyph) == Some(true))
    }
}

impl Outlines<'_> {
    /// True when the outline of `glyph` is not empty, as it is where a font has a picture in colours instead.
    fn has(&self, glyph: u32) -> Option<bool> {
        let offset = |n: usize| {
            if self.is_long {
                u32_at(self.offsets, 4 * n)
            } else {
                u16_at(self.offsets, 2 * n).map(|half| 2 * u32::from(half))
            }
        };
        let glyph = glyph as usize;
        Some(offset(glyph + 1)? > offset(glyph)?)
    }
}

/// The subtable of `cmap` with the most characters, of those that are for Unicode.
fn map_of(cmap: &[u8]) -> Option<Map<'_>> {
    let n_records = usize::from(u16_at(cmap, 2)?);
    let subtables = (0..n_records).filter_map(|n| {
        let record = 4 + 8 * n;
        let is_unicode =
            matches!((u16_at(cmap, record)?, u16_at(cmap, record + 2)?), (0, 0..=4 | 6) | (3, 1 | 10));
        let table = cmap.get(u32_at(cmap, record + 4)? as usize..).filter(|_| is_unicode)?;
        match u16_at(table, 0)? {
            4 => Some((0, Map::Format4(table))),
            12 => Some((1, Map::Format12(table))),
            _ => None,
        }
    });
    subtables.max_by_key(|(rank, _)| *rank).map(|(_, map)| map)
}

fn glyph_of_format_4(table: &[u8], sign: char) -> Option<u32> {
    let code = u16::try_from(sign as u32).ok()?;
    let n_bytes = usize::from(u16_at(table, 6)?);
    let (mut least, mut most) = (0, n_bytes / 2);
    while least < most {
        let middle = usize::midpoint(least, most);
        if u16_at(table, 14 + 2 * middle)? < code { least = middle + 1 } else { most = middle }
    }
    let start_at = 16 + n_bytes + 2 * least;
    let start = u16_at(table, start_at)?;
    if least >= n_bytes / 2 || code < start {
        return None;
    }
    let (delta, range_at) = (u16_at(table, start_at + n_bytes)?, start_at + 2 * n_bytes);
    let glyph = match u16_at(table, range_at)? {
        0 => code.wrapping_add(delta),
        range => match u16_at(table, range_at + usize::from(range) + 2 * usize::from(code - start))? {
            0 => 0,
            glyph => glyph.wrapping_add(delta),
        },
    };
    Some(u32::from(glyph))
}

fn glyph_of_format_12(table: &[u8], sign: char) -> Option<u32> {
    let code = sign as u32;
    let (mut least, mut most) = (0, u32_at(table, 12)? as usize);
    while least < most {
        let middle = usize::midpoint(least, most);
        let group = 16 + 12 * middle;
        if u32_at(table, group + 4)? < code {
            least = middle + 1;
        } else if u32_at(table, group)? > code {
            most = middle;
        } else {
            return u32_at(table, group + 8)?.checked_add(code - u32_at(table, group)?);
        }
    }
    None
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    let [high, low] = *data.get(at..)?.first_chunk()?;
    Some(u16::from(high) << 8 | u16::from(low))
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16_at(data, at)?) << 16 | u32::from(u16_at(data, at.checked_add(2)?)?))
}

#[cfg(test)]
mod tests {
    use egui::epaint::text::{FontDefinitions, Fonts, TextOptions};
    use egui::{FontFamily, FontId};

    use super::*;

    #[test]
    fn a_font_covers_what_egui_finds_in_it() {
        for name in ["Hack", "Ubuntu-Light"] {
            let data = FontDefinitions::default().font_data[name].clone();
            let coverage = Coverage::of(data.bytes(), 0).unwrap();
            let mut only = FontDefinitions::empty();
            only.font_data.insert(name.into(), data.clone());
            only.families.insert(FontFamily::Proportional, vec![name.into()]);
            let mut fonts = Fonts::new(TextOptions::default(), only);
            // Signs of private use are what a font's maker says; egui passes over a logo among them.
            for sign in ('!'..'\u{e000}').chain('\u{f900}'..='\u{ffff}').chain('\u{1f300}'..'\u{1f400}') {
                let is_drawn = coverage.draws(sign);
                let is_found = fonts.has_glyph(&FontId::proportional(13.0), sign);
                // egui finds signs that are never drawn, and spaces, which have no outline.
                let is_special = sign.is_whitespace() || !is_drawn && is_found;
                assert!(is_drawn == is_found || is_special, "{name}, U+{:04X}", sign as u32);
            }
            assert!(coverage.draws('é') && coverage.draws('ß') && !coverage.draws('한'), "{name}");
        }
    }

    #[test]
    fn a_damaged_font_covers_nothing_and_panics_nowhere() {
        let data = FontDefinitions::default().font_data["Hack"].clone();
        let bytes = data.bytes();
        for n in (0..bytes.len()).step_by(997) {
            if let Some(coverage) = Coverage::of(&bytes[..n], 0) {
                coverage.draws('é');
            }
        }
        assert!(Coverage::of(b"no font at all", 0).is_none());
    }
}
