//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::checkout::{report, root};

/// The compile-time arrows: each crate of the workspace, and the ones it may use, in tests too.
const ARROWS: &[(&str, &[&str])] = &[
    ("scrim-frame", &[]),
    ("scrim-capture", &["scrim-frame"]),
    ("scrim-matting", &["scrim-frame"]),
    ("scrim-compositor", &["scrim-frame"]),
    ("scrim-output", &["scrim-frame"]),
    (
        "scrim-pipeline",
        &[
            "scrim-frame",
            "scrim-capture",
            "scrim-matting",
            "scrim-compositor",
            "scrim-output",
        ],
    ),
    ("scrim-panel", &["scrim-pipeline"]),
    (
        "scrim",
        &[
            "scrim-frame",
            "scrim-capture",
            "scrim-matting",
            "scrim-compositor",
            "scrim-output",
            "scrim-pipeline",
            "scrim-panel",
        ],
    ),
    (
        "scrim-tests",
        &[
            "scrim-frame",
            "scrim-capture",
            "scrim-matting",
            "scrim-compositor",
            "scrim-output",
            "scrim-pipeline",
            "scrim-panel",
            "scrim",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that stay behind one door, so that they can be replaced there: who may name them.
const CONFINED: &[(&str, &[&str])] = &[
    ("egui", &["scrim-panel", "scrim"]),
    ("egui_kittest", &["scrim-panel"]),
    ("egui-wgpu", &["scrim"]),
    ("egui-winit", &["scrim"]),
    ("winit", &["scrim"]),
    ("rfd", &["scrim-panel"]),
    ("clap", &["scrim", "xtask"]),
    ("ort", &["scrim-matting"]),
    ("nokhwa", &["scrim-capture"]),
    ("pipewire", &["scrim-output"]),
    ("v4l", &["scrim-capture"]),
    ("rustix", &["scrim-output"]),
    ("ffmpeg-sidecar", &["scrim-capture", "scrim-output"]),
    ("wgpu", &["scrim-compositor", "scrim-pipeline", "scrim"]),
    ("naga", &["scrim-compositor"]),
];

/// Crates whose types cross crate borders: two copies compile, and then cannot exchange a texture or a widget.
const SINGLE: &[&str] = &[
    "wgpu",
    "wgpu-core",
    "wgpu-hal",
    "wgpu-types",
    "naga",
    "egui",
    "epaint",
    "emath",
    "egui-wgpu",
    "egui-winit",
    "winit",
    "ort",
    "ort-sys",
    "image",
];

/// The workspace's crates with the names of all their dependencies: normal, build, test, for every platform.
fn workspace_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("metadata lists packages");
    let name_of = |value: &Value| value["name"].as_str().expect("it has a name").to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("it has a list");
            (name_of(package), dependencies.iter().map(name_of).collect())
        })
        .collect()
}

fn locked_packages() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock can be read");
    let lock: toml::Table = toml::from_str(&text).expect("Cargo.lock is TOML");
    let packages = lock["package"]
        .as_array()
        .expect("Cargo.lock lists packages");
    packages
        .iter()
        .filter_map(|package| package.as_table().cloned())
        .collect()
}

#[test]
fn crates_depend_on_each_other_along_the_arrows_only() {
    let crates = workspace_dependencies();
    let ours: BTreeSet<&String> = crates.keys().collect();
    let mut complaints = Vec::new();
    for (name, dependencies) in &crates {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| known == name) else {
            complaints.push(format!("{name} has no place in the design"));
            continue;
        };
        for dependency in dependencies
            .iter()
            .filter(|dependency| ours.contains(dependency))
        {
            if !allowed.contains(&dependency.as_str()) {
                complaints.push(format!("{name} must not use {dependency}"));
            }
        }
    }
    for (name, _) in ARROWS {
        if !crates.contains_key(*name) {
            complaints.push(format!("{name} is in the design, but not in the workspace"));
        }
    }
    report(
        &complaints,
        "Stages know only scrim-frame, and what joins them belongs into scrim-pipeline. If the design itself is to \
         change, change ARCHITECTURE.md and ARROWS in this file together.",
    );
}

#[test]
fn foreign_crates_stay_behind_their_doors() {
    let crates = workspace_dependencies();
    let mut complaints = Vec::new();
    for (foreign, allowed) in CONFINED {
        let users: Vec<&str> = crates
            .iter()
            .filter(|(_, dependencies)| dependencies.contains(*foreign))
            .map(|(name, _)| name.as_str())
            .collect();
        for user in &users {
            if !allowed.contains(user) {
                complaints.push(format!(
                    "{user} must not use {foreign}: only {}",
                    allowed.join(", ")
                ));
            }
        }
        if users.is_empty() {
            complaints.push(format!(
                "nothing uses {foreign} any more: remove it from CONFINED"
            ));
        }
    }
    report(
        &complaints,
        "Ask the crate that owns the door for what is needed, in this project's own types.",
    );
}

#[test]
fn shared_crates_are_locked_once() {
    let packages = locked_packages();
    let complaints: Vec<String> = SINGLE
        .iter()
        .filter_map(|name| {
            let versions: Vec<&str> = packages
                .iter()
                .filter(|package| package["name"].as_str() == Some(name))
                .filter_map(|package| package["version"].as_str())
                .collect();
            (versions.len() != 1).then(|| {
                format!(
                    "{name}: {} versions {versions:?}, expected one",
                    versions.len()
                )
            })
        })
        .collect();
    report(
        &complaints,
        "Choose versions that share one copy; `cargo tree --invert NAME` tells who brings which.",
    );
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let complaints: Vec<String> = locked_packages()
        .iter()
        .filter_map(|package| {
            let source = package.get("source")?.as_str()?;
            (!source.starts_with("registry+"))
                .then(|| format!("{}: {source}", package["name"].as_str().unwrap_or_default()))
        })
        .collect();
    report(
        &complaints,
        "Git dependencies vanish and cannot be checked by version: use a published one.",
    );
}
