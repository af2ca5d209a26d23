//! What draws and what is drawn for: a lost device, outputs that fail, come and go.

use scrim_pipeline::frame::AlphaState;
use scrim_pipeline::{BackgroundSpec, PreviewView, ProblemSource, Showing, StageState};

use crate::common::{DrawingMode, SinkMode, SourceMode, World, file, gpu, settings};
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
fn a_still_picture_is_shown_again_after_the_device_was_lost() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Still);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.set(|state| state.drawing = DrawingMode::Lost);
    let mut next = settings();
    next.mirror = true;
    pipeline.apply(next);
    world.wait_status(&pipeline, "the slate", |s| s.showing == Showing::Slate);
    world.set(|state| state.drawing = DrawingMode::Works);
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.problems, []);
    stop(pipeline);
    assert_eq!(world.people(), 1, "the file has it once");
}

#[test]
fn a_recording_gets_no_picture_from_changed_looks_or_views() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Still);
    let Some(pipeline) = world.start_with(settings(), true) else {
        return;
    };
    world.wait("the picture", |state| state.written.len() == 1);
    let mut next = settings();
    next.view = PreviewView::Matte;
    pipeline.apply(next.clone());
    world.wait("the matte", |state| {
        state.views.last() == Some(&PreviewView::Matte)
    });
    assert_eq!(world.state().drawn.len(), 1, "nothing is drawn for a view");
    next.mirror = true;
    pipeline.apply(next.clone());
    world.wait("the mirrored picture", |state| state.drawn.len() == 2);
    next.outputs.push(file("late"));
    pipeline.apply(next);
    world.wait("a picture for the new output", |state| {
        state.written.iter().any(|w| w.sink == "late")
    });
    stop(pipeline);
    let state = world.state();
    let of_first = state.written.iter().filter(|w| w.sink == "out");
    assert_eq!(of_first.count(), 1);
}

#[test]
fn no_preview_of_a_replaced_device_is_shown() {
    let (world, _release) = World::new();
    world.set(|state| state.drawing = DrawingMode::HoldsPreview);
    let Some(pipeline) = world.start_with(settings(), true) else {
        return;
    };
    world.wait("a preview under way", |state| !state.views.is_empty());
    pipeline.replace_gpu(gpu().unwrap());
    world.set(|state| state.drawing = DrawingMode::Refuses);
    world.wait_status(&pipeline, "the new device", |s| is_failed(&s.compositor));
    assert!(pipeline.preview().is_none());
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
fn the_picture_behind_the_person_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let wall = folder.path().join("wall.png");
    std::fs::write(&wall, "dear to someone").unwrap();
    let (world, _release) = World::new();
    let mut wanted = settings();
    wanted.background = BackgroundSpec::File(wall.clone());
    wanted.outputs.push(file(wall.to_str().unwrap()));
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    let status = world.wait_status(&pipeline, "failure", |s| is_failed(&s.outputs[1].state));
    let problem = status
        .problems
        .iter()
        .find(|p| p.source == ProblemSource::Output(1));
    assert!(problem.is_some_and(|p| p.why.contains("written over")));
    world.wait("the other", |state| state.written.len() > 5);
    stop(pipeline);
    assert!(world.state().written.iter().all(|w| w.sink == "out"));
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
