//! What can go wrong between a frame and its matte.

use std::path::PathBuf;

use crate::Refusal;

/// Why there is no matte.
#[derive(Debug, thiserror::Error)]
pub enum MattingError {
    /// No ONNX Runtime library was found, or it cannot be loaded.
    #[error("ONNX Runtime could not be loaded: {reason}")]
    Runtime {
        /// Where it was looked for, and what the loader said.
        reason: String,
        /// What the user can do.
        try_this: String,
    },
    /// The model cannot be used.
    #[error("the model {model}: {reason}")]
    Model {
        /// The file, or "(built in)".
        model: PathBuf,
        /// Why.
        reason: String,
        /// What the user can do.
        try_this: String,
    },
    /// No provider of those tried could run the model.
    #[error("no execution provider could run the model: {}", crate::report::join_refusals(.refused))]
    NoProvider {
        /// Each with its reason.
        refused: Vec<Refusal>,
    },
    /// A run failed.
    #[error("inference failed: {reason}")]
    Inference {
        /// ONNX Runtime's words.
        reason: String,
    },
    /// All mattes are held elsewhere.
    #[error(transparent)]
    Pool(#[from] scrim_frame::PoolExhausted),
    /// The model gave values that are not alpha.
    #[error("the model gave no matte: {0}")]
    Nonsense(#[from] scrim_frame::MatteError),
}

impl MattingError {
    /// What the user can do about it.
    #[must_use]
    pub fn try_this(&self) -> String {
        match self {
            Self::Runtime { try_this, .. } | Self::Model { try_this, .. } => try_this.clone(),
            Self::NoProvider { .. } => "Choose the provider \"auto\" or \"cpu\".".into(),
            Self::Inference { .. } | Self::Nonsense(_) => {
                "Choose another provider; if it stays so, choose the built-in model.".into()
            }
            Self::Pool(_) => "This is a fault of Scrim's; please report it.".into(),
        }
    }
}
