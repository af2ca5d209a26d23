//! A small world of parts that do what a test says: run, stay silent, fail, hang.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test support")]

mod fakes;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use scrim_capture::{CameraBackend, CameraRequest, CaptureError, Pace, Playback, SourceSpec};
use scrim_compositor::{Deliver, Fit, Gpu, PreviewView, Rgb, Upsampling};
use scrim_frame::{AlphaState, CompositeContent, FrameId, PixelFormat, Size};
use scrim_matting::{MattingOptions, ModelSource};
use scrim_output::OutputSpec;
use scrim_pipeline::{BackgroundSpec, Parts, Pipeline, PipelineOptions, Settings, Status};

/// Longer than anything that works takes, on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceMode {
    /// A frame each so many milliseconds.
    Runs(u64),
    /// So many frames, as fast as they are asked for, then the end.
    Clip(u64),
    /// A still picture, delivered once.
    Still,
    /// Open, but without pictures.
    Silent,
    Unplugged,
    Corrupt,
    HangsInOpen,
    HangsInRead,
    /// A frame only once the mode is another.
    Holds,
    /// A frame each so many milliseconds, with a damaged one before each.
    Damages(u64),
    /// There, but not to be opened by this user.
    Denied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MattingMode {
    Works,
    /// One estimate for each permit.
    ByPermit,
    Fails,
    HangsInLoad,
    HangsInRun,
    FailsToLoad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawingMode {
    Works,
    /// It does, and says that no graphics chip is behind it.
    WorksOnTheCpu,
    Lost,
    Refuses,
    /// Draws, but holds the preview until the mode is another.
    HoldsPreview,
    /// Prepares itself until the mode is another, as a driver that builds its shaders.
    Prepares,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkMode {
    Works,
    FailsToOpen,
    HangsInOpen,
    Fails,
    Hangs,
    Panics,
    FailsToFinish,
    HangsInFinish,
    /// Takes so many milliseconds to finish.
    SlowToFinish(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub id: FrameId,
    pub mirror: bool,
    pub backdrop: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub sink: String,
    pub content: CompositeContent,
    pub alpha: AlphaState,
    pub format: PixelFormat,
    pub at: Instant,
}

#[derive(Debug)]
pub struct State {
    pub sources: HashMap<PathBuf, SourceMode>,
    pub models: HashMap<PathBuf, MattingMode>,
    pub drawing: DrawingMode,
    pub sinks: HashMap<PathBuf, SinkMode>,
    pub watched: bool,
    /// The sinks that are devices.
    pub devices: Vec<String>,
    /// The devices whose pictures are YUYV.
    pub yuyv: Vec<String>,
    pub permits: u64,
    /// How often a session was told to forget the frames before.
    pub resets: u64,
    pub opened: Vec<PathBuf>,
    /// Reads that are, or were, held.
    pub held: u64,
    pub delivered: Vec<(PathBuf, FrameId)>,
    pub closed: Vec<PathBuf>,
    pub loads: u64,
    pub estimated: Vec<(PathBuf, FrameId)>,
    pub rehearsals: u64,
    pub drawn: Vec<Drawn>,
    pub views: Vec<PreviewView>,
    pub written: Vec<Written>,
    pub written_count: u64,
    pub finished: Vec<String>,
    pub discarded: Vec<String>,
    /// Whether the vectors grow; not while allocations are counted.
    pub is_logging: bool,
    /// What a camera's lasting id is, where it is not the one it was named by.
    pub lasting: HashMap<String, String>,
    /// The controls of every camera.
    pub controls: HashMap<String, i64>,
    /// What was set on cameras, in order.
    pub set: Vec<(String, i64)>,
    /// How long the machine has slept.
    pub asleep: Duration,
    released: bool,
    changes: u64,
}

#[derive(Debug)]
pub struct World {
    state: Mutex<State>,
    changed: Condvar,
}

/// Lets everything that hangs go on, so that no thread outlives its test.
pub struct Release(pub Arc<World>);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.state().released = true;
        self.0.changed.notify_all();
    }
}

impl World {
    pub fn new() -> (Arc<Self>, Release) {
        let world = Arc::new(Self {
            state: Mutex::new(State {
                sources: HashMap::new(),
                models: HashMap::new(),
                drawing: DrawingMode::Works,
                sinks: HashMap::new(),
                watched: false,
                devices: vec![],
                yuyv: vec![],
                permits: 0,
                resets: 0,
                opened: vec![],
                held: 0,
                delivered: vec![],
                closed: vec![],
                loads: 0,
                estimated: vec![],
                rehearsals: 0,
                drawn: vec![],
                views: vec![],
                written: vec![],
                written_count: 0,
                finished: vec![],
                discarded: vec![],
                is_logging: true,
                lasting: HashMap::new(),
                controls: HashMap::from([("gain".into(), 1), ("focus".into(), 20)]),
                set: vec![],
                asleep: Duration::ZERO,
                released: false,
                changes: 0,
            }),
            changed: Condvar::new(),
        });
        (Arc::clone(&world), Release(world))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        state.changes += 1;
        drop(state);
        self.changed.notify_all();
    }

    pub fn source(&self, name: &str, mode: SourceMode) {
        self.set(|state| {
            state.sources.insert(name.into(), mode);
        });
    }

    pub fn model(&self, name: &str, mode: MattingMode) {
        self.set(|state| {
            state.models.insert(name.into(), mode);
        });
    }

    pub fn sink(&self, name: &str, mode: SinkMode) {
        self.set(|state| {
            state.sinks.insert(name.into(), mode);
        });
    }

    /// Waits in a fake until `until` holds or the test is over.
    pub fn hang(&self, until: impl Fn(&State) -> bool) {
        let state = self.state();
        let wait = |state: &mut State| !state.released && !until(state);
        drop(self.changed.wait_while(state, wait));
    }

    /// Waits in a fake for so long, or until the test is over.
    pub fn delay(&self, span: Duration, until: impl Fn(&State) -> bool) {
        let state = self.state();
        let wait = |state: &mut State| !state.released && !until(state);
        drop(self.changed.wait_timeout_while(state, span, wait));
    }

    /// How many composites of people were written.
    pub fn people(&self) -> usize {
        let state = self.state();
        let ids = state.written.iter().filter_map(|w| content_id(w.content));
        ids.count()
    }

    /// Waits in a test.
    #[track_caller]
    pub fn wait(&self, what: &str, until: impl Fn(&State) -> bool) {
        let state = self.state();
        let (state, timeout) = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !until(state))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "waited for {what}; now {state:?}");
    }

    /// Waits in a test for a status.
    #[track_caller]
    pub fn wait_status(
        &self,
        pipeline: &Pipeline,
        what: &str,
        until: impl Fn(&Status) -> bool,
    ) -> Status {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let changes = self.state().changes;
            let status = pipeline.status();
            if until(&status) {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "waited for {what}; now {status:?}"
            );
            self.delay(Duration::from_millis(100), |state| state.changes != changes);
        }
    }

    pub fn parts(self: &Arc<Self>) -> Parts {
        fakes::parts(self)
    }

    /// Starts a pipeline in this world; `None` (loudly) on a machine without a graphics device.
    pub fn start(self: &Arc<Self>, settings: Settings) -> Option<Pipeline> {
        self.start_with(settings, false)
    }

    pub fn start_with(self: &Arc<Self>, settings: Settings, preview: bool) -> Option<Pipeline> {
        let world = Arc::clone(self);
        let options = PipelineOptions {
            gpu: gpu()?,
            parts: self.parts(),
            preview,
            on_change: Arc::new(move || world.set(|_| {})),
        };
        Some(Pipeline::start(settings, options).expect("threads"))
    }
}

/// One device for all tests of a process; the fake compositor never draws with it.
pub fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(|| match Gpu::headless() {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var_os("REQUIRE_GPU").is_some() => panic!("{error}"),
        Err(error) => {
            eprintln!("SKIPPED, no graphics device: {error}");
            None
        }
    })
    .clone()
}

pub fn source(name: &str) -> SourceSpec {
    SourceSpec::File {
        path: name.into(),
        playback: Playback::Once,
        pace: Pace::RealTime,
    }
}

pub fn camera(id: &str) -> SourceSpec {
    SourceSpec::Camera {
        id: Some(id.into()),
        backend: CameraBackend::Native,
        request: CameraRequest::default(),
    }
}

pub fn model(name: &str) -> MattingOptions {
    MattingOptions {
        model: ModelSource::File(name.into()),
        ..MattingOptions::default()
    }
}

pub fn file(name: &str) -> OutputSpec {
    OutputSpec::PictureSequence(name.into())
}

/// From the source "cam" through the model "net" over green to "out".
pub fn settings() -> Settings {
    Settings {
        source: source("cam"),
        matting: model("net"),
        background: BackgroundSpec::Color(Rgb(0, 255, 0)),
        fit: Fit::Fill,
        mirror: false,
        upsampling: Upsampling::Guided,
        deliver: Deliver::Composite,
        view: PreviewView::Composite,
        outputs: vec![file("out")],
        keep_camera_on: false,
        controls: scrim_pipeline::ControlValues::new(),
    }
}

pub fn size() -> Size {
    Size::new(8, 6).unwrap()
}

pub fn capture_error(mode: SourceMode, path: &Path) -> CaptureError {
    match mode {
        SourceMode::Denied => CaptureError::Denied {
            camera: path.display().to_string(),
        },
        SourceMode::Corrupt => CaptureError::File {
            path: path.into(),
            reason: "corrupt".into(),
            try_this: "Choose another.".into(),
        },
        _ => CaptureError::Unplugged {
            camera: path.display().to_string(),
        },
    }
}

pub fn content_id(content: CompositeContent) -> Option<FrameId> {
    match content {
        CompositeContent::Person(id) | CompositeContent::Matte(id) => Some(id),
        CompositeContent::Slate => None,
    }
}
