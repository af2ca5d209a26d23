//! The status, put together when somebody asks.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::port::Port;
use super::shared::{Fault, Shared};
use crate::sync::lock;
use crate::{Drops, Figures, Problem, ProblemSource, Severity, StageState, Status};

/// What is happening.
pub(crate) fn take(shared: &Shared) -> Status {
    let figures = figures(shared);
    let (outputs, leaving): (Vec<_>, Vec<_>) = {
        let ports = lock(&shared.ports);
        let mut leaving = lock(&shared.leaving);
        leaving.retain(|(_, port)| port.is_of_interest());
        (
            ports
                .iter()
                .enumerate()
                .map(|(index, port)| port.status(index))
                .collect(),
            leaving
                .iter()
                .map(|(index, port)| port.last_status(*index))
                .collect(),
        )
    };
    let board = lock(&shared.board);
    let mut problems: Vec<Problem> = board.problems.values().cloned().collect();
    for output in outputs.iter().chain(&leaving) {
        if let StageState::Failed(problem) | StageState::Degraded(problem) = &output.state {
            problems.push(problem.clone());
        }
    }
    problems.sort_by(|a, b| (b.severity, a.source).cmp(&(a.severity, b.source)));
    Status {
        source: board.source.clone(),
        matting: board.matting.clone(),
        loaded: board.loaded.clone(),
        loading: board.matting_seat.active().is_some() && board.matting_seat.candidate().is_some(),
        compositor: board.compositor.clone(),
        adapter: board.adapter.clone(),
        outputs,
        leaving,
        showing: board.showing,
        figures: Figures {
            drops: Drops {
                at_source: board.skipped_before + board.skipped,
                damaged: board.damaged_before + board.damaged,
                ..figures.drops
            },
            ..figures
        },
        problems,
    }
}

fn figures(shared: &Shared) -> Figures {
    let now = shared.measured_until();
    let (mut handing, mut total, mut missed) = (None, None, 0);
    for port in lock(&shared.ports).iter() {
        missed += port.mailbox.overwritten();
        let report = lock(&port.report);
        let slowest = report.handing.percentiles();
        if handing.is_none_or(|h: crate::Percentiles| slowest.p50 > h.p50) {
            handing = Some(slowest);
            total = Some(report.total.percentiles());
        }
    }
    let timings = lock(&shared.timings);
    Figures {
        capture_rate: timings.captures.per_second(now),
        composite_rate: timings.composites.per_second(now),
        matting: timings.matting.percentiles(),
        compositing: timings.compositing.percentiles(),
        output: handing.unwrap_or_default(),
        total: total.unwrap_or_else(|| timings.total.percentiles()),
        drops: Drops {
            at_source: 0,
            damaged: 0,
            before_matting: shared.to_matting.overwritten(),
            before_compositing: shared.to_compose.overwritten()
                + shared.undrawn.load(Ordering::Relaxed),
            before_output: missed + shared.missed_before.load(Ordering::Relaxed),
        },
    }
}

/// The status after the threads have gone: what did not fail has stopped.
pub(crate) fn take_last(shared: &Shared) -> Status {
    let give_up = |port: &Port| {
        if !port.has_left() {
            port.fail(Problem {
                source: ProblemSource::Output(0),
                severity: Severity::Error,
                what: "An output was not completed.".into(),
                why: format!("{} did not finish in time.", port.spec),
                try_this: Some("Look for an unfinished file beside it.".into()),
            });
        }
    };
    lock(&shared.ports).iter().for_each(|port| give_up(port));
    lock(&shared.leaving)
        .iter()
        .for_each(|(_, port)| give_up(port));
    let mut status = take(shared);
    let stop = |state: &mut StageState| {
        if !matches!(state, StageState::Failed(_)) {
            *state = StageState::Stopped;
        }
    };
    stop(&mut status.source.state);
    stop(&mut status.matting);
    stop(&mut status.compositor);
    status.loading = false;
    status.showing = crate::Showing::Slate;
    status
}

/// What a thread works at.
pub(crate) enum Part {
    Source,
    Matting,
    Compositor,
    Background,
    Output(Arc<Port>),
}

/// A thread has ended by a fault of our own: its stage counts as failed from now on, and the gate shuts.
pub(crate) fn note_panic(shared: &Shared, part: &Part) {
    let problem = |source| Problem {
        source,
        severity: Severity::Error,
        what: "Scrim made a mistake.".into(),
        why: "A part of it stopped unexpectedly; the log says where.".into(),
        try_this: Some("Restart Scrim, and please report it with the log.".into()),
    };
    let source = match part {
        Part::Source => ProblemSource::Source,
        Part::Matting => ProblemSource::Matting,
        Part::Compositor => ProblemSource::Compositor,
        Part::Background => ProblemSource::Background,
        // The others go on, and so does what they show.
        Part::Output(port) => {
            let mut problem = problem(ProblemSource::Output(0));
            problem.why = format!(
                "Writing {} stopped unexpectedly; the log says where.",
                port.spec
            );
            port.fail(problem);
            port.abandon();
            return shared.changed();
        }
    };
    let problem = problem(source);
    shared.post(|board| {
        board.raise(&problem);
        match part {
            Part::Source => board.source.state = StageState::Failed(problem),
            Part::Matting => board.matting = StageState::Failed(problem),
            Part::Compositor => board.compositor = StageState::Failed(problem),
            Part::Background | Part::Output(_) => {}
        }
    });
    match part {
        Part::Source => shared.fault(Fault::Source),
        Part::Matting => shared.fault(Fault::Matting),
        Part::Compositor => shared.fault(Fault::Compositor),
        Part::Background | Part::Output(_) => {}
    }
}
