//! Finding things by themselves, whichever package brought them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::setup::family::Family;
use crate::setup::onnxruntime;
use crate::shell::{output_of, program_in_path};

/// How to see that something is there.
#[derive(Debug)]
pub enum Probe {
    /// A program in PATH.
    Program(&'static str),
    /// One of these programs in PATH.
    AnyProgram(&'static [&'static str]),
    /// A file.
    File(&'static str),
    /// A library that the loader knows.
    SharedLibrary(&'static str),
    /// libclang, where bindgen looks for it.
    Libclang,
    /// Any Vulkan driver.
    VulkanDriver,
    /// Mesa's Vulkan driver for the CPU.
    SoftwareVulkan,
    /// A Python with pip.
    Pip,
    /// A Python that can make virtual environments.
    Venv,
    /// A Python that can call `GLib`.
    PythonGobject,
    /// Cannot be seen: only Debian's list of packages knows. Elsewhere it counts as there.
    PackageOnly,
}

impl Probe {
    /// Whether the thing is there.
    pub fn finds(&self, family: Family) -> bool {
        match self {
            Self::Program(name) => program_in_path(name).is_some(),
            Self::AnyProgram(names) => names.iter().any(|name| program_in_path(name).is_some()),
            Self::File(path) => Path::new(path).exists(),
            Self::SharedLibrary(name) => loader_cache().contains(&format!("\t{name} ")),
            Self::Libclang => finds_libclang(),
            Self::VulkanDriver => !vulkan_drivers().is_empty(),
            Self::SoftwareVulkan => software_vulkan_driver().is_some(),
            Self::Pip => onnxruntime::python_with_pip().is_some(),
            Self::Venv => python_with_venv().is_some(),
            Self::PythonGobject => python_with_gobject().is_some(),
            Self::PackageOnly => family != Family::Debian,
        }
    }
}

/// What `ldconfig -p` lists; it is not in an ordinary user's PATH on Debian.
fn loader_cache() -> &'static str {
    static CACHE: OnceLock<String> = OnceLock::new();
    CACHE.get_or_init(|| {
        ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]
            .into_iter()
            .find_map(|program| output_of(program, &["-p"]))
            .unwrap_or_default()
    })
}

/// The places that clang-sys, and with it bindgen, searches on Linux, those that need no guessing.
fn finds_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some()
        || loader_cache()
            .lines()
            .any(|line| is_libclang(line.trim_start()))
    {
        return true;
    }
    let llvm = list(Path::new("/usr/lib")).into_iter().filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("llvm"))
    });
    llvm.map(|folder| folder.join("lib"))
        .chain(["/usr/lib64".into(), "/usr/lib".into()])
        .flat_map(|folder| list(&folder))
        .any(|path| {
            path.file_name()
                .is_some_and(|name| is_libclang(&name.to_string_lossy()))
        })
}

/// `libclang-cpp` is Clang's C++ interface, which bindgen cannot use.
fn is_libclang(name: &str) -> bool {
    name.starts_with("libclang.so")
        || (name.starts_with("libclang-") && !name.starts_with("libclang-cpp"))
}

/// The manifests in the folders where Vulkan's loader looks.
fn vulkan_drivers() -> Vec<PathBuf> {
    ["/usr/local/etc", "/etc", "/usr/local/share", "/usr/share"]
        .iter()
        .flat_map(|folder| list(&Path::new(folder).join("vulkan/icd.d")))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect()
}

/// The manifest of lavapipe, Mesa's Vulkan driver for the CPU, for this processor.
pub fn software_vulkan_driver() -> Option<PathBuf> {
    choose_software_driver(&vulkan_drivers(), std::env::consts::ARCH)
}

/// Mesa names the manifest `lvp_icd.x86_64.json`, and since 25 also plainly `lvp_icd.json`; beside them may lie one for
/// 32-bit programs.
fn choose_software_driver(drivers: &[PathBuf], arch: &str) -> Option<PathBuf> {
    [format!("lvp_icd.{arch}.json"), "lvp_icd.json".to_owned()]
        .iter()
        .find_map(|wanted| drivers.iter().find(|path| path.ends_with(wanted)))
        .cloned()
}

/// A Python that makes virtual environments with pip inside: Debian's has the modules in a package of their own.
pub fn python_with_venv() -> Option<&'static str> {
    ["python3", "python", "py", "/usr/bin/python3"]
        .into_iter()
        .find(|python| {
            program_in_path(python).is_some()
                && output_of(python, &["-c", "import venv, ensurepip"]).is_some()
        })
}

/// A Python with `GObject` introspection: the distribution's own, which is what its package is made for.
pub fn python_with_gobject() -> Option<&'static str> {
    ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|python| output_of(python, &["-c", "from gi.repository import Gio"]).is_some())
}

fn list(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_software_driver_is_the_one_for_this_processor() {
        let folder = Path::new("/usr/share/vulkan/icd.d");
        let drivers = [
            "lvp_icd.i686.json",
            "radeon_icd.x86_64.json",
            "lvp_icd.x86_64.json",
        ]
        .map(|name| folder.join(name));
        assert_eq!(
            choose_software_driver(&drivers, "x86_64"),
            Some(drivers[2].clone())
        );
        assert_eq!(choose_software_driver(&drivers, "aarch64"), None);
        let plain = [folder.join("lvp_icd.json")];
        assert_eq!(
            choose_software_driver(&plain, "aarch64"),
            Some(plain[0].clone())
        );
    }

    #[test]
    fn libclang_is_told_from_its_relatives() {
        assert!(is_libclang(
            "libclang-14.so.1 (libc6,x86-64) => /usr/lib/libclang-14.so.1"
        ));
        assert!(is_libclang("libclang.so.20.1"));
        assert!(!is_libclang("libclang-cpp.so.14"));
        assert!(!is_libclang("libclangBasic.a"));
    }

    #[test]
    fn missing_things_are_not_found() {
        assert!(!Probe::Program("scrim-no-such-program").finds(Family::Debian));
        assert!(!Probe::File("/scrim/no/such/file").finds(Family::Debian));
        assert!(!Probe::SharedLibrary("libscrim-none.so.1").finds(Family::Debian));
        assert!(!Probe::PackageOnly.finds(Family::Debian));
    }
}
