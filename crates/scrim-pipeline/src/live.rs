//! The live pipeline.

use std::sync::Arc;

use scrim_compositor::{Gpu, Preview};

use crate::{Parts, Settings, Status};

/// What the pipeline needs besides settings.
#[derive(Clone)]
pub struct PipelineOptions {
    /// The device to draw with.
    pub gpu: Gpu,
    /// How sources, models and sinks are opened.
    pub parts: Parts,
    /// Draw the preview for a window.
    pub preview: bool,
    /// Called from a pipeline thread whenever the preview or the status has changed: must return at once.
    pub on_change: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for PipelineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipelineOptions")
            .field("gpu", &self.gpu)
            .finish_non_exhaustive()
    }
}

/// Capture, matting, compositing and outputs, each on its own thread.
#[derive(Debug)]
pub struct Pipeline {}

impl Pipeline {
    /// Starts all threads and returns at once; the status tells how each stage comes up.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(settings: Settings, options: PipelineOptions) -> std::io::Result<Self> {
        let _ = (settings, options);
        todo!("written by the pipeline work")
    }

    /// Takes new settings. What must be rebuilt is rebuilt while the old keeps working.
    pub fn apply(&self, settings: Settings) {
        let _ = settings;
        todo!("written by the pipeline work")
    }

    /// What is happening.
    #[must_use]
    pub fn status(&self) -> Status {
        todo!("written by the pipeline work")
    }

    /// The texture for the window, once there is one.
    #[must_use]
    pub fn preview(&self) -> Option<Preview> {
        todo!("written by the pipeline work")
    }

    /// Stops and joins every thread, completing the outputs. Takes less than a second, whatever state the stages are in.
    pub fn stop(self) -> Status {
        todo!("written by the pipeline work")
    }
}
