//! Looks into a library file before it is used: whether it loads, whether it is ONNX Runtime, and which release.
//!
//! The bindings would panic on a library without the interface that they need, so it is asked for here first.

use std::error::Error;
use std::ffi::CStr;
use std::path::{Path, PathBuf};

use libloading::Library;

/// Why a file cannot be used as ONNX Runtime; reads after the file's name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LibraryRefusal {
    #[error("cannot be loaded: {0}")]
    Unloadable(String),
    #[error("is a library, but not ONNX Runtime: it has no OrtGetApiBase")]
    AnotherLibrary,
    #[error("does not say which version of ONNX Runtime it is")]
    NoVersion,
    #[error("is ONNX Runtime {version}, which is too old: 1.{needed} or newer is needed")]
    TooOld { version: String, needed: u32 },
}

/// The version of an ONNX Runtime library that speaks the interface this program was built for.
///
/// Loading a library runs its start-up code; the file is the one that the user or the set-up chose for exactly that.
pub(crate) fn version(path: &Path) -> Result<String, LibraryRefusal> {
    // SAFETY: running the start-up code of the library that is going to be used anyway.
    let library = unsafe { Library::new(for_loader(path)) }
        .map_err(|error| LibraryRefusal::Unloadable(with_sources(&error)))?;
    // SAFETY: the symbol has this signature in every release of ONNX Runtime; no other library has the name.
    let base = unsafe {
        let get = library
            .get::<unsafe extern "C" fn() -> *const ort::sys::OrtApiBase>(c"OrtGetApiBase")
            .map_err(|_| LibraryRefusal::AnotherLibrary)?;
        get().as_ref()
    }
    .ok_or(LibraryRefusal::NoVersion)?;
    // SAFETY: `base` comes from the library, which stays loaded until the end of this function.
    let (version, speaks_interface) = unsafe {
        let text = (base.GetVersionString)();
        if text.is_null() {
            return Err(LibraryRefusal::NoVersion);
        }
        let version = CStr::from_ptr(text).to_string_lossy().into_owned();
        // An older release writes a line to stderr when asked for a newer interface, so its version is read first.
        let old = minor(&version).is_some_and(|minor| minor < ort::MINOR_VERSION);
        let speaks = !old && !(base.GetApi)(ort::MINOR_VERSION).is_null();
        (version, speaks)
    };
    if speaks_interface {
        // Kept loaded: the bindings open it again in a moment, which then costs nothing.
        std::mem::forget(library);
        Ok(version)
    } else {
        Err(LibraryRefusal::TooOld {
            version,
            needed: ort::MINOR_VERSION,
        })
    }
}

/// The same rule as the bindings': a relative path means a file beside the program if there is one.
fn for_loader(path: &Path) -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(|folder| folder.join(path)));
    match beside {
        Some(beside) if path.is_relative() && beside.exists() => beside,
        _ => path.to_path_buf(),
    }
}

fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

/// An error's own words and those of everything beneath it: the loader's are only there.
fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_are_read() {
        assert_eq!(minor("1.30.0"), Some(30));
        assert_eq!(minor("1.24.4-dev"), Some(24));
        assert_eq!(minor("2.0.0"), None);
        assert_eq!(minor(""), None);
    }

    #[test]
    fn a_text_file_is_refused_in_the_loaders_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so");
        std::fs::write(&path, "not a library ".repeat(400)).unwrap();
        let refusal = version(&path).unwrap_err().to_string();
        assert!(refusal.starts_with("cannot be loaded: "), "{refusal}");
        if cfg!(target_os = "linux") {
            assert!(refusal.contains("invalid ELF header"), "{refusal}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_library_is_refused_by_what_it_lacks() {
        let refusal = version(Path::new("libc.so.6")).unwrap_err();
        assert!(
            matches!(refusal, LibraryRefusal::AnotherLibrary),
            "{refusal}"
        );
    }
}
