//! The thread of one source: opens it, hands on its pictures, opens it again after a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_capture::{CaptureError, Delivery, Pace, SourceSpec, VideoSource, camera_node};
use scrim_frame::Frame;

use super::comeback::Comeback;
use super::demand::{Demand, can_rest, rest};
use super::flow::{Captured, InFlight};
use super::promise::{News, Promise};
use super::seat::Role;
use super::shared::{Fault, Shared};
use super::steering::Helm;
use crate::gate::STALE_AFTER;
use crate::sleep::SleepWatch;
use crate::sync::{Leave, lock};
use crate::{Problem, ProblemSource, Severity, StageState};

/// How long a read may block, and so how long a source takes at most to notice that it is to go.
const READ_SLICE: Duration = Duration::from_millis(100);

/// How long the camera's present user has to let go of it before another try.
const RELEASE_PATIENCE: Duration = Duration::from_secs(1);

/// Frames that others hold at once: waiting for inference, in it, waiting for the compositor, being drawn, kept for
/// drawing again, kept by the compositor for the preview; and the one that is being handed on.
const FRAMES: usize = 7;

pub(crate) struct Capture {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
    pub(crate) spec: SourceSpec,
    pub(crate) leave: Arc<Leave>,
}

/// How a source came to its end.
enum Ended {
    /// It was asked to go.
    Left,
    /// Nobody watches any more.
    Unwatched,
    /// The clip is over; these pictures are still under way.
    Over(Arc<InFlight>),
    /// The machine slept, and what the camera's driver has may be from before.
    Slept,
    /// It failed.
    Failed(CaptureError),
}

impl Capture {
    /// A live pipeline reads a clip at its own speed: read as fast as possible, all but a few pictures would be dropped
    /// after having been decoded for nothing.
    pub(crate) fn live_spec(spec: &SourceSpec) -> SourceSpec {
        match spec {
            SourceSpec::File { path, playback, .. } => SourceSpec::File {
                path: path.clone(),
                playback: *playback,
                pace: Pace::RealTime,
            },
            other => other.clone(),
        }
    }

    pub(crate) fn run(&self) {
        let mut may_evict = true;
        let mut comeback = Comeback::default();
        while !self.leave.is_asked() {
            if self.rest() {
                return;
            }
            let opened = (self.shared.parts.open_source)(&comeback.spec(&self.spec), FRAMES);
            let opened = opened.and_then(|source| {
                comeback.opened(&self.spec, source.as_ref())?;
                Ok(source)
            });
            let error = match opened {
                Ok(mut source) => match self.stream(source.as_mut()) {
                    Ended::Left => return,
                    Ended::Unwatched => continue,
                    Ended::Slept => {
                        self.show(StageState::Starting);
                        continue;
                    }
                    Ended::Over(in_flight) => {
                        drop(source);
                        // The last picture is still on its way to the outputs.
                        if !self.leave.wait_for(|| in_flight.is_empty()) {
                            self.clip_is_over();
                        }
                        return;
                    }
                    Ended::Failed(error) => {
                        // Before the source is dropped: closing a camera whose driver is stuck may never return.
                        self.report(Problem::capture(&error));
                        error
                    }
                },
                // The old source may be the very camera that the new one wants with another size.
                Err(CaptureError::Busy { .. }) if may_evict && self.evict_camera() => {
                    may_evict = false;
                    continue;
                }
                Err(error) => {
                    self.report(Problem::capture(&error));
                    error
                }
            };
            if self.leave.pause(comeback.failed(&error, Instant::now())) {
                return;
            }
        }
    }

    fn stream(&self, source: &mut dyn VideoSource) -> Ended {
        let in_flight = InFlight::new(Arc::clone(&self.leave));
        let fresh_for = self.fresh_for(source);
        let mut promise = Promise::of(source);
        let mut sleep = SleepWatch::new(Arc::clone(&self.shared.parts.time_asleep));
        let mut helm = None;
        let mut demand = Demand::default();
        loop {
            if self.leave.is_asked() {
                return Ended::Left;
            }
            if can_rest(&self.spec) && !demand.holds(&self.shared) {
                return Ended::Unwatched;
            }
            let asked_at = Instant::now();
            let delivery = source.next_frame(READ_SLICE);
            self.count(source);
            if source.camera().is_some()
                && let Some(slept) = sleep.slept()
            {
                tracing::info!(?slept, source = %self.spec, "after a sleep, the camera is opened again");
                return Ended::Slept;
            }
            let frame = match delivery {
                Ok(Delivery::Frame(frame)) => frame,
                Ok(Delivery::Nothing) => {
                    // A source that comes back early must not turn this into a busy loop.
                    let left = READ_SLICE.saturating_sub(asked_at.elapsed());
                    if left > READ_SLICE / 2 {
                        self.leave.pause(Some(left));
                    }
                    continue;
                }
                Ok(Delivery::End) if helm.is_some() => {
                    in_flight.end();
                    return Ended::Over(in_flight);
                }
                Ok(Delivery::End) => return Ended::Failed(self.is_empty()),
                Err(error) => return Ended::Failed(error),
            };
            if helm.is_none() {
                if !self.sit(source) {
                    return Ended::Left;
                }
                self.tell(promise.as_ref().and_then(Promise::negotiated).as_ref());
                helm = Some(Helm::take(&self.shared, self.id, source));
            }
            if let Some(promise) = &mut promise {
                let (skipped, damaged) = (source.skipped(), source.damaged());
                match promise.note(Instant::now(), skipped, damaged) {
                    News::None => {}
                    News::Problem(problem) => self.tell(Some(&problem)),
                    News::Well => self.tell(None),
                }
            }
            if !self.hand_on(frame, &in_flight, fresh_for) {
                return Ended::Left;
            }
        }
    }

    /// With its source closed, waits until somebody watches. Whether it is to go instead.
    fn rest(&self) -> bool {
        if !can_rest(&self.spec) || self.shared.is_in_demand() {
            return false;
        }
        self.show(StageState::Resting);
        let is_asked = rest(&self.shared, &self.leave);
        if !is_asked {
            self.show(StageState::Starting);
        }
        is_asked
    }

    /// How this source is, where it is the one that counts; without its pictures, the gate shuts.
    fn show(&self, state: StageState) {
        self.shared
            .post(|board| match board.source_seat.role(self.id) {
                Role::Active | Role::Alone => {
                    tracing::info!(source = %self.spec, ?state, "source");
                    board.source.state = state;
                    self.shared.fault(Fault::Source);
                }
                Role::Candidate | Role::Retired => {}
            });
    }

    /// Whether it may still be handed on.
    fn hand_on(
        &self,
        frame: Frame,
        in_flight: &Arc<InFlight>,
        fresh_for: Option<Duration>,
    ) -> bool {
        let captured = Captured {
            frame,
            ticket: in_flight.ticket(),
            fresh_for,
        };
        {
            // A successor may have sat down while this picture was waited for. Under the lock that it sits down under,
            // so that nothing of the old camera follows its first picture.
            let board = lock(&self.shared.board);
            if self.leave.is_asked() || board.source_seat.role(self.id) != Role::Active {
                return false;
            }
            self.shared.to_matting.put(captured);
        }
        lock(&self.shared.timings).captures.record(Instant::now());
        true
    }

    /// A still picture does not age; anything else does, by the pace it announces.
    fn fresh_for(&self, source: &dyn VideoSource) -> Option<Duration> {
        match (source.format().interval, &self.spec) {
            (None, SourceSpec::File { .. }) => None,
            (interval, _) => Some(STALE_AFTER.max(interval.unwrap_or_default() * 3)),
        }
    }

    /// The first picture is there: from now on this is the source. Whether it may be.
    fn sit(&self, source: &dyn VideoSource) -> bool {
        let may = self.shared.post(|board| {
            if !board.source_seat.sit(self.id) {
                return false;
            }
            board.skipped_before += std::mem::take(&mut board.skipped);
            board.damaged_before += std::mem::take(&mut board.damaged);
            board.source.camera = source.camera().map(|camera| camera.id.clone());
            board.source.controls = Arc::default();
            board.helm = None;
            board.clear(ProblemSource::Delivery);
            board.clear(ProblemSource::Controls);
            board.source.state = StageState::Running;
            source
                .description()
                .clone_into(&mut board.source.description);
            board.source.format = Some(source.format());
            board.clear(ProblemSource::Source);
            self.shared.clear_fault(Fault::Source);
            true
        });
        if may {
            tracing::info!(source = source.description(), "source runs");
        }
        may
    }

    /// The source's own counts, for the figures.
    fn count(&self, source: &dyn VideoSource) {
        let mut board = lock(&self.shared.board);
        if board.source_seat.role(self.id) == Role::Active {
            (board.skipped, board.damaged) = (source.skipped(), source.damaged());
        }
    }

    /// What is to be said of what the camera delivers; `None`: that all is well.
    fn tell(&self, problem: Option<&Problem>) {
        self.shared.post(|board| {
            if board.source_seat.role(self.id) != Role::Active {
                return;
            }
            match problem {
                Some(problem) => board.raise(problem),
                None => board.clear(ProblemSource::Delivery),
            }
        });
    }

    fn report(&self, problem: Problem) {
        self.shared
            .post(|board| match board.source_seat.role(self.id) {
                Role::Active | Role::Alone => {
                    board.raise(&problem);
                    board.source.state = StageState::Failed(problem);
                    self.shared.fault(Fault::Source);
                }
                Role::Candidate => {
                    let problem = Problem {
                        severity: Severity::Warning,
                        what: "The new source gives no picture; the old one goes on.".into(),
                        ..problem
                    };
                    board.raise(&problem);
                    board.source.state = StageState::Degraded(problem);
                }
                Role::Retired => {}
            });
    }

    /// Sends the camera that is in use away, if it can be the one that is busy, and waits for it to be released. Whether that was done.
    fn evict_camera(&self) -> bool {
        let evicted = {
            let mut board = lock(&self.shared.board);
            let holds_camera = board.source_seat.role(self.id) == Role::Candidate
                && board
                    .source_seat
                    .active()
                    .is_some_and(|active| can_be_same_camera(&active.spec, &self.spec));
            if !holds_camera {
                return false;
            }
            board.source.state = StageState::Starting;
            board.source_seat.evict()
        };
        self.shared.fault(Fault::Source);
        self.shared.changed();
        evicted.is_some_and(|leave| leave.wait_left(Instant::now() + RELEASE_PATIENCE))
    }

    fn clip_is_over(&self) {
        self.shared.post(|board| {
            if board.source_seat.role(self.id) == Role::Active {
                board.source.state = StageState::Stopped;
            }
        });
    }

    fn is_empty(&self) -> CaptureError {
        let path = match &self.spec {
            SourceSpec::File { path, .. } => path.clone(),
            other => other.to_string().into(),
        };
        CaptureError::File {
            path,
            reason: "it ended before its first picture".into(),
            try_this: "Choose another source.".into(),
        }
    }
}

/// Whether both can mean one device. Of two that are named differently, the busy one is held by another program, and the
/// working one stays.
fn can_be_same_camera(a: &SourceSpec, b: &SourceSpec) -> bool {
    match (a, b) {
        (SourceSpec::Camera { id: Some(a), .. }, SourceSpec::Camera { id: Some(b), .. }) => {
            a == b || camera_node(a).is_some_and(|node| camera_node(b) == Some(node))
        }
        (SourceSpec::Camera { .. }, SourceSpec::Camera { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_camera_that_can_be_the_same_is_sent_away() {
        let spec = |text: &str| text.parse::<SourceSpec>().unwrap();
        let same = |a: &str, b: &str| can_be_same_camera(&spec(a), &spec(b));
        assert!(same("camera:/dev/video0", "camera:/dev/video0?rate=15"));
        assert!(same("camera", "camera:/dev/video0"));
        assert!(same("camera:/dev/video0", "camera"));
        assert!(!same("camera:/dev/video0", "camera:/dev/video2"));
        assert!(!same("pattern", "camera"));
        assert!(!same("camera", "pattern"));
    }
}
