//! The thread of one output: opens the sink when it is known what will come, writes, completes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_compositor::Encoding;
use scrim_frame::{AlphaState, Composite, CompositeContent, Size};
use scrim_output::{CAMERA_SIZE, OutputSpec, SinkError, SinkFormat, Timing, VideoSink};

use super::flow::Outgoing;
use super::port::Port;
use super::shared::Shared;
use crate::gate::HOLD;
use crate::settings::{alpha_state, check_alpha};
use crate::sync::lock;
use crate::{Problem, ProblemSource, Received, Severity, Showing, StageState};

/// How soon it is noticed that somebody began or ceased to watch: as often as the stand-in is repeated.
const WATCH_TICK: Duration = crate::gate::REPEAT_EVERY;

/// How long a virtual camera that failed is left alone: a module that is loaded by hand meanwhile is picked up soon, and
/// looking for it costs next to nothing.
const CAMERA_RETRY: Duration = Duration::from_secs(2);

/// Where the source does not say.
const DEFAULT_INTERVAL: Duration = Duration::from_nanos(33_333_333);

struct OpenSink {
    sink: Box<dyn VideoSink>,
    size: Size,
    alpha: AlphaState,
    has_content: bool,
    /// The slate was written last.
    is_covered: bool,
}

pub(crate) struct Output {
    shared: Arc<Shared>,
    port: Arc<Port>,
    open: Option<OpenSink>,
    slate: Option<Composite>,
    /// When what was written last is too old to be shown.
    stale_at: Option<Instant>,
    has_failed: bool,
    /// When to open a camera again that has failed.
    retry_at: Option<Instant>,
    /// A complete file stands there, which must not be written anew.
    has_ended: bool,
}

impl Output {
    pub(crate) fn new(shared: Arc<Shared>, port: Arc<Port>) -> Self {
        Self {
            shared,
            port,
            open: None,
            slate: None,
            stale_at: None,
            has_failed: false,
            retry_at: None,
            has_ended: false,
        }
    }

    pub(crate) fn run(mut self) {
        let mut seen_wakes = 0;
        loop {
            let tick = Some(Instant::now() + WATCH_TICK);
            let received = self.port.mailbox.take_unless_woken(tick, &mut seen_wakes);
            let is_due = self.retry_at.take_if(|at| Instant::now() >= *at).is_some();
            if (self.port.is_to_retry() || is_due) && !self.has_ended {
                self.has_failed = false;
            }
            let result = match received {
                Received::Item(_) if self.has_failed => Ok(()),
                Received::Item(outgoing) => self.hand_over(outgoing),
                Received::TimedOut => self.open_early().and_then(|()| self.cover()),
                Received::Closed => break,
            };
            if let Err(problem) = result {
                self.fail(problem);
            }
            self.notice_watchers();
        }
        self.finish();
    }

    fn hand_over(&mut self, outgoing: Outgoing) -> Result<(), Problem> {
        let (composite, drawn_at, _ticket) = match outgoing {
            Outgoing::Composite {
                composite,
                drawn_at,
                stale_at,
                ticket,
            } => {
                self.stale_at = stale_at;
                (composite, drawn_at, ticket)
            }
            Outgoing::Again(composite) => {
                let limit = Instant::now() + HOLD;
                self.stale_at = Some(self.stale_at.map_or(limit, |at| at.min(limit)));
                return self.stand_in(&composite);
            }
            Outgoing::Slate => return self.show_slate(),
        };
        let stale_at = self.stale_at;
        let sink = self.sink_for(&composite)?;
        // Opening a device can take seconds, which a picture of before may not outlive.
        if sink.sink.is_device() && stale_at.is_some_and(|at| Instant::now() >= at) {
            return self.cover();
        }
        // Laid out for those that were there before this output; the next one is laid out for all.
        if !sink.sink.takes(&composite) {
            return Ok(());
        }
        // Opening it may have left the slate there.
        sink.is_covered = false;
        sink.sink.write(&composite).map_err(|e| problem(&e))?;
        sink.has_content = true;
        let now = Instant::now();
        let mut report = lock(&self.port.report);
        report.written += 1;
        report
            .handing
            .record(now.saturating_duration_since(drawn_at));
        report
            .total
            .record(now.saturating_duration_since(composite.captured_at()));
        Ok(())
    }

    fn show_slate(&mut self) -> Result<(), Problem> {
        let Some(slate) = self.take_slate() else {
            return Ok(());
        };
        let result = self.stand_in(&slate);
        self.slate = Some(slate);
        result
    }

    /// The slate in the open sink's size.
    fn take_slate(&mut self) -> Option<Composite> {
        let size = self.open.as_ref()?.size;
        Some(match self.slate.take() {
            Some(slate) if slate.size() == size => slate,
            _ => (self.shared.parts.make_slate)(size, Instant::now()),
        })
    }

    /// While the gate is shut, a device that nobody watches keeps what it was shown last, and would show that to whoever
    /// begins to watch: it is given the slate, once. Those who watch are given it again and again when nobody else does:
    /// the thread that draws may take long to prepare itself, and programs take a camera without pictures for broken.
    fn cover(&mut self) -> Result<(), Problem> {
        // The thread that draws, which keeps the gate, can itself be stuck in a driver.
        let is_stale = self
            .stale_at
            .is_some_and(|at| Instant::now() >= at + WATCH_TICK);
        let is_shut = is_stale || lock(&self.shared.board).showing == Showing::Slate;
        let is_due = self.open.as_ref().is_some_and(|open| {
            is_shut && open.sink.is_device() && (!open.is_covered || open.sink.is_watched())
        });
        let Some(slate) = is_due.then(|| self.take_slate()).flatten() else {
            let open = self.open.as_ref();
            return open.map_or(Ok(()), |open| open.sink.check().map_err(|e| problem(&e)));
        };
        if let Some(open) = &mut self.open {
            open.sink.write(&slate).map_err(|e| problem(&e))?;
            open.is_covered = true;
        }
        self.slate = Some(slate);
        Ok(())
    }

    /// Repeats a stand-in for those who watch; a file gets none.
    fn stand_in(&mut self, composite: &Composite) -> Result<(), Problem> {
        match &mut self.open {
            Some(open)
                if open.sink.is_watched()
                    && open.sink.takes(composite)
                    && (open.sink.is_device() || open.size == composite.size()) =>
            {
                open.is_covered = composite.content() == CompositeContent::Slate;
                open.sink.write(composite).map_err(|e| problem(&e))
            }
            _ => Ok(()),
        }
    }

    /// The open sink, opened anew when composites have become another kind than it was opened for.
    fn sink_for(&mut self, composite: &Composite) -> Result<&mut OpenSink, Problem> {
        let (size, alpha) = (composite.size(), composite.alpha());
        // A device takes them as they come: closed, it would stand still for those who watch.
        let fits =
            |open: &OpenSink| open.sink.is_device() || (open.size == size && open.alpha == alpha);
        if let Some(open) = self.open.take_if(|open| !fits(open)) {
            // Nothing written yet: the file is simply begun anew. Later, that would destroy what was recorded.
            if open.has_content {
                open.sink.finish().map_err(|e| problem(&e))?;
                self.has_ended = true;
                return Err(picture_changed(&self.port.spec));
            }
        }
        if self.open.is_none() {
            self.open(Some(size), alpha)?;
        }
        self.open
            .as_mut()
            .ok_or_else(|| picture_changed(&self.port.spec))
    }

    /// Opens the sink, once it is known for which size: that of the composites; a virtual camera's does not hang on what the
    /// source is today.
    fn open(&mut self, composites: Option<Size>, alpha: AlphaState) -> Result<(), Problem> {
        let is_camera = self.port.spec.is_camera();
        let Some(size) = is_camera.then_some(CAMERA_SIZE).or(composites) else {
            return Ok(());
        };
        let settings = self.shared.settings();
        let refusal =
            check_alpha(0, &self.port.spec, alpha).or_else(|| settings.overlap_of(&self.port.spec));
        if let Some(problem) = refusal {
            return Err(problem);
        }
        let interval = self
            .shared
            .source_format()
            .and_then(|format| format.interval)
            .unwrap_or(DEFAULT_INTERVAL);
        let format = SinkFormat {
            size,
            timing: Timing::Live(interval),
            alpha,
        };
        let mut sink =
            (self.shared.parts.open_sink)(&self.port.spec, format).map_err(|e| problem(&e))?;
        let size = sink.fixed_size().unwrap_or(size);
        let is_covered = sink.is_device();
        if is_covered {
            // Whoever begins to watch sees this at once, rather than what the device was shown last.
            let slate = (self.shared.parts.make_slate)(size, Instant::now());
            sink.write(&slate).map_err(|e| problem(&e))?;
            self.slate = Some(slate);
        }
        self.open = Some(OpenSink {
            sink,
            size,
            alpha,
            has_content: false,
            is_covered,
        });
        self.set_state(StageState::Running);
        Ok(())
    }

    /// Opens the sink before the first composite, as soon as its size is known: problems show early, and those who watch a
    /// device get the slate.
    fn open_early(&mut self) -> Result<(), Problem> {
        if self.open.is_some() || self.has_failed {
            return Ok(());
        }
        let composites = self.shared.source_format().map(|format| format.size);
        let settings = self.shared.settings();
        let alpha = alpha_state(&settings.background, settings.deliver);
        self.open(composites, alpha)
    }

    fn notice_watchers(&self) {
        let is_watched = self.open.as_ref().is_some_and(|o| o.sink.is_watched());
        let is_news = self.port.set_watched(is_watched);
        if self.port.set_wanted(self.wanted()) || is_news {
            self.shared.to_compose.wake();
        }
    }

    /// The layout that saves the sink work, as long as its size stays the same.
    fn wanted(&self) -> Option<Encoding> {
        let sink = &self.open.as_ref()?.sink;
        Encoding::new(*sink.accepted_formats().first()?, sink.fixed_size()?)
    }

    fn fail(&mut self, problem: Problem) {
        // Dropped unfinished: nothing half-written stays under the final name.
        self.open = None;
        self.has_failed = true;
        self.retry_at = self
            .port
            .spec
            .is_camera()
            .then(|| Instant::now() + CAMERA_RETRY);
        self.port.fail(problem);
        self.shared.changed();
    }

    /// Completes the file, or says that there is none.
    fn finish(mut self) {
        if matches!(lock(&self.port.report).state, StageState::Failed(_)) {
            return;
        }
        self.leave_the_slate();
        let result = match self.open {
            Some(open) if open.has_content => {
                open.sink.finish().map_err(|e| incomplete(&self.port, &e))
            }
            // Dropped: an empty file helps nobody.
            Some(open) if open.sink.is_device() => Ok(()),
            _ => match self.port.file() {
                Some(path) => Err(nothing_written(path)),
                None => Ok(()),
            },
        };
        match result {
            Ok(()) => self.port.set_state(StageState::Stopped),
            Err(problem) => self.port.fail(problem),
        }
        self.shared.changed();
    }

    /// Those who watch a device that is closed keep what it showed last.
    fn leave_the_slate(&mut self) {
        let is_device = self.open.as_ref().is_some_and(|open| open.sink.is_device());
        let Some(slate) = is_device.then(|| self.take_slate()).flatten() else {
            return;
        };
        if let Some(open) = &mut self.open
            && let Err(error) = open.sink.write(&slate)
        {
            tracing::debug!(%error, "the slate was not left behind");
        }
    }

    fn set_state(&self, state: StageState) {
        self.port.set_state(state);
        self.shared.changed();
    }
}

fn picture_changed(spec: &OutputSpec) -> Problem {
    Problem {
        source: ProblemSource::Output(0),
        severity: Severity::Error,
        what: "The recording has ended.".into(),
        why: format!(
            "The picture has changed its size or transparency; {spec} is complete up to there."
        ),
        try_this: Some("Record on under another name.".into()),
    }
}

/// The index is filled in when the status is asked for, since outputs before this one may come and go.
fn problem(error: &SinkError) -> Problem {
    Problem::output(0, error)
}

/// The file is named always: the output may be gone from the settings when this is read.
fn incomplete(port: &Port, error: &SinkError) -> Problem {
    let mut problem = problem(error);
    problem.what = "An output could not be completed.".into();
    if !matches!(error, SinkError::File { .. }) {
        problem.why = format!("{}: {}", port.spec, problem.why);
    }
    problem
}

fn nothing_written(path: &Path) -> Problem {
    Problem {
        source: ProblemSource::Output(0),
        severity: Severity::Error,
        what: "An output was not written.".into(),
        why: format!("No picture came for {} before the end.", path.display()),
        try_this: Some("Let it run until there is a picture to show.".into()),
    }
}
