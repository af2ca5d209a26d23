//! No consumer and no window: no camera.

use scrim_pipeline::capture::{Pace, Playback, SourceSpec};
use scrim_pipeline::frame::CompositeContent;
use scrim_pipeline::output::{OutputSpec, V4l2Request};
use scrim_pipeline::{Settings, Showing, StageState};

use crate::common::{DrawingMode, MattingMode, SinkMode, SourceMode, State, World, file, settings};
use crate::{SECOND, is_failed, stop};

/// An endless source into a virtual camera.
fn call() -> Settings {
    Settings {
        source: SourceSpec::File {
            path: "cam".into(),
            playback: Playback::Loop,
            pace: Pace::RealTime,
        },
        outputs: vec![OutputSpec::V4l2(V4l2Request::default())],
        ..settings()
    }
}

fn world() -> (std::sync::Arc<World>, crate::common::Release) {
    let (world, release) = World::new();
    world.set(|state| state.devices.push("v4l2".into()));
    (world, release)
}

#[test]
fn nobody_watches_so_the_camera_is_never_opened_and_the_slate_lies_ready() {
    let (world, _release) = world();
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait("the slate", |state| !state.written.is_empty());
    world.wait("a rehearsal", |state| state.rehearsals > 0);
    let status = pipeline.status();
    assert_eq!(status.source.state, StageState::Resting);
    assert_eq!(status.problems, []);
    stop(pipeline);
    let state = world.state();
    assert_eq!(state.rehearsals, 1);
    assert_eq!(state.opened, Vec::<std::path::PathBuf>::new());
    assert!(
        state
            .written
            .iter()
            .all(|w| w.content == CompositeContent::Slate)
    );
}

#[test]
fn a_consumer_gets_the_person_within_a_second_and_the_camera_closes_after_it_has_gone() {
    let (world, _release) = world();
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait_status(&pipeline, "rest", |s| s.source.state == StageState::Resting);
    world.set(|state| state.watched = true);
    let came = std::time::Instant::now();
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    assert!(came.elapsed() < SECOND, "it took {:?}", came.elapsed());
    world.wait("the person in the device", |state| {
        let last = state.written.last().map(|w| w.content);
        matches!(last, Some(CompositeContent::Person(_)))
    });
    world.set(|state| state.watched = false);
    world.wait("the camera's end", |state| !state.closed.is_empty());
    world.wait_status(&pipeline, "rest", |s| s.source.state == StageState::Resting);
    // What lies in the device is what the next one to watch sees first.
    world.wait("the slate in the device", |state| {
        let last = state.written.last().map(|w| w.content);
        last == Some(CompositeContent::Slate)
    });
    world.set(|state| state.watched = true);
    world.wait_status(&pipeline, "the person again", |s| {
        s.showing == Showing::Person && s.source.state == StageState::Running
    });
    stop(pipeline);
    assert_eq!(world.state().opened.len(), 2);
}

#[test]
fn who_watches_gets_the_slate_again_and_again_while_drawing_prepares_itself() {
    let (world, _release) = world();
    world.set(|state| {
        state.drawing = DrawingMode::Prepares;
        state.watched = true;
    });
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait_status(&pipeline, "the camera", |s| {
        s.source.state == StageState::Running
    });
    let at = std::time::Instant::now();
    world.wait("two seconds", |_| at.elapsed() > SECOND * 2);
    let before = world.state().written.len();
    let at = std::time::Instant::now();
    world.wait("more slates", |state| state.written.len() > before + 3);
    assert!(at.elapsed() < SECOND * 3, "they came late");
    world.set(|state| state.drawing = DrawingMode::Works);
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    stop(pipeline);
}

#[test]
fn a_window_a_recording_or_the_users_wish_keep_the_camera_open() {
    let recording = Settings {
        outputs: vec!["v4l2".parse().unwrap(), file("out")],
        ..call()
    };
    let wish = Settings {
        keep_camera_on: true,
        ..call()
    };
    for (wanted, window) in [(call(), true), (recording, false), (wish, false)] {
        let (world, _release) = world();
        let Some(pipeline) = world.start_with(wanted, window) else {
            return;
        };
        world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
        let at = std::time::Instant::now();
        world.wait("three seconds", |_| at.elapsed() > SECOND * 3);
        assert_eq!(pipeline.status().source.state, StageState::Running);
        assert_eq!(world.state().closed, Vec::<std::path::PathBuf>::new());
        stop(pipeline);
    }
}

#[test]
fn a_hidden_window_lets_the_camera_rest_and_a_shown_one_wakes_it() {
    let (world, _release) = world();
    let Some(pipeline) = world.start_with(call(), true) else {
        return;
    };
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    pipeline.show_window(false);
    world.wait_status(&pipeline, "rest", |s| s.source.state == StageState::Resting);
    assert_eq!(world.state().closed.len(), 1);
    pipeline.show_window(true);
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    stop(pipeline);
}

#[test]
fn a_clip_that_ends_plays_to_its_end_whoever_watches() {
    let (world, _release) = world();
    world.source("cam", SourceMode::Clip(5));
    let once = Settings {
        outputs: call().outputs,
        ..settings()
    };
    let Some(pipeline) = world.start(once) else {
        return;
    };
    world.wait_status(&pipeline, "its end", |s| {
        s.source.state == StageState::Stopped
    });
    stop(pipeline);
}

#[test]
fn who_watches_sees_the_slate_although_the_camera_was_never_there() {
    let (world, _release) = world();
    world.source("cam", SourceMode::Unplugged);
    world.set(|state| state.watched = true);
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    let status = world.wait_status(&pipeline, "its failure", |s| is_failed(&s.source.state));
    assert_eq!(status.outputs[0].state, StageState::Running);
    let before = world.state().written.len();
    world.wait("slates", |state| state.written.len() > before + 2);
    stop(pipeline);
    let slate = |w: &crate::common::Written| w.content == CompositeContent::Slate;
    assert!(world.state().written.iter().all(slate));
}

#[test]
fn a_virtual_camera_that_fails_is_tried_again_by_itself() {
    let (world, _release) = world();
    world.set(|state| state.watched = true);
    world.sink("v4l2", SinkMode::FailsToOpen);
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait_status(&pipeline, "its failure", |s| is_failed(&s.outputs[0].state));
    assert!(world.state().written.is_empty());
    world.sink("v4l2", SinkMode::Works);
    world.wait("the person", |state| {
        let last = state.written.last().map(|w| w.content);
        matches!(last, Some(CompositeContent::Person(_)))
    });
    let status = pipeline.status();
    assert_eq!(status.outputs[0].state, StageState::Running);
    assert_eq!(status.problems, []);
    stop(pipeline);
}

#[test]
fn drawing_that_hangs_leaves_no_old_picture_in_the_camera() {
    let (world, _release) = world();
    // One matte for each permit, so that nothing newer covers up what comes out of the hang.
    world.model("net", MattingMode::ByPermit);
    world.set(|state| {
        state.watched = true;
        state.permits = 1;
    });
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    let wait_for = |what, is_slate: bool| {
        world.wait(what, |state| {
            let last = state.written.last().map(|w| w.content);
            last.is_some_and(|content| (content == CompositeContent::Slate) == is_slate)
        });
    };
    wait_for("the person in the camera", false);
    world.set(|state| {
        state.drawing = DrawingMode::Prepares;
        state.permits = 1;
    });
    let at = std::time::Instant::now();
    wait_for("the slate", true);
    assert!(at.elapsed() < SECOND * 4, "after {:?}", at.elapsed());
    let before = world.state().written.len();
    world.set(|state| state.drawing = DrawingMode::Works);
    let at = std::time::Instant::now();
    world.wait("a second", |_| at.elapsed() > SECOND);
    let slate = |w: &crate::common::Written| w.content == CompositeContent::Slate;
    let is_old_shown = !world.state().written[before..].iter().all(slate);
    assert!(!is_old_shown, "what came out of the hang was shown");
    world.set(|state| state.permits = 3);
    wait_for("the person in the camera", false);
    stop(pipeline);
}

#[test]
fn who_still_watches_at_the_end_is_left_with_the_slate() {
    let (world, _release) = world();
    world.set(|state| state.watched = true);
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    stop(pipeline);
    let last = world.state().written.last().map(|w| w.content);
    assert_eq!(last, Some(CompositeContent::Slate));
}

#[test]
fn a_recording_that_has_failed_keeps_no_camera_open() {
    let (world, _release) = world();
    world.sink("out", SinkMode::Fails);
    let wanted = Settings {
        outputs: vec!["v4l2".parse().unwrap(), file("out")],
        ..call()
    };
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    world.wait_status(&pipeline, "its failure", |s| is_failed(&s.outputs[1].state));
    world.wait_status(&pipeline, "rest", |s| s.source.state == StageState::Resting);
    stop(pipeline);
}

#[test]
fn a_virtual_camera_that_breaks_while_nobody_watches_is_said() {
    let (world, _release) = world();
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    world.wait("the slate", |state| !state.written.is_empty());
    world.sink("v4l2", SinkMode::Fails);
    world.wait_status(&pipeline, "its failure", |s| is_failed(&s.outputs[0].state));
    world.sink("v4l2", SinkMode::Works);
    world.wait_status(&pipeline, "its return", |s| {
        s.outputs[0].state == StageState::Running
    });
    stop(pipeline);
}

#[test]
fn a_virtual_camera_that_was_opened_for_a_picture_is_covered_when_that_is_over() {
    let (world, _release) = world();
    world.source("cam", SourceMode::Still);
    let wanted = Settings {
        outputs: vec![file("out")],
        ..call()
    };
    let Some(pipeline) = world.start(wanted.clone()) else {
        return;
    };
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    // A still picture is drawn once for an output that is new, whose device is opened for it.
    let mut wanted = wanted;
    wanted.outputs.push("v4l2".parse().unwrap());
    pipeline.apply(wanted.clone());
    let shows_slate = |state: &State| {
        let mut written = state.written.iter().rev();
        let last = written.find(|w| w.sink == "v4l2");
        last.map(|w| w.content == CompositeContent::Slate)
    };
    world.wait("the person", |state| shows_slate(state) == Some(false));
    world.set(|state| state.drawing = DrawingMode::Lost);
    // What is drawn once more for this is not.
    wanted.mirror = true;
    pipeline.apply(wanted);
    world.wait("the slate", |state| shows_slate(state) == Some(true));
    stop(pipeline);
}

#[test]
fn a_virtual_camera_that_opens_late_shows_nothing_of_before() {
    let (world, _release) = world();
    world.sink("v4l2", SinkMode::HangsInOpen);
    // One matte alone, which is old when the device is open.
    world.model("net", MattingMode::ByPermit);
    world.set(|state| {
        state.watched = true;
        state.permits = 1;
    });
    let wanted = Settings {
        keep_camera_on: true,
        ..call()
    };
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    world.wait_status(&pipeline, "the person", |s| s.showing == Showing::Person);
    let at = std::time::Instant::now();
    world.wait("three seconds", |_| at.elapsed() > SECOND * 3);
    world.sink("v4l2", SinkMode::Works);
    world.wait("slates", |state| state.written.len() > 3);
    stop(pipeline);
    let slate = |w: &crate::common::Written| w.content == CompositeContent::Slate;
    assert!(world.state().written.iter().all(slate));
}
