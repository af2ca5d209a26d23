//! What Scrim needs from the system, why, and what each family of systems calls it.

mod rig;

use std::collections::HashSet;

use crate::setup::Purpose;
use crate::setup::family::Family;
use crate::setup::probe::Probe;
use crate::shell::{output_of, program_in_path};

/// One thing that the system must provide.
#[derive(Debug)]
pub struct Requirement {
    /// Why it is needed, in one line.
    pub reason: &'static str,
    purpose: Purpose,
    probe: Probe,
    debian: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    /// Homebrew's and winget's names; `None` where those systems have the thing built in or do not need it.
    elsewhere: Option<(&'static str, &'static str)>,
}

impl Requirement {
    /// What the family calls it.
    pub fn package(&self, family: Family) -> &'static str {
        match family {
            Family::Debian | Family::OtherLinux => self.debian,
            Family::Dnf => self.dnf,
            Family::Pacman => self.pacman,
            Family::Brew => self.elsewhere.map_or("", |(brew, _)| brew),
            Family::Winget => self.elsewhere.map_or("", |(_, winget)| winget),
        }
    }

    fn concerns(&self, family: Family) -> bool {
        self.elsewhere.is_some() || !matches!(family, Family::Brew | Family::Winget)
    }
}

const fn linux(
    purpose: Purpose,
    reason: &'static str,
    probe: Probe,
    [debian, dnf, pacman]: [&'static str; 3],
) -> Requirement {
    Requirement {
        reason,
        purpose,
        probe,
        debian,
        dnf,
        pacman,
        elsewhere: None,
    }
}

/// Everything, in the order in which it is printed.
///
/// The libraries are what winit, wgpu and egui open at run time; nothing of it is linked. The names beyond Debian's are
/// those distributions' own, untried here.
const REQUIREMENTS: &[Requirement] = &{
    use Probe::{File, Libclang, Program, SharedLibrary, SoftwareVulkan, Venv, VulkanDriver};
    use Purpose::{Build, Run, Test};
    [
        linux(
            Build,
            "links the program",
            Program("cc"),
            ["gcc", "gcc", "gcc"],
        ),
        linux(
            Build,
            "C headers, for the camera interface",
            File("/usr/include/stdio.h"),
            ["libc6-dev", "glibc-devel", "glibc"],
        ),
        linux(
            Build,
            "reads those headers while building",
            Libclang,
            [super::apt::LIBCLANG, "clang-libs", "clang"],
        ),
        linux(
            Build,
            "what those headers take for granted of a compiler",
            // It lies in a folder whose name holds a version.
            Probe::PackageOnly,
            ["libclang-dev", "clang-devel", "clang"],
        ),
        linux(
            Build,
            "finds PipeWire while building",
            Program("pkg-config"),
            ["pkg-config", "pkgconf-pkg-config", "pkgconf"],
        ),
        linux(
            Build,
            "a camera through PipeWire",
            File("/usr/include/pipewire-0.3/pipewire/pipewire.h"),
            ["libpipewire-0.3-dev", "pipewire-devel", "libpipewire"],
        ),
        linux(
            Build,
            "a camera through PipeWire",
            File("/usr/include/spa-0.2/spa/pod/pod.h"),
            ["libspa-0.2-dev", "pipewire-devel", "libpipewire"],
        ),
        linux(
            Run,
            "graphics: Vulkan",
            SharedLibrary("libvulkan.so.1"),
            ["libvulkan1", "vulkan-loader", "vulkan-icd-loader"],
        ),
        linux(
            Run,
            "graphics: Vulkan drivers, one of them for machines without a GPU",
            VulkanDriver,
            [
                "mesa-vulkan-drivers",
                "mesa-vulkan-drivers",
                "vulkan-swrast",
            ],
        ),
        linux(
            Run,
            "graphics: OpenGL, where Vulkan does not work",
            SharedLibrary("libEGL.so.1"),
            ["libegl1", "libglvnd-egl", "libglvnd"],
        ),
        linux(
            Run,
            "graphics: OpenGL drivers",
            // Mesa moves these files about between releases.
            Probe::PackageOnly,
            ["libgl1-mesa-dri", "mesa-dri-drivers", "mesa"],
        ),
        linux(
            Run,
            "window on X11",
            SharedLibrary("libX11.so.6"),
            ["libx11-6", "libX11", "libx11"],
        ),
        linux(
            Run,
            "window on X11",
            SharedLibrary("libX11-xcb.so.1"),
            ["libx11-xcb1", "libX11-xcb", "libx11"],
        ),
        linux(
            Run,
            "mouse pointer on X11",
            SharedLibrary("libXcursor.so.1"),
            ["libxcursor1", "libXcursor", "libxcursor"],
        ),
        linux(
            Run,
            "mouse and touch on X11",
            SharedLibrary("libXi.so.6"),
            ["libxi6", "libXi", "libxi"],
        ),
        linux(
            Run,
            "keyboard",
            SharedLibrary("libxkbcommon.so.0"),
            ["libxkbcommon0", "libxkbcommon", "libxkbcommon"],
        ),
        linux(
            Run,
            "keyboard on X11",
            SharedLibrary("libxkbcommon-x11.so.0"),
            ["libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"],
        ),
        linux(
            Run,
            "window on Wayland",
            SharedLibrary("libwayland-client.so.0"),
            ["libwayland-client0", "libwayland-client", "wayland"],
        ),
        Requirement {
            reason: "reads and writes video files",
            purpose: Run,
            probe: Program("ffmpeg"),
            debian: "ffmpeg",
            dnf: "ffmpeg-free",
            pacman: "ffmpeg",
            elsewhere: Some(("ffmpeg", "Gyan.FFmpeg")),
        },
        linux(
            Test,
            "the software driver that tests compare against",
            SoftwareVulkan,
            [
                "mesa-vulkan-drivers",
                "mesa-vulkan-drivers",
                "vulkan-swrast",
            ],
        ),
        linux(
            Test,
            "a screen for tests of the window",
            Program("Xvfb"),
            ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"],
        ),
        linux(
            Test,
            "lets xvfb-run, which comes with the screen, protect it",
            Program("xauth"),
            ["xauth", "xorg-x11-xauth", "xorg-xauth"],
        ),
        linux(
            Test,
            "draws the avatars that models are trained with",
            SharedLibrary("libGL.so.1"),
            ["libgl1", "libglvnd-glx", "libglvnd"],
        ),
        Requirement {
            reason: "a Python environment for the tests of the model training",
            purpose: Test,
            probe: Venv,
            debian: "python3-venv",
            dnf: "python3",
            pacman: "python",
            elsewhere: Some(("python", "Python.Python.3.12")),
        },
        linux(
            Test,
            "lets tests interrupt programs",
            Program("kill"),
            ["procps", "procps-ng", "procps-ng"],
        ),
    ]
};

/// Only needed while ONNX Runtime is not there yet.
const PIP: Requirement = Requirement {
    reason: "downloads ONNX Runtime, once",
    purpose: Purpose::Run,
    probe: Probe::Pip,
    debian: "python3-pip",
    dnf: "python3-pip",
    pacman: "python-pip",
    elsewhere: Some(("python", "Python.Python.3.12")),
};

/// What is not there, each package once.
///
/// A package that is not installed still counts as there when the thing itself is found: an ffmpeg of one's own,
/// a graphics driver from its vendor.
pub fn missing(family: Family, purpose: Purpose, needs_pip: bool) -> Vec<&'static Requirement> {
    let installed = match family {
        Family::Debian => installed_debian_packages(),
        _ => HashSet::new(),
    };
    let mut missing: Vec<&Requirement> = Vec::new();
    let wanted = REQUIREMENTS
        .iter()
        .chain(rig::REQUIREMENTS)
        .filter(|requirement| requirement.purpose <= purpose)
        .chain(needs_pip.then_some(&PIP));
    for requirement in wanted.filter(|requirement| requirement.concerns(family)) {
        let name = requirement.package(family);
        let is_listed = missing.iter().any(|listed| listed.package(family) == name);
        if !is_listed && !installed.contains(name) && !requirement.probe.finds(family) {
            missing.push(requirement);
        }
    }
    missing
}

/// Which of our packages dpkg has completely installed.
fn installed_debian_packages() -> HashSet<String> {
    if program_in_path("dpkg-query").is_none() {
        return HashSet::new();
    }
    // Asked for single names, dpkg-query fails as soon as it has never heard of one: hence the whole list.
    output_of(
        "dpkg-query",
        &["-W", "-f", "${Package} ${db:Status-Status}\n"],
    )
    .unwrap_or_default()
    .lines()
    .filter_map(|line| line.strip_suffix(" installed"))
    .map(str::to_owned)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_a_name_in_every_family_it_concerns() {
        let families = [
            Family::Debian,
            Family::Dnf,
            Family::Pacman,
            Family::OtherLinux,
            Family::Brew,
            Family::Winget,
        ];
        let all = REQUIREMENTS.iter().chain(rig::REQUIREMENTS);
        for requirement in all.chain([&PIP]) {
            for family in families {
                if requirement.concerns(family) {
                    assert!(
                        !requirement.package(family).is_empty(),
                        "{requirement:?} {family:?}"
                    );
                }
            }
        }
    }
}
