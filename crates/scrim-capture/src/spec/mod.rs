//! A source, by name.

mod text;

use std::path::PathBuf;

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
    /// Frames a second, 0.01 to 1000 as text; `None` means 30 or the nearest.
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
    /// As it was recorded; a consumer that is late gets the newest frame, as from a camera.
    #[default]
    RealTime,
    /// As fast as it is asked for; every frame is delivered.
    Unpaced,
}

/// A source, by name.
///
/// As text: `camera`, `camera:ID`, `nokhwa`, `nokhwa:ID`, `sample`, `pattern`, `pattern:640x480@30`, or the path of a
/// picture or a video. A path that looks like one of these words is written with `./` before it.
///
/// * What a camera is asked for follows a question mark: `camera?rate=15`, `camera:ID?size=1280x720&rate=30`. A
///   question mark or a percent sign in the id itself is written `%3F` or `%25`.
/// * A clip that is not to loop, or not to be held to its own pace, has that before its path: `once:clip.mkv`,
///   `unpaced:clip.mkv`, `once:unpaced:clip.mkv`.
/// * `pattern:640x480@inf` comes as fast as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceSpec {
    /// A camera: the first one, or the one with this id (`/dev/videoN`, a name under `/dev/v4l/by-id`, an index, or part
    /// of its name; digits alone are always an index).
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
        /// Frames a second, at least 0.01; infinite means as fast as it is asked for.
        rate: f32,
    },
    /// A picture or a video file; which of the two is decided by its content. HDR videos are refused.
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
