//! What every source can do.

use std::time::Duration;

use scrim_frame::{Frame, PixelFormat, Size};

use crate::CaptureError;

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

    /// How many pictures it had but did not hand out so far: corrupt ones, those for which no buffer was free, and those
    /// of a clip at its own pace that were over before a late consumer asked.
    fn skipped(&self) -> u64 {
        0
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
