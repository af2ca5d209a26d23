//! ONNX Runtime: which one, where it lies, and how it gets there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, ensure};
use directories::ProjectDirs;
use serde::Deserialize;

use crate::setup::wheel;
use crate::shell::{heading, output_of, program_in_path, run_aside};
use crate::workspace::Workspace;

/// The variable by which `ort`, and with it the program, is told to use another library.
const OVERRIDE: &str = "ORT_DYLIB_PATH";

/// The version that the program looks for in the data folder.
const VERSION_FILE: &str = "crates/scrim-matting/onnxruntime-version.txt";

/// onnxruntime.toml, beside this crate's manifest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Pins {
    version: String,
    python_version: String,
    abi: String,
    wheel: Vec<WheelPin>,
}

/// One platform's wheel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WheelPin {
    /// As in `std::env::consts::OS`.
    os: String,
    /// As in `std::env::consts::ARCH`.
    arch: String,
    /// pip's name of the platform.
    platform: String,
    /// SHA-256 of the wheel, in lower-case hexadecimal.
    sha256: String,
    /// The library's path inside the wheel.
    library: String,
    /// What it may open from its own folder.
    beside: Vec<String>,
}

/// The pinned ONNX Runtime of this machine.
#[derive(Debug)]
pub struct Runtime {
    pins: Pins,
    /// `<data folder>/onnxruntime/<version>`, where the program looks too.
    folder: PathBuf,
}

impl Runtime {
    /// The runtime that this checkout asks for.
    ///
    /// # Errors
    /// The user has no home folder, or the checkout contradicts itself about the version.
    pub fn pinned(workspace: &Workspace) -> Result<Self> {
        let pins: Pins = toml::from_str(include_str!("../../onnxruntime.toml"))
            .context("crates/xtask/onnxruntime.toml is not valid")?;
        let wanted = workspace.read(VERSION_FILE)?;
        ensure!(
            wanted.trim() == pins.version,
            "{VERSION_FILE} asks for {}, but crates/xtask/onnxruntime.toml pins the digests of {}; that file says how \
             to renew them",
            wanted.trim(),
            pins.version
        );
        let dirs = ProjectDirs::from("", "", "scrim").context(
            "this user has no home folder to keep ONNX Runtime in; set HOME, or point ORT_DYLIB_PATH at a library",
        )?;
        let folder = dirs
            .data_local_dir()
            .join("onnxruntime")
            .join(&pins.version);
        Ok(Self { pins, folder })
    }

    /// The pinned version.
    pub fn version(&self) -> &str {
        &self.pins.version
    }

    /// The folder it lies in once installed.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is nothing to do.
    ///
    /// # Errors
    /// `ORT_DYLIB_PATH` names a file that does not exist: the program would fail in the same way, but later. A bare
    /// file name passes: where the system's loader finds it, only the system's loader knows.
    pub fn is_present(&self) -> Result<bool> {
        if let Some(path) = std::env::var_os(OVERRIDE).filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            ensure!(
                path.is_file() || is_bare_name(&path),
                "{OVERRIDE} names {}, which is not a file; correct it, or unset it to use the pinned library",
                path.display()
            );
            return Ok(true);
        }
        Ok(self.library().is_file())
    }

    fn library(&self) -> PathBuf {
        self.folder.join(library_name())
    }

    /// Downloads, checks and unpacks it. Other processes see either nothing or the complete folder.
    ///
    /// # Errors
    /// There is no wheel for this platform, no pip, no network, a wrong digest, or no place to write.
    pub fn install(&self) -> Result<()> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        let pin = self.pins.wheel.iter().find(|pin| pin.os == os && pin.arch == arch).with_context(|| {
            format!(
                "there is no ready-made ONNX Runtime for {os} on {arch}; build version {} or newer yourself and set \
                 {OVERRIDE} to the library",
                self.version()
            )
        })?;
        let python = python_with_pip().context(
            "downloading ONNX Runtime takes a Python with pip, and there is none in PATH; install it, or set \
             ORT_DYLIB_PATH to an ONNX Runtime library of your own",
        )?;
        let scratch = Scratch::beside(&self.folder)?;
        if self.library().is_file() {
            // While we waited for our turn, another process installed it.
            return Ok(());
        }

        heading("Downloading with pip");
        let downloads = scratch.path.join("download");
        let mut pip = Command::new(python);
        pip.args([
            "-m",
            "pip",
            "download",
            "--no-input",
            "--disable-pip-version-check",
            "--no-deps",
        ])
        .args(["--only-binary=:all:", "--implementation", "cp"])
        .args(["--python-version", &self.pins.python_version])
        .args(["--abi", &self.pins.abi, "--platform", &pin.platform])
        .arg(format!("onnxruntime=={}", self.version()))
        .arg("--dest")
        .arg(&downloads)
        // Whoever could answer a question need not be there.
        .stdin(Stdio::null());
        run_aside(&mut pip).map_err(|error| {
            anyhow!(
                "{error:#}. Where there is no network, copy {} from another machine, or set {OVERRIDE} to a library",
                self.folder.display()
            )
        })?;
        let wheel = wheel::only_wheel_in(&downloads)?;
        wheel::check_digest(&wheel, &pin.sha256)?;

        let unpacked = scratch.path.join("unpacked");
        wheel::unpack(&wheel, &pin.contents()?, &unpacked)?;
        self.put_in_place(&unpacked)?;
        eprintln!("    Installed {}", self.library().display());
        Ok(())
    }

    fn put_in_place(&self, unpacked: &Path) -> Result<()> {
        if self.folder.exists() {
            // Only reached without the library inside: somebody deleted it, or copied half a folder.
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("cannot replace {}", self.folder.display()))?;
        }
        fs::rename(unpacked, &self.folder)
            .with_context(|| format!("cannot create {}", self.folder.display()))
    }
}

impl WheelPin {
    /// Paths inside the wheel, and the names they get.
    fn contents(&self) -> Result<Vec<(&str, String)>> {
        let mut contents = vec![(self.library.as_str(), library_name())];
        let licences = ["onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt"];
        for path in self.beside.iter().map(String::as_str).chain(licences) {
            let name = Path::new(path)
                .file_name()
                .with_context(|| format!("{path} has no name"))?;
            contents.push((path, name.to_string_lossy().into_owned()));
        }
        Ok(contents)
    }
}

/// `libonnxruntime.so`, `libonnxruntime.dylib` or `onnxruntime.dll`.
fn library_name() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")
}

/// A name that the system's loader looks for itself, told as the program tells it.
fn is_bare_name(path: &Path) -> bool {
    path.components().count() == 1 && !path.exists()
}

/// A Python that has pip: the one in PATH, or else the system's, which an activated environment may hide.
pub fn python_with_pip() -> Option<&'static str> {
    ["python3", "python", "py", "/usr/bin/python3"]
        .into_iter()
        .find(|python| {
            program_in_path(python).is_some()
                && output_of(python, &["-m", "pip", "--version"]).is_some()
        })
}

/// A folder for work in progress, on the same file system as what it will become; removed when dropped.
///
/// One process at a time has it, so that what an interrupted one left behind can be told from work in progress.
struct Scratch {
    path: PathBuf,
    /// Held, not read: closing it gives the next process its turn.
    _turn: File,
}

impl Scratch {
    /// Blocks while another process has it.
    fn beside(folder: &Path) -> Result<Self> {
        let path = folder.with_file_name(".incoming");
        let unusable = || format!("cannot work in {}", path.display());
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).with_context(unusable)?;
        }
        let turn = File::create(folder.with_file_name(".lock")).with_context(unusable)?;
        turn.lock().with_context(unusable)?;
        if path.exists() {
            fs::remove_dir_all(&path).with_context(unusable)?;
        }
        fs::create_dir(&path).with_context(unusable)?;
        Ok(Self { path, _turn: turn })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("xtask: cannot remove {}: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins() -> Pins {
        toml::from_str(include_str!("../../onnxruntime.toml")).unwrap()
    }

    #[test]
    fn pins_are_complete() {
        let pins = pins();
        for pin in &pins.wheel {
            assert_eq!(pin.sha256.len(), 64, "{pin:?}");
            assert!(
                pin.sha256
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                "{pin:?}"
            );
            assert!(
                pin.contents().is_ok_and(|contents| contents.len() >= 3),
                "{pin:?}"
            );
        }
        let mut digests: Vec<&str> = pins.wheel.iter().map(|pin| pin.sha256.as_str()).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(
            digests.len(),
            pins.wheel.len(),
            "two platforms share a digest"
        );
    }

    #[test]
    fn a_bare_name_is_left_to_the_loader_and_a_path_is_not() {
        assert!(is_bare_name(Path::new("libonnxruntime.so.1")));
        assert!(!is_bare_name(Path::new("lib/libonnxruntime.so.1")));
        assert!(!is_bare_name(Path::new("/libonnxruntime.so.1")));
        assert!(!is_bare_name(Path::new("src")), "a folder");
    }

    #[test]
    fn an_incomplete_folder_and_interrupted_work_are_replaced() {
        let base = std::env::temp_dir().join(format!("scrim-xtask-{}", std::process::id()));
        let runtime = Runtime {
            pins: pins(),
            folder: base.join("1.0"),
        };
        fs::create_dir_all(&runtime.folder).unwrap();
        fs::write(runtime.folder.join("LICENSE"), "half").unwrap();
        fs::create_dir_all(base.join(".incoming/download")).unwrap();

        let scratch = Scratch::beside(&runtime.folder).unwrap();
        assert_eq!(fs::read_dir(&scratch.path).unwrap().count(), 0);
        let unpacked = scratch.path.join("unpacked");
        fs::create_dir(&unpacked).unwrap();
        fs::write(unpacked.join(library_name()), "whole").unwrap();
        runtime.put_in_place(&unpacked).unwrap();
        assert_eq!(fs::read_to_string(runtime.library()).unwrap(), "whole");
        assert!(!runtime.folder.join("LICENSE").exists());

        let path = scratch.path.clone();
        drop(scratch);
        assert!(!path.exists(), "work in progress was left behind");
        fs::remove_dir_all(&base).unwrap();
    }

    #[test]
    fn one_process_installs_at_a_time() {
        let base = std::env::temp_dir().join(format!("scrim-xtask-turn-{}", std::process::id()));
        let scratch = Scratch::beside(&base.join("1.0")).unwrap();
        let other = File::create(base.join(".lock")).unwrap();
        assert!(other.try_lock().is_err());
        drop(scratch);
        // A sibling test that forks just now holds a copy of the handle until it becomes another program.
        other.lock().unwrap();
        fs::remove_dir_all(&base).unwrap();
    }
}
