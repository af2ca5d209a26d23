//! One output, as the other threads see it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use scrim_compositor::Encoding;
use scrim_output::OutputSpec;

use super::flow::Outgoing;
use crate::stats::Spans;
use crate::sync::{Leave, lock};
use crate::{Mailbox, OutputStatus, Problem, ProblemSource, Received, StageState};

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
    wanted: Mutex<Option<Encoding>>,
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
            wanted: Mutex::default(),
            retry: AtomicBool::new(false),
        })
    }

    /// Whether somebody watches, so that the stand-in is of use.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Whether a file is being written, or will be as soon as there is a picture. One that has failed is none.
    pub(crate) fn is_recording(&self) -> bool {
        !self.spec.is_camera() && !matches!(lock(&self.report).state, StageState::Failed(_))
    }

    /// The layout that it would be spared work by; `None`: RGBA.
    pub(crate) fn wanted(&self) -> Option<Encoding> {
        *lock(&self.wanted)
    }

    /// Notes which layout it wants. Whether that is news.
    pub(crate) fn set_wanted(&self, wanted: Option<Encoding>) -> bool {
        std::mem::replace(&mut *lock(&self.wanted), wanted) != wanted
    }

    /// Notes whether somebody watches. Whether that is news.
    pub(crate) fn set_watched(&self, is_watched: bool) -> bool {
        self.watched.swap(is_watched, Ordering::Relaxed) != is_watched
    }

    /// Whether the sink is to be opened again; once for each [`Self::retry`].
    pub(crate) fn is_to_retry(&self) -> bool {
        self.retry.swap(false, Ordering::Relaxed)
    }

    /// What it writes; `None` for what is no file.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
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

    pub(crate) fn set_state(&self, state: StageState) {
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

fn file_of(spec: &OutputSpec) -> Option<PathBuf> {
    let path = spec.path()?;
    Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}
