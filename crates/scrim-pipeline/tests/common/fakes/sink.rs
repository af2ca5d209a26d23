//! An output that keeps a list, fails or hangs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_frame::{Composite, PixelFormat, Size, YuvEncoding};
use scrim_output::{OutputSpec, SinkError, SinkFormat, VideoSink};

use crate::common::{SinkMode, World, Written, size};

struct FakeSink {
    world: Arc<World>,
    name: String,
    is_finished: bool,
}

fn sink_name(spec: &OutputSpec) -> String {
    match spec {
        OutputSpec::Null => "null".into(),
        OutputSpec::V4l2(request) => request.to_string(),
        OutputSpec::PipeWire(request) => request.to_string(),
        OutputSpec::Picture(path)
        | OutputSpec::PictureSequence(path)
        | OutputSpec::Video { path, .. } => path.display().to_string(),
    }
}

pub fn open_sink(
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
    let path = Path::new(&name);
    world.hang(|state| state.sinks.get(path) != Some(&SinkMode::HangsInOpen));
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

    fn is_device(&self) -> bool {
        self.world.state().devices.contains(&self.name)
    }

    fn is_watched(&self) -> bool {
        self.world.state().watched
    }

    fn fixed_size(&self) -> Option<Size> {
        self.world.state().yuyv.contains(&self.name).then(size)
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        const YUYV: PixelFormat = PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED);
        if self.world.state().yuyv.contains(&self.name) {
            &[YUYV, PixelFormat::Rgba8]
        } else {
            &[PixelFormat::Rgba8]
        }
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        assert!(self.takes(composite), "{composite:?}");
        let name = Path::new(&self.name);
        let mode = self.world.state().sinks.get(name).copied();
        match mode {
            Some(SinkMode::Hangs) => {
                self.world
                    .hang(|state| state.sinks.get(name) != Some(&SinkMode::Hangs));
            }
            Some(SinkMode::Fails) => return self.check(),
            Some(SinkMode::Panics) => panic!("on purpose"),
            _ => {}
        }
        self.world.set(|state| {
            state.written_count += 1;
            if state.is_logging {
                state.written.push(Written {
                    sink: self.name.clone(),
                    content: composite.content(),
                    alpha: composite.alpha(),
                    format: composite.format(),
                    at: Instant::now(),
                });
            }
        });
        Ok(())
    }

    fn check(&self) -> Result<(), SinkError> {
        let name = Path::new(&self.name);
        if self.world.state().sinks.get(name) != Some(&SinkMode::Fails) {
            return Ok(());
        }
        Err(SinkError::File {
            path: name.into(),
            reason: "disk full".into(),
            try_this: "Free some space.".into(),
        })
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        let name = Path::new(&self.name);
        let mode = self.world.state().sinks.get(name).copied();
        match mode {
            Some(SinkMode::FailsToFinish) => {
                return Err(SinkError::Program {
                    program: "ffmpeg",
                    reason: "the disk is full".into(),
                    try_this: "Free some space.".into(),
                });
            }
            Some(SinkMode::HangsInFinish) => self
                .world
                .hang(|state| state.sinks.get(name) != Some(&SinkMode::HangsInFinish)),
            Some(SinkMode::SlowToFinish(ms)) => {
                self.world.delay(Duration::from_millis(ms), |_| false);
            }
            _ => {}
        }
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
