//! Conversion with parts that do what the test says.

#[expect(dead_code, reason = "not every test file uses all of it")]
mod common;

use std::ops::ControlFlow;
use std::sync::Arc;

use common::{MattingMode, SinkMode, SourceMode, World, content_id, file, model, source};
use scrim_compositor::GpuError;
use scrim_pipeline::output::VideoCodec;
use scrim_pipeline::{
    BackgroundSpec, ConvertJob, ConvertReport, Deliver, Fit, OutputSpec, Problem, ProblemSource,
    Progress, Rgb, Severity, Upsampling, convert,
};

fn job() -> ConvertJob {
    ConvertJob {
        source: source("clip"),
        matting: model("net"),
        background: BackgroundSpec::Color(Rgb(1, 2, 3)),
        fit: Fit::Fill,
        mirror: false,
        upsampling: Upsampling::Guided,
        deliver: Deliver::Composite,
        outputs: vec![file("a"), file("b")],
        max_frames: None,
    }
}

/// Converts on the shared device; `None` on a machine without one.
fn run(
    world: &Arc<World>,
    job: &ConvertJob,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Option<Result<ConvertReport, Problem>> {
    let gpu = common::gpu()?;
    Some(convert(job, &world.parts(), || Ok(gpu), &mut progress))
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn every_picture_is_written_to_every_output_in_order() {
    let (world, _release) = World::new();
    world.source("clip", SourceMode::Clip(40));
    let mut told = vec![];
    let result = run(&world, &job(), |p| {
        told.push((p.done, p.total));
        go_on(p)
    });
    let Some(result) = result else { return };
    let report = result.unwrap();
    assert_eq!((report.frames_read, report.frames_written), (40, 40));
    assert_eq!(report.loaded.model, "net");
    let expected: Vec<_> = (1..=40).map(|done| (done, Some(40))).collect();
    assert_eq!(told, expected);
    let state = world.state();
    for name in ["a", "b"] {
        let of_it = state.written.iter().filter(|w| w.sink == name);
        let ids: Vec<_> = of_it.map(|w| content_id(w.content).unwrap()).collect();
        let estimated: Vec<_> = state.estimated.iter().map(|(_, id)| *id).collect();
        assert_eq!(ids, estimated, "{name}");
    }
    assert_eq!(state.finished, ["a", "b"]);
}

#[test]
fn it_stops_after_so_many_frames() {
    let (world, _release) = World::new();
    let job = ConvertJob {
        max_frames: Some(7),
        ..job()
    };
    let Some(result) = run(&world, &job, go_on) else {
        return;
    };
    let report = result.unwrap();
    assert_eq!((report.frames_read, report.frames_written), (7, 7));
}

#[test]
fn breaking_off_leaves_no_file() {
    let (world, _release) = World::new();
    let result = run(&world, &job(), |p| {
        if p.done == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let Some(result) = result else { return };
    assert_eq!(result.unwrap_err().severity, Severity::Notice);
    let state = world.state();
    assert_eq!(state.finished, [""; 0]);
    assert_eq!(state.discarded, ["a", "b"]);
}

#[test]
fn a_failure_anywhere_stops_all_and_leaves_no_file() {
    type Setup = fn(&World);
    let cases: [(ProblemSource, Setup); 7] = [
        (ProblemSource::Source, |w| {
            w.source("clip", SourceMode::Corrupt);
        }),
        (ProblemSource::Source, |w| {
            w.source("clip", SourceMode::Clip(0));
        }),
        (ProblemSource::Matting, |w| {
            w.model("net", MattingMode::FailsToLoad);
        }),
        (ProblemSource::Matting, |w| {
            w.model("net", MattingMode::Fails);
        }),
        (ProblemSource::Output(1), |w| w.sink("b", SinkMode::Fails)),
        (ProblemSource::Output(0), |w| {
            w.sink("a", SinkMode::FailsToOpen);
        }),
        (ProblemSource::Compositor, |w| {
            w.set(|state| state.drawing = common::DrawingMode::Refuses);
        }),
    ];
    for (source, setup) in cases {
        let (world, _release) = World::new();
        world.source("clip", SourceMode::Clip(10));
        setup(&world);
        let Some(result) = run(&world, &job(), go_on) else {
            return;
        };
        assert_eq!(result.unwrap_err().source, source);
        assert_eq!(world.state().finished, [""; 0]);
    }
}

#[test]
fn a_source_that_fails_midway_leaves_no_file() {
    let (world, _release) = World::new();
    let result = run(&world, &job(), |p| {
        if p.done == 3 {
            world.source("clip", SourceMode::Corrupt);
        }
        go_on(p)
    });
    let Some(result) = result else { return };
    assert_eq!(result.unwrap_err().source, ProblemSource::Source);
    let state = world.state();
    assert_eq!(state.finished, [""; 0]);
    assert_eq!(state.discarded, ["a", "b"]);
}

#[test]
fn no_graphics_device_is_a_problem_of_the_compositor() {
    let (world, _release) = World::new();
    let none = || {
        Err(GpuError::NoAdapter {
            reason: "none".into(),
        })
    };
    let problem = convert(&job(), &world.parts(), none, &mut go_on).unwrap_err();
    assert_eq!(problem.source, ProblemSource::Compositor);
}

#[test]
fn a_background_that_cannot_be_read_is_told_before_anything_is_written() {
    let (world, _release) = World::new();
    world.source("beach", SourceMode::Corrupt);
    let job = ConvertJob {
        background: BackgroundSpec::File("beach".into()),
        ..job()
    };
    let Some(result) = run(&world, &job, go_on) else {
        return;
    };
    assert_eq!(result.unwrap_err().source, ProblemSource::Background);
    let state = world.state();
    assert!(state.drawn.is_empty() && state.discarded.is_empty());
}

#[test]
fn transparency_needs_an_output_that_carries_alpha() {
    let (world, _release) = World::new();
    let job = ConvertJob {
        background: BackgroundSpec::Transparent,
        outputs: vec![
            file("a"),
            OutputSpec::Video {
                path: "b.mp4".into(),
                codec: VideoCodec::H264,
            },
        ],
        ..job()
    };
    let problem = convert(&job, &world.parts(), || panic!("too early"), &mut go_on).unwrap_err();
    assert_eq!(problem.source, ProblemSource::Output(1));
    assert!(problem.why.contains("ProRes 4444"), "{problem}");
    let none = ConvertJob {
        outputs: vec![],
        ..job
    };
    assert!(convert(&none, &world.parts(), || panic!("too early"), &mut go_on).is_err());
}
