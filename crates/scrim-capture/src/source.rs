//! What every source can do.

use std::time::Duration;

use scrim_frame::{Frame, PixelFormat, Size};

use crate::{CameraControls, CameraRequest, CaptureError};

/// What a source delivers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceFormat {
    /// Size of every frame in pixels.
    pub size: Size,
    /// Format of the frames handed out (after decoding, where the device sends MJPEG).
    pub pixels: PixelFormat,
    /// Nominal time between two frames; `None` for a still picture or where the source does not say.
    pub interval: Option<Duration>,
}

/// Which camera a source is, and what it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenCamera {
    /// The name that finds it again when it was plugged in elsewhere, as [`CameraInfo::id`](crate::CameraInfo::id).
    pub id: String,
    /// What the user named; where they named nothing, what the camera itself offered and was set to. A difference from
    /// [`VideoSource::format`] means that the camera does something else. No rate where none is known.
    pub asked: CameraRequest,
}

/// The answer to "next, please".
#[derive(Debug, Clone)]
pub enum Delivery {
    /// A new frame.
    Frame(Frame),
    /// Nothing came within the time allowed. The source may still be fine.
    Nothing,
    /// The source is over (a clip that is played once has ended).
    End,
}

/// Somewhere that pictures come from, one at a time, in order.
pub trait VideoSource: Send {
    /// A name for people: the camera's, or the file's.
    fn description(&self) -> &str;

    /// What it delivers. Fixed for the life of the source.
    fn format(&self) -> SourceFormat;

    /// How many pictures it had but did not hand out so far: damaged ones, those for which no buffer was free (the
    /// driver's own included, where it counts them), and those of a clip at its own pace that were over before a late consumer asked.
    fn skipped(&self) -> u64 {
        0
    }

    /// How many of those that it did not hand out were damaged: cut short, marked by the driver, not decodable.
    fn damaged(&self) -> u64 {
        0
    }

    /// Which camera it is; `None` where it is none.
    fn camera(&self) -> Option<&OpenCamera> {
        None
    }

    /// A way to its controls beside the stream, for another thread. Does not block. `None` where it has none, or its library
    /// offers none.
    fn controls(&self) -> Option<Box<dyn CameraControls>> {
        None
    }

    /// How many pictures this source has in all, where that is known in advance (a clip): for progress bars.
    fn expected_frames(&self) -> Option<u64> {
        None
    }

    /// Waits for the next frame, at most `timeout` (give or take the granularity of the clock).
    ///
    /// # Errors
    /// The source failed; [`CaptureError::retry`] says whether opening it again may help.
    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError>;
}
