//! The thread of one session: loads the model, infers, loads it again after a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_frame::MattedFrame;
use scrim_matting::{LoadReport, Matting, MattingError, MattingOptions};

use super::flow::{Captured, Matted};
use super::seat::Role;
use super::shared::{Fault, Shared};
use crate::sync::{Backoff, Leave, lock};
use crate::{Problem, ProblemSource, Received, Severity, StageState};

/// Mattes that others hold at once: waiting for the compositor, being drawn, kept for drawing again, kept by the
/// compositor for the preview; and the one that is being handed on.
const MATTES: usize = 5;

/// A session that has worked this long is trusted again: its next failure is followed by a reload at once.
const TRUSTED_AFTER: u32 = 30;

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

pub(crate) struct Inference {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
    pub(crate) options: MattingOptions,
    pub(crate) leave: Arc<Leave>,
}

impl Inference {
    pub(crate) fn run(&self) {
        let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
        let mut may_reload_at_once = true;
        let mut seen_wakes = 0;
        while !self.leave.is_asked() {
            let error = match (self.shared.parts.load_matting)(&self.options, MATTES) {
                Ok((session, report)) => {
                    if !self.sit(report) {
                        return;
                    }
                    let Some((error, estimates)) = self.serve(session, &mut seen_wakes) else {
                        return;
                    };
                    if estimates >= TRUSTED_AFTER {
                        may_reload_at_once = true;
                        backoff.reset();
                    }
                    if std::mem::take(&mut may_reload_at_once) {
                        self.report(&error, true);
                        continue;
                    }
                    error
                }
                Err(error) => error,
            };
            if self.report(&error, false) == Role::Candidate {
                return;
            }
            if self.leave.pause(Some(backoff.step())) {
                return;
            }
        }
    }

    /// Infers until something fails: the error, and how many estimates were sound. `None` when it is to go.
    fn serve(
        &self,
        mut session: Box<dyn Matting>,
        seen_wakes: &mut u64,
    ) -> Option<(MattingError, u32)> {
        let mut estimates = 0;
        let mut last_source = None;
        loop {
            if self.leave.is_asked() {
                return None;
            }
            let captured = match self.shared.to_matting.take_unless_woken(None, seen_wakes) {
                Received::Item(captured) => captured,
                Received::TimedOut => continue,
                Received::Closed => return None,
            };
            if self.leave.is_asked() {
                // The successor sits there already and waits for just this picture.
                self.shared.to_matting.put_back(captured);
                return None;
            }
            let Captured {
                frame,
                ticket,
                fresh_for,
            } = captured.clone();
            let captured_at = frame.captured_at();
            let source = ticket.origin();
            if last_source
                .replace(Arc::clone(&source))
                .is_none_or(|last| !Arc::ptr_eq(&last, &source))
            {
                session.reset();
            }
            *lock(&self.shared.estimating) = Some(Instant::now());
            let picture = session
                .estimate(&frame)
                .and_then(|matte| MattedFrame::new(frame, matte).map_err(MattingError::Nonsense));
            *lock(&self.shared.estimating) = None;
            // What a session gives after it was replaced, perhaps long after, is of no use.
            if self.leave.is_asked() {
                self.give_back(captured);
                return None;
            }
            let picture = match picture {
                Ok(picture) => picture,
                Err(error) => {
                    self.give_back(captured);
                    return Some((error, estimates));
                }
            };
            drop(captured);
            if estimates == 0 {
                self.works();
            }
            estimates = estimates.saturating_add(1);
            let estimated_at = Instant::now();
            lock(&self.shared.timings)
                .matting
                .record(estimated_at.saturating_duration_since(captured_at));
            self.shared.to_compose.put(Matted {
                picture,
                ticket,
                fresh_for,
                estimated_at,
            });
        }
    }

    /// What was not matted is for whoever comes next: a still picture, or the last of a clip, comes only once.
    fn give_back(&self, captured: Captured) {
        let origin = captured.ticket.origin();
        if origin.may_come_late(captured.frame.captured_at(), captured.fresh_for) {
            self.shared.to_matting.put_back(captured);
        }
    }

    /// The model is loaded and warm: from now on this session infers. Whether it may.
    fn sit(&self, report: LoadReport) -> bool {
        let may = self.shared.post(|board| {
            let was_active = board.matting_seat.role(self.id) == Role::Active;
            if !board.matting_seat.sit(self.id) {
                return false;
            }
            tracing::info!(model = report.model, device = %report.active, "model runs");
            board.loaded = Some(report);
            if !was_active {
                board.matting = StageState::Running;
                board.clear(ProblemSource::Matting);
            }
            true
        });
        // The predecessor may be waiting for a picture that will be ours.
        self.shared.to_matting.wake();
        may
    }

    /// The first estimate is sound.
    fn works(&self) {
        self.shared.post(|board| {
            if board.matting_seat.role(self.id) == Role::Active {
                board.matting = StageState::Running;
                board.clear(ProblemSource::Matting);
                self.shared.clear_fault(Fault::Matting);
            }
        });
    }

    fn report(&self, error: &MattingError, reloads_at_once: bool) -> Role {
        if self.leave.is_asked() {
            // Of a load that the stop broke off, say: nobody waits for it any more.
            return Role::Retired;
        }
        let problem = Problem::matting(error);
        self.shared.post(|board| {
            let role = board.matting_seat.role(self.id);
            match role {
                Role::Active | Role::Alone => {
                    self.shared.fault(Fault::Matting);
                    board.raise(&problem);
                    board.matting = if reloads_at_once {
                        StageState::Degraded(problem)
                    } else {
                        StageState::Failed(problem)
                    };
                }
                Role::Candidate => {
                    board.matting_seat.withdraw(self.id);
                    let problem = Problem {
                        severity: Severity::Warning,
                        what: "The new model cannot be used; the old one goes on.".into(),
                        ..problem
                    };
                    board.raise(&problem);
                    // A failure of the old one's own weighs more than this.
                    if !matches!(board.matting, StageState::Failed(_)) {
                        board.matting = StageState::Degraded(problem);
                    }
                }
                Role::Retired => {}
            }
            role
        })
    }
}
