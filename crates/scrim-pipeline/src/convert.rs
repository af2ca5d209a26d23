//! Stills and clips: every picture, in order, none dropped.

use std::ops::ControlFlow;
use std::time::Duration;

use scrim_compositor::{Deliver, Fit, Gpu, Upsampling};
use scrim_matting::{LoadReport, MattingOptions};
use scrim_output::OutputSpec;

use crate::{BackgroundSpec, Parts, Problem, SourceSpec};

/// What is to be converted, and how.
#[derive(Debug, Clone)]
pub struct ConvertJob {
    /// A picture, or a clip that plays once and unpaced.
    pub source: SourceSpec,
    /// Model, provider, threads, input size.
    pub matting: MattingOptions,
    /// Behind the person.
    pub background: BackgroundSpec,
    /// How a background picture meets another aspect ratio.
    pub fit: Fit,
    /// Left and right exchanged.
    pub mirror: bool,
    /// How the matte is enlarged.
    pub upsampling: Upsampling,
    /// The composite or the matte.
    pub deliver: Deliver,
    /// Where it goes; several files can be made from one pass.
    pub outputs: Vec<OutputSpec>,
    /// Stop after this many frames.
    pub max_frames: Option<u64>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames written.
    pub done: u64,
    /// Frames in all, where that is known.
    pub total: Option<u64>,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct ConvertReport {
    /// Frames read from the source.
    pub frames_read: u64,
    /// Composites written to each output.
    pub frames_written: u64,
    /// Pictures that the source could not decode.
    pub skipped: u64,
    /// What ran.
    pub loaded: LoadReport,
    /// From start to finish.
    pub elapsed: Duration,
}

/// Converts a still or a clip. `make_gpu` runs beside the loading of the model, since both take a while.
///
/// `progress` is told after each frame and may break off; then nothing is left under the final name.
///
/// # Errors
/// The first thing that went wrong. Nothing is left under the final name.
pub fn convert(
    job: &ConvertJob,
    parts: &Parts,
    make_gpu: impl FnOnce() -> Result<Gpu, scrim_compositor::GpuError> + Send,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ConvertReport, Problem> {
    let _ = (job, parts, make_gpu, progress);
    todo!("written by the pipeline work")
}
