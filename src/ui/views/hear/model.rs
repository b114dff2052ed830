//! The model of the Hear view, as plain values.

use std::path::PathBuf;

use super::abx::Abx;
use super::passage::Passage;
use crate::dsp::reconstruct::Way;
use crate::pipeline::preview::Subject;
use crate::pipeline::{Normalisation, PassageRequest, PassageSource, SoundVersion};
use crate::settings::{AnalysisSettings, ReadSettings, Settings};
use crate::ui::session::file::File;
use crate::ui::session::folder::Folder;
use crate::ui::session::listen::{Playable, PlayableSamples};

/// Rounds of refinement until others are chosen.
const ROUNDS: usize = 16;

/// What a passage depends on: where another is wanted, it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) source: PassageSource,
    pub(super) first_chunk: usize,
    pub(super) n_rounds: usize,
    settings: TensorSettings,
    /// Size and time of the recording.
    file_version: Option<(u64, i64)>,
}

/// The settings that the tensors of a recording depend on, whichever of its chunks are left out.
#[derive(Debug, Clone, PartialEq)]
struct TensorSettings {
    analysis: AnalysisSettings,
    reading: ReadSettings,
}

impl TensorSettings {
    fn of(settings: &Settings) -> Self {
        Self { analysis: settings.analysis(), reading: settings.reading() }
    }
}

/// The Hear view of the open folder.
#[derive(Debug)]
pub struct Hear {
    /// The version that is heard and whose figures are looked at.
    version: SoundVersion,
    /// Rounds of refinement.
    pub n_rounds: usize,
    /// The passage, or what is still shown of another.
    pub passage: Option<Passage>,
    /// Why there is none.
    pub problem: Option<String>,
    /// The blind test.
    pub abx: Option<Abx>,
    /// The versions of the next test.
    pub abx_versions: [SoundVersion; 2],
    /// Tensors that are shown in place of the selected recording.
    pub tensors: Option<(PathBuf, Normalisation)>,
    /// The first chunk of the passage.
    first_chunk: usize,
    /// The recording that was selected, by its path.
    selected: Option<PathBuf>,
    /// What was asked for last.
    pub(super) asked: Option<Wanted>,
}

impl Default for Hear {
    fn default() -> Self {
        Self {
            version: SoundVersion::Rebuilt(Way::Ours),
            n_rounds: ROUNDS,
            passage: None,
            problem: None,
            abx: None,
            abx_versions: [SoundVersion::Original, SoundVersion::Rebuilt(Way::Ours)],
            tensors: None,
            first_chunk: 0,
            selected: None,
            asked: None,
        }
    }
}

impl Hear {
    /// The version that was chosen; of tensors, which have no original, one that there is.
    pub fn version(&self) -> SoundVersion {
        match self.version {
            SoundVersion::Original if self.tensors.is_some() => SoundVersion::Rebuilt(Way::Ours),
            version => version,
        }
    }

    /// Chooses a version.
    pub(super) fn choose(&mut self, version: SoundVersion) {
        self.version = version;
    }

    /// The way whose difference is drawn: that of the chosen version, and ours beside the original.
    pub fn way(&self) -> Way {
        match self.version() {
            SoundVersion::Rebuilt(way) => way,
            SoundVersion::Original => Way::Ours,
        }
    }

    /// Follows the selection of files: another recording begins at its start, and takes the place of tensors.
    pub(super) fn follow(&mut self, file: Option<&File>) {
        let path = file.map(|file| &file.path);
        if self.selected.as_ref() != path {
            self.selected = path.cloned();
            self.show_tensors(None);
        }
    }

    /// Shows tensors in place of the selected recording, or the recording again. A file that is shown already is read anew.
    pub(super) fn show_tensors(&mut self, tensors: Option<(PathBuf, Normalisation)>) {
        self.tensors = tensors;
        self.asked = None;
        self.first_chunk = 0;
        self.abx = None;
    }

    /// Shows the first passage again; false where that is the one that is shown.
    pub(super) fn show_first_passage(&mut self) -> bool {
        std::mem::take(&mut self.first_chunk) > 0
    }

    /// Shows the passage that begins with `first_chunk`.
    pub(super) fn show_passage(&mut self, first_chunk: usize) {
        self.first_chunk = first_chunk;
    }

    /// What is to be heard with the settings of `folder`; none where nothing is chosen.
    pub(super) fn wanted(&self, folder: &Folder) -> Option<Wanted> {
        let file = folder.selected_file();
        let source = match (&self.tensors, file) {
            (Some((path, normalisation)), _) => PassageSource::Tensors(path.clone(), *normalisation),
            (None, Some(file)) => PassageSource::Recording(file.path.clone()),
            (None, None) => return None,
        };
        let file_version = file.filter(|_| self.tensors.is_none()).map(|file| file.version);
        Some(Wanted {
            source,
            first_chunk: self.first_chunk,
            n_rounds: self.n_rounds,
            settings: TensorSettings::of(&folder.settings),
            file_version,
        })
    }

    /// True while the passage that is shown is of what was asked for.
    pub fn is_current(&self) -> bool {
        self.passage.as_ref().zip(self.asked.as_ref()).is_some_and(|(passage, asked)| {
            passage.request.source == asked.source
                && passage.request.first_chunk == asked.first_chunk
                && passage.request.n_rounds == asked.n_rounds
                && TensorSettings::of(&passage.request.settings) == asked.settings
        })
    }

    /// The passage where it is of the recording or the tensors that are chosen, be it with older settings.
    pub fn passage_of_chosen(&self) -> Option<&Passage> {
        let source = &self.asked.as_ref()?.source;
        self.passage.as_ref().filter(|passage| passage.request.source == *source)
    }

    /// The version that is heard now, blind or not.
    pub(super) fn heard_version(&self) -> SoundVersion {
        self.abx.as_ref().map_or_else(|| self.version(), Abx::version)
    }

    /// The sound that plays.
    pub(super) fn playable(&self, folder: &Folder) -> Option<Playable> {
        let Some(passage) = self.passage_of_chosen() else {
            return if self.tensors.is_some() { None } else { Playable::selected_file(folder) };
        };
        let version = self.heard_version();
        let sound = passage.sound(version)?;
        let start_frame = (passage.start_s * f64::from(passage.sample_rate_hz)).round() as u64;
        let of_file = folder.selected_file().filter(|_| self.tensors.is_none());
        let duration_s = match of_file {
            Some(file) => file.duration_s(),
            None => passage.is_complete.then(|| passage.end_s()),
        };
        Some(Playable {
            subject: Subject::File(passage.request.source.path().to_path_buf()),
            samples: PlayableSamples::Passage { samples: sound.clone(), start_frame },
            sample_rate_hz: passage.sample_rate_hz,
            duration_s,
            gain: passage.gain(version),
        })
    }

    /// The request for what is wanted.
    pub(super) fn request(folder: &Folder, wanted: &Wanted) -> PassageRequest {
        PassageRequest {
            root: folder.root.clone(),
            settings: folder.settings.clone(),
            source: wanted.source.clone(),
            first_chunk: wanted.first_chunk,
            n_rounds: wanted.n_rounds,
        }
    }
}
