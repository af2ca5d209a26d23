//! What can go wrong at a source.

use std::path::PathBuf;
use std::time::Duration;

/// Whether opening the source again may help, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Try again after this long.
    After(Duration),
    /// It will not help until the user changes something.
    Never,
}

/// Why a source gives no pictures.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No such file.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why it cannot be used, in words.
        reason: String,
        /// What the user can do.
        try_this: String,
    },
    /// There is no camera at all, or not the one that was asked for.
    #[error("{what}")]
    NoCamera {
        /// Which one, and which ones there are.
        what: String,
    },
    /// Another program holds the camera.
    #[error("the camera {camera} is in use by another program{holder}")]
    Busy {
        /// The camera's name.
        camera: String,
        /// ` (name, pid)` of the holder where it can be found, or empty.
        holder: String,
    },
    /// The system does not let this user open the camera.
    #[error("the camera {camera} may not be opened by this user")]
    Denied {
        /// The camera's name.
        camera: String,
    },
    /// The device went away.
    #[error("the camera {camera} was unplugged")]
    Unplugged {
        /// The camera's name.
        camera: String,
    },
    /// The device is there but sends nothing.
    #[error("the camera {camera} has sent no picture for {silent:?}")]
    Silent {
        /// The camera's name.
        camera: String,
        /// For how long.
        silent: Duration,
    },
    /// The device refuses or answers with something else than was asked.
    #[error("the camera {camera}: {reason}")]
    Camera {
        /// The camera's name.
        camera: String,
        /// The driver's words.
        reason: String,
    },
    /// A program that is needed (ffmpeg) is missing or too old.
    #[error("{program} is needed for this, and {reason}")]
    MissingProgram {
        /// The program, by the name of the package that it comes in.
        program: &'static str,
        /// Why it cannot be used.
        reason: String,
    },
    /// A program that is needed (ffmpeg, ffprobe) was started and does not get on: the disk or the network is slow.
    #[error("{program} gave no answer within {limit:?}")]
    Unanswered {
        /// The program.
        program: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
}

impl CaptureError {
    /// Whether opening the source again may help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            // A replugged camera must be back within two seconds.
            Self::Unplugged { .. } | Self::Silent { .. } | Self::NoCamera { .. } => {
                Retry::After(Duration::from_millis(500))
            }
            Self::Busy { .. }
            | Self::Camera { .. }
            | Self::Denied { .. }
            | Self::Unanswered { .. } => Retry::After(Duration::from_secs(2)),
            Self::File { .. } | Self::MissingProgram { .. } => Retry::Never,
        }
    }

    /// Whether the device is not there: it may come back.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unplugged { .. } | Self::NoCamera { .. })
    }

    /// What the user can do about it.
    #[must_use]
    pub fn try_this(&self) -> String {
        match self {
            Self::File { try_this, .. } => try_this.clone(),
            Self::NoCamera { .. } => "Plug a camera in, or choose another source.".into(),
            Self::Busy { .. } => "Close the other program, or choose another camera.".into(),
            Self::Denied { .. } => {
                "Allow it: on Linux add yourself to the group video (sudo usermod -aG video $USER) and log in again; \
                 elsewhere in the system's privacy settings."
                    .into()
            }
            Self::Unplugged { .. } => "Plug it in again; it is picked up by itself.".into(),
            Self::Silent { .. } => "Unplug the camera and plug it in again.".into(),
            Self::Camera { .. } => "Choose another size or rate, or another camera.".into(),
            Self::Unanswered { .. } => {
                "See whether the file's disk or network answers, or copy the file to this computer's own disk.".into()
            }
            Self::MissingProgram { program, .. } => {
                format!("Install {program} (Debian, Ubuntu: apt install {program}).")
            }
        }
    }
}
