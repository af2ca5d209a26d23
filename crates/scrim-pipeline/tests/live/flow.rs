//! Frames on their way: order, drops, the end of a clip, and stopping whatever hangs.

use std::time::Duration;

use scrim_pipeline::{Showing, StageState};

use crate::common::{MattingMode, SinkMode, SourceMode, World, content_id, settings};
use crate::{is_failed, stop};

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
        let is_complete = world.state().finished == ["out"];
        assert_eq!(is_failed(&status.outputs[0].state), !is_complete, "{name}");
        assert!(!is_complete || name == "starting", "{name}");
        assert!(
            world
                .state()
                .written
                .iter()
                .all(|w| content_id(w.content).is_some())
        );
    }
}
