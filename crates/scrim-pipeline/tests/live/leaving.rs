//! Outputs at their end: completed, or not and why.

use std::time::{Duration, Instant};

use scrim_pipeline::frame::AlphaState;
use scrim_pipeline::{
    BackgroundSpec, OutputSpec, Pipeline, Problem, ProblemSource, Settings, StageState, Status,
};

use crate::common::{SinkMode, SourceMode, World, file, settings};
use crate::{SECOND, is_failed, stop};

fn apply_outputs(pipeline: &Pipeline, outputs: Vec<OutputSpec>) {
    pipeline.apply(Settings {
        outputs,
        ..settings()
    });
}

fn of_output(status: &Status) -> Vec<&Problem> {
    let is_output = |p: &&Problem| matches!(p.source, ProblemSource::Output(_));
    status.problems.iter().filter(is_output).collect()
}

#[test]
fn a_recording_that_cannot_be_completed_is_told_after_it_was_taken_away() {
    let (world, _release) = World::new();
    world.sink("full", SinkMode::FailsToFinish);
    let Some(pipeline) = world.start(Settings {
        outputs: vec![file("full")],
        ..settings()
    }) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    apply_outputs(&pipeline, vec![]);
    let status = world.wait_status(&pipeline, "the failure", |s| !of_output(s).is_empty());
    assert!(status.outputs.is_empty());
    let why = &of_output(&status)[0].why;
    assert!(why.contains("full:") && why.contains("disk"), "{why}");
    // It stays until the end, unless the same file is asked for once more.
    apply_outputs(&pipeline, vec![file("out")]);
    assert_eq!(of_output(&pipeline.status()).len(), 1);
    world.wait("the other", |s| s.written.iter().any(|w| w.sink == "out"));
    let status = stop(pipeline);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    assert!(is_failed(&status.leaving[0].state));
    assert_eq!(of_output(&status).len(), 1);
}

#[test]
fn a_failure_seen_before_goes_with_its_output() {
    let (world, _release) = World::new();
    world.sink("out", SinkMode::Fails);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "failure", |s| is_failed(&s.outputs[0].state));
    apply_outputs(&pipeline, vec![]);
    world.wait_status(&pipeline, "its end", |s| s.leaving.is_empty());
    assert!(of_output(&stop(pipeline)).is_empty());
}

#[test]
fn a_recording_still_completing_at_the_stop_counts_as_failed() {
    let (world, _release) = World::new();
    world.sink("out", SinkMode::HangsInFinish);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    apply_outputs(&pipeline, vec![]);
    let status = world.wait_status(&pipeline, "completing", |s| s.leaving.len() == 1);
    assert!(of_output(&status).is_empty());
    let status = stop(pipeline);
    assert!(is_failed(&status.leaving[0].state));
    assert!(of_output(&status)[0].why.contains("out"));
}

#[test]
fn the_same_file_is_begun_only_after_the_old_one_is_complete() {
    let (world, _release) = World::new();
    world.sink("out", SinkMode::HangsInFinish);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    apply_outputs(&pipeline, vec![file("second")]);
    apply_outputs(&pipeline, vec![file("second"), file("./out")]);
    world.wait("the second", |s| {
        s.written.iter().filter(|w| w.sink == "second").count() > 20
    });
    let of_new = |w: &crate::common::Written| w.sink == "./out";
    assert!(!world.state().written.iter().any(of_new));
    assert_eq!(pipeline.status().outputs[1].state, StageState::Starting);
    world.sink("out", SinkMode::Works);
    world.wait("the new one", |state| state.written.iter().any(of_new));
    assert_eq!(world.state().finished, ["out"]);
    let status = stop(pipeline);
    assert_eq!(status.outputs[1].state, StageState::Stopped);
    assert!(status.problems.is_empty() && status.leaving.is_empty());
}

#[test]
fn only_outputs_are_waited_for_patiently() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    world.source("cam", SourceMode::HangsInRead);
    let start = Instant::now();
    let status = pipeline.stop_within(SECOND * 10);
    assert!(start.elapsed() < SECOND * 3, "took {:?}", start.elapsed());
    assert_eq!(status.outputs[0].state, StageState::Stopped);
}

#[test]
fn slow_completion_is_waited_for_and_does_not_blur_the_rates() {
    let (world, _release) = World::new();
    // Longer than rates look back.
    world.sink("out", SinkMode::SlowToFinish(3200));
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 20);
    let status = pipeline.stop_within(SECOND * 20);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    assert!(status.figures.capture_rate > 0.0);
    assert!(status.figures.composite_rate > 0.0);
}

#[test]
fn an_output_that_panics_has_failed_and_holds_nothing_up() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Clip(5));
    world.sink("bad", SinkMode::Panics);
    let Some(pipeline) = world.start(Settings {
        outputs: vec![file("out"), file("bad")],
        ..settings()
    }) else {
        return;
    };
    world.wait_status(&pipeline, "failure", |s| is_failed(&s.outputs[1].state));
    let status = world.wait_status(&pipeline, "the end of the clip", |s| {
        s.source.state == StageState::Stopped
    });
    assert_eq!(of_output(&status).len(), 1);
    assert_eq!(status.problems[0].source, ProblemSource::Output(1));
    apply_outputs(&pipeline, vec![file("out")]);
    world.wait_status(&pipeline, "nothing stale", |s| s.problems.is_empty());
    let status = stop(pipeline);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
}

#[test]
fn trying_again_does_not_overwrite_a_recording_that_ended_complete() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    pipeline.apply(Settings {
        background: BackgroundSpec::Transparent,
        ..settings()
    });
    world.wait_status(&pipeline, "the end", |s| is_failed(&s.outputs[0].state));
    let (written, drawn) = {
        let state = world.state();
        (state.written.len(), state.drawn.len())
    };
    pipeline.retry_now();
    world.wait("drawing", |state| state.drawn.len() > drawn + 5);
    world.delay(Duration::from_millis(100), |s| s.written.len() > written);
    assert_eq!(world.state().written.len(), written);
    assert!(is_failed(&stop(pipeline).outputs[0].state));
    assert_eq!(world.state().finished, ["out"]);
}

#[test]
fn a_file_without_a_picture_has_failed_and_null_never_does() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Silent);
    let Some(pipeline) = world.start(Settings {
        outputs: vec![OutputSpec::Null, file("out")],
        ..settings()
    }) else {
        return;
    };
    world.wait("opening", |state| !state.opened.is_empty());
    let status = stop(pipeline);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    assert!(is_failed(&status.outputs[1].state));
    assert_eq!(of_output(&status)[0].source, ProblemSource::Output(1));
}

#[test]
fn a_file_that_cannot_be_completed_at_the_stop_has_failed() {
    let (world, _release) = World::new();
    world.sink("out", SinkMode::FailsToFinish);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    let status = stop(pipeline);
    assert!(is_failed(&status.outputs[0].state));
    assert_eq!(of_output(&status)[0].source, ProblemSource::Output(0));
}

#[test]
fn a_device_goes_on_with_other_pictures_though_nobody_watches() {
    let (world, _release) = World::new();
    world.set(|state| state.devices.push("out".into()));
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    pipeline.apply(Settings {
        background: BackgroundSpec::Transparent,
        ..settings()
    });
    world.wait("transparent ones", |state| {
        state
            .written
            .iter()
            .any(|w| w.alpha == AlphaState::Straight)
    });
    assert!(stop(pipeline).problems.is_empty());
}
