//! Which files an output writes.

use std::path::{Path, PathBuf};

use crate::OutputSpec;
use crate::numbering::Numbering;
use crate::spec::file_name;

impl OutputSpec {
    /// The first file that it writes; `None` for what is no file.
    #[must_use]
    pub fn first_file(&self) -> Option<PathBuf> {
        let path = self.path()?;
        Some(match self.numbering() {
            Some(numbering) => path.with_file_name(numbering.name(1)),
            None => path.to_owned(),
        })
    }

    /// Whether it would write this file, by whatever name: links to it and to its folder are followed. Asks the file system.
    #[must_use]
    pub fn writes(&self, file: &Path) -> bool {
        let (Some(ours), Some(theirs)) = (self.path().and_then(whole), whole(file)) else {
            return false;
        };
        match self.numbering() {
            Some(numbering) => {
                ours.parent() == theirs.parent() && numbering.gives(&file_name(&theirs))
            }
            None => ours == theirs,
        }
    }

    /// Whether both would write some file. Asks the file system.
    #[must_use]
    pub fn shares_files_with(&self, other: &Self) -> bool {
        match (self.numbering(), other.numbering()) {
            (Some(ours), Some(theirs)) => {
                let folder = |spec: &Self| whole(spec.path()?)?.parent().map(Path::to_owned);
                ours.meets(&theirs) && folder(self) == folder(other)
            }
            (Some(_), None) => other.path().is_some_and(|path| self.writes(path)),
            (None, _) => self.path().is_some_and(|path| other.writes(path)),
        }
    }

    fn numbering(&self) -> Option<Numbering> {
        match self {
            Self::PictureSequence(path) => Numbering::find(&file_name(path)).ok().flatten(),
            _ => None,
        }
    }
}

/// The one name of a file, whatever links lead to it; one that is not there yet has its folder's.
fn whole(path: &Path) -> Option<PathBuf> {
    let in_folder = || {
        let folder = std::path::absolute(path).ok()?.parent()?.canonicalize();
        Some(folder.ok()?.join(path.file_name()?))
    };
    path.canonicalize()
        .ok()
        .or_else(in_folder)
        .or_else(|| std::path::absolute(path).ok())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn output(folder: &Path, name: &str) -> OutputSpec {
        folder.join(name).to_str().unwrap().parse().unwrap()
    }

    #[test]
    fn a_file_is_known_by_all_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        fs::create_dir(here.join("sub")).unwrap();
        fs::write(here.join("clip.mp4"), "a clip").unwrap();
        let clip = output(here, "clip.mp4");
        let new = output(here, "new.mp4");
        for (names, spec) in [
            (["clip.mp4", "sub/../clip.mp4"], &clip),
            (["new.mp4", "sub/../new.mp4"], &new),
        ] {
            for name in names {
                assert!(spec.writes(&here.join(name)), "{name}");
                assert!(spec.shares_files_with(&output(here, name)), "{name}");
            }
        }
        assert!(!new.writes(&here.join("clip.mp4")));
        assert!(!new.shares_files_with(&clip));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(here.join("clip.mp4"), here.join("link.mp4")).unwrap();
            std::os::unix::fs::symlink(here, here.join("sub/up")).unwrap();
            assert!(clip.writes(&here.join("link.mp4")));
            assert!(new.writes(&here.join("sub/up/new.mp4")));
        }
    }

    #[test]
    fn a_sequence_writes_each_of_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let sequence = output(here, "room-####.png");
        assert_eq!(sequence.first_file(), Some(here.join("room-0001.png")));
        for name in ["room-0001.png", "room-0420.png", "room-12345.png"] {
            assert!(sequence.writes(&here.join(name)), "{name}");
            assert!(sequence.shares_files_with(&output(here, name)), "{name}");
            assert!(output(here, name).shares_files_with(&sequence), "{name}");
        }
        // Counting begins with 1, and fills no more places than it needs.
        for name in [
            "room-0000.png",
            "room-001.png",
            "room-00001.png",
            "room-.png",
            "hall-0001.png",
        ] {
            assert!(!sequence.writes(&here.join(name)), "{name}");
        }
        assert!(!sequence.writes(&here.join("sub/room-0001.png")));
        assert!(sequence.shares_files_with(&output(here, "room-%02d.png")));
        assert!(!sequence.shares_files_with(&output(here, "hall-####.png")));
    }

    #[test]
    fn what_is_no_file_shares_none() {
        let null = OutputSpec::Null;
        assert_eq!(null.first_file(), None);
        assert!(!null.writes(Path::new("null")) && !null.shares_files_with(&OutputSpec::Null));
    }
}
