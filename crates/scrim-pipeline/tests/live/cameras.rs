//! Cameras: found again, opened again after a sleep, steered, and held to what they promised.

use std::time::{Duration, Instant};

use scrim_pipeline::frame::Size;
use scrim_pipeline::{ProblemSource, Severity, Showing, SourceSpec, StageState, Status};

use crate::common::{SourceMode, World, camera, content_id, settings, size};
use crate::{SECOND, is_failed, stop};

fn with_camera(id: &str) -> scrim_pipeline::Settings {
    let mut settings = settings();
    settings.source = camera(id);
    settings
}

fn value(status: &Status, key: &str) -> Option<i64> {
    let controls = &status.source.controls;
    Some(controls.iter().find(|control| control.key == key)?.value)
}

#[test]
fn a_camera_named_by_its_number_is_found_again_under_another() {
    let (world, _release) = World::new();
    world.set(|state| {
        state.lasting.insert("0".into(), "usb-Cam".into());
    });
    let Some(pipeline) = world.start(with_camera("0")) else {
        return;
    };
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.source.camera.as_deref(), Some("usb-Cam"));
    // Another camera has got its number meanwhile.
    world.source("usb-Cam", SourceMode::Unplugged);
    world.source("0", SourceMode::Unplugged);
    world.wait_status(&pipeline, "the failure", |s| is_failed(&s.source.state));
    world.source("0", SourceMode::Runs(5));
    world.wait("tries", |state| {
        state
            .opened
            .iter()
            .filter(|p| p.ends_with("usb-Cam"))
            .count()
            >= 2
    });
    assert!(is_failed(&pipeline.status().source.state));
    let plugged_at = Instant::now();
    world.source("usb-Cam", SourceMode::Runs(5));
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert!(plugged_at.elapsed() < 2 * SECOND);
    let state = world.state();
    assert_eq!(state.opened[0].to_str(), Some("0"));
    assert!(state.opened[1..].iter().all(|p| p.ends_with("usb-Cam")));
    drop(state);
    stop(pipeline);
}

#[test]
fn rights_that_come_a_moment_after_the_camera_do_not_cost_two_seconds() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(with_camera("cam")) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.source("cam", SourceMode::Unplugged);
    world.wait_status(&pipeline, "the failure", |s| is_failed(&s.source.state));
    world.source("cam", SourceMode::Denied);
    let opened = world.state().opened.len();
    world.wait("it is refused", |state| state.opened.len() > opened + 1);
    let allowed_at = Instant::now();
    world.source("cam", SourceMode::Runs(5));
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert!(allowed_at.elapsed() < SECOND, "{:?}", allowed_at.elapsed());
    stop(pipeline);
}

#[test]
fn after_a_sleep_the_camera_is_opened_again_and_nothing_from_before_is_shown() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(with_camera("cam")) else {
        return;
    };
    world.wait("composites", |state| state.written.len() > 3);
    // A picture is under way when the machine falls asleep, and is there when it wakes.
    world.source("cam", SourceMode::Holds);
    world.wait("a held read", |state| state.held > 0);
    let before = world.state().delivered.len();
    world.set(|state| state.asleep += Duration::from_hours(8));
    world.source("cam", SourceMode::Still);
    world.wait("it is opened again", |state| state.opened.len() == 2);
    // The first is that of the read that was held; the next is the camera's that was opened again.
    world.wait("both", |state| state.delivered.len() == before + 2);
    let status = world.wait_status(&pipeline, "a person", |s| {
        s.showing == Showing::Person && s.source.state == StageState::Running
    });
    assert_eq!(status.problems, []);
    let state = world.state();
    let stale = state.delivered[before].1;
    assert!(
        state
            .written
            .iter()
            .all(|w| content_id(w.content) != Some(stale)),
        "and shown"
    );
    drop(state);
    stop(pipeline);
}

#[test]
fn controls_are_listed_set_and_set_again_when_the_camera_comes_back() {
    let (world, _release) = World::new();
    let mut wanted = with_camera("cam");
    let of_camera = wanted.controls.entry("cam".into()).or_default();
    of_camera.insert("gain".into(), 7);
    let Some(pipeline) = world.start(wanted.clone()) else {
        return;
    };
    let status = world.wait_status(&pipeline, "the remembered gain", |s| {
        value(s, "gain") == Some(7)
    });
    assert_eq!(value(&status, "focus"), Some(20), "left as it was");
    wanted
        .controls
        .entry("cam".into())
        .or_default()
        .insert("focus".into(), 30);
    pipeline.apply(wanted.clone());
    world.wait_status(&pipeline, "the focus", |s| value(s, "focus") == Some(30));
    assert_eq!(
        world.state().set,
        [("gain".into(), 7), ("focus".into(), 30)],
        "each once"
    );
    // A camera forgets everything without power.
    world.source("cam", SourceMode::Unplugged);
    let status = world.wait_status(&pipeline, "the failure", |s| is_failed(&s.source.state));
    assert!(status.source.controls.is_empty(), "nothing to set");
    world.set(|state| {
        state.controls.insert("gain".into(), 1);
        state.controls.insert("focus".into(), 20);
    });
    world.source("cam", SourceMode::Runs(5));
    world.wait_status(&pipeline, "both again", |s| {
        value(s, "gain") == Some(7) && value(s, "focus") == Some(30)
    });
    let opened = world.state().opened.len();
    assert_eq!(
        world.state().closed.len(),
        opened - 1,
        "setting reopens nothing"
    );
    stop(pipeline);
}

#[test]
fn a_setting_that_the_camera_does_not_take_is_said() {
    let (world, _release) = World::new();
    let mut wanted = with_camera("cam");
    let of_camera = wanted.controls.entry("cam".into()).or_default();
    of_camera.insert("gain".into(), 300);
    let Some(pipeline) = world.start(wanted.clone()) else {
        return;
    };
    let status = world.wait_status(&pipeline, "the problem", |s| !s.problems.is_empty());
    let problem = &status.problems[0];
    assert_eq!(problem.source, ProblemSource::Controls);
    assert!(problem.why.contains("100 instead of 300"), "{problem}");
    wanted.controls.clear();
    pipeline.apply(wanted);
    world.wait_status(&pipeline, "no problem", |s| s.problems.is_empty());
    stop(pipeline);
}

#[test]
fn another_size_than_asked_for_is_said_and_the_pictures_are_used() {
    let (world, _release) = World::new();
    let mut wanted = settings();
    let SourceSpec::Camera {
        id,
        backend,
        mut request,
    } = camera("cam")
    else {
        unreachable!("it is a camera");
    };
    request.size = Some(Size::new(1920, 1080).unwrap());
    wanted.source = SourceSpec::Camera {
        id,
        backend,
        request,
    };
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    let status = world.wait_status(&pipeline, "a person and the problem", |s| {
        s.showing == Showing::Person && !s.problems.is_empty()
    });
    let problem = &status.problems[0];
    assert_eq!(
        (problem.source, problem.severity),
        (ProblemSource::Delivery, Severity::Warning)
    );
    let got = size().to_string();
    assert!(problem.why.contains("1920×1080") && problem.why.contains(&got));
    let last = stop(pipeline);
    assert_eq!(last.problems, status.problems, "the report tells it");
}

#[test]
fn damaged_pictures_are_counted_and_said() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Damages(20));
    let Some(pipeline) = world.start(with_camera("cam")) else {
        return;
    };
    let status = world.wait_status(&pipeline, "the problem", |s| !s.problems.is_empty());
    assert_eq!(status.problems[0].source, ProblemSource::Delivery);
    assert!(status.problems[0].what.contains("damaged"));
    let drops = status.figures.drops;
    assert!(
        drops.damaged > 10 && drops.damaged <= drops.at_source,
        "{drops:?}"
    );
    assert_eq!(status.showing, Showing::Person, "the whole ones are used");
    stop(pipeline);
}
