//! What can go wrong at a sink.

use std::path::PathBuf;

use crate::{PipeWireError, V4l2Error};

/// Why a composite could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The file or its folder cannot be written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why, in words.
        reason: String,
        /// What the user can do.
        try_this: String,
    },
    /// A program that is needed (ffmpeg) is missing or failed.
    #[error("{program} is needed for this, and {reason}")]
    Program {
        /// The program.
        program: &'static str,
        /// Why it cannot be used; its own last words where it had any.
        reason: String,
        /// What the user can do.
        try_this: String,
    },
    /// A v4l2loopback camera cannot be written to.
    #[error(transparent)]
    V4l2(#[from] V4l2Error),
    /// There is no PipeWire to offer a camera through.
    #[error(transparent)]
    PipeWire(#[from] PipeWireError),
    /// A composite of another size or format than was announced.
    #[error("{what}")]
    Mismatch {
        /// What was expected and what came.
        what: String,
    },
}

impl SinkError {
    /// What the user can do about it.
    #[must_use]
    pub fn try_this(&self) -> String {
        match self {
            Self::File { try_this, .. } | Self::Program { try_this, .. } => try_this.clone(),
            Self::V4l2(error) => error.try_this(),
            Self::PipeWire(error) => error.try_this(),
            Self::Mismatch { .. } => "This is a fault of Scrim's; please report it.".into(),
        }
    }
}
