//! Faults in every stage, in any order, at any moment.

#[expect(dead_code, reason = "not every test file uses all of it")]
mod common;

use std::time::{Duration, Instant};

use common::{
    DrawingMode, MattingMode, SinkMode, SourceMode, World, content_id, file, model, settings,
    source,
};
use proptest::prelude::*;
use scrim_pipeline::{BackgroundSpec, Rgb, Showing, StageState};

#[derive(Debug, Clone, Copy)]
enum Op {
    Source(&'static str, SourceMode),
    Model(&'static str, MattingMode),
    Drawing(DrawingMode),
    Sink(SinkMode),
    Watched(bool),
    UseSource(&'static str),
    UseModel(&'static str),
    UseBackground(&'static str),
    Mirror,
    OtherOutputs,
    Retry,
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let name = || prop_oneof![Just("cam"), Just("second")];
    let net = || prop_oneof![Just("net"), Just("other")];
    let source_mode = prop_oneof![
        3 => Just(SourceMode::Runs(3)),
        1 => Just(SourceMode::Silent),
        1 => Just(SourceMode::Still),
        1 => Just(SourceMode::Unplugged),
        1 => Just(SourceMode::Corrupt),
        1 => Just(SourceMode::HangsInOpen),
        1 => Just(SourceMode::HangsInRead),
    ];
    let matting_mode = prop_oneof![
        3 => Just(MattingMode::Works),
        1 => Just(MattingMode::Fails),
        1 => Just(MattingMode::FailsToLoad),
        1 => Just(MattingMode::HangsInLoad),
        1 => Just(MattingMode::HangsInRun),
    ];
    let drawing_mode = prop_oneof![
        2 => Just(DrawingMode::Works),
        1 => Just(DrawingMode::Lost),
        1 => Just(DrawingMode::Refuses),
    ];
    let sink_mode = prop_oneof![
        2 => Just(SinkMode::Works),
        1 => Just(SinkMode::Fails),
        1 => Just(SinkMode::Hangs),
    ];
    prop_oneof![
        3 => (name(), source_mode).prop_map(|(n, m)| Op::Source(n, m)),
        3 => (net(), matting_mode).prop_map(|(n, m)| Op::Model(n, m)),
        2 => drawing_mode.prop_map(Op::Drawing),
        1 => sink_mode.prop_map(Op::Sink),
        1 => any::<bool>().prop_map(Op::Watched),
        2 => name().prop_map(Op::UseSource),
        2 => net().prop_map(Op::UseModel),
        1 => prop_oneof![Just(""), Just("beach"), Just("missing")].prop_map(Op::UseBackground),
        1 => Just(Op::Mirror),
        1 => Just(Op::OtherOutputs),
        1 => Just(Op::Retry),
        5 => (1u64..60).prop_map(Op::Wait),
    ]
}

fn perform(world: &World, pipeline: &scrim_pipeline::Pipeline, ops: &[Op]) {
    let mut wanted = settings();
    for op in ops {
        match *op {
            Op::Source(name, mode) => world.source(name, mode),
            Op::Model(name, mode) => world.model(name, mode),
            Op::Drawing(mode) => world.set(|state| state.drawing = mode),
            Op::Sink(mode) => world.sink("out", mode),
            Op::Watched(watched) => world.set(|state| state.watched = watched),
            Op::UseSource(name) => wanted.source = source(name),
            Op::UseModel(name) => wanted.matting = model(name),
            Op::UseBackground("") => {
                wanted.background = BackgroundSpec::Color(Rgb(0, 0, 0));
            }
            Op::UseBackground(name) => wanted.background = BackgroundSpec::File(name.into()),
            Op::Mirror => wanted.mirror = !wanted.mirror,
            Op::OtherOutputs => {
                wanted.outputs = match wanted.outputs.len() {
                    1 => vec![file("more"), file("out")],
                    _ => vec![file("out")],
                };
            }
            Op::Retry => pipeline.retry_now(),
            Op::Wait(ms) => world.delay(Duration::from_millis(ms), |_| false),
        }
        pipeline.apply(wanted.clone());
    }
}

/// What must hold whatever happened.
fn check(world: &World, was_watched: bool) -> Result<(), TestCaseError> {
    let state = world.state();
    let estimated: Vec<_> = state.estimated.iter().map(|(_, id)| *id).collect();
    for drawn in &state.drawn {
        prop_assert!(estimated.contains(&drawn.id), "drawn without a matte");
    }
    for sink in ["out", "more"] {
        let of_it = state.written.iter().filter(|w| w.sink == sink);
        let ids: Vec<_> = of_it
            .clone()
            .filter_map(|w| content_id(w.content))
            .collect();
        // A hung sink that goes on at the end writes what it held; an output opened again begins anew.
        prop_assert!(
            ids.is_sorted(),
            "an older composite after a newer one: {ids:?}"
        );
        prop_assert!(ids.iter().all(|id| estimated.contains(id)));
        let slates = of_it.filter(|w| content_id(w.content).is_none()).count();
        prop_assert!(was_watched || slates == 0, "a slate in a file");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn nothing_but_sound_composites_comes_out_and_stopping_is_quick(
        ops in proptest::collection::vec(op(), 0..24),
    ) {
        let (world, _release) = World::new();
        world.source("missing", SourceMode::Corrupt);
        world.source("beach", SourceMode::Still);
        let Some(pipeline) = world.start(settings()) else { return Ok(()) };
        perform(&world, &pipeline, &ops);
        let start = Instant::now();
        let status = pipeline.stop();
        prop_assert!(start.elapsed() < Duration::from_secs(1));
        prop_assert_eq!(status.showing, Showing::Slate);
        check(&world, ops.iter().any(|op| matches!(op, Op::Watched(true))))?;
    }

    #[test]
    fn it_recovers_once_the_faults_are_gone(
        ops in proptest::collection::vec(op(), 0..16),
    ) {
        let (world, _release) = World::new();
        world.source("missing", SourceMode::Corrupt);
        world.source("beach", SourceMode::Still);
        let Some(pipeline) = world.start(settings()) else { return Ok(()) };
        perform(&world, &pipeline, &ops);
        world.set(|state| {
            state.drawing = DrawingMode::Works;
            state.sinks.clear();
            for name in ["cam", "second"] {
                state.sources.insert(name.into(), SourceMode::Runs(3));
            }
            for name in ["net", "other"] {
                state.models.insert(name.into(), MattingMode::Works);
            }
        });
        pipeline.apply(settings());
        pipeline.retry_now();
        world.wait_status(&pipeline, "everything", |s| {
            s.showing == Showing::Person
                && s.source.state == StageState::Running
                && s.matting == StageState::Running
                && s.compositor == StageState::Running
                && s.outputs.iter().all(|o| o.state == StageState::Running)
        });
        let written = world.state().written_count;
        world.wait("composites", |state| state.written_count > written);
        pipeline.stop();
        check(&world, true)?;
    }
}
