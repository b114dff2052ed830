//! The thread that reads tensors for the browser, and the textures of what it shows.

use std::path::PathBuf;

use egui::{Context, TextureHandle, TextureOptions};

use super::browser::TensorBrowser;
use crate::jobs::browse::{BrowseEvent, BrowseRequest, start_browse};
use crate::ui::background::latest_work::{LatestWork, RevisionTextures};
use crate::ui::remedy::with_remedy;
use crate::ui::session::folder::Folder;
use crate::ui::widgets::raster_texture;

/// The thread that reads tensors.
#[derive(Debug)]
pub(super) struct BrowserWorker {
    work: LatestWork<BrowseRequest, BrowseEvent>,
    asked_of: PathBuf,
    textures: RevisionTextures<[TextureHandle; 2]>,
}

impl Default for BrowserWorker {
    fn default() -> Self {
        Self {
            work: LatestWork::new(start_browse, |event| !matches!(event, BrowseEvent::Opened(_))),
            asked_of: PathBuf::new(),
            textures: RevisionTextures::default(),
        }
    }
}

impl BrowserWorker {
    /// True while a tensor is being read.
    pub(super) fn is_busy(&self) -> bool {
        self.work.is_busy()
    }

    /// Both channels of the tensor that is shown.
    pub(super) fn textures(&self) -> Option<&[TextureHandle; 2]> {
        self.textures.get()
    }

    /// Stops reading.
    pub(super) fn stop(&mut self) {
        self.work.cancel();
    }

    /// Takes what was read of `folder`, and asks for what is wanted and not there.
    pub(super) fn update(&mut self, ctx: &Context, folder: &Folder, browser: &mut TensorBrowser) {
        while let Some(event) = self.work.next() {
            // Another folder may have been opened meanwhile.
            if self.asked_of == folder.cache_dir() {
                browser.take(event, &folder.files);
            }
        }
        if folder.has_tensors() && !browser.is_asked && folder.task.is_none() {
            self.ask(ctx, folder, browser);
        }
        self.upload(ctx, browser);
    }

    fn ask(&mut self, ctx: &Context, folder: &Folder, browser: &mut TensorBrowser) {
        let request = BrowseRequest {
            cache_dir: folder.cache_dir(),
            tensors: browser.tensors.clone(),
            number: browser.wanted(),
        };
        browser.is_asked = true;
        self.asked_of.clone_from(&request.cache_dir);
        if let Err(error) = self.work.request(ctx, request) {
            browser.fail(with_remedy(&error));
        }
    }

    fn upload(&mut self, ctx: &Context, browser: &TensorBrowser) {
        let Some(shown) = browser.shown() else {
            self.textures.clear();
            return;
        };
        self.textures.update(browser.n_read, || {
            // A pixel is one place of the tensor: enlarged, its edges stay where they are.
            [("magnitude", 0), ("frequency", 1)].map(|(name, channel)| {
                raster_texture::load(ctx, name, &shown.pictures[channel], TextureOptions::NEAREST)
            })
        });
    }
}
