//! The live pipeline with parts that do what the test says.

mod common;

use std::time::{Duration, Instant};

use common::{
    DrawingMode, MattingMode, SinkMode, SourceMode, World, content_id, file, model, settings,
    source,
};
use scrim_pipeline::frame::{AlphaState, CompositeContent};
use scrim_pipeline::{
    BackgroundSpec, HOLD, Pipeline, ProblemSource, STALE_AFTER, Severity, Showing, StageState,
    Status,
};

const SECOND: Duration = Duration::from_secs(1);

fn stop(pipeline: Pipeline) -> Status {
    let start = Instant::now();
    let status = pipeline.stop();
    assert!(
        start.elapsed() < SECOND,
        "stopping took {:?}",
        start.elapsed()
    );
    status
}

fn is_failed(state: &StageState) -> bool {
    matches!(state, StageState::Failed(_))
}

#[test]
fn frames_go_through_in_order_each_with_its_own_matte() {
    let (world, _release) = World::new();
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    world.wait("composites", |state| state.written.len() >= 30);
    let status = world.wait_status(&pipeline, "rates", |s| s.figures.composite_rate > 0.0);
    assert_eq!(status.showing, Showing::Person);
    assert_eq!(status.source.state, StageState::Running);
    assert_eq!(status.matting, StageState::Running);
    assert_eq!(status.compositor, StageState::Running);
    assert_eq!(status.problems, []);
    assert!(status.figures.total.p50 > Duration::ZERO);
    let status = stop(pipeline);
    assert_eq!(status.source.state, StageState::Stopped);
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    let state = world.state();
    let written: Vec<_> = state
        .written
        .iter()
        .map(|w| content_id(w.content).unwrap())
        .collect();
    assert!(
        written.is_sorted_by(|a, b| a < b),
        "ids increase: {written:?}"
    );
    let estimated: Vec<_> = state.estimated.iter().map(|(_, id)| *id).collect();
    assert!(
        estimated.is_sorted_by(|a, b| a < b),
        "none is inferred twice"
    );
    assert!(written.iter().all(|id| estimated.contains(id)));
    assert_eq!(status.outputs[0].written as usize, written.len());
    assert_eq!(state.finished, ["out"], "the file is complete");
    assert_eq!(status.figures.drops.at_source, 0, "pools are large enough");
}

#[test]
fn slow_inference_drops_frames_and_counts_them() {
    let (world, _release) = World::new();
    world.model("net", MattingMode::ByPermit);
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    for n in 1..=3 {
        let status = world.wait_status(&pipeline, "drops", |s| {
            s.figures.drops.before_matting >= 5 * n
        });
        assert_eq!(status.figures.drops.before_compositing, 0);
        world.set(|state| state.permits = 1);
        world.wait("an estimate", |state| state.written.len() as u64 >= n);
    }
    stop(pipeline);
}

#[test]
fn a_clip_ends_after_its_last_picture_has_been_written() {
    let (world, _release) = World::new();
    world.source("cam", SourceMode::Clip(50));
    let Some(pipeline) = world.start(settings()) else {
        return;
    };
    let status = world.wait_status(&pipeline, "the end", |s| {
        s.source.state == StageState::Stopped
    });
    {
        let state = world.state();
        let last = state.written.last().expect("something was written");
        let newest = state.estimated.iter().map(|(_, id)| *id).max();
        assert_eq!(content_id(last.content), newest);
        let drops = status.figures.drops;
        let gone = drops.before_matting + drops.before_compositing + drops.before_output;
        assert_eq!(status.outputs[0].written + gone, 50);
    }
    stop(pipeline);
}

#[test]
fn stopping_takes_under_a_second_whatever_hangs() {
    type Setup = fn(&World);
    let setups: [(&str, Setup); 7] = [
        ("starting", |_| {}),
        ("silent", |w| w.source("cam", SourceMode::Silent)),
        ("hangs in open", |w| {
            w.source("cam", SourceMode::HangsInOpen);
        }),
        ("hangs in read", |w| {
            w.source("cam", SourceMode::HangsInRead);
        }),
        ("load hangs", |w| w.model("net", MattingMode::HangsInLoad)),
        ("run hangs", |w| w.model("net", MattingMode::HangsInRun)),
        ("sink hangs", |w| w.sink("out", SinkMode::Hangs)),
    ];
    for (name, setup) in setups {
        let (world, _release) = World::new();
        setup(&world);
        let Some(pipeline) = world.start(settings()) else {
            return;
        };
        match name {
            "starting" => {}
            "sink hangs" => world.wait("drawing", |s| s.drawn.len() > 3),
            "load hangs" => world.wait("loading", |s| s.loads > 0),
            "run hangs" => {
                drop(world.wait_status(&pipeline, "drops", |s| s.figures.drops.before_matting > 0));
            }
            _ => world.wait("opening", |s| !s.opened.is_empty()),
        }
        let status = stop(pipeline);
        assert_eq!(
            is_failed(&status.outputs[0].state),
            name == "sink hangs",
            "{name}"
        );
        assert!(
            world
                .state()
                .written
                .iter()
                .all(|w| content_id(w.content).is_some())
        );
    }
}

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
        let slates = |w: &&common::Written| w.content == CompositeContent::Slate;
        state.written.iter().rev().take_while(slates).count() >= 3
    });
    world.model("net", MattingMode::Works);
    pipeline.retry_now();
    let status = world.wait_status(&pipeline, "a person", |s| s.showing == Showing::Person);
    assert_eq!(status.problems, []);
    stop(pipeline);
}

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
        if content_id(pair[1].content).is_none() {
            assert!(pair[1].at - pair[0].at <= HOLD, "a slate for longer");
        }
    }
    assert!(gap < STALE_AFTER, "nothing for {gap:?}");
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
    let status = world.wait_status(&pipeline, "no problem", |s| s.problems.is_empty());
    assert_eq!(status.showing, Showing::Person);
    stop(pipeline);
}

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
    pipeline.replace_gpu(common::gpu().unwrap());
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
