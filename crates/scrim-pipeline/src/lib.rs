//! Threads, mailboxes, settings, statistics, the privacy gate, shutdown: the only crate that starts stage threads.
//!
//! [`Pipeline`] runs live: newest picture wins, every drop is counted, failures put the slate before the outputs.
//! [`convert`] works through a still or a clip: every picture, in order, none dropped.

mod background;
mod convert;
mod drawing;
mod gate;
mod live;
mod mailbox;
mod overlap;
mod parts;
mod problem;
mod settings;
mod sleep;
mod stats;
mod status;
mod sync;

pub use background::{BackgroundSpec, BackgroundSpecError};
pub use convert::{ConvertJob, ConvertReport, Progress, convert};
pub use drawing::Drawing;
pub use gate::{HOLD, REPEAT_EVERY, STALE_AFTER};
pub use live::{Pipeline, PipelineOptions, has_left_threads_behind};
pub use mailbox::{Mailbox, Received};
pub use parts::Parts;
pub use problem::{Problem, ProblemSource, Severity};
pub use settings::{ANY_CAMERA, ControlValues, Rebuild, Settings};
pub use status::{
    Drops, Figures, OutputStatus, Percentiles, Showing, SourceStatus, StageState, Status,
};

// What the panel and the program need of the stages, so that they name one crate.
pub use scrim_capture::{
    self as capture, CameraBackend, CameraRequest, Pace, Playback, SourceFormat, SourceSpec,
};
pub use scrim_compositor::{
    self as compositor, Deliver, Fit, Gpu, Preview, PreviewView, Rgb, Upsampling,
};
pub use scrim_frame as frame;
pub use scrim_matting::{
    self as matting, BuiltInModel, InferenceDevice, InputSize, Islands, LoadReport, MattingOptions,
    ModelSource, ProviderChoice, Steadying,
};
pub use scrim_output::{self as output, OutputSpec};
