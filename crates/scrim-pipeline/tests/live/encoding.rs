//! Which layout outputs are given.

use scrim_pipeline::Settings;
use scrim_pipeline::frame::{CompositeContent, PixelFormat};
use scrim_pipeline::output::{OutputSpec, V4l2Request};

use crate::common::{DrawingMode, Release, SourceMode, World, Written, file, settings};
use crate::stop;

/// A virtual camera of YUYV, which somebody watches.
fn world() -> (std::sync::Arc<World>, Release) {
    let (world, release) = World::new();
    world.set(|state| {
        state.devices.push("v4l2".into());
        state.yuyv.push("v4l2".into());
        state.watched = true;
    });
    (world, release)
}

fn call() -> Settings {
    Settings {
        outputs: vec![OutputSpec::V4l2(V4l2Request::default())],
        ..settings()
    }
}

fn with_recording() -> Settings {
    let mut both = call();
    both.outputs.push(file("out"));
    both
}

fn is_person(written: &Written) -> bool {
    matches!(written.content, CompositeContent::Person(_))
}

/// Waits until this sink was given another person, and says in which layout.
fn next_person(world: &World, sink: &str) -> PixelFormat {
    let before = world.state().written.len();
    let is_it = |written: &&Written| written.sink == sink && is_person(written);
    world.wait("a person", |s| {
        s.written[before..].iter().any(|w| is_it(&w))
    });
    let state = world.state();
    let last = state.written.iter().rfind(is_it);
    last.map_or(PixelFormat::Bgra8, |written| written.format)
}

fn wait_format(world: &World, sink: &str, is_yuv: bool) {
    for _ in 0..100 {
        if next_person(world, sink).yuv_encoding().is_some() == is_yuv {
            return;
        }
    }
    panic!("{sink} was never given the layout");
}

#[test]
fn a_virtual_camera_alone_is_given_its_own_layout_and_with_a_recording_rgba() {
    let (world, _release) = world();
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    wait_format(&world, "v4l2", true);
    pipeline.apply(with_recording());
    wait_format(&world, "v4l2", false);
    assert_eq!(next_person(&world, "out"), PixelFormat::Rgba8);
    pipeline.apply(call());
    wait_format(&world, "v4l2", true);
    let slates = {
        let state = world.state();
        let first = state.written.iter().position(is_person);
        let since = state.written.iter().skip(first.unwrap_or_default());
        since.filter(|w| w.sink == "v4l2" && !is_person(w)).count()
    };
    assert_eq!(slates, 0, "the camera shows the person throughout");
    stop(pipeline);
}

#[test]
fn a_still_picture_is_laid_out_anew_for_who_joins() {
    let (world, _release) = world();
    world.source("cam", SourceMode::Still);
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    wait_format(&world, "v4l2", true);
    pipeline.apply(with_recording());
    world.wait("the picture in the recording", |state| {
        state
            .written
            .iter()
            .any(|w| w.sink == "out" && is_person(w))
    });
    stop(pipeline);
}

#[test]
fn what_is_drawn_by_the_cpu_is_laid_out_by_the_sinks() {
    let (world, _release) = world();
    world.set(|state| state.drawing = DrawingMode::WorksOnTheCpu);
    let Some(pipeline) = world.start(call()) else {
        return;
    };
    for _ in 0..5 {
        assert_eq!(next_person(&world, "v4l2"), PixelFormat::Rgba8);
    }
    stop(pipeline);
}
