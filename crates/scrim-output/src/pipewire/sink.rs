//! The sink.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use scrim_frame::{Composite, PixelFormat, Size};

use super::desk::Desk;
use super::{PipeWireError, PipeWireRequest, node};
use crate::camera::{CAMERA_SIZE, CameraFormat};
use crate::{SinkError, VideoSink, expect_rgba};

/// How long PipeWire may take to offer the node. Chosen: it takes some milliseconds, and a busy computer has as long to get
/// round to it as users wait without wondering.
const OFFER_LIMIT: Duration = Duration::from_secs(3);

/// How long the thread may take to end, before it is left behind: it may be in a call that never returns.
const END_LIMIT: Duration = Duration::from_secs(1);

/// A camera that PipeWire offers, with one size from the first picture to the last.
///
/// The thread of the node draws and sends. Handing over takes a reference alone, so that while nobody watches a
/// composite costs nothing; the newest is kept for whoever comes.
#[derive(Debug)]
pub(super) struct CameraNode {
    size: Size,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

impl CameraNode {
    pub(super) fn open(request: PipeWireRequest) -> Result<Self, PipeWireError> {
        let refused = |what: &str, error: std::io::Error| PipeWireError::Refused {
            reason: format!("{what}: {error}"),
        };
        let size = request.size.unwrap_or(CAMERA_SIZE);
        let desk = Desk::new().map_err(|error| refused("no descriptor is left", error))?;
        let desk = Arc::new(desk);
        let thread = Builder::new()
            .name("scrim-pipewire".into())
            .spawn({
                let desk = Arc::clone(&desk);
                move || node::run(&desk, size)
            })
            .map_err(|error| refused("no thread could be started", error))?;
        let node = Self {
            size,
            desk,
            thread: Some(thread),
        };
        node.desk.wait_offered(OFFER_LIMIT)?;
        Ok(node)
    }
}

impl VideoSink for CameraNode {
    fn description(&self) -> &'static str {
        "PipeWire"
    }

    fn is_device(&self) -> bool {
        true
    }

    fn is_watched(&self) -> bool {
        self.desk.is_watched()
    }

    fn fixed_size(&self) -> Option<Size> {
        Some(self.size)
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        self.desk
            .layout()
            .map_or(crate::RGBA_ONLY, CameraFormat::accepted)
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        // Those who watch may settle on another layout at any moment; what does not fit then is not sent.
        let is_laid_out =
            composite.format().yuv_encoding().is_some() && composite.size() == self.size;
        if !is_laid_out {
            expect_rgba(composite)?;
        }
        Ok(self.desk.put(composite)?)
    }

    fn check(&self) -> Result<(), SinkError> {
        Ok(self.desk.check()?)
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Drop for CameraNode {
    fn drop(&mut self) {
        let has_ended = self.desk.stop(END_LIMIT);
        match self.thread.take() {
            Some(thread) if has_ended || thread.is_finished() => {
                if thread.join().is_err() {
                    tracing::error!("the thread of the PipeWire camera panicked");
                }
            }
            _ => {
                tracing::warn!("PipeWire does not let go of the camera; its thread is left behind");
            }
        }
    }
}
