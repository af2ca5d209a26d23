//! The parts.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_capture::{CaptureError, Delivery, SourceFormat, SourceSpec, VideoSource};
use scrim_compositor::{AdapterFacts, Backdrop, GpuError, Look, Preview, PreviewView};
use scrim_frame::{
    AlphaState, Composite, CompositeContent, CompositePool, Frame, FramePool, Matte, MattePool,
    MattedFrame, PixelFormat, PixelLayout, Size,
};
use scrim_matting::{InferenceDevice, LoadReport, Matting, MattingError, ModelSource};
use scrim_output::{OutputSpec, SinkError, SinkFormat, VideoSink};
use scrim_pipeline::{Drawing, Parts};

use super::{
    DrawingMode, Drawn, MattingMode, SinkMode, SourceMode, World, Written, capture_error, size,
};

pub fn parts(world: &Arc<World>) -> Parts {
    let (a, b, c, d) = (
        Arc::clone(world),
        Arc::clone(world),
        Arc::clone(world),
        Arc::clone(world),
    );
    Parts {
        open_source: Arc::new(move |spec, frames| open_source(&a, spec, frames)),
        load_matting: Arc::new(move |options, mattes| {
            let ModelSource::File(name) = &options.model else {
                panic!("tests name their models");
            };
            load_matting(&b, name, mattes)
        }),
        open_sink: Arc::new(move |spec, format| open_sink(&c, spec, format)),
        make_gpu: Arc::new(|| {
            super::gpu().ok_or(GpuError::NoAdapter {
                reason: "none".into(),
            })
        }),
        make_drawing: Arc::new(move |_, composites| {
            let drawing: Box<dyn Drawing> = Box::new(FakeDrawing {
                world: Arc::clone(&d),
                pool: CompositePool::new(composites),
                rendered: None,
                ring: VecDeque::with_capacity(4),
            });
            Ok(drawing)
        }),
        make_slate: Arc::new(|size, now| {
            composite(
                &mut CompositePool::new(1),
                size,
                CompositeContent::Slate,
                AlphaState::Opaque,
                now,
            )
            .unwrap()
        }),
    }
}

struct FakeSource {
    world: Arc<World>,
    path: PathBuf,
    name: String,
    pool: FramePool,
    next_at: Instant,
    delivered: u64,
    skipped: u64,
}

fn open_source(
    world: &Arc<World>,
    spec: &SourceSpec,
    frames: usize,
) -> Result<Box<dyn VideoSource>, CaptureError> {
    let SourceSpec::File { path, .. } = spec else {
        panic!("tests name their sources");
    };
    world.set(|state| state.opened.push(path.clone()));
    let mode = mode_of(world, path);
    match mode {
        SourceMode::HangsInOpen => {
            world.hang(|state| state.sources.get(path) != Some(&SourceMode::HangsInOpen));
        }
        SourceMode::Unplugged | SourceMode::Corrupt => return Err(capture_error(mode, path)),
        _ => {}
    }
    Ok(Box::new(FakeSource {
        world: Arc::clone(world),
        path: path.clone(),
        name: path.display().to_string(),
        // The real sources keep one more for the frame being written, too.
        pool: FramePool::new(frames + 1),
        next_at: Instant::now(),
        delivered: 0,
        skipped: 0,
    }))
}

fn mode_of(world: &World, path: &Path) -> SourceMode {
    let state = world.state();
    state
        .sources
        .get(path)
        .copied()
        .unwrap_or(SourceMode::Runs(5))
}

impl VideoSource for FakeSource {
    fn description(&self) -> &str {
        &self.name
    }

    fn format(&self) -> SourceFormat {
        let interval = match mode_of(&self.world, &self.path) {
            SourceMode::Still => None,
            SourceMode::Runs(ms) => Some(Duration::from_millis(ms)),
            _ => Some(Duration::from_millis(5)),
        };
        SourceFormat {
            size: size(),
            pixels: PixelFormat::Rgb8,
            interval,
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn expected_frames(&self) -> Option<u64> {
        match mode_of(&self.world, &self.path) {
            SourceMode::Clip(frames) => Some(frames),
            _ => None,
        }
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        let mode = mode_of(&self.world, &self.path);
        let path = &self.path;
        let differs = |state: &super::State| {
            state
                .sources
                .get(path)
                .copied()
                .unwrap_or(SourceMode::Runs(5))
                != mode
        };
        match mode {
            SourceMode::Unplugged | SourceMode::Corrupt => {
                return Err(capture_error(mode, &self.path));
            }
            SourceMode::HangsInRead | SourceMode::HangsInOpen => {
                self.world.hang(differs);
                return Ok(Delivery::Nothing);
            }
            SourceMode::Silent => {
                self.world.delay(timeout, differs);
                return Ok(Delivery::Nothing);
            }
            SourceMode::Still if self.delivered > 0 => {
                self.world.delay(timeout, differs);
                return Ok(Delivery::Nothing);
            }
            SourceMode::Clip(frames) if self.delivered >= frames => return Ok(Delivery::End),
            SourceMode::Runs(ms) => {
                let left = self.next_at.saturating_duration_since(Instant::now());
                self.world.delay(left.min(timeout), differs);
                if Instant::now() < self.next_at {
                    return Ok(Delivery::Nothing);
                }
                self.next_at = Instant::now() + Duration::from_millis(ms);
            }
            SourceMode::Still | SourceMode::Clip(_) => {}
        }
        let layout = PixelLayout::packed(PixelFormat::Rgb8, size());
        let Ok(draft) = self.pool.draft(layout) else {
            self.skipped += 1;
            return Ok(Delivery::Nothing);
        };
        self.delivered += 1;
        Ok(Delivery::Frame(draft.finish(Instant::now())))
    }
}

struct FakeMatting {
    world: Arc<World>,
    name: PathBuf,
    pool: MattePool,
}

fn load_matting(
    world: &Arc<World>,
    name: &Path,
    mattes: usize,
) -> Result<(Box<dyn Matting>, LoadReport), MattingError> {
    world.set(|state| state.loads += 1);
    match matting_mode(world, name) {
        MattingMode::HangsInLoad => {
            world.hang(|state| state.models.get(name) != Some(&MattingMode::HangsInLoad));
        }
        MattingMode::FailsToLoad => {
            return Err(MattingError::Model {
                model: name.into(),
                reason: "not a model".into(),
                try_this: "Choose another.".into(),
            });
        }
        _ => {}
    }
    let report = LoadReport {
        model: name.display().to_string(),
        runtime: "fake".into(),
        runtime_version: "1".into(),
        active: InferenceDevice::Cpu,
        refused: vec![],
        nodes: vec![],
        threads: 1,
        input_size: size(),
        load: Duration::ZERO,
        warm_up: Duration::ZERO,
    };
    let matting = FakeMatting {
        world: Arc::clone(world),
        name: name.into(),
        pool: MattePool::new(mattes),
    };
    Ok((Box::new(matting), report))
}

fn matting_mode(world: &World, name: &Path) -> MattingMode {
    let state = world.state();
    state
        .models
        .get(name)
        .copied()
        .unwrap_or(MattingMode::Works)
}

impl Matting for FakeMatting {
    fn estimate(&mut self, frame: &Frame) -> Result<Matte, MattingError> {
        let mode = matting_mode(&self.world, &self.name);
        let name = &self.name;
        let differs = |state: &super::State| {
            state
                .models
                .get(name)
                .copied()
                .unwrap_or(MattingMode::Works)
                != mode
        };
        match mode {
            MattingMode::Fails => {
                return Err(MattingError::Inference {
                    reason: "on purpose".into(),
                });
            }
            MattingMode::ByPermit => {
                self.world.hang(|state| differs(state) || state.permits > 0);
                self.world
                    .set(|state| state.permits = state.permits.saturating_sub(1));
            }
            MattingMode::HangsInRun => self.world.hang(differs),
            _ => {}
        }
        self.world.set(|state| {
            if state.is_logging {
                state.estimated.push((self.name.clone(), frame.id()));
            }
        });
        let draft = self.pool.draft(size())?;
        Ok(draft.finish(frame.id())?)
    }
}

struct FakeDrawing {
    world: Arc<World>,
    pool: CompositePool,
    rendered: Option<(MattedFrame, AlphaState)>,
    ring: VecDeque<(MattedFrame, AlphaState)>,
}

fn composite(
    pool: &mut CompositePool,
    size: Size,
    content: CompositeContent,
    alpha: AlphaState,
    at: Instant,
) -> Result<Composite, GpuError> {
    let layout = PixelLayout::packed(PixelFormat::Rgba8, size);
    #[expect(
        clippy::disallowed_methods,
        reason = "this fake stands in for the compositor"
    )]
    let draft = pool.draft(layout)?;
    Ok(draft.finish(content, alpha, at))
}

impl FakeDrawing {
    fn pop(&mut self) -> Result<Option<Composite>, GpuError> {
        let Some((picture, alpha)) = self.ring.pop_front() else {
            return Ok(None);
        };
        let frame = picture.frame();
        composite(
            &mut self.pool,
            frame.size(),
            CompositeContent::Person(frame.id()),
            alpha,
            frame.captured_at(),
        )
        .map(Some)
    }
}

impl Drawing for FakeDrawing {
    fn facts(&self) -> AdapterFacts {
        AdapterFacts {
            name: "fake".into(),
            backend: "none".into(),
            is_software: true,
        }
    }

    fn render(&mut self, picture: &MattedFrame, look: &Look) -> Result<(), GpuError> {
        let mode = self.world.state().drawing;
        match mode {
            DrawingMode::Works => {}
            DrawingMode::Lost => {
                return Err(GpuError::Lost {
                    reason: "on purpose".into(),
                });
            }
            DrawingMode::Refuses => {
                return Err(GpuError::Refused {
                    reason: "on purpose".into(),
                });
            }
        }
        let (backdrop, alpha) = match look.backdrop {
            Backdrop::Transparent => ("transparent", AlphaState::Straight),
            Backdrop::Picture(..) => ("picture", AlphaState::Opaque),
            _ => ("plain", AlphaState::Opaque),
        };
        let drawn = Drawn {
            id: picture.frame().id(),
            mirror: look.mirror,
            backdrop,
        };
        self.world.set(|state| {
            if state.is_logging {
                state.drawn.push(drawn);
            }
        });
        self.rendered = Some((picture.clone(), alpha));
        Ok(())
    }

    /// As the real ring: the picture comes with a later call.
    fn read_back(&mut self) -> Result<Option<Composite>, GpuError> {
        self.ring.extend(self.rendered.take());
        if self.ring.len() > 1 {
            self.pop()
        } else {
            Ok(None)
        }
    }

    fn drain(&mut self) -> Result<Option<Composite>, GpuError> {
        self.pop()
    }

    fn composite(&mut self, picture: &MattedFrame, look: &Look) -> Result<Composite, GpuError> {
        self.render(picture, look)?;
        self.ring.extend(self.rendered.take());
        self.pop()?.ok_or(GpuError::NothingRendered)
    }

    fn preview(&mut self, _view: PreviewView) -> Result<Option<Preview>, GpuError> {
        Ok(None)
    }
}

struct FakeSink {
    world: Arc<World>,
    name: String,
    is_finished: bool,
}

fn sink_name(spec: &OutputSpec) -> String {
    match spec {
        OutputSpec::Null => "null".into(),
        OutputSpec::Picture(path)
        | OutputSpec::PictureSequence(path)
        | OutputSpec::Video { path, .. } => path.display().to_string(),
    }
}

fn open_sink(
    world: &Arc<World>,
    spec: &OutputSpec,
    _format: SinkFormat,
) -> Result<Box<dyn VideoSink>, SinkError> {
    let name = sink_name(spec);
    if world.state().sinks.get(Path::new(&name)) == Some(&SinkMode::FailsToOpen) {
        return Err(SinkError::File {
            path: name.into(),
            reason: "read-only".into(),
            try_this: "Choose another folder.".into(),
        });
    }
    Ok(Box::new(FakeSink {
        world: Arc::clone(world),
        name,
        is_finished: false,
    }))
}

impl VideoSink for FakeSink {
    fn description(&self) -> &str {
        &self.name
    }

    fn is_watched(&self) -> bool {
        self.world.state().watched
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        &[PixelFormat::Rgba8]
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        let name = Path::new(&self.name);
        let mode = self.world.state().sinks.get(name).copied();
        match mode {
            Some(SinkMode::Hangs) => {
                self.world
                    .hang(|state| state.sinks.get(name) != Some(&SinkMode::Hangs));
            }
            Some(SinkMode::Fails) => {
                return Err(SinkError::File {
                    path: name.into(),
                    reason: "disk full".into(),
                    try_this: "Free some space.".into(),
                });
            }
            _ => {}
        }
        self.world.set(|state| {
            state.written_count += 1;
            if state.is_logging {
                state.written.push(Written {
                    sink: self.name.clone(),
                    content: composite.content(),
                    alpha: composite.alpha(),
                    at: Instant::now(),
                });
            }
        });
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        self.is_finished = true;
        self.world
            .set(|state| state.finished.push(self.name.clone()));
        Ok(())
    }
}

impl Drop for FakeSink {
    fn drop(&mut self) {
        if !self.is_finished {
            self.world
                .set(|state| state.discarded.push(self.name.clone()));
        }
    }
}
