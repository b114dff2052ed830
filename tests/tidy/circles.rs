//! Import circles between source files: files of which each reaches the other by following imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::module_of;
use super::names::Names;

/// The import graph: for each file below `src/`, the files that it imports from.
///
/// A parent that declares a child (`mod child;`) does not import it; one that uses or re-exports something of it does.
pub(crate) fn imports(files: &[(String, Names)]) -> BTreeMap<&str, BTreeSet<&str>> {
    let file_of_module: BTreeMap<Vec<&str>, &str> = files
        .iter()
        .filter(|(file, _)| file != "main.rs")
        .map(|(file, _)| (module_of(file), file.as_str()))
        .collect();
    let target_of =
        |path: &[&str]| (0..=path.len()).rev().find_map(|n| file_of_module.get(&path[..n]).copied());
    let imports_of = |file: &str, names: &Names| {
        let module = module_of(file);
        let from_root = |path: &Vec<String>| -> Option<Vec<String>> {
            if path[0] == "crate" {
                return Some(path[1..].to_vec());
            }
            // A path that starts with a child of this file: `pub use child::Thing`.
            names
                .child_modules
                .contains(&path[0])
                .then(|| module.iter().map(|&name| name.to_owned()).chain(path.iter().cloned()).collect())
        };
        let paths: Vec<Vec<String>> = names.paths.iter().filter_map(from_root).collect();
        let targets =
            paths.iter().filter_map(|path| target_of(&path.iter().map(String::as_str).collect::<Vec<_>>()));
        targets.filter(|target| *target != file).collect::<BTreeSet<&str>>()
    };
    files.iter().map(|(file, names)| (file.as_str(), imports_of(file, names))).collect()
}

/// A shortest import circle through each file that is in one and not in a circle that was told before: `a.rs -> b.rs -> a.rs`.
pub(crate) fn circles(imports: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for file in imports.keys() {
        if told.contains(file) {
            continue;
        }
        if let Some(circle) = shortest_circle(imports, file) {
            told.extend(circle.iter().copied());
            circles.push([circle.as_slice(), &[file]].concat().join(" -> "));
        }
    }
    circles
}

/// The files of a shortest way from `file` back to itself, `file` first.
fn shortest_circle<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    file: &'a str,
) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([file]);
    while let Some(current) = queue.pop_front() {
        for &next in imports.get(current)? {
            if next == file {
                let back = |at: &&'a str| came_from.get(at).copied();
                let mut circle: Vec<&str> = std::iter::successors(Some(current), back).collect();
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, current);
                queue.push_back(next);
            }
        }
    }
    None
}
