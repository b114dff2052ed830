//! Holds the sources to the house rules that a compiler does not know: the layers, the fences, and a few of order.
//!
//! Files are read as Rust tokens, so neither comments nor strings are mistaken for code, and code inside of macros
//! counts. Modules behind `#[cfg(test)]` are left out of the layers and fences: a test may do what the program must not.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/fences.rs"]
mod fences;
#[path = "tidy/names.rs"]
mod names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fences::{FENCES, Fence};
use names::Names;

/// Each layer's modules. A module may import itself and the layers below; in layer 0 its neighbours, and in layer 2 those
/// that stand before it: a dataset is what audits and pipelines work on.
const LAYERS: [&[&str]; 5] = [
    &[
        "error",
        "settings",
        "monitor",
        "workers",
        "path_text",
        "whole_file",
        "in_words",
        "connected_groups",
        "resample",
        "peak",
        "applied",
        "distill",
        "normalization",
        "source",
        "split",
    ],
    &["audio", "dsp", "augment", "picture", "cache"],
    &["dataset", "audit", "pipeline", "training"],
    &["jobs", "playback"],
    &["cli", "ui"],
];

/// What the crate's root passes on from `error`.
const ROOT_EXPORTS: [&str; 2] = ["Error", "Result"];

/// The rows of the window, the lowest first, by the starts of paths below `src/`. A file imports from its own row and from
/// those before it.
const WINDOW_ROWS: [&[&str]; 9] = [
    &["ui/theme", "ui/fonts/", "ui/number_text", "ui/remedy"],
    &["ui/widgets/"],
    &["ui/settings/"],
    &["ui/session/"],
    &["ui/background/"],
    &["ui/panels/"],
    &["ui/view.rs"],
    &["ui/views/"],
    &["ui/app", "ui/actions", "ui/memory", "ui/screenshot", "ui/mod"],
];

/// A file that is longer holds two ideas.
const LINES_MAX: usize = 600;

/// What the top level of the repository holds, besides what git and cargo keep there.
const TOP_LEVEL: [&str; 23] = [
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "assets",
    "benches",
    "clippy.toml",
    "deny.toml",
    "docs",
    "examples",
    "fuzz",
    "python",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "screenshots",
    "src",
    "tests",
];
/// Entries that appear at the top level without being kept there.
const TOP_LEVEL_BESIDE: [&str; 2] = [".git", "target"];

/// The layer of a module at the crate's root.
fn layer_of(module: &str) -> Option<usize> {
    if ROOT_EXPORTS.contains(&module) {
        return Some(0);
    }
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// What is wrong with the layers in the file `file` (below `src/`).
fn layer_violations(file: &str, names: &Names) -> Vec<String> {
    let own = module_of(file).first().copied().unwrap_or_default();
    if own.is_empty() {
        return Vec::new();
    }
    let Some(own_layer) = layer_of(own) else {
        return vec![format!(
            "{file}: the module {own} is in no layer: give it one in tests/tidy.rs and ARCHITECTURE.md"
        )];
    };
    let imported: BTreeSet<&str> = names
        .paths
        .iter()
        .filter(|path| path[0] == "crate")
        .filter_map(|path| path.get(1).map(String::as_str))
        .filter(|module| *module != own)
        .collect();
    let verdict = |module: &str| match layer_of(module) {
        None => Some(format!("{file}: crate::{module} is in no layer")),
        Some(layer) if layer > own_layer => {
            Some(format!("{file}: {own} (layer {own_layer}) imports {module} (layer {layer})"))
        }
        Some(layer) if layer == own_layer && !may_import_neighbour(own, module, layer) => {
            Some(format!("{file}: {own} imports its neighbour {module} (both layer {layer})"))
        }
        Some(_) => None,
    };
    imported.into_iter().filter_map(verdict).collect()
}

fn may_import_neighbour(own: &str, neighbour: &str, layer: usize) -> bool {
    let place = |module: &str| LAYERS[layer].iter().position(|name| *name == module);
    match layer {
        0 => true,
        2 => place(neighbour) < place(own),
        _ => false,
    }
}

/// What the file names that is fenced off elsewhere.
fn fence_violations(file: &str, names: &Names) -> Vec<String> {
    let place = |fence: &Fence| match fence.inside {
        [] => "nowhere".to_owned(),
        inside => format!("in {}", inside.join(", ")),
    };
    let outside = FENCES.iter().filter(|fence| !fence.inside.iter().any(|start| file.starts_with(start)));
    let named = outside.flat_map(|fence| fence.names.iter().map(move |name| (fence, *name)));
    named
        .filter(|(_, name)| names.paths.iter().any(|path| is_named(name, path)))
        .map(|(fence, name)| format!("{file}: {name} is {}, which belongs {}", fence.what, place(fence)))
        .collect()
}

/// True when `path` names the crate `name`, or has the segments `a::b` of `name` side by side.
fn is_named(name: &str, path: &[String]) -> bool {
    match name.split_once("::") {
        None => path[0] == name,
        Some((first, second)) => path.windows(2).any(|pair| pair[0] == first && pair[1] == second),
    }
}

/// The module of a file below `src/`: `cache/pt.rs` is `[cache, pt]`, `lib.rs` the root.
fn module_of(file: &str) -> Vec<&str> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut module: Vec<&str> = stem.split('/').collect();
    if matches!(module.last(), Some(&("mod" | "lib" | "main"))) {
        module.pop();
    }
    module
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder of the repository, `/`-joined and relative to it, with their texts.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut folders = vec![repository().join(folder)];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let name = |path: &Path| {
        let below = path.strip_prefix(repository().join(folder)).unwrap();
        below.to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "/")
    };
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The sources of the program with what they name; modules that only tests have are left out.
fn program_files() -> Vec<(String, Names)> {
    let read = |(file, text): (String, String)| {
        let names = Names::of(&text, &module_of(&file));
        (file, names)
    };
    let files: Vec<(String, Names)> = rust_files("src").into_iter().map(read).collect();
    assert!(!files.is_empty(), "no sources found");
    let is_of_tests = |file: &str| {
        let module = module_of(file);
        let (Some(name), Some(parent)) = (module.last(), module.len().checked_sub(1)) else { return false };
        files.iter().any(|(other, names)| {
            module_of(other) == module[..parent] && names.test_modules.iter().any(|module| module == name)
        })
    };
    let test_files: BTreeSet<String> =
        files.iter().map(|(file, _)| file.clone()).filter(|file| is_of_tests(file)).collect();
    files.into_iter().filter(|(file, _)| !test_files.contains(file)).collect()
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn imports_follow_the_layers() {
    let violations =
        program_files().iter().flat_map(|(file, names)| layer_violations(file, names)).collect::<Vec<_>>();
    assert_none(&violations);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files = program_files();
    assert_none(&circles::circles(&circles::imports(&files)));
}

/// The imports of the window that go from a lower row to a higher one.
fn window_violations(files: &[(String, Names)]) -> Vec<String> {
    let row = |file: &str| WINDOW_ROWS.iter().position(|row| row.iter().any(|start| file.starts_with(start)));
    let mut violations = Vec::new();
    for (file, targets) in circles::imports(files) {
        if !file.starts_with("ui/") {
            continue;
        }
        let Some(own_row) = row(file) else {
            violations.push(format!(
                "{file} is in no row of the window: give it one in tests/tidy.rs and ARCHITECTURE.md"
            ));
            continue;
        };
        let above = targets.iter().filter(|target| row(target).is_some_and(|other| other > own_row));
        violations.extend(above.map(|target| format!("{file} imports {target}, which stands above it")));
    }
    violations
}

#[test]
fn the_window_is_a_stack() {
    assert_none(&window_violations(&program_files()));
}

#[test]
fn what_is_fenced_stays_inside_its_fence() {
    let violations =
        program_files().iter().flat_map(|(file, names)| fence_violations(file, names)).collect::<Vec<_>>();
    assert_none(&violations);
}

#[test]
fn files_are_short_and_no_test_is_switched_off() {
    let mut violations = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        for (file, text) in rust_files(folder) {
            let n_lines = text.lines().count();
            if n_lines > LINES_MAX {
                violations
                    .push(format!("{folder}/{file} has {n_lines} lines, more than {LINES_MAX}: split it"));
            }
            if Names::of(&text, &[]).has_ignored_test {
                violations.push(format!("{folder}/{file} has an ignored test: repair it, or remove it"));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn the_top_level_holds_what_belongs_there() {
    let entries = fs::read_dir(repository()).unwrap().map(|entry| entry.unwrap().file_name());
    let strangers = entries
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()) && !TOP_LEVEL_BESIDE.contains(&name.as_str()))
        .map(|name| format!("{name} does not belong in the top level of the repository"));
    assert_none(&strangers.collect::<Vec<_>>());
}

#[test]
fn the_architecture_page_is_true() {
    let page = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let code = page.split('`').skip(1).step_by(2);
    let named: BTreeSet<&str> = code.filter(|code| code.starts_with("src/")).collect();
    let library = fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    let modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .filter_map(|rest| rest.strip_suffix(';'))
        .collect();
    assert!(modules.contains(&"error"), "the list of modules in src/lib.rs was not found");
    let is_described = |module: &str| {
        named.contains(format!("src/{module}.rs").as_str())
            || named.contains(format!("src/{module}/").as_str())
    };
    let mut violations: Vec<String> = modules
        .iter()
        .filter(|module| !is_described(module))
        .map(|module| format!("ARCHITECTURE.md says nothing of src/{module}"))
        .collect();
    let missing = named.iter().filter(|path| !repository().join(path).exists());
    violations.extend(missing.map(|path| format!("ARCHITECTURE.md speaks of {path}, which is not there")));
    assert_none(&violations);
}

/// The checks themselves, on violations planted in text.
mod planted {
    use super::*;

    fn layers(file: &str, text: &str) -> Vec<String> {
        layer_violations(file, &Names::of(text, &module_of(file)))
    }

    fn fences(file: &str, text: &str) -> Vec<String> {
        fence_violations(file, &Names::of(text, &module_of(file)))
    }

    #[test]
    fn an_import_against_the_layers_is_found_however_it_is_written() {
        let in_cache = |text: &str| layers("cache/pt.rs", text);
        let neighbour = ["cache/pt.rs: cache imports its neighbour dsp (both layer 1)"];
        assert_eq!(in_cache("use crate::dsp::stats;"), neighbour);
        assert_eq!(in_cache("use crate::{error::Result, dsp::{self, stats::Stats as S}};"), neighbour);
        assert_eq!(in_cache("use super::super::dsp;"), neighbour);
        assert_eq!(in_cache("mod inner { use super::super::super::dsp::mel; }"), neighbour);
        assert_eq!(in_cache("fn f(x: &[Vec<crate::dsp::Plan>]) {}"), neighbour);
        assert_eq!(in_cache("fn f() { println!(\"{}\", crate::dsp::mel::N); }"), neighbour);
        assert_eq!(in_cache("fn f() -> melscope::dsp::Plan {}"), neighbour);
        assert_eq!(
            in_cache("use crate::pipeline;"),
            ["cache/pt.rs: cache (layer 1) imports pipeline (layer 2)"]
        );
        assert_eq!(in_cache("use crate::*;"), ["cache/pt.rs: crate::* is in no layer"]);
        assert_eq!(layers("dataset.rs", "use crate::pipeline::build;").len(), 1);
        assert_eq!(layers("ui/app.rs", "use crate::cli;").len(), 1);
        assert_eq!(layers("jobs/mod.rs", "use crate::playback;").len(), 1);
        assert_eq!(layers("monitor.rs", "use super::cli;").len(), 1);
        assert_eq!(layers("attic.rs", "").len(), 1);
    }

    #[test]
    fn what_the_layers_allow_is_no_violation() {
        assert_none(&layers(
            "cache/pt.rs",
            "use crate::{Error, error, settings::Settings}; use super::index;",
        ));
        assert_none(&layers("cache/pt.rs", "use crate::cache::index; mod a { use super::super::manifest; }"));
        assert_none(&layers("error.rs", "use crate::settings::SettingsError;"));
        assert_none(&layers("pipeline/build.rs", "use crate::{dataset, dsp, workers};"));
        assert_none(&layers("cli/mod.rs", "use crate::{jobs, pipeline, settings};"));
        assert_none(&layers("main.rs", "fn main() { melscope::cli::run() }"));
    }

    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        let read = |&(file, text): &(&str, &str)| (file.to_owned(), Names::of(text, &module_of(file)));
        let files: Vec<(String, Names)> = files.iter().map(read).collect();
        circles::circles(&circles::imports(&files))
    }

    #[test]
    fn an_import_circle_is_found_however_long_it_is() {
        let pair = [("a.rs", "use crate::b::X;"), ("b.rs", "fn f() { crate::a::g() }")];
        assert_eq!(circles_of(&pair), ["a.rs -> b.rs -> a.rs"]);
        let ring = [
            ("lib.rs", "mod a; mod c; pub use a::X;"),
            ("a/mod.rs", "mod b; fn f() { self::b::g() }"),
            ("a/b.rs", "use super::super::c::{self, Y};"),
            ("c.rs", "use crate::a::X;"),
        ];
        assert_eq!(circles_of(&ring), ["a/b.rs -> c.rs -> a/mod.rs -> a/b.rs"]);
        // A parent that uses its child, while the child uses the parent.
        let family = [("a/mod.rs", "mod b; pub use b::X;"), ("a/b.rs", "use super::Y;")];
        assert_eq!(circles_of(&family), ["a/b.rs -> a/mod.rs -> a/b.rs"]);
        let two = [pair, [("c.rs", "use crate::d;"), ("d.rs", "use crate::c;")]].concat();
        assert_eq!(circles_of(&two).len(), 2);
    }

    #[test]
    fn an_import_from_a_lower_row_of_the_window_to_a_higher_one_is_found() {
        let read = |(file, text): (&str, &str)| (file.to_owned(), Names::of(text, &module_of(file)));
        let files = [
            ("ui/mod.rs", "pub mod app; mod theme; mod widgets; mod cellar;"),
            ("ui/app.rs", "use super::theme; use super::widgets::table;"),
            ("ui/theme.rs", ""),
            ("ui/widgets/table.rs", "use crate::ui::{app::App, theme};"),
            ("ui/cellar.rs", ""),
        ];
        let found = window_violations(&files.map(read));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("ui/cellar.rs is in no row"), "{found:?}");
        assert_eq!(found[1], "ui/widgets/table.rs imports ui/app.rs, which stands above it");
    }

    #[test]
    fn imports_without_a_circle_are_none() {
        let stack = [
            ("lib.rs", "pub mod a; pub mod b; pub use b::Z;"),
            ("a/mod.rs", "mod child; mod other; #[cfg(test)] mod tests { use crate::b; }"),
            (
                "a/child.rs",
                "pub(super) fn f() { super::other::g() } pub(in crate::a) struct X(pub std::fs::File);",
            ),
            ("a/other.rs", ""),
            ("b.rs", "use crate::a::Y;"),
        ];
        assert_none(&circles_of(&stack));
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let text = r##"
            //! See [`crate::pipeline`].
            /// As `symphonia::core` does.
            fn f() -> &'static str { /* crate::ui */ "crate::dsp::x std::fs::write" }
            const RAW: &str = r#"use crate::cli;"#;
            #[cfg(test)]
            mod tests { use crate::dsp; fn f() { std::fs::write("a", "b"); std::thread::spawn(f); } }
        "##;
        assert_none(&layers("cache/pt.rs", text));
        assert_none(&fences("audio/chunk.rs", text));
        assert_eq!(Names::of("#[cfg(test)] mod tests; mod other;", &[]).test_modules, ["tests"]);
        // A test's attribute covers the item that follows it and no more.
        assert_eq!(
            layers("cache/pt.rs", "#[cfg(test)] use a::b; fn f() {} mod m { use crate::dsp; }").len(),
            1
        );
        assert_eq!(fences("dataset.rs", "#[cfg(test)] fn f() {} mod m { use symphonia; }").len(), 1);
    }

    #[test]
    fn what_is_fenced_is_found_outside_and_allowed_inside() {
        let cases = [
            ("use symphonia::core::io;", "cache/pt.rs", "audio/decode.rs"),
            ("use ::symphonia as s;", "audio/chunk.rs", "audio/decode/opus.rs"),
            ("use {::symphonia::core, std::fmt};", "audio/chunk.rs", "audio/decode/opus.rs"),
            ("fn f(x: &mut ::symphonia::X) {}", "audio/chunk.rs", "audio/decode.rs"),
            ("fn f() { <symphonia::X as Y>::z::<u8>() }", "dataset.rs", "audio/decode.rs"),
            ("fn f(x: rubato::Fft<f32>) {}", "audio/decode.rs", "resample.rs"),
            ("use rand::RngExt;", "pipeline/analysis_pass.rs", "augment/draw.rs"),
            ("use {realfft::RealFftPlanner, std::fmt};", "pipeline/analyze.rs", "dsp/stft.rs"),
            ("#[derive(clap::Parser)] struct A;", "settings.rs", "cli/args.rs"),
            ("use ebur128::EbuR128;", "audit/checks.rs", "audit/measure.rs"),
            ("fn f(x: rusty_chromaprint::Configuration) {}", "audit/duplicates.rs", "audit/fingerprint.rs"),
            ("use cpal::Stream;", "jobs/mod.rs", "playback.rs"),
            ("use notify::{RecommendedWatcher};", "jobs/latest.rs", "jobs/folder_watch.rs"),
            ("fn f(ui: &mut egui::Ui) {}", "picture/raster.rs", "ui/app.rs"),
            ("use fontdb::Database;", "ui/theme.rs", "ui/fonts/search.rs"),
            ("use unicode_bidi::BidiInfo;", "ui/panels/file_list.rs", "ui/fonts/display.rs"),
            ("use std::{fmt, thread}; fn f() { thread::yield_now() }", "pipeline/build.rs", "workers.rs"),
            ("fn f() { std::thread::Builder::new(); }", "cache/lock.rs", "jobs/mod.rs"),
            ("use std::fs; fn f() { fs::remove_file(p); }", "pipeline/build.rs", "cache/clean.rs"),
            ("use std::fs::{read, write};", "dataset.rs", "whole_file.rs"),
            ("fn f() { OpenOptions::new().append(true) }", "audio/chunk.rs", "pipeline/demo.rs"),
            ("fn f() { std::fs::File::create(p) }", "cli/show.rs", "whole_file.rs"),
            ("fn f() { tempfile::tempdir() }", "dsp/mel.rs", "cache/writer.rs"),
            ("fn f() { unsafe { g() } }", "dsp/stft.rs", "dsp/simd_level.rs"),
        ];
        for (text, outside, inside) in cases {
            assert_eq!(fences(outside, text).len(), 1, "{text} in {outside}");
            assert_none(&fences(inside, text));
        }
        assert_eq!(fences("cache/clean.rs", "fn f() { std::fs::remove_dir_all(p) }").len(), 1);
        assert_none(&fences("jobs/latest.rs", "fn f(notify: Notify) { notify(); (self.notify)(); }"));
        assert_none(&fences("dataset.rs", "use std::fs; fn f() { fs::read(p); fs::File::open(p); }"));
    }

    #[test]
    fn an_ignored_test_is_found_wherever_it_is() {
        let is_ignored = |text: &str| Names::of(text, &[]).has_ignored_test;
        assert!(is_ignored("#[test] #[ignore] fn f() {}"));
        assert!(is_ignored("#[cfg(test)] mod tests { #[test] #[ignore = \"slow\"] fn f() {} }"));
        assert!(is_ignored("mod a { mod b { #[ignore] fn f() {} } }"));
        assert!(!is_ignored("/// #[ignore]\n#[test] fn ignore() { \"#[ignore]\"; }"));
    }
}
