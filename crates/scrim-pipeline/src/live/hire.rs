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
use super::output::Output;
use super::port::Port;
use super::seat::Worker;
use super::snapshot::Part;
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
        let mut old: Vec<_> = lock(&self.shared.ports)
            .iter()
            .cloned()
            .enumerate()
            .collect();
        let kept: Vec<_> = specs
            .iter()
            .map(|spec| {
                let at = old.iter().position(|(_, port)| port.spec == *spec)?;
                Some(old.remove(at).1)
            })
            .collect();
        let mut leaving = lock(&self.shared.leaving).clone();
        leaving.extend(old.iter().cloned());
        let mut new = Vec::with_capacity(specs.len());
        let mut result = Ok(());
        for (index, (spec, kept)) in specs.iter().zip(kept).enumerate() {
            let port = kept.map_or_else(
                || {
                    let same = leaving.iter().filter(|(_, port)| port.shares_file(spec));
                    let before = same.map(|(_, port)| Arc::clone(port)).collect();
                    self.new_port(index, spec, before)
                },
                Ok,
            );
            match port {
                Ok(port) => new.push(port),
                Err(error) => result = Err(error),
            }
        }
        {
            let mut ports = lock(&self.shared.ports);
            *ports = new;
            // A failure is of interest until the same file is asked for once more.
            let is_over =
                |port: &Port| port.has_left() && ports.iter().any(|p| p.shares_file(&port.spec));
            leaving.retain(|(_, port)| !is_over(port));
            *lock(&self.shared.leaving) = leaving;
        }
        for (_, port) in old {
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
        self.spawn("scrim-capture".into(), &leave, Part::Source, move || {
            capture.run();
        })
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
        self.spawn("scrim-matting".into(), &leave, Part::Matting, move || {
            inference.run();
        })
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
            Part::Background,
            move || background.run(),
        )
    }

    /// A new output, which begins once those `before` it, which write the same file, have completed it.
    pub(super) fn new_port(
        &self,
        index: usize,
        spec: &OutputSpec,
        before: Vec<Arc<Port>>,
    ) -> io::Result<Arc<Port>> {
        let port = Port::new(spec.clone());
        let output = Output::new(Arc::clone(&self.shared), Arc::clone(&port));
        self.spawn(
            format!("scrim-output-{index}"),
            &port.leave,
            Part::Output(Arc::clone(&port)),
            move || {
                for port in before {
                    port.leave.wait_until_left();
                }
                output.run();
            },
        )?;
        Ok(port)
    }

    pub(super) fn spawn(
        &self,
        name: String,
        leave: &Arc<Leave>,
        part: Part,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let completes = matches!(part, Part::Output(_));
        self.shared
            .crew
            .start(name, leave, completes, run, move || {
                snapshot::note_panic(&shared, &part);
            })
    }
}
