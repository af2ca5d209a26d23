//! A virtual camera of PipeWire's: a node that programs which look for cameras there list as "Scrim".
//!
//! What was learnt of it, and is kept to here:
//!
//! * Each layout is offered by itself with fixed values. Chromium does not list a camera that offers a choice.
//! * The node streams while anybody watches, and pauses when the last one has gone; several may watch at once.
//! * Browsers whose camera dies stand still and are told nothing. The node stands for as long as the output is wanted;
//!   when PipeWire itself goes, it is made anew as soon as PipeWire is back.

mod fault;
mod request;

#[cfg(target_os = "linux")]
mod desk;
#[cfg(target_os = "linux")]
mod node;
#[cfg(target_os = "linux")]
mod offer;
#[cfg(target_os = "linux")]
mod pace;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod sink;
#[cfg(target_os = "linux")]
mod socket;

pub use fault::PipeWireError;
pub use request::PipeWireRequest;

use crate::VideoSink;

/// What there is of PipeWire on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipeWireReport {
    /// The running daemon's version.
    pub version: String,
    /// What keeps other programs from the camera though it can be offered.
    pub problem: Option<PipeWireError>,
}

/// Asks PipeWire's daemon how it is. Blocks until it has answered, two seconds at most.
///
/// # Errors
/// None can be reached; the error says why, and what to do.
pub fn pipewire_report() -> Result<PipeWireReport, PipeWireError> {
    #[cfg(target_os = "linux")]
    return report::report();
    #[cfg(not(target_os = "linux"))]
    Err(PipeWireError::Unsupported)
}

/// Offers a camera.
pub(crate) fn open(request: PipeWireRequest) -> Result<Box<dyn VideoSink>, PipeWireError> {
    #[cfg(target_os = "linux")]
    return Ok(Box::new(sink::CameraNode::open(request)?));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = request;
        Err(PipeWireError::Unsupported)
    }
}
