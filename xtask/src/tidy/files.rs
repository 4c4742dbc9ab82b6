//! Every Rust file has a sign on its door, is reached from a crate's root, and suppresses nothing silently.

use std::collections::BTreeSet;

use super::{Finding, Tree};
use crate::source::{Source, words};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let reached = reached(tree);
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        if !file.text.starts_with("//!") {
            findings.push(Finding::new(
                &file.path,
                1,
                "opens without `//!` lines",
                "begin with two to eight lines: what this is about, what it promises, what is deliberately not here",
            ));
        }
        for offset in allows(source) {
            findings.push(Finding::new(
                &file.path,
                source.line(offset),
                "`allow` stays when it is no longer needed",
                "write `#[expect(…, reason = \"…\")]`: it is reported when there is nothing left to expect",
            ));
        }
        if !reached.contains(&file.path) {
            findings.push(Finding::new(
                &file.path,
                1,
                "is not part of any crate",
                "name it with `mod` in the module it belongs to, or delete it",
            ));
        }
    }
    findings
}

/// Where lints are allowed: `#[allow(…)]`, `#![allow(…)]`, and the same inside `cfg_attr`.
fn allows(source: &Source) -> impl Iterator<Item = usize> {
    words(&source.code)
        .filter(|(at, word)| {
            let before = source.code[..*at].trim_end();
            let after = source.code[at + word.len()..].trim_start();
            let in_attribute = before.ends_with('[')
                && before
                    .trim_end_matches('[')
                    .trim_end()
                    .ends_with(['#', '!']);
            let in_condition = before.ends_with(',')
                && before
                    .rfind("cfg_attr")
                    .is_some_and(|start| !before[start..].contains(']'));
            *word == "allow" && after.starts_with('(') && (in_attribute || in_condition)
        })
        .map(|(at, _)| at)
}

/// Every Rust file that a crate's root leads to.
fn reached(tree: &Tree) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = tree
        .rust()
        .map(|(file, _)| &file.path)
        .filter(|path| is_root(tree, path))
        .cloned()
        .collect();
    while let Some(path) = open.pop() {
        let Some(file) = tree.get(&path) else {
            continue;
        };
        if !reached.insert(path.clone()) {
            continue;
        }
        if let Some(source) = &file.rust {
            open.extend(children(tree, &path, source));
        }
    }
    reached
}

/// Whether cargo begins a crate here by itself, or by what the manifest says.
fn is_root(tree: &Tree, path: &str) -> bool {
    let Some(home) = tree
        .files
        .iter()
        .filter_map(|file| file.path.strip_suffix("Cargo.toml"))
        .filter(|home| path.starts_with(home))
        .max_by_key(|home| home.len())
    else {
        return false;
    };
    let inside = &path[home.len()..];
    let parts: Vec<&str> = inside.split('/').collect();
    let by_custom = matches!(
        parts.as_slice(),
        ["build.rs"]
            | ["src", "lib.rs" | "main.rs"]
            | ["src", "bin", _]
            | ["src", "bin", _, "main.rs"]
            | ["tests" | "benches" | "examples", _]
            | ["tests" | "benches" | "examples", _, "main.rs"]
    );
    let named = format!("path = \"{inside}\"");
    by_custom
        || tree
            .get(&format!("{home}Cargo.toml"))
            .is_some_and(|manifest| manifest.text.contains(&named))
}

/// The files that this one names: by `mod`, by `#[path]`, by `include!`.
fn children(tree: &Tree, path: &str, source: &Source) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.trim_end_matches(".rs");
    let holds_its_own = is_root(tree, path) || matches!(name, "mod.rs" | "lib.rs" | "main.rs");
    let mut found = Vec::new();
    for (at, word) in words(&source.code) {
        if word != "mod" {
            continue;
        }
        let after = source.code[at + word.len()..].trim_start();
        let end = after
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(after.len());
        if !after[end..].trim_start().starts_with(';') {
            continue;
        }
        let mut place: Vec<&str> = vec![folder];
        if !holds_its_own {
            place.push(stem);
        }
        place.extend(
            source
                .modules_around(at)
                .filter(|around| *around != &after[..end]),
        );
        let place = place.join("/");
        found.push(format!("{place}/{}.rs", &after[..end]));
        found.push(format!("{place}/{}/mod.rs", &after[..end]));
    }
    for text in &source.texts {
        let before = source.code[..text.offset].trim_end();
        if before.ends_with("path =") || before.ends_with("include!(") {
            found.push(join(folder, &text.says));
        }
    }
    found
}

/// A path from a folder, with `..` worked out.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::wrongs;
    use super::*;

    #[test]
    fn a_file_that_no_module_names_is_found_and_one_that_is_named_is_not() {
        let tree = Tree::of([
            ("crates/a/Cargo.toml", "[package]\nname = \"a\""),
            ("crates/a/src/lib.rs", "//! A.\nmod b;\n// mod lost;\n"),
            (
                "crates/a/src/b.rs",
                "//! B.\nmod c;\nmod d { mod e; }\n#[path = \"odd/f.rs\"]\nmod f;\n",
            ),
            ("crates/a/src/b/c.rs", "//! C."),
            ("crates/a/src/b/d/e.rs", "//! E."),
            ("crates/a/src/odd/f.rs", "//! F."),
            ("crates/a/src/lost.rs", "//! Lost."),
            ("crates/a/tests/whole.rs", "//! A test.\nmod helpers;"),
            ("crates/a/tests/helpers/mod.rs", "//! Helpers."),
            ("crates/a/benches/speed.rs", "//! A bench."),
        ]);
        let findings = check(&tree);
        assert_eq!(wrongs(&findings), ["is not part of any crate"]);
        assert_eq!(findings[0].path, "crates/a/src/lost.rs");
    }

    #[test]
    fn a_file_without_opening_lines_is_found() {
        let tree = Tree::of([
            ("crates/a/Cargo.toml", ""),
            ("crates/a/src/lib.rs", "// A.\npub struct A;"),
        ]);
        assert_eq!(wrongs(&check(&tree)), ["opens without `//!` lines"]);
    }

    #[test]
    fn every_way_to_allow_is_found_and_talk_of_it_is_not() {
        let file = "//! A: not `#[allow(x)]`.\n#![allow(a)]\n#[allow (b)]\n#[cfg_attr(test, allow(c))]\nfn allow() { allow(\"#[allow(d)]\") }\n#[expect(e, reason = \"f\")]\nfn g() {}\n";
        let tree = Tree::of([("x/Cargo.toml", ""), ("x/src/lib.rs", file)]);
        let lines: Vec<_> = check(&tree).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }
}
