//! Installing on Debian and Ubuntu.

use std::io::IsTerminal as _;
use std::process::Command;

use anyhow::{Result, anyhow, bail};

use crate::setup::family::Family;
use crate::setup::packages::Requirement;
use crate::shell::{heading, line_of, output_of, program_in_path, run_aside};

/// Stands for the package of the distribution's own libclang, whose name holds a version.
pub const LIBCLANG: &str = "libclang1";

/// Installs packages with apt-get, through sudo where needed.
///
/// # Errors
/// No apt-get, no way to become root, or apt-get fails; the error holds the command for an administrator.
pub fn install(missing: &[&Requirement], dry_run: bool) -> Result<()> {
    if program_in_path("apt-get").is_none() {
        bail!("apt-get is not in PATH, so these packages have to be installed by hand");
    }
    let packages = package_names(missing);
    if dry_run {
        eprintln!("Would run: {}", by_hand(&packages));
        return Ok(());
    }
    let root = AsRoot::of_this_user().map_err(|error| with_advice(&error, &packages))?;

    heading("Installing");
    // A broken third-party source fails the update, and yet the distribution's own lists may be fine: install decides.
    if let Err(error) = run_aside(&mut root.apt_get(&["update", "-qq"])) {
        eprintln!("    {error}; going on with the lists that are there");
    }
    // Only now does a bare container know which libclang its distribution has.
    let packages = package_names(missing);
    let unknown: Vec<&str> = packages
        .iter()
        .map(String::as_str)
        .filter(|package| !is_offered(package))
        .collect();
    if !unknown.is_empty() {
        bail!(
            "this distribution has no package {}: install what it stands for in another way, so that it is in PATH, and \
             start this again",
            unknown.join(", ")
        );
    }
    let mut install = root.apt_get(&["install", "-y", "--no-install-recommends"]);
    install.args(&packages);
    eprintln!("    {}", line_of(&install));
    run_aside(&mut install).map_err(|error| with_advice(&error, &packages))
}

/// What went wrong, and the way that is left.
fn with_advice(error: &anyhow::Error, packages: &[String]) -> anyhow::Error {
    anyhow!(
        "{error:#}, so what is missing cannot be installed from here. Have an administrator run\n  {}\nand start this again",
        by_hand(packages)
    )
}

fn by_hand(packages: &[String]) -> String {
    format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Whether there is a version of it to install. Ubuntu, for one, has browsers as snaps alone.
fn is_offered(package: &str) -> bool {
    output_of("apt-cache", &["policy", package]).is_none_or(|policy| has_candidate(&policy))
}

fn has_candidate(policy: &str) -> bool {
    policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "))
        .any(|version| version != "(none)")
}

fn package_names(missing: &[&Requirement]) -> Vec<String> {
    missing
        .iter()
        .map(|requirement| match requirement.package(Family::Debian) {
            LIBCLANG => libclang_package(),
            name => name.to_owned(),
        })
        .collect()
}

/// The libclang that the distribution's own `libclang-dev` stands for.
fn libclang_package() -> String {
    output_of("apt-cache", &["depends", "libclang-dev"])
        .as_deref()
        .and_then(version_of_libclang)
        // An empty apt cache, before the first update: `libclang-dev` always works, it is only larger.
        .map_or_else(
            || "libclang-dev".to_owned(),
            |version| format!("{LIBCLANG}-{version}"),
        )
}

/// From `  Depends: libclang-14-dev` to `14`.
fn version_of_libclang(depends: &str) -> Option<&str> {
    depends.lines().find_map(|line| {
        let version = line
            .trim()
            .strip_prefix("Depends: libclang-")?
            .strip_suffix("-dev")?;
        version
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(version)
    })
}

/// How this user becomes root.
#[derive(Clone, Copy)]
enum AsRoot {
    Already,
    /// sudo may ask for a password, because somebody is there to type it.
    Sudo,
    /// sudo must not ask.
    SudoUnattended,
}

impl AsRoot {
    fn of_this_user() -> Result<Self> {
        if output_of("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
            return Ok(Self::Already);
        }
        if program_in_path("sudo").is_none() {
            bail!("this user is not root, and there is no sudo");
        }
        if std::io::stdin().is_terminal() {
            return Ok(Self::Sudo);
        }
        if output_of("sudo", &["-n", "true"]).is_none() {
            bail!("this user is not root, and sudo wants a password that nobody is there to type");
        }
        Ok(Self::SudoUnattended)
    }

    fn apt_get(self, args: &[&str]) -> Command {
        let mut command = match self {
            Self::Already => Command::new("env"),
            Self::Sudo | Self::SudoUnattended => Command::new("sudo"),
        };
        match self {
            Self::Already => {}
            Self::Sudo => {
                command.arg("env");
            }
            Self::SudoUnattended => {
                command.args(["-n", "env"]);
            }
        }
        // sudo clears the environment, so the variable has to be on the command line.
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            // A machine that has just started is often busy with its own upgrades, in seconds.
            .args(["-o", "DPkg::Lock::Timeout=120"])
            .args(args);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distributions_own_libclang_is_chosen() {
        let depends = "libclang-dev\n  Depends: libclang-14-dev\n";
        assert_eq!(version_of_libclang(depends), Some("14"));
        assert_eq!(
            version_of_libclang("libclang-dev\n  Depends: libclang-common-14-dev\n"),
            None
        );
        assert_eq!(version_of_libclang(""), None);
    }

    #[test]
    fn packages_without_a_version_are_known() {
        assert!(has_candidate(
            "gcc:\n  Installed: (none)\n  Candidate: 4:12.2.0-3\n"
        ));
        assert!(!has_candidate(
            "chromium:\n  Installed: (none)\n  Candidate: (none)\n"
        ));
        assert!(!has_candidate(""), "never heard of");
    }

    #[test]
    fn root_is_asked_for_without_waiting_for_a_password_nobody_types() {
        assert_eq!(
            line_of(&AsRoot::SudoUnattended.apt_get(&["update"])),
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update"
        );
        assert_eq!(
            line_of(&AsRoot::Already.apt_get(&["update"])),
            "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update"
        );
    }
}
