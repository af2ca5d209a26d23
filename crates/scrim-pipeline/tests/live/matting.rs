//! Models: loaded, changed, hung, failing.

use scrim_pipeline::frame::CompositeContent;
use scrim_pipeline::{ProblemSource, Severity, Showing, StageState};

use crate::common::{MattingMode, SourceMode, World, Written, model, settings};
use crate::{is_failed, stop};

#[test]
fn a_model_that_cannot_be_loaded_leaves_the_old_one_running() {
    let (world, _release) = World::new();
    world.model("bad", MattingMode::FailsToLoad);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| !state.written.is_empty());
    let mut next = settings();
    next.matting = model("bad");
    pipeline.apply(next);
    let status = world.wait_status(&pipeline, "the problem", |s| !s.problems.is_empty());
    assert_eq!(status.problems[0].source, ProblemSource::Matting);
    assert_eq!(status.problems[0].severity, Severity::Warning);
    assert!(matches!(status.matting, StageState::Degraded(_)));
    assert_eq!(
        status.loaded.as_ref().map(|l| l.model.as_str()),
        Some("net")
    );
    assert_eq!(status.showing, Showing::Person);
    let written = world.state().written.len();
    world.wait("more composites", |state| state.written.len() > written + 3);
    pipeline.apply(settings());
    world.wait_status(&pipeline, "the old choice", |s| {
        s.problems.is_empty() && s.matting == StageState::Running
    });
    stop(pipeline);
}

#[test]
fn the_old_model_works_until_the_new_one_is_warm_and_the_last_choice_wins() {
    let (world, _release) = World::new();
    world.model("slow", MattingMode::HangsInLoad);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| !state.written.is_empty());
    let mut next = settings();
    next.matting = model("slow");
    pipeline.apply(next.clone());
    let status = world.wait_status(&pipeline, "loading", |s| s.loading);
    assert_eq!(
        status.loaded.as_ref().map(|l| l.model.as_str()),
        Some("net")
    );
    let written = world.state().written.len();
    world.wait("the old one", |state| state.written.len() > written + 3);
    next.matting = model("other");
    pipeline.apply(next);
    world.wait("the new one", |state| {
        state
            .estimated
            .last()
            .is_some_and(|(name, _)| name.ends_with("other"))
    });
    world.model("slow", MattingMode::Works);
    let written = world.state().written.len();
    world.wait("more", |state| state.written.len() > written + 3);
    assert!(
        world
            .state()
            .estimated
            .iter()
            .all(|(name, _)| !name.ends_with("slow"))
    );
    stop(pipeline);
}

#[test]
fn a_hung_session_is_replaced_by_another() {
    let (world, _release) = World::new();
    world.model("net", MattingMode::HangsInRun);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "drops", |s| s.figures.drops.before_matting > 0);
    let mut next = settings();
    next.matting = model("other");
    pipeline.apply(next);
    world.wait("the new one", |state| !state.written.is_empty());
    stop(pipeline);
}

#[test]
fn a_still_picture_is_given_to_the_next_session() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Still);
    world.model("net", MattingMode::Fails);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "failure", |s| is_failed(&s.matting));
    let loads = world.state().loads;
    world.model("net", MattingMode::HangsInRun);
    pipeline.retry_now();
    world.wait("another load", |state| state.loads > loads);
    let mut next = settings();
    next.matting = model("other");
    pipeline.apply(next);
    world.wait_status(&pipeline, "the other", |s| {
        s.loaded.as_ref().map(|l| l.model.as_str()) == Some("other")
    });
    world.model("net", MattingMode::Works);
    world.wait("the picture", |state| !state.written.is_empty());
    stop(pipeline);
}

#[test]
fn failing_inference_shuts_the_gate_and_comes_back() {
    let (world, _release) = World::new();
    world.set(|state| state.watched = true);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.model("net", MattingMode::Fails);
    world.wait_status(&pipeline, "the slate", |s| {
        s.showing == Showing::Slate && is_failed(&s.matting)
    });
    world.wait("the slate, repeated", |state| {
        let slates = |w: &&Written| w.content == CompositeContent::Slate;
        state.written.iter().rev().take_while(slates).count() >= 3
    });
    world.model("net", MattingMode::Works);
    pipeline.retry_now();
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.problems, []);
    stop(pipeline);
}

#[test]
fn a_session_that_hangs_is_named_and_forgotten_when_it_comes_back() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    world.model("net", MattingMode::HangsInRun);
    let status = world.wait_status(&pipeline, "the stall", |s| {
        s.showing == Showing::Slate && !s.problems.is_empty()
    });
    assert!(
        matches!(status.matting, StageState::Degraded(_)),
        "{status:?}"
    );
    assert_eq!(status.problems[0].source, ProblemSource::Matting);
    world.model("net", MattingMode::Works);
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.problems, []);
    assert_eq!(status.matting, StageState::Running);
    stop(pipeline);
}
