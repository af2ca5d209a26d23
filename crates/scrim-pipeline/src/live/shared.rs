//! What the threads of a pipeline share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use scrim_capture::{SourceFormat, SourceSpec};
use scrim_compositor::{AdapterFacts, Gpu, Preview};
use scrim_matting::{LoadReport, MattingOptions};

use super::crew::Crew;
use super::flow::{Captured, Matted};
use super::looks::Looks;
use super::port::Port;
use super::seat::Seat;
use crate::stats::{Rate, Spans};
use crate::sync::Leave;
use crate::sync::lock;
use crate::{
    Mailbox, Parts, Problem, ProblemSource, Settings, Severity, Showing, SourceStatus, StageState,
};

/// The stages whose failure shuts the gate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Source = 1,
    Matting = 2,
    Compositor = 4,
}

/// How every stage is.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(crate) source: SourceStatus,
    pub(crate) source_seat: Seat<SourceSpec>,
    pub(crate) matting: StageState,
    pub(crate) matting_seat: Seat<MattingOptions>,
    pub(crate) background_seat: Seat<PathBuf>,
    pub(crate) loaded: Option<LoadReport>,
    pub(crate) compositor: StageState,
    pub(crate) adapter: Option<AdapterFacts>,
    pub(crate) showing: Showing,
    pub(crate) problems: BTreeMap<ProblemSource, Problem>,
    /// Pictures skipped by the source in use, and by those before it.
    pub(crate) skipped: u64,
    pub(crate) skipped_before: u64,
    /// Those among them that were damaged.
    pub(crate) damaged: u64,
    pub(crate) damaged_before: u64,
    /// The source whose camera is being steered, and the thread that does.
    pub(crate) helm: Option<(u64, Arc<Leave>)>,
}

impl Board {
    /// Notes a problem, once.
    pub(crate) fn raise(&mut self, problem: &Problem) {
        if self.problems.get(&problem.source) == Some(problem) {
            return;
        }
        match problem.severity {
            Severity::Error => tracing::error!(what = problem.what, why = problem.why),
            Severity::Warning => tracing::warn!(what = problem.what, why = problem.why),
            Severity::Notice => tracing::info!(what = problem.what, why = problem.why),
        }
        self.problems.insert(problem.source, problem.clone());
    }

    /// The part works again.
    pub(crate) fn clear(&mut self, source: ProblemSource) {
        self.problems.remove(&source);
    }
}

/// What is measured, but for the outputs, which measure themselves.
#[derive(Debug, Default)]
pub(crate) struct Timings {
    pub(crate) captures: Rate,
    pub(crate) composites: Rate,
    pub(crate) matting: Spans,
    pub(crate) compositing: Spans,
    pub(crate) total: Spans,
}

/// The device to draw with.
#[derive(Debug)]
pub(crate) struct GpuSeat {
    pub(crate) gpu: Gpu,
    pub(crate) version: u64,
}

/// Shared by all threads, and kept alive by one left behind in a foreign call.
pub(crate) struct Shared {
    pub(crate) parts: Parts,
    /// Draw the preview for a window, whose device cannot be made anew here.
    pub(crate) has_window: bool,
    on_change: Arc<dyn Fn() + Send + Sync>,
    pub(crate) to_matting: Mailbox<Captured>,
    pub(crate) to_compose: Mailbox<Matted>,
    pub(crate) board: Mutex<Board>,
    pub(crate) timings: Mutex<Timings>,
    pub(crate) looks: Mutex<Looks>,
    pub(crate) ports: Mutex<Vec<Arc<Port>>>,
    /// Outputs that were taken away, with the index they had: still completing, or failed at it. Locked after `ports`.
    pub(crate) leaving: Mutex<Vec<(usize, Arc<Port>)>>,
    pub(crate) gpu: Mutex<GpuSeat>,
    pub(crate) preview: Mutex<Option<Preview>>,
    /// The newest settings.
    pub(crate) wanted: Mutex<Arc<Settings>>,
    pub(crate) crew: Crew,
    /// Since when the session has been at its present picture.
    pub(crate) estimating: Mutex<Option<Instant>>,
    /// Pictures that reached the compositor and could not be drawn.
    pub(crate) undrawn: AtomicU64,
    /// What removed outputs had missed.
    pub(crate) missed_before: AtomicU64,
    faults: AtomicU8,
    /// The window is there and not hidden.
    window_shown: AtomicBool,
    stopping: AtomicBool,
    stopped_at: OnceLock<Instant>,
    ids: AtomicU64,
}

impl Shared {
    pub(crate) fn new(
        settings: Arc<Settings>,
        looks: Looks,
        options: crate::PipelineOptions,
    ) -> Self {
        Self {
            parts: options.parts,
            has_window: options.preview,
            on_change: options.on_change,
            to_matting: Mailbox::new(),
            to_compose: Mailbox::new(),
            board: Mutex::default(),
            timings: Mutex::default(),
            looks: Mutex::new(looks),
            ports: Mutex::default(),
            leaving: Mutex::default(),
            gpu: Mutex::new(GpuSeat {
                gpu: options.gpu,
                version: 0,
            }),
            preview: Mutex::default(),
            wanted: Mutex::new(settings),
            crew: Crew::default(),
            estimating: Mutex::default(),
            undrawn: AtomicU64::new(0),
            missed_before: AtomicU64::new(0),
            faults: AtomicU8::new(0),
            window_shown: AtomicBool::new(options.preview),
            stopping: AtomicBool::new(false),
            stopped_at: OnceLock::new(),
            // The first is taken by the background that the looks were made for.
            ids: AtomicU64::new(FIRST_ID + 1),
        }
    }

    pub(crate) fn new_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells the program that something has changed; not after the stop, when nobody expects it any more.
    pub(crate) fn changed(&self) {
        if !self.is_stopping() {
            (self.on_change)();
        }
    }

    /// Changes the board and tells the program.
    pub(crate) fn post<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let result = change(&mut lock(&self.board));
        self.changed();
        result
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    pub(crate) fn begin_stop(&self) {
        self.stopped_at.get_or_init(Instant::now);
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Now, or when the stop began: completing the files is no part of what the rates are about.
    pub(crate) fn measured_until(&self) -> Instant {
        self.stopped_at.get().copied().unwrap_or_else(Instant::now)
    }

    /// A stage fails: the gate shuts at once.
    pub(crate) fn fault(&self, fault: Fault) {
        self.faults.fetch_or(fault as u8, Ordering::SeqCst);
        self.to_compose.wake();
    }

    /// A stage gives valid results again. Called before the first of them is handed on.
    pub(crate) fn clear_fault(&self, fault: Fault) {
        self.faults.fetch_and(!(fault as u8), Ordering::SeqCst);
    }

    /// Whether any stage fails.
    pub(crate) fn is_failing(&self) -> bool {
        self.faults.load(Ordering::SeqCst) != 0
    }

    /// Whether the user can see the preview.
    pub(crate) fn is_window_shown(&self) -> bool {
        self.window_shown.load(Ordering::Relaxed)
    }

    pub(crate) fn show_window(&self, shown: bool) {
        let shown = shown && self.has_window;
        if self.window_shown.swap(shown, Ordering::Relaxed) != shown {
            self.steer();
        }
    }

    /// Makes the camera's controls follow the settings now.
    pub(crate) fn steer(&self) {
        if let Some((_, leave)) = &lock(&self.board).helm {
            leave.nudge();
        }
    }

    /// The size and rate of what the source delivers, once known.
    pub(crate) fn source_format(&self) -> Option<SourceFormat> {
        lock(&self.board).source.format
    }

    /// The snapshot that is wanted now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.wanted))
    }
}

/// The id of the background worker that is there from the start.
pub(crate) const FIRST_ID: u64 = 1;
