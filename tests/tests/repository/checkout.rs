//! The files of the checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that hold nothing of the repository's own, for where git cannot be asked.
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
    let mut paths = listed_by_git(root()).unwrap_or_else(|| {
        let mut paths = Vec::new();
        collect(root(), &mut paths);
        paths
    });
    paths.retain(|path| !lies_in_a_cache(path));
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

/// Tracked files, and new ones that git does not ignore; `None` where this is no checkout, such as an unpacked archive, or
/// there is no git.
fn listed_by_git(root: &Path) -> Option<Vec<PathBuf>> {
    if !root.join(".git").exists() {
        return None;
    }
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let paths = String::from_utf8(listed.stdout).ok()?;
    let paths = paths.split_terminator('\0').map(|path| root.join(path));
    // Without links, folders of other repositories, and files that are deleted but not yet committed.
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    Some(paths.filter(is_file).collect())
}

/// Whether a folder on the way to it says that it can be made anew, as build folders do (bford.info/cachedir).
fn lies_in_a_cache(path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .take_while(|folder| *folder != root())
        .any(|folder| folder.join("CACHEDIR.TAG").is_file())
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = !NOT_OURS.iter().any(|name| entry.file_name() == *name);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_ours && !path.join("CACHEDIR.TAG").is_file() => {
                collect(&path, paths);
            }
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

#[test]
fn what_git_ignores_and_what_is_cached_is_left_out() {
    assert!(!lies_in_a_cache(&root().join("Cargo.toml")));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    assert!(listed_by_git(path).is_none(), "no checkout");
    fs::write(path.join("ours.txt"), "").expect("a file");
    fs::write(path.join("ignored.txt"), "").expect("a file");
    fs::write(path.join(".gitignore"), "ignored*").expect("a file");
    fs::create_dir(path.join("cache")).expect("a folder");
    fs::write(path.join("cache/CACHEDIR.TAG"), "").expect("a file");
    fs::write(path.join("cache/made.txt"), "").expect("a file");
    let names = |mut paths: Vec<PathBuf>| -> Vec<String> {
        paths.sort();
        let below = paths
            .iter()
            .filter_map(|found| found.strip_prefix(path).ok());
        below
            .map(|found| found.to_string_lossy().into_owned())
            .collect()
    };

    assert!(lies_in_a_cache(&path.join("cache/made.txt")));
    let mut walked = Vec::new();
    collect(path, &mut walked);
    assert_eq!(names(walked), [".gitignore", "ignored.txt", "ours.txt"]);

    let git = Command::new("git").args(["init", "-q"]).arg(path).status();
    if !git.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED in part: there is no git");
        return;
    }
    let listed = listed_by_git(path).expect("git lists its files");
    assert_eq!(
        names(listed),
        [
            ".gitignore",
            "cache/CACHEDIR.TAG",
            "cache/made.txt",
            "ours.txt"
        ]
    );
}
