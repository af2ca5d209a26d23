//! The thread of one output: opens the sink when it is known what will come, writes, completes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scrim_frame::{AlphaState, Composite, Size};
use scrim_output::{OutputSpec, SinkError, SinkFormat, Timing, VideoSink};

use super::flow::Outgoing;
use super::shared::Shared;
use crate::settings::{alpha_state, check_alpha};
use crate::stats::Spans;
use crate::sync::{Leave, lock};
use crate::{Mailbox, OutputStatus, Problem, ProblemSource, Received, Severity, StageState};

/// How soon it is noticed that somebody began or ceased to watch: as often as the stand-in is repeated.
const WATCH_TICK: Duration = crate::gate::REPEAT_EVERY;

/// How long a virtual camera that failed is left alone: a module that is loaded by hand meanwhile is picked up soon, and
/// looking for it costs next to nothing.
const CAMERA_RETRY: Duration = Duration::from_secs(2);

/// The size of a virtual camera that is opened before the source has said its own: what most cameras have.
const CAMERA_SIZE: Size = match Size::new(1280, 720) {
    Ok(size) => size,
    Err(_) => unreachable!(),
};

/// Where the source does not say.
const DEFAULT_INTERVAL: Duration = Duration::from_nanos(33_333_333);

#[derive(Debug, Default)]
pub(crate) struct PortReport {
    pub(crate) state: StageState,
    pub(crate) written: u64,
    /// The failure was in a status while this was still an output: whoever takes it away then knows.
    is_known: bool,
    /// Drawn to handed over.
    pub(crate) handing: Spans,
    /// Captured to handed over.
    pub(crate) total: Spans,
}

/// One output, as the other threads see it.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) spec: OutputSpec,
    pub(crate) mailbox: Mailbox<Outgoing>,
    pub(crate) report: Mutex<PortReport>,
    /// What it writes, wherever the program stands; `None` for what is no file.
    file: Option<PathBuf>,
    pub(crate) leave: Arc<Leave>,
    watched: AtomicBool,
    retry: AtomicBool,
}

impl Port {
    pub(crate) fn new(spec: OutputSpec) -> Arc<Self> {
        Arc::new(Self {
            file: file_of(&spec),
            spec,
            mailbox: Mailbox::new(),
            report: Mutex::default(),
            leave: Arc::default(),
            watched: AtomicBool::new(false),
            retry: AtomicBool::new(false),
        })
    }

    /// Whether somebody watches, so that the stand-in is of use.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Opens the sink again, should it have failed.
    pub(crate) fn retry(&self) {
        self.retry.store(true, Ordering::Relaxed);
        self.mailbox.wake();
    }

    /// How the output with this index is.
    pub(crate) fn status(&self, index: usize) -> OutputStatus {
        let status = self.last_status(index);
        if matches!(status.state, StageState::Failed(_)) {
            lock(&self.report).is_known = true;
        }
        status
    }

    /// How an output is that was taken away.
    pub(crate) fn last_status(&self, index: usize) -> OutputStatus {
        let report = lock(&self.report);
        let mut state = report.state.clone();
        if let StageState::Failed(problem) | StageState::Degraded(problem) = &mut state {
            problem.source = ProblemSource::Output(index);
        }
        OutputStatus {
            spec: self.spec.clone(),
            state,
            written: report.written,
        }
    }

    /// Whether there is anything to say of it after it was taken away: it is not done, or has failed since.
    pub(crate) fn is_of_interest(&self) -> bool {
        let report = lock(&self.report);
        match report.state {
            StageState::Failed(_) => !report.is_known || !self.has_left(),
            _ => !self.has_left(),
        }
    }

    /// Whether its thread has gone.
    pub(crate) fn has_left(&self) -> bool {
        self.leave.wait_left(Instant::now())
    }

    /// Whether this output would write the same file.
    pub(crate) fn shares_file(&self, spec: &OutputSpec) -> bool {
        self.file.is_some() && self.file == file_of(spec)
    }

    /// Notes that nothing more is written.
    pub(crate) fn fail(&self, problem: Problem) {
        let mut report = lock(&self.report);
        let is_news = !matches!(&report.state, StageState::Failed(known) if *known == problem);
        if is_news {
            tracing::error!(output = %self.spec, what = problem.what, why = problem.why, "output failed");
            report.state = StageState::Failed(problem);
            report.is_known = false;
        }
    }

    fn set_state(&self, state: StageState) {
        let mut report = lock(&self.report);
        report.state = state;
        report.is_known = false;
    }

    /// Nobody takes anything from here any more; nothing may wait for what lies here.
    pub(crate) fn abandon(&self) {
        self.watched.store(false, Ordering::Relaxed);
        self.mailbox.close();
        while let Received::Item(unwanted) = self.mailbox.take(Some(Instant::now())) {
            drop(unwanted);
        }
    }
}

struct OpenSink {
    sink: Box<dyn VideoSink>,
    size: Size,
    alpha: AlphaState,
    has_content: bool,
}

pub(crate) struct Output {
    shared: Arc<Shared>,
    port: Arc<Port>,
    open: Option<OpenSink>,
    slate: Option<Composite>,
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
            if (self.port.retry.swap(false, Ordering::Relaxed) || is_due) && !self.has_ended {
                self.has_failed = false;
            }
            let result = match received {
                Received::Item(_) if self.has_failed => Ok(()),
                Received::Item(outgoing) => self.hand_over(outgoing),
                Received::TimedOut => self.open_early(),
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
                ticket,
            } => (composite, drawn_at, ticket),
            Outgoing::Again(composite) => return self.stand_in(&composite),
            Outgoing::Slate => {
                let Some(open) = &self.open else {
                    return Ok(());
                };
                let slate = match self.slate.take() {
                    Some(slate) if slate.size() == open.size => slate,
                    _ => (self.shared.parts.make_slate)(open.size, Instant::now()),
                };
                let result = self.stand_in(&slate);
                self.slate = Some(slate);
                return result;
            }
        };
        let sink = self.sink_for(&composite)?;
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

    /// Repeats a stand-in for those who watch; a file gets none.
    fn stand_in(&mut self, composite: &Composite) -> Result<(), Problem> {
        match &mut self.open {
            Some(open)
                if open.sink.is_watched()
                    && (open.sink.is_device() || open.size == composite.size()) =>
            {
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
            self.open(size, alpha)?;
        }
        self.open
            .as_mut()
            .ok_or_else(|| picture_changed(&self.port.spec))
    }

    fn open(&mut self, size: Size, alpha: AlphaState) -> Result<(), Problem> {
        if let Some(problem) = check_alpha(0, &self.port.spec, alpha) {
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
        if sink.is_device() {
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
        let size = match self.shared.source_format() {
            Some(format) => format.size,
            // A camera that is not there must not keep its stand-in away from those who watch.
            None if is_camera(&self.port.spec) && self.shared.is_failing() => CAMERA_SIZE,
            None => return Ok(()),
        };
        let settings = self.shared.settings();
        let alpha = alpha_state(&settings.background, settings.deliver);
        self.open(size, alpha)
    }

    fn notice_watchers(&self) {
        let is_watched = self.open.as_ref().is_some_and(|o| o.sink.is_watched());
        if self.port.watched.swap(is_watched, Ordering::Relaxed) != is_watched {
            self.shared.to_compose.wake();
        }
    }

    fn fail(&mut self, problem: Problem) {
        // Dropped unfinished: nothing half-written stays under the final name.
        self.open = None;
        self.has_failed = true;
        self.retry_at = is_camera(&self.port.spec).then(|| Instant::now() + CAMERA_RETRY);
        self.port.fail(problem);
        self.shared.changed();
    }

    /// Completes the file, or says that there is none.
    fn finish(self) {
        if matches!(lock(&self.port.report).state, StageState::Failed(_)) {
            return;
        }
        let result = match self.open {
            Some(open) if open.has_content => {
                open.sink.finish().map_err(|e| incomplete(&self.port, &e))
            }
            // Dropped: an empty file helps nobody.
            Some(open) if open.sink.is_device() => Ok(()),
            _ => match &self.port.file {
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

    fn set_state(&self, state: StageState) {
        self.port.set_state(state);
        self.shared.changed();
    }
}

/// A device that stands open whatever happens to the source.
fn is_camera(spec: &OutputSpec) -> bool {
    matches!(spec, OutputSpec::V4l2(_))
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

fn file_of(spec: &OutputSpec) -> Option<PathBuf> {
    match spec {
        OutputSpec::Null | OutputSpec::V4l2(_) => None,
        OutputSpec::Picture(path)
        | OutputSpec::PictureSequence(path)
        | OutputSpec::Video { path, .. } => {
            Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
        }
    }
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
