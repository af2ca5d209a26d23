//! The sink that keeps nothing.

use scrim_frame::{Composite, PixelFormat};

use crate::{SinkError, VideoSink};

/// Counts composites and throws them away.
#[derive(Debug, Default)]
pub(crate) struct Null {
    taken: u64,
}

impl VideoSink for Null {
    fn description(&self) -> &'static str {
        "null"
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        crate::RGBA_ONLY
    }

    fn write(&mut self, _: &Composite) -> Result<(), SinkError> {
        self.taken += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        tracing::info!(composites = self.taken, "thrown away, as asked");
        Ok(())
    }
}
