//! Whether a run that nobody sits in front of can go on.

use scrim_pipeline::{
    OutputSpec, Problem, ProblemSource, Severity, Showing, SourceSpec, StageState, Status,
};

/// What has worked since the start. What of it fails later is waited for: a camera comes back, a graphics device is made
/// anew, a virtual camera is opened again as soon as what it stands on is back. What never worked was asked for wrongly, or
/// is missing.
#[derive(Debug, Default)]
pub struct Worked {
    everything: bool,
    /// Of source, matting and compositor.
    stages: Vec<ProblemSource>,
    cameras: Vec<OutputSpec>,
}

impl Worked {
    /// Takes note of how it is now.
    pub fn note(&mut self, status: &Status) {
        let works = |state: &StageState| {
            matches!(
                state,
                StageState::Running | StageState::Resting | StageState::Degraded(_)
            )
        };
        self.everything |= status.showing == Showing::Person;
        for (stage, state) in [
            (ProblemSource::Source, &status.source.state),
            (ProblemSource::Matting, &status.matting),
            (ProblemSource::Compositor, &status.compositor),
        ] {
            if works(state) && !self.stages.contains(&stage) {
                self.stages.push(stage);
            }
        }
        for output in &status.outputs {
            let is_new = !self.cameras.contains(&output.spec);
            if output.spec.is_camera() && works(&output.state) && is_new {
                self.cameras.push(output.spec.clone());
            }
        }
    }

    /// What makes going on pointless when nobody is there to change a setting.
    pub fn fatal(&self, status: &Status, source: &SourceSpec) -> Option<Problem> {
        match &status.source.state {
            // It does not come back by itself, as a camera does.
            StageState::Failed(problem) if matches!(source, SourceSpec::File { .. }) => {
                return Some(problem.clone());
            }
            _ => {}
        }
        if self.everything {
            return self.outputs_failed(status);
        }
        status
            .problems
            .iter()
            .find(|problem| {
                problem.severity == Severity::Error && !self.is_covered(problem, status)
            })
            .cloned()
    }

    fn is_covered(&self, problem: &Problem, status: &Status) -> bool {
        match problem.source {
            ProblemSource::Delivery | ProblemSource::Controls => {
                self.stages.contains(&ProblemSource::Source)
            }
            stage
            @ (ProblemSource::Source | ProblemSource::Matting | ProblemSource::Compositor) => {
                self.stages.contains(&stage)
            }
            ProblemSource::Output(index) => status
                .outputs
                .get(index)
                .is_some_and(|output| self.cameras.contains(&output.spec)),
            ProblemSource::Background | ProblemSource::Settings => false,
        }
    }

    /// The problem of the first output, when none of them works or is waited for.
    fn outputs_failed(&self, status: &Status) -> Option<Problem> {
        let mut problems = status.outputs.iter().map(|output| match &output.state {
            StageState::Failed(_) if self.cameras.contains(&output.spec) => None,
            StageState::Failed(problem) => Some(problem.clone()),
            _ => None,
        });
        let first = problems.next()??;
        problems.all(|problem| problem.is_some()).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use scrim_pipeline::OutputStatus;

    use super::*;

    fn problem(source: ProblemSource) -> Problem {
        Problem {
            source,
            severity: Severity::Error,
            what: "It fails.".into(),
            why: "On purpose.".into(),
            try_this: None,
        }
    }

    fn camera() -> SourceSpec {
        "camera".parse().unwrap()
    }

    /// A run into a virtual camera, which stands, and `source` as it is.
    fn call(source: StageState) -> Status {
        let mut status = Status::default();
        status.source.state = source;
        status.outputs = vec![OutputStatus {
            spec: "pipewire".parse().unwrap(),
            state: StageState::Running,
            written: 0,
        }];
        status
    }

    fn fails(mut status: Status, source: ProblemSource) -> Status {
        let problem = problem(source);
        match source {
            ProblemSource::Output(index) => {
                status.outputs[index].state = StageState::Failed(problem.clone());
            }
            _ => status.source.state = StageState::Failed(problem.clone()),
        }
        status.problems.push(problem);
        status
    }

    #[test]
    fn what_never_worked_ends_the_run() {
        for source in [ProblemSource::Source, ProblemSource::Output(0)] {
            let mut worked = Worked::default();
            worked.note(&Status::default());
            let status = fails(call(StageState::Starting), source);
            assert_eq!(worked.fatal(&status, &camera()), Some(problem(source)));
        }
    }

    #[test]
    fn a_camera_that_is_busy_for_the_first_watcher_is_waited_for() {
        let mut worked = Worked::default();
        worked.note(&call(StageState::Resting));
        for source in [ProblemSource::Source, ProblemSource::Output(0)] {
            let status = fails(call(StageState::Starting), source);
            assert_eq!(worked.fatal(&status, &camera()), None, "{source:?}");
        }
        let status = fails(call(StageState::Starting), ProblemSource::Matting);
        assert!(
            worked.fatal(&status, &camera()).is_some(),
            "no model ever ran"
        );
    }

    #[test]
    fn a_file_that_fails_stays_failed() {
        let mut worked = Worked::default();
        let mut status = call(StageState::Running);
        status.showing = Showing::Person;
        worked.note(&status);
        let status = fails(status, ProblemSource::Source);
        assert!(
            worked
                .fatal(&status, &"clip.mkv".parse().unwrap())
                .is_some()
        );
        assert_eq!(worked.fatal(&status, &camera()), None);
    }

    #[test]
    fn recordings_that_all_fail_end_it_and_one_camera_keeps_it() {
        let mut worked = Worked::default();
        let mut status = call(StageState::Running);
        status.showing = Showing::Person;
        worked.note(&status);
        status.outputs.push(OutputStatus {
            spec: "talk.mp4".parse().unwrap(),
            state: StageState::Failed(problem(ProblemSource::Output(1))),
            written: 9,
        });
        assert_eq!(worked.fatal(&status, &camera()), None);
        status.outputs.remove(0);
        assert!(worked.fatal(&status, &camera()).is_some());
    }
}
