//! The letters of every script: fonts of the system for what the built-in fonts lack, and names in reading direction.
//!
//! egui asks for each sign that no font has. The first answer is that there is none, so that no frame waits: the sign is
//! noted, looked for among the system's fonts on a thread, and drawn a moment later. Until then, and where no font has it,
//! its code stands in a frame.

mod code_box;
mod coverage;
mod display;
mod search;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::epaint::text::FallbackRequest;
use egui::{Context, FontInsert, FontPriority, FontProvider, GlyphRasterizer};

use crate::jobs::Background;
use search::{Found, SystemFaces};

pub use display::display_text;

/// The signs that were asked for.
#[derive(Debug, Default)]
struct Signs {
    /// Every sign that the built-in fonts lack.
    asked: BTreeSet<char>,
    /// The part of them that nobody has looked for yet.
    new: BTreeSet<char>,
    /// The part of them that no font of the system has.
    missing: BTreeSet<char>,
}

/// The signs that were asked for, shared with egui, which asks while it lays out text.
#[derive(Debug, Default)]
struct SharedSigns(Mutex<Signs>);

impl SharedSigns {
    fn lock(&self) -> MutexGuard<'_, Signs> {
        // A set of signs is whole whatever a thread was doing when it panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, sign: char) {
        let mut signs = self.lock();
        if signs.asked.insert(sign) {
            signs.new.insert(sign);
        }
    }
}

impl FontProvider for SharedSigns {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let sign = request.cluster.chars().next()?;
        if !display::stands_for_control(sign) {
            self.ask(sign);
        }
        None
    }
}

/// The fonts of the system, of which those are loaded that something drawn needs.
#[derive(Debug)]
pub(super) struct SystemFonts {
    signs: Arc<SharedSigns>,
    search: Option<Background<Found>>,
    /// What the first search has learnt of the system's fonts.
    faces: Option<SystemFaces>,
}

impl SystemFonts {
    /// Makes egui ask for what its fonts lack.
    pub(super) fn install(ctx: &Context) -> Self {
        let signs = Arc::new(SharedSigns::default());
        ctx.add_font_provider(Arc::<SharedSigns>::clone(&signs));
        ctx.set_glyph_rasterizers(rasterizers(&signs));
        Self { signs, search: None, faces: None }
    }

    /// Looks for the signs that were asked for, and hands the fonts that were found to egui.
    pub(super) fn update(&mut self, ctx: &Context) {
        if let Some(found) = self.search.as_ref().and_then(Background::poll) {
            self.search = None;
            match found {
                Ok(found) => self.take(ctx, found),
                // Codes stay in place of the letters, and everything else works.
                Err(error) => log::warn!("the search for fonts: {error}"),
            }
        }
        if self.search.is_some() {
            return;
        }
        let wanted = std::mem::take(&mut self.signs.lock().new);
        if wanted.is_empty() {
            return;
        }
        let faces = self.faces.take();
        match Background::start("fonts", move || search::find(faces, &wanted)) {
            Ok(search) => self.search = Some(search),
            Err(error) => log::warn!("the search for fonts: {error}"),
        }
    }

    fn take(&mut self, ctx: &Context, found: Found) {
        self.faces = Some(found.faces);
        for font in found.fonts {
            ctx.add_font(font);
        }
        let has_missing_mark = found.missing.iter().copied().any(display::is_free_mark);
        self.signs.lock().missing.extend(found.missing);
        if has_missing_mark {
            // egui remembers that it was told to pass over the mark.
            ctx.set_glyph_rasterizers(rasterizers(&self.signs));
        }
        ctx.request_repaint();
    }

    /// True while there is something to look for.
    pub(super) fn is_busy(&self) -> bool {
        self.search.is_some() || !self.signs.lock().new.is_empty()
    }

    /// Every sign that was drawn and that the built-in fonts lack.
    pub(super) fn asked(&self) -> BTreeSet<char> {
        self.signs.lock().asked.clone()
    }
}

/// The painters of what is not in a font. egui passes over a combining mark that a letter's own font lacks, so marks stand
/// alone (see [`display_text`]) and are noticed before any font is asked.
fn rasterizers(signs: &Arc<SharedSigns>) -> Vec<GlyphRasterizer> {
    let signs = Arc::clone(signs);
    let marks = GlyphRasterizer::new("melscope marks", move |request| {
        let mark = request.cluster.chars().next().filter(|&sign| display::is_free_mark(sign))?;
        signs.ask(mark);
        let is_missing = signs.lock().missing.contains(&mark);
        is_missing.then(|| code_box::draw(mark, request.font_size_px))
    });
    let codes = GlyphRasterizer::new("melscope codes", |request| {
        let sign = request.cluster.chars().next()?;
        Some(code_box::draw(sign, request.font_size_px))
    });
    vec![marks.with_priority(FontPriority::Highest), codes]
}
