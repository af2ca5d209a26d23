//! Taking threads on: for a source, a session, a background file, an output.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use scrim_capture::SourceSpec;
use scrim_matting::MattingOptions;
use scrim_output::OutputSpec;

use super::background::Background;
use super::capture::Capture;
use super::matting::Inference;
use super::output::{Output, Port};
use super::seat::Worker;
use super::{Pipeline, snapshot};
use crate::sync::{Leave, lock};
use crate::{ProblemSource, StageState};

impl Pipeline {
    pub(super) fn change_source(&self, spec: &SourceSpec) -> io::Result<()> {
        {
            let mut board = lock(&self.shared.board);
            let returns = board
                .source_seat
                .active()
                .is_some_and(|active| active.spec == Capture::live_spec(spec));
            let works = !matches!(
                board.source.state,
                StageState::Failed(_) | StageState::Stopped
            );
            if returns && works {
                board.source_seat.dismiss_candidate();
                board.source.state = StageState::Running;
                board.clear(ProblemSource::Source);
                return Ok(());
            }
        }
        self.new_source(spec)
    }

    pub(super) fn change_session(&self, options: &MattingOptions) -> io::Result<()> {
        {
            let mut board = lock(&self.shared.board);
            let returns = board
                .matting_seat
                .active()
                .is_some_and(|active| active.spec == *options);
            if returns && !self.shared.is_failing() {
                board.matting_seat.dismiss_candidate();
                board.matting = StageState::Running;
                board.clear(ProblemSource::Matting);
                return Ok(());
            }
        }
        self.new_session(options)
    }

    /// Outputs that stay are not touched; those that go complete their files.
    pub(super) fn change_outputs(&self, specs: &[OutputSpec]) -> io::Result<()> {
        let mut old = lock(&self.shared.ports).clone();
        let mut new = Vec::with_capacity(specs.len());
        let mut result = Ok(());
        for (index, spec) in specs.iter().enumerate() {
            let kept = old.iter().position(|port| port.spec == *spec);
            let port = match kept {
                Some(at) => Ok(old.remove(at)),
                None => self.new_port(index, spec),
            };
            match port {
                Ok(port) => new.push(port),
                Err(error) => result = Err(error),
            }
        }
        *lock(&self.shared.ports) = new;
        for port in old {
            port.mailbox.close();
            self.shared
                .missed_before
                .fetch_add(port.mailbox.overwritten(), Ordering::Relaxed);
        }
        // So that a new output has a picture also when the source is still.
        lock(&self.shared.looks).touch();
        result
    }

    pub(super) fn new_source(&self, spec: &SourceSpec) -> io::Result<()> {
        let capture = Capture {
            shared: Arc::clone(&self.shared),
            id: self.shared.new_id(),
            spec: Capture::live_spec(spec),
            leave: Arc::default(),
        };
        let leave = Arc::clone(&capture.leave);
        lock(&self.shared.board).source_seat.nominate(Worker {
            id: capture.id,
            spec: capture.spec.clone(),
            leave: Arc::clone(&leave),
        });
        self.spawn(
            "scrim-capture".into(),
            &leave,
            ProblemSource::Source,
            move || capture.run(),
        )
    }

    pub(super) fn new_session(&self, options: &MattingOptions) -> io::Result<()> {
        let inference = Inference {
            shared: Arc::clone(&self.shared),
            id: self.shared.new_id(),
            options: options.clone(),
            leave: Arc::default(),
        };
        let leave = Arc::clone(&inference.leave);
        lock(&self.shared.board).matting_seat.nominate(Worker {
            id: inference.id,
            spec: options.clone(),
            leave: Arc::clone(&leave),
        });
        self.spawn(
            "scrim-matting".into(),
            &leave,
            ProblemSource::Matting,
            move || inference.run(),
        )
    }

    pub(super) fn new_background(&self, id: u64, path: PathBuf) -> io::Result<()> {
        let leave = Arc::default();
        let background = Background {
            shared: Arc::clone(&self.shared),
            id,
            path: path.clone(),
            leave: Arc::clone(&leave),
        };
        lock(&self.shared.board).background_seat.nominate(Worker {
            id,
            spec: path,
            leave: Arc::clone(&leave),
        });
        self.spawn(
            "scrim-background".into(),
            &leave,
            ProblemSource::Background,
            move || background.run(),
        )
    }

    pub(super) fn new_port(&self, index: usize, spec: &OutputSpec) -> io::Result<Arc<Port>> {
        let port = Port::new(spec.clone());
        let output = Output::new(Arc::clone(&self.shared), Arc::clone(&port));
        self.spawn(
            format!("scrim-output-{index}"),
            &port.leave,
            ProblemSource::Output(index),
            move || output.run(),
        )?;
        Ok(port)
    }

    pub(super) fn spawn(
        &self,
        name: String,
        leave: &Arc<Leave>,
        part: ProblemSource,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.shared.crew.start(name, leave, run, move || {
            snapshot::note_panic(&shared, part);
        })
    }
}
