//! Sources: unplugged, switched, unreadable, still, and the one behind the person.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use scrim_pipeline::{BackgroundSpec, ProblemSource, STALE_AFTER, Showing, StageState};

use crate::common::{SourceMode, World, content_id, settings, source};
use crate::{SECOND, is_failed, stop};

/// How often an output looks whether somebody watches.
const WATCH_TICK: Duration = Duration::from_millis(200);

#[test]
fn an_unplugged_source_is_opened_again_by_itself() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| !state.written.is_empty());
    world.source("cam", SourceMode::Unplugged);
    let status = world.wait_status(&pipeline, "the slate", |s| s.showing == Showing::Slate);
    assert!(is_failed(&status.source.state));
    assert_eq!(status.problems[0].source, ProblemSource::Source);
    let plugged_at = Instant::now();
    world.source("cam", SourceMode::Runs(5));
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert!(plugged_at.elapsed() < 2 * SECOND);
    assert_eq!(status.problems, []);
    stop(pipeline);
}

#[test]
fn switching_between_good_sources_shows_no_slate() {
    let (world, _release) = World::new();
    world.set(|state| state.watched = true);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    let since = world.state().written.len();
    world.source("second", SourceMode::Silent);
    let mut next = settings();
    next.source = source("second");
    pipeline.apply(next);
    world.wait("the second is open", |s| {
        s.opened.iter().any(|p| p.ends_with("second"))
    });
    let status = pipeline.status();
    assert_eq!(status.source.description, "cam", "the old one goes on");
    let before = world.state().written.last().map(|w| w.at);
    // More than can have been under way.
    world.wait("later pictures of the old one", |state| {
        let later = state.written.iter().filter(|w| Some(w.at) > before);
        let ids: BTreeSet<_> = later.filter_map(|w| content_id(w.content)).collect();
        ids.len() > 10
    });
    assert_eq!(world.state().resets, 1, "once, before the first picture");
    world.source("second", SourceMode::Runs(5));
    world.wait_status(&pipeline, "the second", |s| {
        s.source.description == "second"
    });
    let written = world.state().written.len();
    world.wait("composites", |state| state.written.len() > written + 5);
    let state = world.state();
    let mut gap = Duration::ZERO;
    for pair in state.written[since..].windows(2) {
        gap = gap.max(pair[1].at - pair[0].at);
        assert!(content_id(pair[1].content).is_some(), "a slate in between");
    }
    assert!(gap < STALE_AFTER, "nothing for {gap:?}");
    assert_eq!(state.resets, 2, "the second source has another past");
    drop(state);
    stop(pipeline);
}

#[test]
fn a_picture_that_comes_after_the_switch_is_not_used() {
    let (world, _release) = World::new();
    world.source("second", SourceMode::Still);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| !state.written.is_empty());
    world.source("cam", SourceMode::Holds);
    world.wait("a held read", |state| state.held > 0);
    let mut next = settings();
    next.source = source("second");
    pipeline.apply(next);
    world.wait_status(&pipeline, "the second", |s| {
        s.source.description == "second"
    });
    world.source("cam", SourceMode::Still);
    world.wait("the end of the first", |s| {
        s.closed.iter().any(|path| path.ends_with("cam"))
    });
    let late = world.state().delivered.last().cloned().unwrap();
    assert!(late.0.ends_with("cam"), "it came after the still picture");
    world.source("second", SourceMode::Runs(5));
    let written = world.state().written.len();
    world.wait("composites", |state| state.written.len() > written + 3);
    let state = world.state();
    assert!(state.estimated.iter().all(|(_, id)| *id != late.1));
    drop(state);
    stop(pipeline);
}

#[test]
fn a_source_that_cannot_be_opened_leaves_the_old_one_running() {
    let (world, _release) = World::new();
    world.source("bad", SourceMode::Corrupt);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    let mut next = settings();
    next.source = source("bad");
    pipeline.apply(next);
    let status = world.wait_status(&pipeline, "the problem", |s| !s.problems.is_empty());
    assert!(matches!(status.source.state, StageState::Degraded(_)));
    assert_eq!(status.source.description, "cam");
    assert_eq!(status.showing, Showing::Person);
    stop(pipeline);
}

#[test]
fn a_still_picture_is_drawn_again_when_the_look_changes() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Still);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("the picture", |state| state.written.len() == 1);
    world.set(|state| state.watched = true);
    world.delay(2 * WATCH_TICK, |_| false);
    let mut next = settings();
    next.mirror = true;
    pipeline.apply(next);
    world.wait("the mirrored picture", |state| state.written.len() == 2);
    let state = world.state();
    assert_eq!(state.drawn.last().map(|d| d.mirror), Some(true));
    assert_eq!(state.estimated.len(), 1, "not inferred again");
    drop(state);
    stop(pipeline);
}

#[test]
fn a_still_picture_waits_for_its_background() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Still);
    world.source("beach", SourceMode::HangsInOpen);
    let mut wanted = settings();
    wanted.background = BackgroundSpec::File("beach".into());
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    world.wait("the matte", |state| !state.estimated.is_empty());
    world.delay(WATCH_TICK, |_| false);
    assert_eq!(pipeline.status().showing, Showing::Slate);
    world.source("beach", SourceMode::Still);
    world.wait("the picture", |state| state.written.len() == 1);
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    let status = stop(pipeline);
    assert_eq!(status.figures.drops.before_compositing, 0);
}

#[test]
fn the_last_picture_of_a_clip_waits_for_its_background() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Clip(1));
    world.source("beach", SourceMode::HangsInOpen);
    let mut wanted = settings();
    wanted.background = BackgroundSpec::File("beach".into());
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    world.wait("the matte", |state| !state.estimated.is_empty());
    world.delay(STALE_AFTER, |_| false);
    assert_eq!(pipeline.status().source.state, StageState::Running);
    world.source("beach", SourceMode::Still);
    world.wait_status(&pipeline, "the end", |s| {
        s.source.state == StageState::Stopped
    });
    assert_eq!(world.people(), 1);
    stop(pipeline);
}

#[test]
fn a_clip_ends_although_its_background_cannot_be_read() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Clip(1));
    world.source("beach", SourceMode::Corrupt);
    let mut wanted = settings();
    wanted.background = BackgroundSpec::File("beach".into());
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    world.wait_status(&pipeline, "the end", |s| {
        s.source.state == StageState::Stopped
    });
    stop(pipeline);
}

#[test]
fn a_background_that_cannot_be_read_never_shows_the_room() {
    let (world, _release) = World::new();
    world.source("beach", SourceMode::Corrupt);
    let mut wanted = settings();
    wanted.background = BackgroundSpec::File("beach".into());
    let Some(pipeline) = world.start(wanted) else {
        return;
    };
    let status = world.wait_status(&pipeline, "the problem", |s| {
        !s.problems.is_empty() && s.matting == StageState::Running
    });
    assert_eq!(status.problems[0].source, ProblemSource::Background);
    assert_eq!(status.showing, Showing::Slate);
    assert_eq!(world.state().written.len(), 0);
    world.source("beach", SourceMode::Still);
    pipeline.retry_now();
    world.wait("the background", |state| !state.written.is_empty());
    assert!(world.state().drawn.iter().all(|d| d.backdrop == "picture"));
    // The first composite reaches a sink a moment before the status says so.
    world.wait_status(&pipeline, "the person and no problem", |s| {
        s.problems.is_empty() && s.showing == Showing::Person
    });
    stop(pipeline);
}
