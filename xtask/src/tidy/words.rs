//! Words: the index of decisions is whole, each decision has its four parts, and nothing names a place on
//! somebody's machine.

use super::{Finding, Tree};

const DECISIONS: &str = "docs/decisions/";

/// The parts of a page, in order: `docs/decisions/README.md` says what belongs in each.
const PARTS: [&str; 4] = [
    "## Context",
    "## Choice",
    "## Price",
    "## What would make us revisit",
];

/// Beginnings of paths that are true on one machine only; taken apart, so that this file passes.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/tmp", "/w/"),
    concat!("/ro", "ot/"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = decisions(tree);
    findings.extend(machine_paths(tree));
    findings
}

fn decisions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pages: Vec<_> = tree
        .files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(DECISIONS)?, file)))
        .filter(|(name, _)| name.ends_with(".md") && *name != "README.md")
        .collect();
    let index_path = format!("{DECISIONS}README.md");
    let index = tree.get(&index_path).map_or("", |file| file.text.as_str());
    for (name, file) in &pages {
        if !index.contains(&format!("]({name})")) {
            findings.push(Finding::new(
                &file.path,
                1,
                "is not in the index of decisions",
                "add a line with its number, its title and a link to docs/decisions/README.md",
            ));
        }
        let number = name
            .get(..4)
            .filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
        let is_only = pages
            .iter()
            .filter(|(other, _)| other.get(..4) == number)
            .count()
            == 1;
        if number.is_none() || !is_only {
            findings.push(Finding::new(
                &file.path,
                1,
                "has no number of its own",
                "name it `NNNN-what-was-decided.md`, with the next free number",
            ));
        }
        let mut rest = file.text.as_str();
        for part in PARTS {
            match rest.split_once(&format!("\n{part}\n")) {
                Some((_, after)) => rest = after,
                None => findings.push(Finding::new(
                    &file.path,
                    1,
                    format!("has no part `{part}` in its place"),
                    "a decision says, in this order: context, choice, price, what would make us revisit",
                )),
            }
        }
    }
    for (at, line) in index.lines().enumerate() {
        for linked in line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let is_page = linked.ends_with(".md") && !linked.contains('/');
            if is_page && !pages.iter().any(|(name, _)| *name == linked) {
                findings.push(Finding::new(
                    &index_path,
                    at + 1,
                    format!("links to `{linked}`, which is not there"),
                    "a decision is never deleted: a later page takes its place and says so",
                ));
            }
        }
    }
    findings
}

fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (at, line) in file.text.lines().enumerate() {
            for path in MACHINE_PATHS {
                // Inside a longer path or an address it is something else.
                let stands_alone = line.match_indices(path).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}~".contains(c))
                });
                if stands_alone {
                    findings.push(Finding::new(
                        &file.path,
                        at + 1,
                        format!("names `{path}…`, a place on one machine"),
                        "name it from the root of the repository, or take it from an argument",
                    ));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::wrongs;
    use super::*;

    const PAGE: &str = "# T\n\n## Context\n\na\n\n## Choice\n\na\n\n## Price\n\na\n\n## What would make us revisit\n\na\n";

    #[test]
    fn a_page_that_the_index_lacks_and_a_link_without_a_page_are_found() {
        let tree = Tree::of([
            (
                "docs/decisions/README.md",
                "- [a](0001-a.md)\n- [c](0003-c.md)",
            ),
            ("docs/decisions/0001-a.md", PAGE),
            ("docs/decisions/0002-b.md", PAGE),
        ]);
        assert_eq!(
            wrongs(&decisions(&tree)),
            [
                "is not in the index of decisions",
                "links to `0003-c.md`, which is not there"
            ]
        );
    }

    #[test]
    fn a_page_without_its_parts_or_with_a_number_taken_is_found() {
        let tree = Tree::of([
            ("docs/decisions/README.md", "[a](0001-a.md) [b](0001-b.md)"),
            ("docs/decisions/0001-a.md", PAGE),
            (
                "docs/decisions/0001-b.md",
                &PAGE.replace("## Price", "## Cost"),
            ),
        ]);
        assert_eq!(
            wrongs(&decisions(&tree)),
            [
                "has no number of its own",
                "has no number of its own",
                "has no part `## Price` in its place"
            ]
        );
    }

    #[test]
    fn places_on_a_machine_are_found_and_longer_paths_are_not() {
        let bad = format!("see {}spec/a.md", MACHINE_PATHS[0]);
        let good = format!(
            "see docs{0}a.md and https://example.com{0}a",
            MACHINE_PATHS[0]
        );
        let tree = Tree::of([("a.md", bad), ("b.md", good)]);
        let findings = machine_paths(&tree);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].path, "a.md");
    }
}
