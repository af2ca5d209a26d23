//! A model that works, waits for leave, fails or hangs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scrim_frame::{Frame, Matte, MattePool};
use scrim_matting::{InferenceDevice, LoadReport, Matting, MattingError};

use crate::common::{MattingMode, State, World, size};

struct FakeMatting {
    world: Arc<World>,
    name: PathBuf,
    pool: MattePool,
}

pub fn load_matting(
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
        let differs = |state: &State| {
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

    fn reset(&mut self) {
        self.world.set(|state| state.resets += 1);
    }
}
