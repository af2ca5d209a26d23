//! Where composites go: pictures, picture sequences, video files, nothing.
//!
//! A sink accepts a [`Composite`] and nothing else; there is no way to give it a camera's picture.
//! Files appear under their final name only when they are complete.

mod error;
mod spec;

use std::time::Duration;

use scrim_frame::{AlphaState, Composite, PixelFormat, Size};

pub use error::SinkError;
pub use spec::{OutputSpec, OutputSpecError, VideoCodec};

/// Somewhere that composites go, one at a time, in order.
pub trait VideoSink: Send {
    /// A name for people: the file's, or the device's.
    fn description(&self) -> &str;

    /// Whether somebody watches it now (a virtual camera): such a sink is given the slate while there is no person to show;
    /// a file is given nothing then.
    fn is_watched(&self) -> bool {
        false
    }

    /// The pixel formats that [`Self::write`] accepts, best first.
    fn accepted_formats(&self) -> &[PixelFormat];

    /// Hands one composite over. Blocks until it is taken.
    ///
    /// # Errors
    /// It could not be written; nothing half-written is left under the final name.
    fn write(&mut self, composite: &Composite) -> Result<(), SinkError>;

    /// Completes what was written. Dropping a sink without it discards unfinished files.
    ///
    /// # Errors
    /// It could not be completed.
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// When composites come to a sink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Timing {
    /// This long apart, however fast they are handed over: a clip being converted.
    Constant(Duration),
    /// As they happen: a live recording keeps the moments at which they came. The duration is the nominal distance.
    Live(Duration),
}

/// What a sink will be given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinkFormat {
    /// Size of every composite.
    pub size: Size,
    /// When they come.
    pub timing: Timing,
    /// What their alpha channel says.
    pub alpha: AlphaState,
}

/// Opens a sink.
///
/// # Errors
/// It cannot be opened; the error says what to try.
pub fn open(spec: &OutputSpec, format: SinkFormat) -> Result<Box<dyn VideoSink>, SinkError> {
    let _ = (spec, format);
    todo!("written by the output work")
}
