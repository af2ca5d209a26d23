//! The files of the checkout.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of the repository's own.
const NOT_OURS: &[&str] = &[".git", ".venv", "target", "__pycache__"];

/// The folder of the workspace's Cargo.toml.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in the workspace's root")
}

/// A text file of the checkout with its path from the root, separated by `/` on every system.
pub struct TextFile {
    pub path: String,
    pub text: String,
}

impl TextFile {
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
    }
}

/// Every text file, sorted. Pictures, models and the like are not UTF-8 and left out.
pub fn text_files() -> Vec<TextFile> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    paths.sort();
    assert!(
        paths.len() > 50,
        "only {} files in {}",
        paths.len(),
        root().display()
    );
    paths
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).expect("collected below the root");
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            Some(TextFile {
                path: parts.join("/"),
                text,
            })
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = !NOT_OURS.iter().any(|name| entry.file_name() == *name);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_ours => collect(&path, paths),
            Ok(kind) if kind.is_file() => paths.push(path),
            _ => {}
        }
    }
}

/// Fails with every complaint and with what to do about them.
pub fn report(complaints: &[String], what_to_do: &str) {
    assert!(
        complaints.is_empty(),
        "\n  {}\n{what_to_do}\n",
        complaints.join("\n  ")
    );
}
