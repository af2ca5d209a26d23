//! Systems whose package managers and names of packages are alike.

/// Systems that name their packages alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Debian, Ubuntu and what derives from them: the one family where this program installs by itself.
    Debian,
    /// Fedora and its relatives.
    Dnf,
    /// Arch Linux and its relatives.
    Pacman,
    /// A Linux whose package names we do not know.
    OtherLinux,
    /// macOS with Homebrew.
    Brew,
    /// Windows with winget.
    Winget,
}

impl Family {
    /// The family of the machine we run on.
    pub fn of_this_machine() -> Self {
        if cfg!(windows) {
            return Self::Winget;
        }
        if cfg!(target_os = "macos") {
            return Self::Brew;
        }
        let os_release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::of_os_release(&os_release)
    }

    /// Reads ID and `ID_LIKE`, as os-release(5) defines them.
    fn of_os_release(text: &str) -> Self {
        let value_of = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim().trim_matches(['"', '\'']))
                .unwrap_or_default()
        };
        let mut names = value_of("ID")
            .split(' ')
            .chain(value_of("ID_LIKE").split(' '));
        names
            .find_map(|name| match name {
                "debian" | "ubuntu" => Some(Self::Debian),
                "fedora" | "rhel" | "centos" => Some(Self::Dnf),
                "arch" => Some(Self::Pacman),
                _ => None,
            })
            .unwrap_or(Self::OtherLinux)
    }

    /// What to tell the user to type.
    pub fn install_command(self, packages: &[&str]) -> String {
        let list = packages.join(" ");
        match self {
            Self::Debian => format!("Install them: apt-get install {list}"),
            Self::Dnf => format!("Install them: sudo dnf install {list}"),
            Self::Pacman => format!("Install them: sudo pacman -S --needed {list}"),
            Self::Brew => format!("Install them: brew install {list}"),
            Self::Winget => format!(
                "Install them:\n{}",
                packages
                    .iter()
                    .map(|package| format!("  winget install --exact --id {package}"))
                    .collect::<Vec<_>>()
                    .join("\n")
            ),
            Self::OtherLinux => format!(
                "Install your distribution's packages for these (here under their Debian names): {list}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_from_os_release() {
        for (text, family) in [
            ("NAME=x\nID=debian\n", Family::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Family::Debian),
            ("ID=pop\nID_LIKE='ubuntu debian'", Family::Debian),
            ("ID=fedora\nVERSION_ID=42\n", Family::Dnf),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                Family::Dnf,
            ),
            ("ID=manjaro\nID_LIKE=arch\n", Family::Pacman),
            ("VARIANT_ID=debian\nID=void\n", Family::OtherLinux),
            ("", Family::OtherLinux),
        ] {
            assert_eq!(Family::of_os_release(text), family, "{text}");
        }
    }

    #[test]
    fn advice_is_a_command_that_can_be_typed() {
        assert_eq!(
            Family::Pacman.install_command(&["ffmpeg", "mesa"]),
            "Install them: sudo pacman -S --needed ffmpeg mesa"
        );
        assert!(
            Family::Winget
                .install_command(&["a", "b"])
                .contains("--id a\n")
        );
    }
}
