//! Where the repository is, and how its Cargo is called.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell::run_aside;

/// An integration test of the package `scrim`.
const PROGRAM_TEST: &str = "live";

/// The checkout that this xtask belongs to.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout. `cargo run` names the crate's folder at run time; the compiled-in one serves when the binary
    /// is started by hand.
    pub fn find() -> Result<Self> {
        let crate_folder = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = crate_folder
            .ancestors()
            .nth(2)
            .filter(|root| root.join("Cargo.lock").is_file())
            .with_context(|| {
                format!(
                    "no checkout of Scrim around {}; start this with `cargo xtask` inside one",
                    crate_folder.display()
                )
            })?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// Cargo, the one that started us, in the workspace's root.
    pub fn cargo(&self) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // What `cargo run` set for us is about xtask, and build scripts of other crates must not see it.
        for (name, _) in std::env::vars_os() {
            let about_xtask = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_")
                    || name.starts_with("CARGO_MANIFEST_")
                    || name == "CARGO_CRATE_NAME"
                    || name == "CARGO_BIN_NAME"
            });
            if about_xtask {
                command.env_remove(name);
            }
        }
        command
    }

    /// Where a file of the checkout lies.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where Cargo puts what it builds.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |folder| self.root.join(folder))
    }

    /// Builds the program as the tests use it, and says where it is.
    ///
    /// # Errors
    /// The build fails.
    pub fn test_program(&self) -> Result<PathBuf> {
        let mut build = self.cargo();
        // Not `cargo build`: without the dependencies of tests, other features are on, and much is compiled once more.
        // One of the program's own tests brings the program along.
        build
            .args(["test", "--workspace", "--no-run", "--quiet", "--locked"])
            .args(["--test", PROGRAM_TEST]);
        run_aside(&mut build)?;
        let name = format!("debug/scrim{}", std::env::consts::EXE_SUFFIX);
        Ok(self.target().join(name))
    }

    /// A file of the checkout as text.
    ///
    /// # Errors
    /// The file cannot be read; the error names it.
    pub fn read(&self, path: &str) -> Result<String> {
        let path = self.path(path);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_that_brings_the_program_exists() {
        let file = format!("crates/scrim/tests/{PROGRAM_TEST}.rs");
        let workspace = Workspace::find().unwrap();
        assert!(workspace.path(&file).is_file(), "no {file}");
    }
}
