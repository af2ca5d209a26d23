//! Pictures that stop coming though no stage has failed: a provider that hangs, a source that falls silent.

use std::time::Duration;

use super::Composer;
use crate::gate::STALE_AFTER;
use crate::sync::lock;
use crate::{Problem, ProblemSource, Severity, StageState};

impl Composer {
    /// The gate has closed because the newest composite is too old: says whose fault that is.
    pub(super) fn note_stall(&mut self) {
        let estimating = lock(&self.shared.estimating).map_or(Duration::ZERO, |at| at.elapsed());
        // A session that has been at one picture for most of the time is what the others wait for.
        let problem = if estimating > STALE_AFTER / 2 {
            Problem {
                source: ProblemSource::Matting,
                severity: Severity::Warning,
                what: "The model does not keep up.".into(),
                why: format!(
                    "It has been at one picture for {:.1} s; outputs are given the still card.",
                    estimating.as_secs_f64()
                ),
                try_this: Some("Choose a smaller input size, or another provider.".into()),
            }
        } else {
            Problem {
                source: ProblemSource::Source,
                severity: Severity::Warning,
                what: "The source has fallen silent.".into(),
                why: format!(
                    "No picture has come for {:.1} s; outputs are given the still card.",
                    STALE_AFTER.as_secs_f64()
                ),
                try_this: Some(
                    "Unplug the camera and plug it in again, or choose another source.".into(),
                ),
            }
        };
        self.stalled = Some(problem.source);
        self.shared.post(|board| {
            let state = match problem.source {
                ProblemSource::Matting => &mut board.matting,
                _ => &mut board.source.state,
            };
            // A stage that has something of its own to say, or has ended, is left alone.
            if *state == StageState::Running {
                *state = StageState::Degraded(problem.clone());
                board.raise(&problem);
            }
        });
    }

    /// Pictures come again.
    pub(super) fn stall_is_over(&mut self) {
        let Some(part) = self.stalled.take() else {
            return;
        };
        self.shared.post(|board| {
            let state = match part {
                ProblemSource::Matting => &mut board.matting,
                _ => &mut board.source.state,
            };
            if matches!(state, StageState::Degraded(_)) {
                *state = StageState::Running;
                board.clear(part);
            }
        });
    }
}
