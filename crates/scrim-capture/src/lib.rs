//! Where pictures come from: cameras, video files, still pictures, motion-JPEG clips in memory, a test pattern.
//!
//! Every source is a plain blocking object behind [`VideoSource`]; no read blocks longer than it was allowed to. The
//! crate does not know what the pictures are for, and makes no thread that outlives its source, except one around a
//! foreign call that may never return.

mod bundled;
mod camera;
mod control;
mod error;
mod jpeg;
mod limits;
pub mod pattern;
mod sample;
mod schedule;
mod source;
mod spec;
mod still;
mod video;

pub use bundled::{BACKGROUNDS, BundledPicture};
pub use camera::{CameraFormat, CameraInfo, camera_controls, camera_node, devices, node_names};
pub use control::{
    CameraControl, CameraControls, ControlAccess, ControlError, ControlGroup, ControlKind,
    ControlUnit,
};
pub use error::{CaptureError, Retry};
pub use source::{Delivery, OpenCamera, SourceFormat, VideoSource};
pub use spec::{CameraBackend, CameraRequest, Pace, Playback, SourceSpec, SourceSpecError};

/// Opens a source.
///
/// `pool_frames` is how many frames may be held by others at the same time; one more is kept for the frame being
/// written.
///
/// # Errors
/// The source is missing, busy, unreadable, or of a kind that cannot be used; the error says what to try.
pub fn open(spec: &SourceSpec, pool_frames: usize) -> Result<Box<dyn VideoSource>, CaptureError> {
    match spec {
        SourceSpec::File {
            path,
            playback,
            pace,
        } => {
            if let Some(picture) = bundled::named(path)? {
                let still = still::StillPicture::bundled(picture, *playback, *pace, pool_frames)?;
                Ok(Box::new(still))
            } else if still::is_still(path)? {
                let picture = still::StillPicture::open(path, *playback, *pace, pool_frames)?;
                Ok(Box::new(picture))
            } else {
                let clip = video::VideoFile::open(path, *playback, *pace, pool_frames)?;
                Ok(Box::new(clip))
            }
        }
        SourceSpec::Sample => Ok(Box::new(sample::open(pool_frames)?)),
        SourceSpec::Pattern { size, rate } => {
            Ok(Box::new(pattern::Pattern::new(*size, *rate, pool_frames)))
        }
        SourceSpec::Camera {
            id,
            backend,
            request,
        } => camera::open(id.as_deref(), *backend, *request, pool_frames),
    }
}
