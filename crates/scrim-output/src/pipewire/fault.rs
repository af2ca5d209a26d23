//! What stands between Scrim and PipeWire, and the line that mends it.

use std::path::PathBuf;
use std::time::Duration;

/// Starts what Debian, Fedora, Arch and others install for each user.
const START: &str = "systemctl --user --now enable pipewire.socket pipewire wireplumber";

/// Why PipeWire offers no camera of Scrim's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PipeWireError {
    /// Not on this system.
    #[error("PipeWire is a part of Linux")]
    Unsupported,
    /// PipeWire's own files are missing.
    #[error("PipeWire is not installed: {reason}")]
    NotInstalled {
        /// What was found wanting.
        reason: String,
    },
    /// This login has no folder where its programs meet.
    #[error("XDG_RUNTIME_DIR is not set, so that PipeWire cannot be found")]
    NoFolder,
    /// Nobody answers where the daemon should.
    #[error("PipeWire does not run: nothing answers at {}", socket.display())]
    NotRunning {
        /// Where it should.
        socket: PathBuf,
    },
    /// This user may not talk to the daemon.
    #[error("{} may not be used by this user", socket.display())]
    Denied {
        /// Where the daemon answers.
        socket: PathBuf,
    },
    /// The daemon is there and says nothing.
    #[error("PipeWire has not answered for {} s", limit.as_secs_f32())]
    Silent {
        /// For how long.
        limit: Duration,
    },
    /// The daemon has gone while the camera stood.
    #[error("PipeWire has stopped")]
    Gone,
    /// The daemon runs without the program that connects cameras with those who watch.
    #[error("PipeWire runs without a session manager, and nobody can be connected to a camera")]
    NoSessionManager,
    /// It refuses for another reason.
    #[error("PipeWire: {reason}")]
    Refused {
        /// What was asked and what came back.
        reason: String,
    },
}

impl PipeWireError {
    /// What the user can do: in most cases a line to paste into a terminal.
    #[must_use]
    pub fn try_this(&self) -> String {
        match self {
            Self::Unsupported => "Capture Scrim's window in the call program.".into(),
            Self::NotInstalled { .. } => {
                format!("Install PipeWire (Debian, Ubuntu: sudo apt install pipewire wireplumber), then: {START}")
            }
            Self::NoFolder => {
                "Start Scrim from a desktop or a login of your own, not through sudo or su; or use --output v4l2.".into()
            }
            Self::NotRunning { .. } => format!(
                "{START}\nIf it knows no such units: sudo apt install pipewire wireplumber, then the same again."
            ),
            Self::Denied { .. } => "Start Scrim as the user that PipeWire runs for.".into(),
            Self::Silent { .. } | Self::Refused { .. } => {
                "systemctl --user restart pipewire wireplumber".into()
            }
            Self::Gone => format!("Scrim comes back by itself when PipeWire does. To start it: {START}"),
            Self::NoSessionManager => "sudo apt install wireplumber && systemctl --user --now enable wireplumber".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_says_what_to_do_in_words_of_its_own() {
        let socket = || PathBuf::from("/run/user/1000/pipewire-0");
        let faults = [
            PipeWireError::NotInstalled {
                reason: "no client.conf".into(),
            },
            PipeWireError::NoFolder,
            PipeWireError::NotRunning { socket: socket() },
            PipeWireError::Denied { socket: socket() },
            PipeWireError::Silent {
                limit: Duration::from_secs(2),
            },
            PipeWireError::Gone,
            PipeWireError::NoSessionManager,
            PipeWireError::Refused {
                reason: "no".into(),
            },
        ];
        let mut said: Vec<_> = faults.iter().map(ToString::to_string).collect();
        for fault in &faults {
            let line = fault.try_this();
            assert!(
                ["systemctl --user", "Start Scrim", "sudo apt"]
                    .iter()
                    .any(|word| line.contains(word)),
                "{fault}: {line}"
            );
        }
        said.sort();
        said.dedup();
        assert_eq!(said.len(), faults.len());
    }
}
