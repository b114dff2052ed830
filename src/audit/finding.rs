//! Findings: a check, how grave it is, and what to do about it, in words.

use std::fmt;

use serde::{Serialize, Serializer};

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Note,
    /// Training will suffer a little, or the file is not what it seems.
    Warning,
    /// The file cannot be used, or harms the training.
    Error,
}

impl Severity {
    /// Its place in [`Severity::ALL`].
    pub(super) fn place(self) -> usize {
        match self {
            Self::Error => 0,
            Self::Warning => 1,
            Self::Note => 2,
        }
    }

    /// Every severity, the gravest first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A stretch of a recording, in seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, serde::Deserialize)]
pub struct TimeSpan {
    /// Its beginning.
    pub start_s: f64,
    /// Its end.
    pub end_s: f64,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The check that found it; [`Check::why`] and [`Check::advice`] say more.
    pub check: Check,
    /// Its weight.
    pub severity: Severity,
    /// The finding in words and numbers.
    pub what: String,
    /// The place in the recording, if it is in one place: what a player jumps to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<TimeSpan>,
}

impl Finding {
    pub(super) fn new(check: Check, severity: Severity, what: impl Into<String>) -> Self {
        Self { check, severity, what: what.into(), span: None }
    }

    pub(super) fn at(self, span: Option<TimeSpan>) -> Self {
        Self { span, ..self }
    }
}

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $title:literal, $why:literal, $advice:literal;)*) => {
        /// The checks of an audit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check { $($(#[$doc])* $name,)* }

        impl Check {
            /// Every check, in the order of reports.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in JSON and CSV.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Its name for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The reason why it matters for this training.
            pub fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }

            /// The advice: what to do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

checks! {
    /// The file cannot be decoded at all.
    Unreadable, "unreadable", "Cannot be read",
        "A build skips the file: nothing of it is trained on.",
        "Export it again from the original, or exclude it.";
    /// Decoding ended before the file's promised end.
    Damaged, "damaged", "Damaged",
        "Only what comes before the damage is trained on, and the cut end is learnt as if it belonged to the sound.",
        "Export it again from the original, or exclude it.";
    /// The header says something else than the sound.
    HeaderWrong, "header_wrong", "Header is wrong",
        "Melscope reads all of the sound; other programs, the trainer among them, may believe the header and read less.",
        "Write the file anew: most sound editors do so when they export it.";
    /// A part of the file is not read.
    PartLeftOut, "part_left_out", "Not all of it is used",
        "A file counts as one recording: what was left out is not trained on, what was joined is learnt as one sound.",
        "Cut or export its parts to files of their own, if they are meant to be in the set.";
    /// It holds no sample.
    Empty, "empty", "No sound in it",
        "A build skips the file: there is nothing to train on.",
        "Record it again, or exclude it.";
    /// A sample is no number.
    NotFinite, "not_finite", "Samples that are no numbers",
        "One such sample would turn every statistic and every weight into no number; a build skips the file.",
        "Export it again; a plug-in that fails leaves such samples behind.";
    /// The name promises another format.
    WrongExtension, "wrong_extension", "Named for another format",
        "Melscope reads it for what it is; other programs, the trainer among them, may trust the name and fail.",
        "Rename it to match its content.";
    /// Shorter than a tenth of a second.
    TooShort, "too_short", "Very short",
        "Nearly all of its chunk is padding: the model mostly learns silence from it.",
        "Exclude it unless it is a complete sound of its own.";
    /// Samples are far beyond full scale.
    BeyondFullScale, "beyond_full_scale", "Far beyond full scale",
        "Each chunk is divided by its peak: one such sample leaves the rest of its chunk silent, and other programs clip.",
        "Export it again at the level of a recording: whole numbers were saved as floating-point ones, or a plug-in failed.";
    /// Peaks are cut off, at full scale or at a level of their own.
    Clipping, "clipping", "Clipped",
        "The flat tops are distortion with overtones up to the highest band; the model learns it as part of the sound. Peaks \
         between the samples, above 0 dBTP, do no harm: chunks are brought to full level by their samples.",
        "Record it again at a lower level, or exclude it.";
    /// A constant is added to the waveform.
    DcOffset, "dc_offset", "DC offset",
        "The constant fills the lowest band of every frame and takes part of the level that the peak is normalised to.",
        "Remove it with a high-pass filter at 20 Hz.";
    /// Much of the file is silent.
    Silence, "silence", "Mostly silent",
        "Silent chunks take part in training and teach nothing; their share of the model's attention is lost.",
        "Trim it to the sound.";
    /// Chunks that are so quiet that normalising amplifies their noise.
    QuietChunks, "quiet_chunks", "Very quiet chunks",
        "Every chunk is brought to full level: here more than 40 dB of amplification make noise as loud as music.",
        "Cut the quiet part off, or record it at a higher level.";
    /// Nothing above a frequency below the highest that is analysed.
    Bandwidth, "bandwidth", "Band-limited",
        "The upper bands are empty or hold artefacts of a codec; mixed with full recordings the model learns dullness.",
        "Use the original instead of a compressed or upsampled copy.";
    /// The channels cancel when they are mixed.
    MonoCancellation, "mono_cancellation", "Cancels in mono",
        "Channels are averaged to one: what is in opposite phase disappears from the training data.",
        "Invert one channel, or keep one channel only.";
    /// Mains hum.
    Hum, "hum", "Mains hum",
        "The hum is in every frame, so the model learns it as part of every sound; more than 60 dB below the peak it is \
         masked.",
        "Filter it out at its frequency and overtones, or record away from transformers.";
    /// Noise without stable partials.
    NoiseLike, "noise_like", "Noise without pitch",
        "In noise the instantaneous frequency is random: channel 1 carries nothing that could be learnt.",
        "Nothing, if such sounds are meant to be in the set.";
    /// Much louder or quieter than the rest.
    LevelOutlier, "level_outlier", "Level far from the rest",
        "Chunks are normalised one by one, so the level itself is lost; but a much quieter take has more noise.",
        "Listen to it; record it again or exclude it when it is noise or a mistake.";
    /// Much longer or shorter than the rest.
    DurationOutlier, "duration_outlier", "Duration far from the rest",
        "A recording counts by its chunks: one very long file outweighs all short ones.",
        "Cut it, or exclude it when it does not belong to the set.";
    /// The same samples as another file.
    ExactDuplicate, "exact_duplicate", "Same sound twice",
        "The sound counts twice, and when one copy is kept for validation the model has already seen it.",
        "Keep one, exclude the others.";
    /// The same take as another file, in another form.
    NearDuplicate, "near_duplicate", "Same take twice",
        "A copy in another format, level or cut counts twice, and spoils a validation set that holds one of them.",
        "Keep the best one, exclude the others.";
    /// Files of different sample rates.
    MixedRates, "mixed_rates", "Different sample rates",
        "All are resampled to one rate; files of a lower rate leave the upper bands empty.",
        "Nothing, if the lowest rate is high enough for the sounds.";
    /// Files of different channel counts.
    MixedChannels, "mixed_channels", "Different channel counts",
        "All are mixed to one channel; a stereo recording may sound different in mono.",
        "Nothing, if the stereo files do not cancel in mono.";
    /// Much of the data will be padding.
    Padding, "padding", "Much padding",
        "The last chunk of every file is filled up with silence, and the model learns silence from it.",
        "Choose shorter chunks with --chunk-seconds.";
    /// Too few files for a model.
    TooFewFiles, "too_few_files", "Very few files",
        "A model trained on fewer than five recordings can do little but repeat them.",
        "Add recordings.";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
