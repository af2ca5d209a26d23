//! The program as people get it: the release build, started as `cargo xtask run` starts it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::prepare_tests;
use crate::run;
use crate::shell::{line_of, run_aside};
use crate::workspace::Workspace;

/// A person whose matte is known, so that it is never taken for an empty room.
const PERSON: &str = "models/reference/figure.png";

/// What every PNG file starts with (ISO/IEC 15948).
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Builds the program in release mode and lets it write one picture.
///
/// # Errors
/// The build fails, the program fails, or there is no picture afterwards.
pub fn check(workspace: &Workspace) -> Result<()> {
    let folder = TemporaryFolder::new()?;
    let picture = folder.0.join("out.png");
    let args: [OsString; 6] = [
        "image".into(),
        workspace.path(PERSON).into(),
        "-o".into(),
        picture.clone().into(),
        "--background".into(),
        "color:#00b140".into(),
    ];
    let mut program = run::program(workspace, &args)?;
    let _screen = prepare_tests(&mut program)?;
    eprintln!("    {}", line_of(&program));
    run_aside(&mut program)?;
    check_picture(&picture)
}

fn check_picture(path: &Path) -> Result<()> {
    let written = fs::read(path)
        .with_context(|| format!("the program succeeded but wrote no {}", path.display()))?;
    ensure!(
        written.len() > PNG_SIGNATURE.len() && written.starts_with(PNG_SIGNATURE),
        "the program succeeded but {} is no PNG",
        path.display()
    );
    Ok(())
}

/// Removed when dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("scrim-program-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("xtask: cannot remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_picture_passes() {
        let folder =
            TemporaryFolder(std::env::temp_dir().join(format!("scrim-png-{}", std::process::id())));
        fs::create_dir_all(&folder.0).unwrap();
        let path = folder.0.join("out.png");
        assert!(check_picture(&path).is_err(), "there is none");
        fs::write(&path, "no picture").unwrap();
        assert!(check_picture(&path).is_err());
        fs::write(&path, PNG_SIGNATURE).unwrap();
        assert!(
            check_picture(&path).is_err(),
            "nothing behind the signature"
        );
        fs::write(&path, [PNG_SIGNATURE, b"more"].concat()).unwrap();
        check_picture(&path).unwrap();
    }

    #[test]
    fn the_person_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert!(root.join(PERSON).is_file());
    }
}
