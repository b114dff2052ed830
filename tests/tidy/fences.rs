//! What only a few places of the program may name, so that it can be replaced, or trusted, by looking there.

/// Something that only a few places may name.
pub(super) struct Fence {
    pub(super) what: &'static str,
    /// Crates, and paths of which two neighbouring segments are enough to be recognised.
    pub(super) names: &'static [&'static str],
    /// Starts of the paths below `src/` that may use it.
    pub(super) inside: &'static [&'static str],
}

/// All of them.
pub(super) const FENCES: [Fence; 16] = [
    Fence {
        what: "decoding",
        names: &["symphonia", "symphonia_core", "symphonia_adapter_libopus"],
        inside: &["audio/decode"],
    },
    Fence {
        what: "resampling",
        names: &["rubato", "audioadapter", "audioadapter_buffers"],
        inside: &["resample"],
    },
    Fence {
        what: "chance",
        names: &["rand", "rand_distr", "rand_core", "chacha20"],
        inside: &["augment/", "audit/timbre_map/umap", "training/epoch_order"],
    },
    Fence {
        what: "the Fourier transform",
        names: &["realfft", "rustfft", "num_complex"],
        inside: &["dsp/", "augment/"],
    },
    Fence {
        what: "loudness",
        names: &["ebur128"],
        inside: &["audit/measure", "audit/true_peak", "pipeline/loudness_match"],
    },
    Fence { what: "recognising takes", names: &["rusty_chromaprint"], inside: &["audit/fingerprint"] },
    Fence { what: "sound output", names: &["cpal"], inside: &["playback"] },
    Fence {
        what: "watching folders",
        // By two segments: a function that gives notice is often called `notify`.
        names: &[
            "notify::Config",
            "notify::Error",
            "notify::ErrorKind",
            "notify::Event",
            "notify::PollWatcher",
            "notify::RecommendedWatcher",
            "notify::RecursiveMode",
            "notify::Watcher",
            "notify::event",
            "notify::recommended_watcher",
        ],
        inside: &["jobs/folder_watch"],
    },
    Fence { what: "the terminal", names: &["clap", "clap_complete", "anyhow"], inside: &["cli/"] },
    Fence {
        what: "the window",
        names: &["egui", "eframe", "egui_plot", "egui_extras", "winit", "rfd", "open::that_detached"],
        inside: &["ui/"],
    },
    Fence {
        what: "fonts of the system, and their order on a line",
        names: &["fontdb", "unicode_bidi"],
        inside: &["ui/fonts/"],
    },
    Fence {
        what: "threads",
        names: &["std::thread"],
        inside: &["workers", "jobs/", "playback", "training/data_loader"],
    },
    Fence {
        what: "writing to the file system",
        names: &[
            "tempfile",
            "File::create",
            "File::create_new",
            "File::options",
            "fs::OpenOptions",
            "OpenOptions::new",
            "fs::copy",
            "fs::create_dir",
            "fs::create_dir_all",
            "fs::hard_link",
            "fs::remove_dir",
            "fs::remove_file",
            "fs::rename",
            "fs::renameat",
            "fs::renameat_with",
            "fs::set_permissions",
            "fs::symlink",
            "fs::unlink",
            "fs::unlinkat",
            "fs::write",
            "WavWriter::create",
            "Writer::from_path",
            "ndarray_npy::write_npy",
        ],
        inside: &["cache/", "whole_file", "pipeline/demo"],
    },
    // A folder may hold what others wrote: files are removed one by one, by name.
    Fence { what: "removal of all that a folder holds", names: &["fs::remove_dir_all"], inside: &[] },
    Fence { what: "other programs", names: &["process::Command"], inside: &["audio/decode/ffmpeg", "cli/"] },
    Fence {
        what: "unsafe code",
        names: &["unsafe"],
        inside: &["dsp/simd_level", "dsp/transpose", "training/mapped_tensor"],
    },
];
