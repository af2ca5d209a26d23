//! What stands between Scrim and a v4l2loopback device, and the line that mends it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Loads the module so that every program lists the device as a camera.
pub(crate) const LOAD: &str = "sudo modprobe v4l2loopback exclusive_caps=1 card_label=Scrim";

/// Another process that has the device open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its program's name.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// Why there is no v4l2loopback camera to write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum V4l2Error {
    /// Not on this system.
    #[error("v4l2loopback is a part of Linux")]
    Unsupported,
    /// The kernel has no such module.
    #[error("the kernel module v4l2loopback is not installed for this kernel")]
    NotInstalled {
        /// The line that installs it here.
        install: &'static str,
    },
    /// The module is there and only has to be loaded.
    #[error("the kernel module v4l2loopback is not loaded")]
    NotLoaded,
    /// The module is there, not loaded, and the firmware lets the kernel load signed modules only.
    #[error(
        "the kernel module v4l2loopback is not loaded, and Secure Boot is on: the kernel loads it only when it is signed \
         with a key that this computer knows"
    )]
    SecureBoot,
    /// The module is loaded and has no device.
    #[error("the kernel module v4l2loopback is loaded, but has no device")]
    NoDevice,
    /// The node that was named does not exist.
    #[error("{} does not exist{}", path.display(), instead(there))]
    NoSuchDevice {
        /// Its path.
        path: PathBuf,
        /// The devices that there are.
        there: Vec<PathBuf>,
    },
    /// The node that was named is something else.
    #[error("{} is not a device of v4l2loopback{}", path.display(), instead(there))]
    NotLoopback {
        /// Its path.
        path: PathBuf,
        /// The devices that there are.
        there: Vec<PathBuf>,
    },
    /// The device says at all times that it is both a camera and a screen; browsers leave such a device out.
    #[error("{} was made without exclusive_caps=1, and browsers do not list it as a camera", path.display())]
    NotExclusive {
        /// Its path.
        path: PathBuf,
    },
    /// This user may not open the device.
    #[error("{} may not be opened by this user", path.display())]
    Denied {
        /// Its path.
        path: PathBuf,
    },
    /// Another program writes to it.
    #[error("{} is in use: {}", path.display(), held_by(holders))]
    Busy {
        /// Its path.
        path: PathBuf,
        /// Who has it open, as far as this user can see.
        holders: Vec<Holder>,
    },
    /// The device takes no writer any more though nobody has it open: a fault of v4l2loopback before 0.13.
    #[error("{} is stuck: it takes no pictures, and no program has it open", path.display())]
    Wedged {
        /// Its path.
        path: PathBuf,
    },
    /// The device keeps another format than can be written: somebody still reads it, or it was told to keep it.
    #[error("{} keeps to {format}, which Scrim does not write: {}", path.display(), kept_by(holders))]
    Locked {
        /// Its path.
        path: PathBuf,
        /// Code and size.
        format: String,
        /// Who has it open, as far as this user can see.
        holders: Vec<Holder>,
    },
    /// A picture was not taken in time.
    #[error("{} took no picture for {} s", path.display(), limit.as_secs_f32())]
    Stuck {
        /// Its path.
        path: PathBuf,
        /// For how long.
        limit: Duration,
    },
    /// The driver refuses for another reason.
    #[error("{}: {reason}", path.display())]
    Refused {
        /// Its path.
        path: PathBuf,
        /// What was asked and what the system answered.
        reason: String,
    },
}

impl V4l2Error {
    /// What the user can do: in most cases a line to paste into a terminal.
    #[must_use]
    pub fn try_this(&self) -> String {
        let reload = format!("sudo modprobe -r v4l2loopback && {LOAD}");
        match self {
            Self::Unsupported => "Capture Scrim's window in the call program.".into(),
            Self::NotInstalled { install } => format!("{install} && {LOAD}"),
            Self::NotLoaded => LOAD.into(),
            Self::SecureBoot => format!(
                "{LOAD}\nIf it says \"Key was rejected by service\": sudo mokutil --import /var/lib/dkms/mok.pub, \
                 restart, choose \"Enroll MOK\", and load it again."
            ),
            Self::NoDevice | Self::NotExclusive { .. } | Self::Wedged { .. } => reload,
            Self::NoSuchDevice { .. } | Self::NotLoopback { .. } => {
                "Name one of v4l2loopback's devices (scrim devices lists them), or write v4l2 for the first.".into()
            }
            Self::Denied { .. } => "sudo usermod -aG video $USER, then log out and in again".into(),
            Self::Busy { path, holders } if holders.is_empty() => {
                format!("sudo fuser -v {}, and close the program that it names.", path.display())
            }
            Self::Busy { .. } => "Close that program, or name another device.".into(),
            Self::Locked { path, .. } => format!(
                "Close the programs that show this camera; if that does not help: v4l2-ctl -d {} -c keep_format=0",
                path.display()
            ),
            Self::Stuck { .. } | Self::Refused { .. } => {
                format!("Close the programs that show this camera, then: {reload}")
            }
        }
    }
}

fn instead(there: &[PathBuf]) -> String {
    if there.is_empty() {
        return String::new();
    }
    let names: Vec<_> = there.iter().map(|p| p.display().to_string()).collect();
    format!("; there is {}", names.join(", "))
}

fn held_by(holders: &[Holder]) -> String {
    if holders.is_empty() {
        return "a program of another user has it open".into();
    }
    let mut names: Vec<_> = holders.iter().map(ToString::to_string).collect();
    names.dedup();
    format!("{} has it open", names.join(", "))
}

fn kept_by(holders: &[Holder]) -> String {
    if holders.is_empty() {
        return "it was told to keep it, or a program of another user has it open".into();
    }
    held_by(holders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<V4l2Error> {
        let path = || PathBuf::from("/dev/video10");
        let holders = || {
            vec![Holder {
                name: "obs".into(),
                pid: 4711,
            }]
        };
        vec![
            V4l2Error::NotInstalled {
                install: "sudo apt install v4l2loopback-dkms",
            },
            V4l2Error::NotLoaded,
            V4l2Error::SecureBoot,
            V4l2Error::NoDevice,
            V4l2Error::NotExclusive { path: path() },
            V4l2Error::Denied { path: path() },
            V4l2Error::Busy {
                path: path(),
                holders: vec![],
            },
            V4l2Error::Wedged { path: path() },
            V4l2Error::Locked {
                path: path(),
                format: "RGB3 640×480".into(),
                holders: holders(),
            },
            V4l2Error::Stuck {
                path: path(),
                limit: Duration::from_secs(2),
            },
        ]
    }

    #[test]
    fn every_fault_comes_with_a_line_to_paste_and_words_of_its_own() {
        let mut said = Vec::new();
        for fault in all() {
            let line = fault.try_this();
            assert!(
                ["sudo ", "v4l2-ctl "]
                    .iter()
                    .any(|start| line.contains(start)),
                "{fault}: {line}"
            );
            said.push(fault.to_string());
        }
        let count = said.len();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), count);
    }

    #[test]
    fn holders_are_named() {
        let busy = V4l2Error::Busy {
            path: "/dev/video10".into(),
            holders: vec![Holder {
                name: "obs".into(),
                pid: 4711,
            }],
        };
        assert_eq!(
            busy.to_string(),
            "/dev/video10 is in use: obs (process 4711) has it open"
        );
        assert!(!busy.try_this().contains("fuser"));
    }

    #[test]
    fn the_other_devices_are_named() {
        let missing = V4l2Error::NoSuchDevice {
            path: "/dev/video3".into(),
            there: vec!["/dev/video10".into(), "/dev/video11".into()],
        };
        assert_eq!(
            missing.to_string(),
            "/dev/video3 does not exist; there is /dev/video10, /dev/video11"
        );
    }
}
