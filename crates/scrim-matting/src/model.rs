//! Model files: their bytes, their manifest, and whether the two belong together.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::manifest::Manifest;
use crate::{BuiltInModel, MattingError, ModelSource};

static QUALITY_ONNX: &[u8] = include_bytes!("../../../models/scrim-modnet.onnx");
const QUALITY_MANIFEST: &str = include_str!("../../../models/scrim-modnet.toml");
static LIGHT_ONNX: &[u8] = include_bytes!("../../../models/scrim-modnet-light.onnx");
const LIGHT_MANIFEST: &str = include_str!("../../../models/scrim-modnet-light.toml");

/// Protocol Buffers, which ONNX files are, end here.
const MAX_FILE_BYTES: u64 = 1 << 31;

/// A model that was read and whose digest fits its manifest; nobody has looked inside yet.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) manifest: Manifest,
    pub(crate) onnx: Cow<'static, [u8]>,
    /// The file, or "(built in)": for messages.
    pub(crate) label: PathBuf,
    /// Where weights outside the file would lie.
    pub(crate) folder: Option<PathBuf>,
}

impl Model {
    pub(crate) fn read(source: &ModelSource) -> Result<Self, MattingError> {
        let model = match source {
            ModelSource::BuiltIn(BuiltInModel::Quality) => {
                Self::built_in(QUALITY_ONNX, QUALITY_MANIFEST)?
            }
            ModelSource::BuiltIn(BuiltInModel::Light) => {
                Self::built_in(LIGHT_ONNX, LIGHT_MANIFEST)?
            }
            ModelSource::File(path) => Self::read_file(path)?,
        };
        model.check_digest()?;
        Ok(model)
    }

    fn built_in(onnx: &'static [u8], manifest: &str) -> Result<Self, MattingError> {
        let label = PathBuf::from("(built in)");
        Ok(Self {
            manifest: Manifest::parse(manifest).map_err(|reason| bad(&label, reason))?,
            onnx: Cow::Borrowed(onnx),
            label,
            folder: None,
        })
    }

    fn read_file(path: &Path) -> Result<Self, MattingError> {
        let about = fs::metadata(path).map_err(|e| bad(path, format!("cannot be read: {e}")))?;
        if about.is_dir() {
            return Err(bad(path, "is a folder, not a file".into()));
        }
        if about.len() == 0 {
            return Err(bad(path, "is empty".into()));
        }
        if about.len() >= MAX_FILE_BYTES {
            return Err(bad(
                path,
                format!("has {} bytes; an ONNX file ends before 2 GiB", about.len()),
            ));
        }
        let onnx = fs::read(path).map_err(|e| bad(path, format!("cannot be read: {e}")))?;
        Ok(Self {
            manifest: manifest_beside(path)?,
            onnx: Cow::Owned(onnx),
            label: path.to_path_buf(),
            folder: path.parent().map(Path::to_path_buf),
        })
    }

    /// SHA-256 of the ONNX file in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(&self.onnx) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    fn check_digest(&self) -> Result<(), MattingError> {
        let Some(expected) = &self.manifest.sha256 else {
            return Ok(());
        };
        let found = self.digest();
        if found.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(MattingError::Model {
            model: self.label.clone(),
            reason: format!(
                "is not the file that its manifest describes: SHA-256 {found}, expected {expected}"
            ),
            try_this: "Fetch the model again, or correct `sha256` in the manifest beside it."
                .into(),
        })
    }

    /// An error about this model.
    pub(crate) fn bad(&self, reason: impl Into<String>) -> MattingError {
        bad(&self.label, reason.into())
    }
}

fn manifest_beside(path: &Path) -> Result<Manifest, MattingError> {
    let beside = path.with_extension("toml");
    match fs::read_to_string(&beside) {
        Ok(text) => Manifest::parse(&text).map_err(|reason| MattingError::Model {
            model: beside,
            reason: format!("is no model manifest: {reason}"),
            try_this: "Correct the manifest as models/README.md describes, or remove it.".into(),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = path.file_stem().unwrap_or(path.as_os_str());
            Ok(Manifest::of_unknown_modnet(&name.to_string_lossy()))
        }
        Err(error) => Err(bad(&beside, format!("cannot be read: {error}"))),
    }
}

fn bad(model: &Path, reason: String) -> MattingError {
    MattingError::Model {
        model: model.to_path_buf(),
        reason,
        try_this:
            "Use a MODNet in ONNX format, or a built-in model (\"built-in\" or \"built-in:light\")."
                .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(path: &Path) -> String {
        Model::read(&ModelSource::File(path.into()))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_built_in_models_fit_their_manifests() {
        let [quality, light] =
            BuiltInModel::ALL.map(|which| Model::read(&ModelSource::BuiltIn(which)).unwrap());
        for model in [&quality, &light] {
            assert!(model.manifest.sha256.is_some(), "a digest that is checked");
            assert!(model.manifest.licence.is_some());
        }
        assert_ne!(quality.digest(), light.digest());
        assert_ne!(quality.manifest.title(), light.manifest.title());
    }

    #[test]
    fn unreadable_files_are_named_with_their_fault() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.onnx");
        assert!(error_of(&missing).contains("missing.onnx"));
        assert!(error_of(folder.path()).contains("is a folder"));
        let empty = folder.path().join("empty.onnx");
        fs::write(&empty, b"").unwrap();
        assert!(error_of(&empty).contains("is empty"));
        let huge = folder.path().join("huge.onnx");
        fs::File::create(&huge)
            .unwrap()
            .set_len(MAX_FILE_BYTES)
            .unwrap();
        assert!(error_of(&huge).contains("2 GiB"));
    }

    #[test]
    fn a_file_without_manifest_is_a_modnet_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("modnet_webcam.onnx");
        fs::write(&path, b"x").unwrap();
        let model = Model::read(&ModelSource::File(path)).unwrap();
        assert_eq!(model.manifest.title(), "modnet_webcam");
        assert_eq!(model.manifest.input.tensor, None);
    }

    #[test]
    fn manifests_are_held_against_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.onnx");
        fs::write(&path, b"x").unwrap();
        let manifest = folder.path().join("m.toml");
        fs::write(
            &manifest,
            format!("name = \"M\"\nsha256 = \"{}\"", "0".repeat(64)),
        )
        .unwrap();
        let error = error_of(&path);
        assert!(
            error.contains("m.onnx") && error.contains("SHA-256 2d711642"),
            "{error}"
        );
        fs::write(&manifest, "name = ").unwrap();
        let error = error_of(&path);
        assert!(
            error.contains("m.toml") && error.contains("no model manifest"),
            "{error}"
        );
        fs::remove_file(&manifest).unwrap();
        fs::create_dir(&manifest).unwrap();
        assert!(error_of(&path).contains("m.toml"));
    }
}
