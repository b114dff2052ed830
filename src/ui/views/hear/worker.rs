//! The thread that rebuilds passages, and the textures of what it made.

use std::fmt;

use egui::{Context, TextureFilter, TextureHandle, TextureOptions};

use super::model::Hear;
use super::passage::Passage;
use crate::jobs::passages::{PassageEvent, start_passages};
use crate::pipeline::{ChunkPictures, PassageRequest};
use crate::ui::background::latest_work::LatestWork;
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::widgets::raster_texture;

/// Enlarged, the edges of a place stay where they are; made smaller, places are mixed.
const TEXTURE: TextureOptions =
    TextureOptions { minification: TextureFilter::Linear, ..TextureOptions::NEAREST };

/// The pictures of a chunk.
pub(super) struct ChunkTextures {
    pub(super) tensor: [TextureHandle; 2],
    pub(super) differences: [TextureHandle; 3],
}

/// The thread that rebuilds passages.
pub(super) struct PassageWorker {
    work: LatestWork<PassageRequest, PassageEvent>,
    /// The request in work, until its first chunk is there.
    awaited: Option<PassageRequest>,
    /// Those of the chunks of the passage, in their order.
    textures: Vec<ChunkTextures>,
}

impl Default for PassageWorker {
    fn default() -> Self {
        let is_last = |event: &PassageEvent| !matches!(event, PassageEvent::Chunk(_));
        Self { work: LatestWork::new(start_passages, is_last), awaited: None, textures: Vec::new() }
    }
}

impl PassageWorker {
    /// True while something is being rebuilt.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// The pictures of the passage's chunks.
    pub(super) fn textures(&self) -> &[ChunkTextures] {
        &self.textures
    }

    /// Takes what was rebuilt for `folder`, and asks for what is wanted and not there.
    pub(super) fn update(&mut self, ctx: &Context, folder: &Folder, hear: &mut Hear) {
        while let Some(event) = self.work.next() {
            self.take(event, hear);
        }
        hear.follow(folder.selected_file());
        let wanted = hear.wanted(folder);
        if wanted != hear.asked {
            hear.problem = None;
            hear.asked.clone_from(&wanted);
            match &wanted {
                Some(wanted) => {
                    let request = Hear::request(folder, wanted);
                    self.awaited = Some(request.clone());
                    if let Err(error) = self.work.request(ctx, request) {
                        hear.problem = Some(with_remedy(&error));
                    }
                }
                None => self.work.cancel(),
            }
        }
        self.upload(ctx, hear);
    }

    fn take(&mut self, event: PassageEvent, hear: &mut Hear) {
        match event {
            PassageEvent::Chunk(chunk) => match (self.awaited.take(), &mut hear.passage) {
                (Some(request), passage) => {
                    self.textures.clear();
                    *passage = Some(Passage::new(request, *chunk));
                }
                (None, Some(passage)) => passage.push(*chunk),
                (None, None) => {}
            },
            PassageEvent::Done => {
                if self.awaited.take().is_some() {
                    // Not one chunk: what is shown is of another passage.
                    hear.passage = None;
                    // With longer chunks a recording has fewer parts.
                    if !hear.show_first_passage() {
                        hear.problem = Some("There is no sound in it.".into());
                    }
                } else if let Some(passage) = &mut hear.passage {
                    passage.complete();
                }
            }
            PassageEvent::Failed(error) => {
                if self.awaited.take().is_some() {
                    hear.passage = None;
                } else if let Some(passage) = &mut hear.passage {
                    // What was made before can be heard.
                    passage.complete();
                }
                hear.problem = Some(with_remedy(&error));
            }
        }
    }

    /// Stops what is being rebuilt, so that it is asked for again by whoever looks again.
    pub(super) fn pause(&mut self, hear: &mut Hear) {
        if self.work.is_busy() {
            self.work.cancel();
            hear.asked = None;
        }
    }

    /// Forgets everything: the folder is no longer open.
    pub(super) fn forget(&mut self) {
        self.work.cancel();
        self.awaited = None;
        self.textures.clear();
    }

    /// Loads the pictures of the chunks that have come.
    fn upload(&mut self, ctx: &Context, hear: &Hear) {
        let pictures = hear.passage.as_ref().map_or(&[][..], |passage| &passage.pictures);
        self.textures.truncate(pictures.len());
        let load = |raster| raster_texture::load(ctx, "passage", raster, TEXTURE);
        for ChunkPictures { tensor, differences } in &pictures[self.textures.len()..] {
            let (tensor, differences) = (tensor.each_ref().map(load), differences.each_ref().map(load));
            self.textures.push(ChunkTextures { tensor, differences });
        }
    }
}

impl fmt::Debug for PassageWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassageWorker").field("work", &self.work).finish_non_exhaustive()
    }
}
