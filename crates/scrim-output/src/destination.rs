//! Files that appear under their final name only when they are complete.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::SinkError;

/// Where a file will stand: its folder takes files, and nothing but a file stands there now.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// As the user named it, for messages.
    named: PathBuf,
    /// Links followed, so that a link to a file stays one.
    path: PathBuf,
}

impl Destination {
    /// Checks everything that can be known before there is anything to write.
    pub(crate) fn new(named: &Path) -> Result<Self, SinkError> {
        let refuse = |reason: String, try_this: &str| SinkError::File {
            path: named.into(),
            reason,
            try_this: try_this.into(),
        };
        let folder = folder_of(named);
        match fs::metadata(folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                return Err(refuse(
                    format!("{} is not a folder", folder.display()),
                    "Name a file in a folder.",
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(refuse(
                    format!("the folder {} does not exist", folder.display()),
                    "Make the folder first, or name another one.",
                ));
            }
            Err(error) => return Err(file_error(named, &error)),
        }
        match fs::metadata(named) {
            Ok(found) if found.is_dir() => Err(refuse(
                "a folder of this name exists".into(),
                "Name a file in it, or another file.",
            )),
            // Renaming over a device would remove the device.
            Ok(found) if !found.is_file() => Err(refuse(
                "it is no ordinary file".into(),
                "Name an ordinary file.",
            )),
            Ok(_) => Ok(Self {
                named: named.into(),
                path: fs::canonicalize(named).map_err(|error| file_error(named, &error))?,
            }),
            // A file in its place would leave what it leads to without one.
            Err(_) if let Ok(target) = fs::read_link(named) => Err(refuse(
                format!("it is a link to {}, where nothing is", target.display()),
                "Name that file, or remove the link.",
            )),
            Err(_) => Ok(Self {
                named: named.into(),
                path: named.into(),
            }),
        }
    }

    /// The path, as the user named it.
    pub(crate) fn named(&self) -> &Path {
        &self.named
    }

    /// An empty hidden file in the same folder, with the same extension; removed when dropped.
    pub(crate) fn temporary(&self) -> Result<NamedTempFile, SinkError> {
        let suffix = match self.path.extension().and_then(|e| e.to_str()) {
            Some(extension) => format!(".{extension}"),
            None => String::new(),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".scrim-").suffix(&suffix);
        // Without this the finished file could be read by its owner alone; the umask still applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder
            .tempfile_in(folder_of(&self.path))
            .map_err(|error| self.error(&error))
    }

    /// Gives a complete temporary file its final name, in place of whatever file had it.
    pub(crate) fn publish(&self, temporary: TempPath) -> Result<(), SinkError> {
        temporary
            .persist(&self.path)
            .map_err(|error| self.error(&error.error))
    }

    /// What the operating system said about this file.
    pub(crate) fn error(&self, error: &io::Error) -> SinkError {
        file_error(&self.named, error)
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The disk of `path` is full; `words` is how that was learnt.
pub(crate) fn disk_full(path: &Path, words: &str) -> SinkError {
    SinkError::File {
        path: path.into(),
        reason: format!("the disk is full ({words})"),
        try_this: "Free some space, or write to another folder.".into(),
    }
}

fn file_error(path: &Path, error: &io::Error) -> SinkError {
    let (reason, try_this) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            return disk_full(path, &error.to_string());
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            format!("its folder does not take files ({error})"),
            "Write to a folder of your own, or change its permissions.",
        ),
        _ => (
            format!("it cannot be written ({error})"),
            "Write to another folder.",
        ),
    };
    SinkError::File {
        path: path.into(),
        reason,
        try_this: try_this.into(),
    }
}
