//! The real source, compositor and sinks; only the matte is made up (nobody is there), so that what must come out is
//! known: the background and nothing of the room.

#[expect(dead_code, reason = "not every test file uses all of it")]
mod common;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{World, model};
use scrim_compositor::{Deliver, Fit, PreviewView, Rgb, Upsampling};
use scrim_frame::{Composite, PixelFormat, Size};
use scrim_output::{SinkError, VideoSink};
use scrim_pipeline::{
    BackgroundSpec, ConvertJob, OutputSpec, Parts, Settings, SourceSpec, StageState, convert,
};

const GREEN: Rgb = Rgb(0, 177, 64);

/// Odd sides, and rows that are no multiple of 256 bytes.
fn pattern() -> SourceSpec {
    SourceSpec::Pattern {
        size: Size::new(161, 91).expect("not empty"),
        rate: 60.0,
    }
}

fn settings(outputs: Vec<OutputSpec>) -> Settings {
    Settings {
        source: pattern(),
        matting: model("net"),
        background: BackgroundSpec::Color(GREEN),
        fit: Fit::Fill,
        mirror: true,
        upsampling: Upsampling::Bilinear,
        deliver: Deliver::Composite,
        view: PreviewView::Composite,
        outputs,
        keep_camera_on: false,
        controls: scrim_pipeline::ControlValues::new(),
    }
}

/// Everything real but the matting.
fn parts(world: &Arc<World>) -> Parts {
    Parts {
        load_matting: world.parts().load_matting,
        ..Parts::default()
    }
}

/// Remembers whether any pixel was not the background's.
struct Checking {
    world: Arc<World>,
    wrong: Arc<Mutex<Option<[u8; 4]>>>,
}

impl VideoSink for Checking {
    fn description(&self) -> &'static str {
        "checking"
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        &[PixelFormat::Rgba8]
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        let plane = composite.plane(0);
        let width = composite.size().width() as usize;
        for pixel in plane.rows(width * 4).flat_map(|row| row.chunks_exact(4)) {
            let near = |at: usize, value: u8| pixel[at].abs_diff(value) <= 1;
            if !(near(0, GREEN.0) && near(1, GREEN.1) && near(2, GREEN.2)) {
                let wrong = [pixel[0], pixel[1], pixel[2], pixel[3]];
                *self.wrong.lock().expect("not poisoned") = Some(wrong);
            }
        }
        self.world.set(|state| state.written_count += 1);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        Ok(())
    }
}

#[test]
fn where_nobody_is_only_the_background_comes_out() {
    let (world, _release) = World::new();
    let Some(gpu) = common::gpu() else { return };
    let wrong = Arc::new(Mutex::new(None));
    let (for_sink, wrong_of_sink) = (Arc::clone(&world), Arc::clone(&wrong));
    let parts = Parts {
        open_sink: Arc::new(move |_, _| {
            Ok(Box::new(Checking {
                world: Arc::clone(&for_sink),
                wrong: Arc::clone(&wrong_of_sink),
            }))
        }),
        ..parts(&world)
    };
    let told = Arc::clone(&world);
    let options = scrim_pipeline::PipelineOptions {
        gpu,
        parts,
        preview: true,
        on_change: Arc::new(move || told.set(|_| {})),
    };
    let pipeline =
        scrim_pipeline::Pipeline::start(settings(vec![OutputSpec::Null]), options).unwrap();
    world.wait("composites", |state| state.written_count > 20);
    assert_eq!(pipeline.status().problems, []);
    assert_eq!(pipeline.preview().unwrap().size.width(), 161);
    pipeline.stop();
    assert_eq!(*wrong.lock().unwrap(), None);
}

#[test]
fn a_live_recording_is_complete_after_the_stop() {
    let (world, _release) = World::new();
    let Some(gpu) = common::gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::clone(&world);
    let options = scrim_pipeline::PipelineOptions {
        gpu,
        parts: parts(&world),
        preview: false,
        on_change: Arc::new(move || told.set(|_| {})),
    };
    let output = OutputSpec::PictureSequence(folder.path().join("frame####.png"));
    let pipeline = scrim_pipeline::Pipeline::start(settings(vec![output]), options).unwrap();
    world.wait_status(&pipeline, "pictures", |s| s.outputs[0].written >= 3);
    let status = pipeline.stop_within(Duration::from_secs(20));
    assert_eq!(status.outputs[0].state, StageState::Stopped);
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files as u64, status.outputs[0].written);
}

#[test]
fn a_conversion_writes_every_picture() {
    let (world, _release) = World::new();
    let Some(gpu) = common::gpu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let job = ConvertJob {
        source: pattern(),
        matting: model("net"),
        background: BackgroundSpec::Transparent,
        fit: Fit::Fill,
        mirror: false,
        upsampling: Upsampling::Guided,
        deliver: Deliver::Composite,
        outputs: vec![OutputSpec::PictureSequence(
            folder.path().join("frame####.png"),
        )],
        max_frames: Some(5),
    };
    let report = convert(&job, &parts(&world), || Ok(gpu), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((report.frames_read, report.frames_written), (5, 5));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}
