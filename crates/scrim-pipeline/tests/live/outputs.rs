//! What draws and what is drawn for: a lost device, outputs that fail, come and go.

use scrim_pipeline::frame::AlphaState;
use scrim_pipeline::{BackgroundSpec, ProblemSource, Showing, StageState};

use crate::common::{DrawingMode, SinkMode, World, file, gpu, settings};
use crate::{is_failed, stop};

#[test]
fn a_refusing_device_is_rebuilt_and_a_lost_window_device_waits_for_another() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start_with(settings(), true) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.set(|state| state.drawing = DrawingMode::Refuses);
    world.wait_status(&pipeline, "failure", |s| is_failed(&s.compositor));
    world.set(|state| state.drawing = DrawingMode::Works);
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.set(|state| state.drawing = DrawingMode::Lost);
    world.wait_status(&pipeline, "the slate", |s| {
        is_failed(&s.compositor) && s.showing == Showing::Slate
    });
    world.set(|state| state.drawing = DrawingMode::Works);
    pipeline.replace_gpu(gpu().unwrap());
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.compositor, StageState::Running);
    assert_eq!(status.problems, []);
    stop(pipeline);
}

#[test]
fn a_failing_output_leaves_the_others_alone() {
    let (world, _release) = World::new();
    world.sink("full", SinkMode::Fails);
    let mut wanted = settings();
    wanted.outputs = vec![file("out"), file("full")];
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    let status = world.wait_status(&pipeline, "failure", |s| is_failed(&s.outputs[1].state));
    assert_eq!(status.problems[0].source, ProblemSource::Output(1));
    world.wait("the other", |state| state.written.len() > 5);
    let status = stop(pipeline);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    assert!(is_failed(&status.outputs[1].state));
    assert_eq!(world.state().finished, ["out"]);
    assert_eq!(world.state().discarded, ["full"]);
}

#[test]
fn outputs_come_and_go_and_transparency_ends_a_recording_complete() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("the first", |state| state.written.len() > 3);
    let mut next = settings();
    next.outputs = vec![file("other"), file("out")];
    pipeline.apply(next.clone());
    world.wait("the second", |s| {
        s.written.iter().any(|w| w.sink == "other")
    });
    next.outputs = vec![file("out")];
    pipeline.apply(next.clone());
    world.wait("its completion", |s| s.finished == ["other"]);
    next.background = BackgroundSpec::Transparent;
    pipeline.apply(next);
    world.wait_status(&pipeline, "the end", |s| is_failed(&s.outputs[0].state));
    stop(pipeline);
    let state = world.state();
    assert_eq!(state.finished, ["other", "out"]);
    assert!(state.written.iter().all(|w| w.alpha == AlphaState::Opaque));
}
