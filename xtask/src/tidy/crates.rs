//! Which crate may import which: the table, held against the manifests.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Finding, Tree};

/// A crate of the workspace: where it lies in the order, and what it must not know.
struct Room {
    name: &'static str,
    /// Which of ours it may import.
    ours: &'static [&'static str],
    /// Which others it must not import, outside its tests.
    never: &'static [&'static [&'static str]],
}

const NETWORK: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "hyper-util",
    "tower",
    "reqwest",
    "http",
];
const SQL: &[&str] = &["rusqlite", "postgres", "tokio-postgres-rustls", "refinery"];
const AMBIENT: &[&str] = &["getrandom", "rand", "tracing", "rustls"];

/// The house, bottom up. `ARCHITECTURE.md` draws it.
const ROOMS: [Room; 8] = [
    Room {
        name: "ephor-core",
        ours: &[],
        never: &[NETWORK, SQL, AMBIENT],
    },
    Room {
        name: "ephor-store",
        ours: &["ephor-core"],
        never: &[NETWORK],
    },
    Room {
        name: "ephor-ops",
        ours: &["ephor-core", "ephor-store"],
        never: &[NETWORK, SQL],
    },
    Room {
        name: "ephor-connect",
        ours: &["ephor-core"],
        never: &[SQL, &["axum"]],
    },
    Room {
        name: "ephor-portal",
        ours: &[],
        never: &[NETWORK, SQL, AMBIENT],
    },
    Room {
        name: "ephor-http",
        ours: &["ephor-core", "ephor-store", "ephor-ops", "ephor-portal"],
        never: &[SQL],
    },
    Room {
        name: "ephor",
        ours: &[
            "ephor-core",
            "ephor-store",
            "ephor-ops",
            "ephor-http",
            "ephor-connect",
        ],
        never: &[SQL],
    },
    Room {
        name: "xtask",
        ours: &[],
        never: &[],
    },
];

#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    lints: Option<Lints>,
    #[serde(flatten)]
    tables: Tables,
    #[serde(default)]
    target: BTreeMap<String, Tables>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Lints {
    #[serde(default)]
    workspace: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tables {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
    #[serde(default)]
    build_dependencies: BTreeMap<String, toml::Value>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, toml::Value>,
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if file.path == "Cargo.toml" || !file.path.ends_with("/Cargo.toml") {
            continue;
        }
        let mut say = |needle: &str, wrong: String, instead| {
            let line = file
                .text
                .lines()
                .position(|line| line.starts_with(needle))
                .map_or(1, |at| at + 1);
            findings.push(Finding::new(&file.path, line, wrong, instead));
        };
        let manifest: Manifest = match toml::from_str(&file.text) {
            Ok(manifest) => manifest,
            Err(error) => {
                say(
                    "",
                    format!("is no manifest: {error}"),
                    "write it as the other crates' are",
                );
                continue;
            }
        };
        let Some(name) = manifest.package.as_ref().map(|package| &package.name) else {
            continue;
        };
        let Some(room) = ROOMS.iter().find(|room| room.name == *name) else {
            say(
                "name",
                format!("`{name}` is not in the table of crates"),
                "a module is usually enough; if a new wall stops a real accident, add it to ROOMS in xtask/src/tidy/crates.rs and to ARCHITECTURE.md",
            );
            continue;
        };
        if !manifest.lints.is_some_and(|lints| lints.workspace) {
            say(
                "[lints]",
                format!("`{name}` does not take the workspace's lints"),
                "add `[lints]` with `workspace = true`",
            );
        }
        let mut used = Vec::new();
        for tables in std::iter::once(&manifest.tables).chain(manifest.target.values()) {
            used.extend(tables.dependencies.iter().map(|entry| (entry, true)));
            used.extend(tables.build_dependencies.iter().map(|entry| (entry, true)));
            used.extend(tables.dev_dependencies.iter().map(|entry| (entry, false)));
        }
        for ((key, value), is_shipped) in used {
            let used = value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(key);
            // A crate's own tests may take it with a feature on.
            if used == name && !is_shipped {
                continue;
            }
            let is_ours = ROOMS.iter().any(|room| room.name == used);
            if is_ours && !room.ours.contains(&used) {
                say(
                    key,
                    format!("`{name}` may not import `{used}`"),
                    "see the picture in ARCHITECTURE.md: move the code to the crate that may know both, or pass in what it needs",
                );
            }
            if is_shipped && room.never.iter().any(|never| never.contains(&used)) {
                say(
                    key,
                    format!("`{name}` may not know `{used}`"),
                    "core decides, store speaks SQL, ops knows no runtime, http knows no SQL: put the code into the room that has it",
                );
            }
            if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                say(
                    key,
                    format!("`{key}` has its version here"),
                    "name it in [workspace.dependencies] and write `workspace = true` here, so that there is one table of versions",
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::wrongs;
    use super::*;

    fn manifest(name: &str, rest: &str) -> Tree {
        Tree::of([(
            format!("crates/{name}/Cargo.toml"),
            format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}"),
        )])
    }

    #[test]
    fn an_import_against_the_direction_is_found_wherever_it_is_written() {
        for table in [
            "dependencies",
            "dev-dependencies",
            "build-dependencies",
            "target.'cfg(unix)'.dependencies",
        ] {
            let tree = manifest(
                "ephor-store",
                &format!("[{table}]\nephor-ops.workspace = true"),
            );
            assert_eq!(
                wrongs(&check(&tree)),
                ["`ephor-store` may not import `ephor-ops`"],
                "{table}"
            );
        }
    }

    #[test]
    fn what_the_table_allows_passes() {
        let tree = manifest(
            "ephor-http",
            "[dependencies]\nephor-store.workspace = true\naxum = { workspace = true }\n",
        );
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_renamed_import_is_still_the_same_crate() {
        let tree = manifest(
            "ephor-core",
            "[dependencies]\nruntime = { package = \"tokio\", workspace = true }",
        );
        assert_eq!(wrongs(&check(&tree)), ["`ephor-core` may not know `tokio`"]);
    }

    #[test]
    fn sql_is_for_the_store_and_for_tests() {
        let tree = manifest("ephor", "[dependencies]\nrusqlite.workspace = true");
        assert_eq!(wrongs(&check(&tree)), ["`ephor` may not know `rusqlite`"]);
        let tree = manifest("ephor", "[dev-dependencies]\nrusqlite.workspace = true");
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_crate_may_be_its_own_tests_dependency() {
        let tree = manifest(
            "ephor-store",
            "[dev-dependencies]\nephor-store = { path = \".\", features = [\"testing\"] }",
        );
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn an_unknown_crate_a_version_of_its_own_and_missing_lints_are_found() {
        assert_eq!(
            wrongs(&check(&manifest("ephor-common", ""))),
            ["`ephor-common` is not in the table of crates"]
        );
        assert_eq!(
            wrongs(&check(&manifest(
                "ephor-ops",
                "[dependencies]\nserde = \"1\""
            ))),
            ["`serde` has its version here"]
        );
        let bare = Tree::of([(
            "crates/ephor-ops/Cargo.toml",
            "[package]\nname = \"ephor-ops\"",
        )]);
        assert_eq!(
            wrongs(&check(&bare)),
            ["`ephor-ops` does not take the workspace's lints"]
        );
    }
}
