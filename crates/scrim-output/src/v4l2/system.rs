//! What the system says of v4l2loopback without a device being opened: sysfs, procfs, the module's files.

use std::fs;
use std::path::{Path, PathBuf};

use super::fault::{Holder, V4l2Error};

/// The file system's root, or a copy of its part in a test.
#[derive(Debug, Clone)]
pub(crate) struct System {
    root: PathBuf,
}

/// A device of v4l2loopback's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its node, such as `/dev/video10`.
    pub(crate) path: PathBuf,
    /// The name that programs list it by.
    pub(crate) name: String,
}

const MODULE: &str = "sys/module/v4l2loopback";
/// The variable `SecureBoot` in the namespace that UEFI gives its own variables.
const SECURE_BOOT: &str =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

impl System {
    /// The one that runs.
    pub(crate) fn real() -> Self {
        Self { root: "/".into() }
    }

    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        let text = fs::read_to_string(self.root.join(path)).ok()?;
        Some(text.trim().to_owned())
    }

    /// v4l2loopback's devices, by their numbers. No device is opened, which would wake a camera.
    pub(crate) fn devices(&self) -> Vec<Listed> {
        let class = self.root.join("sys/class/video4linux");
        let entries = fs::read_dir(class).into_iter().flatten().flatten();
        let mut found: Vec<(u32, Listed)> = entries
            .filter_map(|entry| {
                let node = entry.file_name().into_string().ok()?;
                let number = node.strip_prefix("video")?.parse().ok()?;
                // Attributes that no other driver gives its devices, from 0.12 to the newest.
                let is_loopback = ["max_openers", "buffers"]
                    .iter()
                    .all(|attribute| entry.path().join(attribute).exists());
                let name = fs::read_to_string(entry.path().join("name")).unwrap_or_default();
                is_loopback.then(|| {
                    let listed = Listed {
                        path: Path::new("/dev").join(&node),
                        name: name.trim().to_owned(),
                    };
                    (number, listed)
                })
            })
            .collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, listed)| listed).collect()
    }

    /// The module's version, where it is loaded and says one.
    pub(crate) fn version(&self) -> Option<String> {
        self.text(format!("{MODULE}/version"))
    }

    /// How many times the devices of the module are open, by anybody.
    pub(crate) fn open_count(&self) -> Option<u32> {
        self.text(format!("{MODULE}/refcnt"))?.parse().ok()
    }

    /// Whether the device with this index in the module was made with `exclusive_caps=1`.
    pub(crate) fn is_exclusive(&self, index: usize) -> Option<bool> {
        let values = self.text(format!("{MODULE}/parameters/exclusive_caps"))?;
        Some(values.split(',').nth(index)?.trim() == "Y")
    }

    /// Why there is no device at all.
    pub(crate) fn why_none(&self) -> V4l2Error {
        if self.root.join(MODULE).exists() {
            V4l2Error::NoDevice
        } else if !self.is_installed() {
            V4l2Error::NotInstalled {
                install: self.install_line(),
            }
        } else if self.has_secure_boot() {
            V4l2Error::SecureBoot
        } else {
            V4l2Error::NotLoaded
        }
    }

    fn is_installed(&self) -> bool {
        let release = self.text("proc/sys/kernel/osrelease").unwrap_or_default();
        let modules = Path::new("lib/modules").join(release);
        ["modules.dep", "modules.builtin"]
            .iter()
            .filter_map(|list| self.text(modules.join(list)))
            .any(|list| list.contains("/v4l2loopback.ko"))
    }

    fn has_secure_boot(&self) -> bool {
        // Four bytes of attributes, then one of value (UEFI 2.10, chapter 3.3).
        fs::read(self.root.join(SECURE_BOOT)).is_ok_and(|bytes| bytes.get(4) == Some(&1))
    }

    fn install_line(&self) -> &'static str {
        let release = self.text("etc/os-release").unwrap_or_default();
        let is = |family: &str| {
            release
                .lines()
                .filter_map(|line| {
                    line.strip_prefix("ID=")
                        .or_else(|| line.strip_prefix("ID_LIKE="))
                })
                .flat_map(|value| value.trim_matches('"').split_whitespace())
                .any(|id| id == family)
        };
        if is("arch") {
            "sudo pacman -S --needed linux-headers v4l2loopback-dkms"
        } else if is("fedora") {
            // It comes from RPM Fusion.
            "sudo dnf install akmod-v4l2loopback"
        } else if is("suse") || is("opensuse") {
            "sudo zypper install v4l2loopback-kmp-default"
        } else {
            "sudo apt install linux-headers-$(uname -r) v4l2loopback-dkms"
        }
    }

    /// Who has a node open, as far as this user can see; once for each time it is open.
    pub(crate) fn holders(&self, node: &Path) -> Vec<Holder> {
        let processes = fs::read_dir(self.root.join("proc"))
            .into_iter()
            .flatten()
            .flatten();
        let mut holders = Vec::new();
        for process in processes {
            let Some(pid) = process
                .file_name()
                .to_str()
                .and_then(|pid| pid.parse().ok())
            else {
                continue;
            };
            // Other users' processes cannot be read; they are passed over.
            let files = fs::read_dir(process.path().join("fd"))
                .into_iter()
                .flatten()
                .flatten();
            let times = files
                .filter(|file| fs::read_link(file.path()).is_ok_and(|to| to == node))
                .count();
            if times > 0 {
                let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                let holder = Holder {
                    name: name.trim().to_owned(),
                    pid,
                };
                holders.extend(std::iter::repeat_n(holder, times));
            }
        }
        holders.sort_by_key(|holder| holder.pid);
        holders
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn system(files: &[(&str, &[u8])]) -> (TempDir, System) {
        let root = TempDir::new().unwrap();
        for (path, bytes) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let system = System::at(root.path());
        (root, system)
    }

    const RELEASE: (&str, &[u8]) = ("proc/sys/kernel/osrelease", b"6.1.0-56-amd64\n");
    const DEPENDENCIES: (&str, &[u8]) = (
        "lib/modules/6.1.0-56-amd64/modules.dep",
        b"updates/dkms/v4l2loopback.ko: kernel/drivers/media/v4l2-core/videodev.ko\n",
    );

    #[test]
    fn only_loopback_devices_are_listed_in_order() {
        let (_root, system) = system(&[
            ("sys/class/video4linux/video0/name", b"Integrated Camera\n"),
            ("sys/class/video4linux/video10/name", b"Scrim\n"),
            ("sys/class/video4linux/video10/max_openers", b"10\n"),
            ("sys/class/video4linux/video10/buffers", b"2\n"),
            ("sys/class/video4linux/video9/name", b"OBS Virtual Camera\n"),
            ("sys/class/video4linux/video9/max_openers", b"10\n"),
            ("sys/class/video4linux/video9/buffers", b"2\n"),
            ("sys/class/video4linux/v4l-subdev0/name", b"sensor\n"),
        ]);
        let devices = system.devices();
        let listed: Vec<_> = devices
            .iter()
            .map(|d| (d.path.to_str().unwrap(), d.name.as_str()))
            .collect();
        assert_eq!(
            listed,
            [
                ("/dev/video9", "OBS Virtual Camera"),
                ("/dev/video10", "Scrim")
            ]
        );
    }

    #[test]
    fn a_machine_without_video_has_no_devices() {
        let (_root, system) = system(&[]);
        assert!(system.devices().is_empty());
        assert!(system.holders(Path::new("/dev/video0")).is_empty());
        assert_eq!(system.version(), None);
    }

    #[test]
    fn the_module_is_missing() {
        let (_root, system) = system(&[RELEASE, ("etc/os-release", b"ID=debian\n")]);
        let why = system.why_none();
        assert!(matches!(why, V4l2Error::NotInstalled { .. }));
        assert!(why.try_this().starts_with("sudo apt install linux-headers"));
        assert!(why.try_this().contains("exclusive_caps=1"));
    }

    #[test]
    fn each_distribution_has_its_own_line() {
        for (release, word) in [
            ("ID=ubuntu\nID_LIKE=debian\n", "apt"),
            ("ID=fedora\n", "dnf"),
            ("ID=manjaro\nID_LIKE=arch\n", "pacman"),
            (
                "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n",
                "zypper",
            ),
            ("NAME=arch\n", "apt"),
        ] {
            let (_root, system) = system(&[("etc/os-release", release.as_bytes())]);
            assert!(system.why_none().try_this().contains(word), "{release}");
        }
    }

    #[test]
    fn the_module_for_another_kernel_does_not_count() {
        let (_root, system) = system(&[("proc/sys/kernel/osrelease", b"6.12.0\n"), DEPENDENCIES]);
        assert!(matches!(system.why_none(), V4l2Error::NotInstalled { .. }));
    }

    #[test]
    fn the_module_is_not_loaded() {
        let (_root, system) = system(&[RELEASE, DEPENDENCIES]);
        assert_eq!(system.why_none(), V4l2Error::NotLoaded);
    }

    #[test]
    fn secure_boot_is_named_when_it_is_on() {
        for (value, expected) in [(1, V4l2Error::SecureBoot), (0, V4l2Error::NotLoaded)] {
            let (_root, system) =
                system(&[RELEASE, DEPENDENCIES, (SECURE_BOOT, &[6, 0, 0, 0, value])]);
            assert_eq!(system.why_none(), expected);
        }
    }

    #[test]
    fn a_loaded_module_without_devices_is_told_apart() {
        let (_root, system) = system(&[("sys/module/v4l2loopback/version", b"0.15.0\n")]);
        assert_eq!(system.why_none(), V4l2Error::NoDevice);
        assert_eq!(system.version().as_deref(), Some("0.15.0"));
    }

    #[test]
    fn the_parameters_of_each_device_are_read() {
        let (_root, system) = system(&[
            (
                "sys/module/v4l2loopback/parameters/exclusive_caps",
                b"Y,N,N\n",
            ),
            ("sys/module/v4l2loopback/refcnt", b"2\n"),
        ]);
        assert_eq!(system.is_exclusive(0), Some(true));
        assert_eq!(system.is_exclusive(1), Some(false));
        assert_eq!(system.is_exclusive(3), None);
        assert_eq!(system.open_count(), Some(2));
    }

    #[test]
    fn whoever_holds_a_node_is_found() {
        let (root, system) = system(&[
            ("proc/812/comm", b"obs\n"),
            ("proc/90/comm", b"chromium\n"),
            ("proc/7/comm", b"bash\n"),
            ("proc/meminfo", b""),
        ]);
        for (file, target) in [
            ("proc/812/fd/3", "/dev/video10"),
            ("proc/812/fd/4", "/dev/null"),
            ("proc/90/fd/8", "/dev/video10"),
            ("proc/90/fd/9", "/dev/video10"),
            ("proc/7/fd/0", "/dev/video1"),
        ] {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            symlink(target, file).unwrap();
        }
        let holders = system.holders(Path::new("/dev/video10"));
        let named: Vec<_> = holders.iter().map(|h| (h.name.as_str(), h.pid)).collect();
        assert_eq!(named, [("chromium", 90), ("chromium", 90), ("obs", 812)]);
    }
}
