//! The live pipeline.

mod background;
mod capture;
mod comeback;
mod compose;
mod crew;
mod demand;
mod flow;
mod hire;
mod last;
mod looks;
mod matting;
mod output;
mod port;
mod promise;
mod seat;
mod shared;
mod snapshot;
mod steering;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scrim_compositor::{Gpu, Preview};

use crate::sync::lock;
use crate::{
    BackgroundSpec, Parts, Problem, ProblemSource, Settings, Severity, StageState, Status,
};
use compose::Composer;
pub use crew::has_left_threads_behind;
use looks::Looks;
use shared::{FIRST_ID, Shared};
use snapshot::Part;

/// How long [`Pipeline::stop`] waits for its threads, and every stop for those that have nothing to complete: under the
/// promised second, with room for the joining itself.
const STOP_PATIENCE: Duration = Duration::from_millis(900);

/// What the pipeline needs besides settings.
#[derive(Clone)]
pub struct PipelineOptions {
    /// The device to draw with.
    pub gpu: Gpu,
    /// How sources, models and sinks are opened.
    pub parts: Parts,
    /// Draw the preview for a window. The device is then the window's: when it is lost, the program makes another and
    /// hands it to [`Pipeline::replace_gpu`]. Without a window, the pipeline makes a new device by itself.
    pub preview: bool,
    /// Called from a pipeline thread whenever the preview or the status has changed: must return at once.
    pub on_change: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for PipelineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipelineOptions")
            .field("gpu", &self.gpu)
            .finish_non_exhaustive()
    }
}

/// Capture, matting, compositing and outputs, each on its own thread.
///
/// Every source, session and background file has a thread for as long as it is used. A new one opens or loads beside the
/// old one, and takes its place with its first valid result. A clip is always read at its own speed.
///
/// Dropping it stops it as [`Pipeline::stop`] does.
pub struct Pipeline {
    shared: Arc<Shared>,
    /// One change of settings at a time.
    applying: Mutex<()>,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

impl Pipeline {
    /// Starts all threads and returns at once; the status tells how each stage comes up.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn start(settings: Settings, options: PipelineOptions) -> io::Result<Self> {
        let settings = Arc::new(settings);
        let file = background_file(&settings.background);
        let looks = Looks::new(Arc::clone(&settings), file.as_ref().map(|_| FIRST_ID));
        let shared = Arc::new(Shared::new(Arc::clone(&settings), looks, options));
        // From here on, dropping it stops what has been started.
        let pipeline = Self {
            shared,
            applying: Mutex::new(()),
        };
        // Before the source, since a still picture comes only once.
        let ports = settings
            .outputs
            .iter()
            .enumerate()
            .map(|(index, spec)| pipeline.new_port(index, spec, Vec::new()))
            .collect::<io::Result<Vec<_>>>()?;
        *lock(&pipeline.shared.ports) = ports;
        let composer = Composer::new(Arc::clone(&pipeline.shared));
        pipeline.spawn(
            "scrim-compose".into(),
            &Arc::default(),
            Part::Compositor,
            move || composer.run(),
        )?;
        pipeline.new_source(&settings.source)?;
        pipeline.new_session(&settings.matting)?;
        if let Some(path) = file {
            pipeline.new_background(FIRST_ID, path)?;
        }
        Ok(pipeline)
    }

    /// Takes new settings. What must be rebuilt is rebuilt while the old keeps working; when another change comes before
    /// that is done, the last one wins.
    pub fn apply(&self, settings: Settings) {
        let _one_at_a_time = lock(&self.applying);
        let next = Arc::new(settings);
        let before = std::mem::replace(&mut *lock(&self.shared.wanted), Arc::clone(&next));
        let rebuild = before.rebuild_for(&next);
        let mut results = Vec::new();
        let mut worker = None;
        let file = background_file(&next.background);
        if rebuild.reload_background {
            worker = file.is_some().then(|| self.shared.new_id());
            lock(&self.shared.board).clear(ProblemSource::Background);
        }
        lock(&self.shared.looks).apply(Arc::clone(&next), worker);
        match (worker, file) {
            (Some(id), Some(path)) => results.push(self.new_background(id, path)),
            _ if rebuild.reload_background => {
                let mut board = lock(&self.shared.board);
                board.background_seat.dismiss_candidate();
                board.background_seat.evict();
            }
            _ => {}
        }
        if before.controls != next.controls {
            self.shared.steer();
        }
        if rebuild.reopen_source {
            results.push(self.change_source(&next.source));
        }
        if rebuild.reload_model {
            results.push(self.change_session(&next.matting));
        }
        if rebuild.reopen_outputs {
            results.push(self.change_outputs(&next.outputs));
        }
        for error in results.into_iter().filter_map(Result::err) {
            self.shared.post(|board| board.raise(&no_thread(&error)));
        }
        self.shared.to_matting.wake();
        self.shared.to_compose.wake();
    }

    /// Tries again at once whatever has failed, instead of waiting for its next attempt.
    pub fn retry_now(&self) {
        let _one_at_a_time = lock(&self.applying);
        let settings = self.shared.settings();
        let must_reload = {
            let board = lock(&self.shared.board);
            board.source_seat.nudge();
            board.matting_seat.nudge();
            board.background_seat.nudge();
            // A session that could not take over has gone.
            board.matting_seat.candidate().is_none()
                && board
                    .matting_seat
                    .active()
                    .is_some_and(|active| active.spec != settings.matting)
        };
        if must_reload && let Err(error) = self.new_session(&settings.matting) {
            self.shared.post(|board| board.raise(&no_thread(&error)));
        }
        for port in lock(&self.shared.ports).iter() {
            port.retry();
        }
        if matches!(lock(&self.shared.board).compositor, StageState::Failed(_)) {
            // The device counts as another one, so that the compositor is built again on it.
            lock(&self.shared.gpu).version += 1;
        }
        self.shared.to_compose.wake();
    }

    /// Draws with another device from now on: after the window's device was lost.
    pub fn replace_gpu(&self, gpu: Gpu) {
        {
            let mut seat = lock(&self.shared.gpu);
            seat.gpu = gpu;
            seat.version += 1;
            // Under the lock that previews are stored under, so that none of the old device follows.
            *lock(&self.shared.preview) = None;
        }
        self.shared.to_compose.wake();
    }

    /// Whether the user can see the preview now: while the window is minimised or fully covered, it is no reason to keep
    /// the camera open. Shown at first, where there is a preview.
    pub fn show_window(&self, shown: bool) {
        self.shared.show_window(shown);
    }

    /// What is happening.
    #[must_use]
    pub fn status(&self) -> Status {
        snapshot::take(&self.shared)
    }

    /// The texture for the window, once there is one.
    #[must_use]
    pub fn preview(&self) -> Option<Preview> {
        lock(&self.shared.preview).clone()
    }

    /// Stops and joins every thread, completing the outputs. Takes less than a second, whatever state the stages are in.
    ///
    /// A thread in a foreign call that does not return by then (a camera driver, the first run of a provider, an encoder)
    /// is left behind. It shares nothing with anybody but its own references, and goes when the call returns. An output
    /// left behind is reported as failed.
    pub fn stop(self) -> Status {
        self.stop_within(STOP_PATIENCE)
    }

    /// As [`Pipeline::stop`], but waits up to `patience` for the outputs: for a recording whose encoder needs its time to
    /// complete. The other threads have nothing to complete, and are not waited for any longer than there.
    pub fn stop_within(self, patience: Duration) -> Status {
        self.shut_down(patience);
        snapshot::take_last(&self.shared)
    }

    fn shut_down(&self, patience: Duration) {
        let shared = &self.shared;
        shared.begin_stop();
        let start = Instant::now();
        // All at once, so that the outputs have the whole time to complete their files.
        shared.crew.ask_all();
        shared.to_matting.close();
        shared.to_compose.close();
        for port in lock(&shared.ports).iter() {
            port.mailbox.close();
        }
        shared
            .crew
            .join_all(start + patience.min(STOP_PATIENCE), start + patience);
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if !self.shared.is_stopping() {
            self.shut_down(STOP_PATIENCE);
        }
    }
}

fn background_file(spec: &BackgroundSpec) -> Option<PathBuf> {
    match spec {
        BackgroundSpec::File(path) => Some(path.clone()),
        _ => None,
    }
}

fn no_thread(error: &io::Error) -> Problem {
    Problem {
        source: ProblemSource::Settings,
        severity: Severity::Error,
        what: "The change could not be made.".into(),
        why: format!("The system gave no thread: {error}"),
        try_this: Some("Close other programs, and choose it again.".into()),
    }
}
