//! Virtual cameras of v4l2loopback: a kernel module whose devices hand on to readers what a writer puts in.
//!
//! What is known of its versions, from 0.12.7 to 0.15, and kept to here:
//!
//! * A device has the format of its first user for as long as anybody has it open; `VIDIOC_S_FMT` says nothing and
//!   answers with that format. It is compared, and taken over where it can be written.
//! * `VIDIOC_STREAMON` must be tried: without it, 0.12.7 takes no second writer until the module is loaded anew. 0.15
//!   refuses it to whoever writes with `write`. Its failure means nothing.
//! * Readers of a device that its writer has closed stand still. It stays open for as long as the output is wanted; the
//!   pipeline has a still card for the time without a person.
//! * From 0.13 on, the driver tells when somebody begins to read; before, only opening and closing can be seen.

mod fault;
mod request;

#[cfg(target_os = "linux")]
mod abi;
#[cfg(target_os = "linux")]
mod node;
#[cfg(target_os = "linux")]
mod sink;
#[cfg(target_os = "linux")]
mod standing;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod usage;

use std::path::PathBuf;

pub use fault::{Holder, V4l2Error};
pub use request::V4l2Request;

use crate::{SinkFormat, VideoSink};

/// What there is of v4l2loopback on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V4l2Report {
    /// The module's version, where it says one.
    pub version: Option<String>,
    /// Its devices, at least one.
    pub devices: Vec<V4l2Device>,
}

/// A device of v4l2loopback's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct V4l2Device {
    /// Its node.
    pub path: PathBuf,
    /// The name that other programs list it by.
    pub name: String,
    /// What stands in the way of writing to it now.
    pub problem: Option<V4l2Error>,
}

/// Looks for v4l2loopback's devices and asks each whether it can be written to. Other cameras are not touched.
///
/// # Errors
/// There is none; the error says why, and what to do.
pub fn v4l2_report() -> Result<V4l2Report, V4l2Error> {
    #[cfg(target_os = "linux")]
    return standing::report(&system::System::real());
    #[cfg(not(target_os = "linux"))]
    Err(V4l2Error::Unsupported)
}

/// Opens the device that is asked for, or the first that can be used.
pub(crate) fn open(
    request: &V4l2Request,
    format: SinkFormat,
) -> Result<Box<dyn VideoSink>, V4l2Error> {
    #[cfg(target_os = "linux")]
    {
        let system = system::System::real();
        Ok(Box::new(sink::Loopback::open(request, format, &system)?))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (request, format);
        Err(V4l2Error::Unsupported)
    }
}
