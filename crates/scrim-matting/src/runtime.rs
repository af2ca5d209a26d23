//! Finds and loads ONNX Runtime, once for the process.
//!
//! The program is not linked against the library: which providers exist depends on the package that it came from, and
//! one binary has to serve them all.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::{InferenceDevice, MattingError, library, providers};

/// The release that the set-up fetches. Any library from 1.24 on works; this one is what the tests ran with.
pub const VERSION: &str = include_str!("../onnxruntime-version.txt").trim_ascii();

/// The library's file name on this platform.
pub const LIBRARY_FILE: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// The variable that names a library file and wins over every other place; ONNX Runtime's own bindings use it too.
pub const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";

const TRY_THIS: &str = "In a checkout, run `cargo xtask setup`; otherwise put the library beside the program, or name \
                        it in ORT_DYLIB_PATH.";

/// Which of the places held the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// [`PATH_VARIABLE`] names it.
    Environment,
    /// It lies beside the program.
    BesideProgram,
    /// The set-up put it into the user's data folder.
    DataFolder,
}

impl fmt::Display for FoundBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "named by ORT_DYLIB_PATH",
            Self::BesideProgram => "beside the program",
            Self::DataFolder => "in the data folder",
        })
    }
}

/// A library file that exists; whether it loads is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file; a bare file name is left to the system's loader.
    pub path: PathBuf,
    /// Why this one.
    pub found_by: FoundBy,
}

/// The library that this process runs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeInfo {
    /// Its file, and why this one.
    pub location: Location,
    /// Its version, such as "1.30.0".
    pub version: String,
    /// The providers compiled into it, fastest kind first. Compiled in does not mean that the hardware is there.
    pub providers: Vec<InferenceDevice>,
}

/// Where the set-up puts the library: `<local data folder>/onnxruntime/<VERSION>/<LIBRARY_FILE>`. `None` where the
/// system knows no home folder.
pub fn data_folder_library() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "scrim").map(|dirs| {
        dirs.data_local_dir()
            .join("onnxruntime")
            .join(VERSION)
            .join(LIBRARY_FILE)
    })
}

/// Looks for the library: [`PATH_VARIABLE`], then beside the program, then the data folder. Loads nothing.
///
/// # Errors
/// [`MattingError::Runtime`] lists the places where it was looked for.
pub fn find() -> Result<Location, MattingError> {
    Places::of_this_process().find()
}

/// Loads the library, unless this process already did, and says what it is.
///
/// # Errors
/// [`MattingError::Runtime`]: not found, not a library, not ONNX Runtime, or too old. The next call tries again.
pub fn runtime_info() -> Result<RuntimeInfo, MattingError> {
    load().map(|loaded| loaded.info)
}

/// The places, apart from the process's own state, so that tests can set them.
#[derive(Debug, Default)]
struct Places {
    variable: Option<OsString>,
    program_folder: Option<PathBuf>,
    data_folder_library: Option<PathBuf>,
}

impl Places {
    fn of_this_process() -> Self {
        Self {
            variable: env::var_os(PATH_VARIABLE).filter(|text| !text.is_empty()),
            program_folder: env::current_exe()
                .ok()
                .and_then(|exe| exe.parent().map(Path::to_path_buf)),
            data_folder_library: data_folder_library(),
        }
    }

    fn find(&self) -> Result<Location, MattingError> {
        if let Some(named) = &self.variable {
            return named_library(Path::new(named));
        }
        let beside = self
            .program_folder
            .as_ref()
            .map(|folder| folder.join(LIBRARY_FILE));
        let candidates = [
            (beside, FoundBy::BesideProgram),
            (self.data_folder_library.clone(), FoundBy::DataFolder),
        ];
        let mut missing = Vec::new();
        for (path, found_by) in candidates {
            match path {
                Some(path) if path.is_file() => return Ok(Location { path, found_by }),
                Some(path) => missing.push(format!("{} ({found_by})", path.display())),
                None => {}
            }
        }
        Err(runtime_error(format!(
            "there is no library at {}, and ORT_DYLIB_PATH is not set",
            missing.join(" or ")
        )))
    }
}

fn named_library(named: &Path) -> Result<Location, MattingError> {
    let found_by = FoundBy::Environment;
    if named.is_file() {
        // `ort` looks for relative paths beside the program first; the variable means the working folder.
        let path = std::path::absolute(named).unwrap_or_else(|_| named.to_path_buf());
        return Ok(Location { path, found_by });
    }
    let is_bare_name = named.components().count() == 1 && !named.exists();
    if is_bare_name {
        return Ok(Location {
            path: named.to_path_buf(),
            found_by,
        });
    }
    Err(runtime_error(format!(
        "ORT_DYLIB_PATH names {}, which is no file",
        named.display()
    )))
}

fn runtime_error(reason: String) -> MattingError {
    MattingError::Runtime {
        reason,
        try_this: TRY_THIS.into(),
    }
}

/// The loaded library and the one environment that it allows a process.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) environment: Environment,
    pub(crate) info: RuntimeInfo,
}

/// Loads the library on the first call that succeeds; later calls return the same.
pub(crate) fn load() -> Result<Loaded, MattingError> {
    static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);
    // A panic while loading leaves `None` behind, which is a valid state.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = &*loaded {
        return Ok(loaded.clone());
    }
    let fresh = load_from(find()?)?;
    tracing::debug!(path = %fresh.info.location.path.display(), version = fresh.info.version, "ONNX Runtime loaded");
    Ok(loaded.insert(fresh).clone())
}

fn load_from(location: Location) -> Result<Loaded, MattingError> {
    let at = format!("{} ({})", location.path.display(), location.found_by);
    let version = library::version(&location.path)
        .map_err(|refusal| runtime_error(format!("{at} {refusal}")))?;
    let environment = ort::init_from(&location.path)
        .map_err(|error| runtime_error(format!("{at}: {error}")))?
        .with_name("scrim")
        .with_telemetry(false)
        .with_logger(Arc::new(forward_log))
        .build()
        .map_err(|error| runtime_error(format!("{at} gave no environment: {error}")))?;
    // `ort` asks for every message when it has a logger; ONNX Runtime would format thousands while a model loads.
    environment.set_log_level(LogLevel::Warning);
    let info = RuntimeInfo {
        location,
        version,
        providers: providers::compiled_in(),
    };
    Ok(Loaded { environment, info })
}

fn forward_log(level: LogLevel, _category: &str, _id: &str, place: &str, message: &str) {
    match level {
        LogLevel::Verbose | LogLevel::Info => tracing::trace!(place, "{message}"),
        LogLevel::Warning => tracing::debug!(place, "{message}"),
        LogLevel::Error | LogLevel::Fatal => tracing::warn!(place, "{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_then_the_program_then_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let [named, beside, data] = ["named", "beside", "data"].map(|name| {
            let place = folder.path().join(name);
            std::fs::create_dir(&place).unwrap();
            let library = place.join(LIBRARY_FILE);
            std::fs::write(&library, b"").unwrap();
            library
        });
        let mut places = Places {
            variable: Some(named.clone().into()),
            program_folder: beside.parent().map(Path::to_path_buf),
            data_folder_library: Some(data.clone()),
        };
        let found = |places: &Places| places.find().unwrap();
        assert_eq!(found(&places).path, named);
        places.variable = None;
        assert_eq!(found(&places).path, beside);
        places.program_folder = Some(folder.path().into());
        assert_eq!(
            found(&places),
            Location {
                path: data,
                found_by: FoundBy::DataFolder
            }
        );
    }

    #[test]
    fn a_missing_library_names_every_place() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").join(LIBRARY_FILE);
        let mut places = Places {
            variable: None,
            program_folder: Some(folder.path().into()),
            data_folder_library: Some(data.clone()),
        };
        let error = places.find().unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("beside the program") && text.contains(&*data.to_string_lossy()),
            "{text}"
        );
        assert!(error.try_this().contains("cargo xtask setup"));
        // A variable that points nowhere is a mistake to report, not to pass over.
        std::fs::write(folder.path().join(LIBRARY_FILE), b"").unwrap();
        places.variable = Some(folder.path().join("elsewhere.so").into());
        let text = places.find().unwrap_err().to_string();
        assert!(text.contains("elsewhere.so"), "{text}");
    }

    #[test]
    fn the_version_is_a_version() {
        assert_eq!(VERSION.split('.').count(), 3, "{VERSION}");
    }
}
