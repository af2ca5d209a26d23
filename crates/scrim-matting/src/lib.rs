//! Picture to alpha matte: finds ONNX Runtime, loads a MODNet by its manifest on the execution provider that really
//! works, and turns frames into mattes.
//!
//! The crate knows nothing of cameras, windows or outputs, and starts no thread of its own (ONNX Runtime's pool
//! apart).

mod error;
mod options;
mod report;

use scrim_frame::{Frame, Matte};

pub use error::MattingError;
pub use options::{
    InferenceDevice, InputSize, MattingOptions, MattingOptionsError, ModelSource, ProviderChoice,
};
pub use report::{LoadReport, NodeCount, Refusal};

/// Something that says how opaque the person is.
pub trait Matting: Send {
    /// The matte of a frame. Blocks for as long as inference takes.
    ///
    /// # Errors
    /// The session failed or gave nonsense; the frame must then not be shown.
    fn estimate(&mut self, frame: &Frame) -> Result<Matte, MattingError>;
}

/// Loads a model: finds the runtime, checks the model, tries the providers in order, and runs once to warm up.
///
/// `mattes` is how many mattes may be held by others at the same time.
///
/// # Errors
/// No runtime, no usable model, or no provider that works; the error says what to try.
pub fn load(
    options: &MattingOptions,
    mattes: usize,
) -> Result<(Box<dyn Matting>, LoadReport), MattingError> {
    let _ = (options, mattes);
    todo!("written by the matting work")
}
