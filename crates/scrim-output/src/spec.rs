//! How an output is named, on the command line and in the settings file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// How a video file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoCodec {
    /// H.264 in `.mp4` or `.mkv`: plays everywhere, no alpha.
    H264,
    /// Apple ProRes 4444 in `.mov`: with alpha, for editing.
    ProRes4444,
    /// VP9 in `.webm`: with alpha, small.
    Vp9,
}

/// An output, by name.
///
/// As text: `null`; a path ending in `.png` (one picture), the same with a run of `#` or `%05d` for the number (a
/// sequence), or `.mp4`, `.mkv`, `.mov`, `.webm` (a video).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputSpec {
    /// Composites are made and thrown away: for measuring.
    Null,
    /// One picture, the first composite that shows a person.
    Picture(PathBuf),
    /// One picture each; the name holds a run of `#`.
    PictureSequence(PathBuf),
    /// A video file.
    Video {
        /// Its path.
        path: PathBuf,
        /// How it is encoded.
        codec: VideoCodec,
    },
}

/// Why a text names no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" names no output: {reason}")]
pub struct OutputSpecError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl FromStr for OutputSpec {
    type Err = OutputSpecError;

    fn from_str(text: &str) -> Result<Self, OutputSpecError> {
        let _ = text;
        todo!("written by the output work")
    }
}

impl fmt::Display for OutputSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!("written by the output work")
    }
}
