//! What a source file names: a reader of Rust tokens that knows paths, `use` trees and modules.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Words before which a path that starts with `::` may stand, and which are no part of it.
const KEYWORDS: [&str; 12] =
    ["as", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "return", "use", "where"];

/// What one source file names.
#[derive(Default)]
pub(crate) struct Names {
    /// Every path in the code, by segments, with `use` trees spelt out; those that start at the crate's root
    /// (`crate::`, `self::`, `super::`, `melscope::`) are resolved and start with `crate`.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// Modules in files of their own that the file declares at its top: `mod name;`.
    pub(crate) child_modules: BTreeSet<String>,
    /// Modules in files of their own that only tests have: `#[cfg(test)] mod name;`.
    pub(crate) test_modules: Vec<String>,
    /// Test functions that are switched off.
    pub(crate) has_ignored_test: bool,
}

impl Names {
    /// Reads the file of the module `module`, which is empty for the crate's root.
    pub(crate) fn of(text: &str, module: &[&str]) -> Self {
        let tokens: TokenStream =
            text.parse().unwrap_or_else(|error| panic!("not Rust in {module:?}: {error}"));
        let mut names = Self::default();
        let module = module.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        names.read(&tokens.into_iter().collect::<Vec<_>>(), &module);
        names
    }

    fn read(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        let mut is_test_only = false;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let attribute = tokens.get(at + 1).map(TokenTree::to_string).unwrap_or_default();
                    let plain = attribute.split_whitespace().collect::<String>();
                    is_test_only |= plain == "[cfg(test)]" || plain.starts_with("[cfg(all(test,");
                    self.has_ignored_test |= plain == "[ignore]" || plain.starts_with("[ignore=");
                    at += 1;
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => {
                    is_test_only = false;
                    at += 1;
                }
                TokenTree::Ident(ident) if *ident == "mod" => {
                    let name = tokens.get(at + 1).map(TokenTree::to_string).unwrap_or_default();
                    match tokens.get(at + 2) {
                        Some(TokenTree::Group(body)) if !is_test_only => {
                            let inner = [module, &[name]].concat();
                            self.read(&body.stream().into_iter().collect::<Vec<_>>(), &inner);
                        }
                        Some(TokenTree::Group(body)) => {
                            let mut of_tests = Self::default();
                            of_tests.read(&body.stream().into_iter().collect::<Vec<_>>(), module);
                            self.has_ignored_test |= of_tests.has_ignored_test;
                        }
                        _ if is_test_only => self.test_modules.push(name),
                        _ => _ = self.child_modules.insert(name),
                    }
                    is_test_only = false;
                    at += 3;
                }
                TokenTree::Ident(word) if *word == "pub" => {
                    at += if tokens.get(at + 1).is_some_and(is_visibility) { 2 } else { 1 };
                }
                TokenTree::Ident(word) if KEYWORDS.iter().any(|keyword| word == keyword) => at += 1,
                // `<A as B>::name`: the path began inside of the brackets.
                TokenTree::Ident(_)
                    if at >= 3 && is_punct(&tokens[at - 3], '>') && is_colons(&tokens[at - 2..]) =>
                {
                    at += 1;
                }
                TokenTree::Ident(_) => at = self.read_path(tokens, at, &[], module),
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace {
                        is_test_only = false;
                    }
                    self.read(&group.stream().into_iter().collect::<Vec<_>>(), module);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the path that goes on at `at` after `prefix`; returns the place after it.
    fn read_path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        prefix: &[String],
        module: &[String],
    ) -> usize {
        let mut path = prefix.to_vec();
        if path.is_empty() && tokens.get(at..).is_some_and(is_colons) {
            at += 2;
        }
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
                Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => path.push("*".to_owned()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    let tree: Vec<TokenTree> = tree.stream().into_iter().collect();
                    for branch in
                        tree.split(|token| token.to_string() == ",").filter(|branch| !branch.is_empty())
                    {
                        self.read_path(branch, 0, &path, module);
                    }
                    return at + 1;
                }
                // Generic arguments, `Vec::<…>`: what they name is read as paths of its own.
                _ => break,
            }
            at += 1;
            if tokens.get(at..).is_some_and(is_colons) {
                at += 2;
            } else {
                break;
            }
        }
        if !path.is_empty() {
            self.paths.insert(resolved(path, module));
        }
        at
    }
}

/// True when the tokens start with `::`.
fn is_colons(tokens: &[TokenTree]) -> bool {
    tokens.len() >= 2 && tokens[..2].iter().all(|token| is_punct(token, ':'))
}

/// True for what stands behind `pub`: `(super)`, `(in crate::ui)`. The path in it says who may import, it imports nothing.
fn is_visibility(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let inside: Vec<String> = group.stream().into_iter().map(|token| token.to_string()).collect();
    group.delimiter() == Delimiter::Parenthesis
        && match inside.as_slice() {
            [only] => ["crate", "self", "super"].contains(&only.as_str()),
            [first, ..] => first == "in",
            [] => false,
        }
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The path as seen from the crate's root, when it is written from there or from the module it stands in.
fn resolved(path: Vec<String>, module: &[String]) -> Vec<String> {
    let root = || vec!["crate".to_owned()];
    let n_super = path.iter().take_while(|segment| *segment == "super").count();
    match path[0].as_str() {
        // A name alone that is not `crate` is a variable or a field.
        "melscope" if path.len() == 1 => path,
        "crate" | "melscope" => [&root(), &path[1..]].concat(),
        "self" => [&root(), module, &path[1..]].concat(),
        "super" => [&root(), &module[..module.len().saturating_sub(n_super)], &path[n_super..]].concat(),
        _ => path,
    }
}
