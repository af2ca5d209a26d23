//! What the pipeline is made of; tests put failing parts in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_capture::{CaptureError, SourceSpec, VideoSource};
use scrim_compositor::{Compositor, Gpu, GpuError};
use scrim_frame::{Composite, Size};
use scrim_matting::{LoadReport, Matting, MattingError, MattingOptions};
use scrim_output::{OutputSpec, SinkError, SinkFormat, VideoSink};

use crate::Drawing;

type OpenSource =
    dyn Fn(&SourceSpec, usize) -> Result<Box<dyn VideoSource>, CaptureError> + Send + Sync;
type LoadMatting = dyn Fn(&MattingOptions, usize) -> Result<(Box<dyn Matting>, LoadReport), MattingError>
    + Send
    + Sync;
type OpenSink =
    dyn Fn(&OutputSpec, SinkFormat) -> Result<Box<dyn VideoSink>, SinkError> + Send + Sync;
type MakeGpu = dyn Fn() -> Result<Gpu, GpuError> + Send + Sync;
type MakeDrawing = dyn Fn(&Gpu, usize) -> Result<Box<dyn Drawing>, GpuError> + Send + Sync;
type TimeAsleep = dyn Fn() -> Duration + Send + Sync;
type MakeSlate = dyn Fn(Size, Instant) -> Composite + Send + Sync;

/// How sources, models, compositors and sinks are opened.
#[derive(Clone)]
pub struct Parts {
    /// Opens a source; the number is how many of its frames others may hold.
    pub open_source: Arc<OpenSource>,
    /// Loads a model; the number is how many of its mattes others may hold.
    pub load_matting: Arc<LoadMatting>,
    /// Opens a sink.
    pub open_sink: Arc<OpenSink>,
    /// A new device without a window, after one was lost.
    pub make_gpu: Arc<MakeGpu>,
    /// Builds the compositor; the number is how many of its composites others may hold.
    pub make_drawing: Arc<MakeDrawing>,
    /// The still card.
    pub make_slate: Arc<MakeSlate>,
    /// How long the machine has slept since some fixed moment: a camera is opened again after a sleep.
    pub time_asleep: Arc<TimeAsleep>,
}

impl Default for Parts {
    /// The real ones.
    fn default() -> Self {
        Self {
            open_source: Arc::new(scrim_capture::open),
            load_matting: Arc::new(scrim_matting::load),
            open_sink: Arc::new(scrim_output::open),
            make_gpu: Arc::new(Gpu::headless),
            make_drawing: Arc::new(|gpu, composites| {
                let compositor: Box<dyn Drawing> = Box::new(Compositor::new(gpu, composites)?);
                Ok(compositor)
            }),
            make_slate: Arc::new(Compositor::slate),
            time_asleep: Arc::new(crate::sleep::time_asleep),
        }
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}
