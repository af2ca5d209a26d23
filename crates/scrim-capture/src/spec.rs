//! How a source is named, on the command line and in the settings file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use scrim_frame::Size;

/// Which library talks to the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CameraBackend {
    /// V4L2 on Linux, nokhwa elsewhere.
    #[default]
    Native,
    /// nokhwa everywhere.
    Nokhwa,
}

/// What the user asked of a camera; the nearest that it has is taken.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CameraRequest {
    /// The size; `None` means 1280×720 or the nearest.
    pub size: Option<Size>,
    /// Frames a second; `None` means 30 or the nearest.
    pub rate: Option<f32>,
}

/// Where a clip goes after its last frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Playback {
    /// Back to the first.
    #[default]
    Loop,
    /// Nowhere: the source ends.
    Once,
}

/// How fast a clip is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As it was recorded.
    #[default]
    RealTime,
    /// As fast as it is asked for.
    Unpaced,
}

/// A source, by name.
///
/// As text: `camera`, `camera:ID`, `nokhwa`, `nokhwa:ID`, `sample`, `pattern`, `pattern:640x480@30`, or the path of a
/// picture or a video. A path that looks like one of these words is written with `./` before it.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceSpec {
    /// A camera: the first one, or the one with this id (`/dev/videoN`, a name under `/dev/v4l/by-id`, an index, or part
    /// of its name).
    Camera {
        /// Which; `None` is the first that works.
        id: Option<String>,
        /// Through which library.
        backend: CameraBackend,
        /// Size and rate.
        request: CameraRequest,
    },
    /// The clip that comes with the program.
    Sample,
    /// A moving test pattern with a known matte.
    Pattern {
        /// Its size.
        size: Size,
        /// Frames a second.
        rate: f32,
    },
    /// A picture or a video file; which of the two is decided by its content.
    File {
        /// Its path.
        path: PathBuf,
        /// What happens at the end of a clip.
        playback: Playback,
        /// How fast a clip is played.
        pace: Pace,
    },
}

/// Why a text names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" names no source: {reason}")]
pub struct SourceSpecError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl FromStr for SourceSpec {
    type Err = SourceSpecError;

    fn from_str(text: &str) -> Result<Self, SourceSpecError> {
        let _ = text;
        todo!("written by the capture work")
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!("written by the capture work")
    }
}
