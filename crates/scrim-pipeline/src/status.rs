//! What is happening: a snapshot for the panel, the command line and reports.

use std::sync::Arc;
use std::time::Duration;

use scrim_capture::{CameraControl, SourceFormat};
use scrim_compositor::AdapterFacts;
use scrim_matting::LoadReport;
use scrim_output::OutputSpec;

use crate::Problem;

/// How a stage is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StageState {
    /// Being opened or loaded.
    #[default]
    Starting,
    /// As it should be.
    Running,
    /// Closed, because nobody watches: the source of virtual cameras without a consumer. It opens when somebody does.
    Resting,
    /// Working, with something to say.
    Degraded(Problem),
    /// Not working; a retry may be under way.
    Failed(Problem),
    /// Over: stopped, or the clip has ended; an output has completed its file.
    Stopped,
}

/// What the outputs are given at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Showing {
    /// The still card.
    #[default]
    Slate,
    /// The person over the background.
    Person,
    /// The last composite, for a short time after a failure.
    LastComposite,
}

/// Three percentiles of a span of time, over the last few seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    /// Half are faster.
    pub p50: Duration,
    /// One in twenty is slower.
    pub p95: Duration,
    /// One in a hundred is slower.
    pub p99: Duration,
}

/// Pictures that were not used, by place, since the start. Each is replaced by a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drops {
    /// Corrupt, received while no buffer was free, or replaced by a newer one inside the source.
    pub at_source: u64,
    /// Those among them that were damaged: cut short or not decodable.
    pub damaged: u64,
    /// Overtaken while waiting for inference.
    pub before_matting: u64,
    /// Overtaken while waiting for the compositor.
    pub before_compositing: u64,
    /// Overtaken while waiting for an output, over all outputs.
    pub before_output: u64,
}

/// Figures measured while running.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Frames a second that arrive from the source.
    pub capture_rate: f32,
    /// Composites a second.
    pub composite_rate: f32,
    /// Waiting in the mailbox and pre-processing, inference, post-processing: capture to matte.
    pub matting: Percentiles,
    /// Matte to composite drawn.
    pub compositing: Percentiles,
    /// Composite to handed over to the slowest output; zero without outputs.
    pub output: Percentiles,
    /// Capture stamp to composite drawn (without outputs) or handed over. Exposure and transport inside the camera come
    /// before the stamp and cannot be seen.
    pub total: Percentiles,
    /// Pictures not used.
    pub drops: Drops,
}

/// The source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceStatus {
    /// How it is.
    pub state: StageState,
    /// Its name.
    pub description: String,
    /// What it delivers, once open.
    pub format: Option<SourceFormat>,
    /// The lasting id of the camera, where it is one: what [`Settings::controls`](crate::Settings::controls) names it by.
    pub camera: Option<String>,
    /// What can be adjusted on it, as it is now. Empty while it is closed.
    pub controls: Arc<[CameraControl]>,
}

/// One output.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputStatus {
    /// Which.
    pub spec: OutputSpec,
    /// How it is.
    pub state: StageState,
    /// Composites handed over.
    pub written: u64,
}

/// A snapshot.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// The source.
    pub source: SourceStatus,
    /// How inference is.
    pub matting: StageState,
    /// What really runs, once loaded. While another model is being loaded, still the old one.
    pub loaded: Option<LoadReport>,
    /// A model is being loaded while the old one keeps working.
    pub loading: bool,
    /// How drawing is.
    pub compositor: StageState,
    /// What draws.
    pub adapter: Option<AdapterFacts>,
    /// The outputs, in the order of the settings. After the stop, one that was asked for a file and has not completed it is
    /// [`StageState::Failed`]; [`StageState::Stopped`] says that the file is complete.
    pub outputs: Vec<OutputStatus>,
    /// Outputs that were taken away and are still completing their files, or could not. Their problems name the index that
    /// they had.
    pub leaving: Vec<OutputStatus>,
    /// What the outputs are given.
    pub showing: Showing,
    /// Figures.
    pub figures: Figures,
    /// What is wrong, worst first.
    pub problems: Vec<Problem>,
}
