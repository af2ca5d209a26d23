//! A source that runs, stays silent, fails or hangs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_capture::{
    CameraControls, CaptureError, Delivery, OpenCamera, SourceFormat, SourceSpec, VideoSource,
};
use scrim_frame::{FramePool, PixelFormat, PixelLayout};

use super::controls::FakeControls;
use crate::common::{SourceMode, State, World, capture_error, size};

struct FakeSource {
    world: Arc<World>,
    path: PathBuf,
    name: String,
    pool: FramePool,
    next_at: Instant,
    delivered: u64,
    skipped: u64,
    damaged: u64,
    camera: Option<OpenCamera>,
}

pub fn open_source(
    world: &Arc<World>,
    spec: &SourceSpec,
    frames: usize,
) -> Result<Box<dyn VideoSource>, CaptureError> {
    let (path, camera) = match spec {
        SourceSpec::File { path, .. } => (path.clone(), None),
        SourceSpec::Camera {
            id: Some(id),
            request,
            ..
        } => {
            let lasting = world.state().lasting.get(id).cloned();
            let camera = OpenCamera {
                id: lasting.unwrap_or_else(|| id.clone()),
                asked: *request,
            };
            (PathBuf::from(id), Some(camera))
        }
        _ => panic!("tests name their sources"),
    };
    let path = &path;
    world.set(|state| state.opened.push(path.clone()));
    let mode = mode_of(world, path);
    match mode {
        SourceMode::HangsInOpen => {
            world.hang(|state| state.sources.get(path) != Some(&SourceMode::HangsInOpen));
        }
        SourceMode::Unplugged | SourceMode::Corrupt | SourceMode::Denied => {
            return Err(capture_error(mode, path));
        }
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
        damaged: 0,
        camera,
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
            SourceMode::Runs(ms) | SourceMode::Damages(ms) => Some(Duration::from_millis(ms)),
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

    fn damaged(&self) -> u64 {
        self.damaged
    }

    fn camera(&self) -> Option<&OpenCamera> {
        self.camera.as_ref()
    }

    fn controls(&self) -> Option<Box<dyn CameraControls>> {
        self.camera.as_ref()?;
        Some(Box::new(FakeControls(Arc::clone(&self.world))))
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
        let differs = |state: &State| {
            state
                .sources
                .get(path)
                .copied()
                .unwrap_or(SourceMode::Runs(5))
                != mode
        };
        match mode {
            SourceMode::Unplugged | SourceMode::Corrupt | SourceMode::Denied => {
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
            SourceMode::Runs(ms) | SourceMode::Damages(ms) => {
                let left = self.next_at.saturating_duration_since(Instant::now());
                self.world.delay(left.min(timeout), differs);
                if Instant::now() < self.next_at {
                    return Ok(Delivery::Nothing);
                }
                self.next_at = Instant::now() + Duration::from_millis(ms);
                if matches!(mode, SourceMode::Damages(_)) {
                    (self.skipped, self.damaged) = (self.skipped + 1, self.damaged + 1);
                }
            }
            SourceMode::Holds => {
                self.world.set(|state| state.held += 1);
                self.world.hang(differs);
            }
            SourceMode::Still | SourceMode::Clip(_) => {}
        }
        let layout = PixelLayout::packed(PixelFormat::Rgb8, size());
        let Ok(draft) = self.pool.draft(layout) else {
            self.skipped += 1;
            return Ok(Delivery::Nothing);
        };
        self.delivered += 1;
        let frame = draft.finish(Instant::now());
        self.world.set(|state| {
            if state.is_logging {
                state.delivered.push((self.path.clone(), frame.id()));
            }
        });
        Ok(Delivery::Frame(frame))
    }
}

impl Drop for FakeSource {
    fn drop(&mut self) {
        self.world.set(|state| state.closed.push(self.path.clone()));
    }
}
