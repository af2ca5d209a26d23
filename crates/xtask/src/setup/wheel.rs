//! Python wheels, which are zip archives: checking one, and taking files out.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

/// The one wheel that pip put into a folder.
///
/// # Errors
/// There is none, or several.
pub fn only_wheel_in(folder: &Path) -> Result<PathBuf> {
    let mut wheels: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("pip left no folder {}", folder.display()))?
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    match (wheels.pop(), wheels.len()) {
        (Some(wheel), 0) => Ok(wheel),
        (_, others) => bail!(
            "pip was asked for one wheel and left {others} others in {}",
            folder.display()
        ),
    }
}

/// Compares a wheel with its pinned SHA-256, and deletes it if it differs.
///
/// # Errors
/// It differs, or cannot be read.
pub fn check_digest(wheel: &Path, expected: &str) -> Result<()> {
    let mut file = File::open(wheel).with_context(|| format!("cannot open {}", wheel.display()))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).with_context(|| format!("cannot read {}", wheel.display()))?;
    let found = format!("{:x}", hasher.finalize());
    if found == expected {
        return Ok(());
    }
    drop(file);
    fs::remove_file(wheel).with_context(|| format!("cannot delete {}", wheel.display()))?;
    bail!(
        "the downloaded {} is not the file that this checkout pins, so it was deleted unopened:\n  \
         expected SHA-256 {expected}\n  \
         found    SHA-256 {found}\n\
         Look at what pip is configured to download from (`python3 -m pip config list`), then start this again",
        wheel.file_name().unwrap_or_default().display()
    )
}

/// Writes single files of a wheel into a new folder: pairs of the path inside and the name outside.
///
/// # Errors
/// The wheel is not a zip archive, lacks one of the files, or the folder cannot be written.
pub fn unpack(wheel: &Path, files: &[(&str, String)], folder: &Path) -> Result<()> {
    let unreadable = || format!("cannot read {} as a wheel", wheel.display());
    let mut archive =
        ZipArchive::new(File::open(wheel).with_context(unreadable)?).with_context(unreadable)?;
    fs::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (inside, name) in files {
        let mut source = archive
            .by_name(inside)
            .with_context(|| format!("{} does not hold {inside}", wheel.display()))?;
        let path = folder.join(name);
        let unwritable = || format!("cannot write {}", path.display());
        let mut target = File::create(&path).with_context(unwritable)?;
        io::copy(&mut source, &mut target).with_context(unwritable)?;
        // Renaming the folder must not become visible before its contents are on the disk.
        target.sync_all().with_context(unwritable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    /// A folder with one small wheel; the test's name keeps tests apart.
    fn wheel_for(test: &str) -> (PathBuf, PathBuf) {
        let folder =
            std::env::temp_dir().join(format!("scrim-wheel-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("thing-1.0-cp312-cp312-linux.whl");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        writer
            .start_file("thing/capi/libthing.so.1", SimpleFileOptions::default())
            .unwrap();
        writer.write_all(b"a library").unwrap();
        writer.finish().unwrap();
        (folder, path)
    }

    fn digest_of(path: &Path) -> String {
        format!("{:x}", Sha256::digest(fs::read(path).unwrap()))
    }

    #[test]
    fn a_known_wheel_is_unpacked_under_the_names_given() {
        let (folder, wheel) = wheel_for("good");
        check_digest(&only_wheel_in(&folder).unwrap(), &digest_of(&wheel)).unwrap();
        let out = folder.join("out");
        unpack(
            &wheel,
            &[("thing/capi/libthing.so.1", "libthing.so".to_owned())],
            &out,
        )
        .unwrap();
        assert_eq!(fs::read(out.join("libthing.so")).unwrap(), b"a library");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_changed_wheel_is_refused_and_deleted() {
        let (folder, wheel) = wheel_for("changed");
        let digest = digest_of(&wheel);
        let mut file = File::options().append(true).open(&wheel).unwrap();
        file.write_all(b"!").unwrap();
        let error = check_digest(&wheel, &digest).unwrap_err().to_string();
        assert!(
            error.contains(&digest) && error.contains("deleted"),
            "{error}"
        );
        assert!(!wheel.exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_wheel_without_the_library_is_an_error_that_names_both() {
        let (folder, wheel) = wheel_for("other");
        let files = [("thing/capi/none.so", "none.so".to_owned())];
        let error = unpack(&wheel, &files, &folder.join("out"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("thing/capi/none.so") && error.contains(".whl"),
            "{error}"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn several_wheels_are_refused() {
        let (folder, wheel) = wheel_for("several");
        fs::copy(&wheel, folder.join("second.whl")).unwrap();
        assert!(only_wheel_in(&folder).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
