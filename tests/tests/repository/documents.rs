//! Manifests, documents, and what must stand in none of the files.

use crate::checkout::{TextFile, report, root, text_files};

/// Folders of somebody's machine: in front of them stands nothing that makes them part of a longer path.
const FOREIGN_FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// What a newcomer, a packager and a lawyer look for first.
const REQUIRED: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "deny.toml",
    ".ci/run",
];

fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && !"_-.*}>~/".contains(before))
    })
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    let complaints: Vec<String> = manifests()
        .iter()
        .filter(|file| {
            let manifest: toml::Table = toml::from_str(&file.text).expect("a manifest is TOML");
            let workspace = manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            workspace.and_then(toml::Value::as_bool) != Some(true)
        })
        .map(|file| file.path.clone())
        .collect();
    report(
        &complaints,
        "Add to the manifest:\n[lints]\nworkspace = true",
    );
}

#[test]
fn every_dependency_version_stands_in_the_workspace_table() {
    let mut complaints = Vec::new();
    for file in manifests() {
        let manifest: toml::Table = toml::from_str(&file.text).expect("a manifest is TOML");
        let targets = manifest.get("target").and_then(toml::Value::as_table);
        let per_target = targets.into_iter().flat_map(|targets| targets.values());
        let tables = std::iter::once(&toml::Value::Table(manifest.clone()))
            .chain(per_target)
            .flat_map(|table| {
                ["dependencies", "dev-dependencies", "build-dependencies"]
                    .into_iter()
                    .filter_map(|kind| table.get(kind)?.as_table().cloned())
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>();
        for (name, value) in tables.into_iter().flatten() {
            if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                complaints.push(format!("{}: {name}", file.path));
            }
        }
    }
    report(
        &complaints,
        "Put the version into [workspace.dependencies] of the root manifest and write `name.workspace = true`.",
    );
}

fn manifests() -> Vec<TextFile> {
    let manifests: Vec<TextFile> = text_files()
        .into_iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .filter(|file| file.path.starts_with("crates/") || file.path.starts_with("tests/"))
        .collect();
    assert!(
        manifests.len() >= 10,
        "only {} manifests found",
        manifests.len()
    );
    manifests
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    let mut complaints = Vec::new();
    for file in text_files() {
        for (index, line) in file.text.lines().enumerate() {
            for folder in FOREIGN_FOLDERS {
                if names_folder(line, folder) {
                    complaints.push(format!("{}:{}: {folder}", file.path, index + 1));
                }
            }
        }
    }
    report(
        &complaints,
        "Use a path relative to the repository, or ask the system for the folder.",
    );
}

#[test]
fn foreign_folders_are_told_from_parts_of_other_paths() {
    let folder = FOREIGN_FOLDERS[0];
    for line in [
        format!("{folder}x"),
        format!("a \"{folder}x\""),
        format!("({folder})"),
    ] {
        assert!(names_folder(&line, folder), "{line}");
    }
    for line in [
        format!("models{folder}x"),
        format!("..{folder}x"),
        "framework/".to_owned(),
    ] {
        assert!(!names_folder(&line, folder), "{line}");
    }
}

#[test]
fn the_documents_that_people_look_for_exist() {
    let complaints: Vec<String> = REQUIRED
        .iter()
        .filter(|path| {
            std::fs::metadata(root().join(path)).map_or(0, |metadata| metadata.len()) == 0
        })
        .map(|path| format!("{path} is missing or empty"))
        .collect();
    report(&complaints, "Write it.");
}

#[test]
fn the_architecture_fits_on_a_few_screens() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md"))
        .expect("ARCHITECTURE.md must exist: it is where a new contributor starts");
    let lines = text.lines().count();
    assert!(
        lines <= 150,
        "ARCHITECTURE.md has {lines} lines: cut it to 150, details belong beside the code"
    );
}
