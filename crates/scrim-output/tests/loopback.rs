//! A real v4l2loopback device as the output: the one that `TEST_LOOPBACK` names, since others may be showing somebody's
//! camera. Without that variable this is skipped, and says so; with it, the device must be there and be nobody's.
//!
//! `sudo modprobe v4l2loopback exclusive_caps=1 video_nr=10`, then `TEST_LOOPBACK=/dev/video10 cargo test --workspace
//! --test loopback`.

#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use scrim_frame::{AlphaState, Composite, Size};
use scrim_output::{
    OutputSpec, SinkError, SinkFormat, Timing, V4l2Error, V4l2Request, VideoSink, open, v4l2_report,
};
use support::{Kind, one};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
/// Bytes of a picture in YUYV.
const PICTURE: usize = (WIDTH * HEIGHT * 2) as usize;

fn device() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("TEST_LOOPBACK").map(PathBuf::from) else {
        eprintln!("SKIPPED: TEST_LOOPBACK names no device of v4l2loopback to write to");
        return None;
    };
    let report = v4l2_report().expect("the module is loaded");
    let named = report.devices.iter().find(|device| device.path == path);
    let named = named.unwrap_or_else(|| panic!("it is among {:?}", report.devices));
    assert_eq!(named.problem, None);
    Some(path)
}

fn start(path: &Path) -> Result<Box<dyn VideoSink>, SinkError> {
    let spec = OutputSpec::V4l2(V4l2Request {
        device: Some(path.into()),
        ..V4l2Request::default()
    });
    let format = SinkFormat {
        size: Size::new(WIDTH, HEIGHT).expect("it is a size"),
        timing: Timing::Live(Duration::from_millis(40)),
        alpha: AlphaState::Opaque,
    };
    open(&spec, format)
}

fn grey(width: u32, height: u32, level: u8) -> Composite {
    one(Kind::new(width, height), |_, _| [level, level, level, 255])
}

/// Until it is so, writing pictures; whether it was within ten seconds.
fn becomes_watched(sink: &mut dyn VideoSink, wanted: bool) -> bool {
    let picture = grey(WIDTH, HEIGHT, 0);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if sink.is_watched() == wanted {
            return true;
        }
        sink.write(&picture).expect("the device takes pictures");
    }
    false
}

// One test: it is one device.
#[test]
fn a_device_lives_through_everything() {
    let Some(path) = device() else {
        return;
    };
    // Started and stopped, again and again.
    for cycle in 0..50 {
        let mut sink = start(&path).unwrap_or_else(|e| panic!("cycle {cycle}: {e}"));
        assert_eq!(sink.fixed_size(), Size::new(WIDTH, HEIGHT).ok());
        if cycle % 3 > 0 {
            sink.write(&grey(WIDTH, HEIGHT, 255)).unwrap();
        }
        if cycle % 2 == 0 {
            sink.finish().unwrap();
        }
    }

    // Nobody else can have it meanwhile, and who has it is named.
    let mut sink = start(&path).unwrap();
    sink.write(&grey(WIDTH, HEIGHT, 0)).unwrap();
    match start(&path).map(|_| ()) {
        Err(SinkError::V4l2(V4l2Error::Busy { holders, .. })) => {
            assert!(
                holders.iter().any(|h| h.pid == std::process::id()),
                "{holders:?}"
            );
        }
        other => panic!("a second writer was given {other:?}"),
    }

    // A reader comes, is noticed, sees the picture, and goes.
    assert!(!sink.is_watched());
    let mut reader = File::open(&path).unwrap();
    let mut seen = vec![0; PICTURE];
    sink.write(&grey(WIDTH, HEIGHT, 255)).unwrap();
    let taken = reader.read(&mut seen).unwrap();
    assert_eq!(taken, PICTURE);
    assert!(
        becomes_watched(&mut *sink, true),
        "the reader was not noticed"
    );
    // Pictures of another size are fitted into the one that it has.
    for _ in 0..8 {
        sink.write(&grey(64, 64, 255)).unwrap();
    }
    while reader.read(&mut seen).unwrap() == PICTURE && seen[0] != 16 {}
    let row = &seen[90 * WIDTH as usize * 2..][..WIDTH as usize * 2];
    assert_eq!(
        (row[0], row[320], row[638]),
        (16, 235, 16),
        "bars and picture"
    );

    // The writer goes while somebody reads, and comes back with another size: what the device keeps is taken over.
    drop(sink);
    let spec = format!("v4l2:{}?format=nv12&size=640x480", path.display());
    let format = SinkFormat {
        size: Size::new(640, 480).unwrap(),
        timing: Timing::Live(Duration::from_millis(40)),
        alpha: AlphaState::Opaque,
    };
    let mut again = open(&spec.parse().unwrap(), format).unwrap();
    eprintln!("kept under a reader: {:?}", again.fixed_size());
    for _ in 0..4 {
        again.write(&grey(640, 480, 128)).unwrap();
    }
    drop(reader);
    assert!(
        becomes_watched(&mut *again, false),
        "the reader is still counted"
    );
    drop(again);

    // And as before.
    let mut sink = start(&path).unwrap();
    assert_eq!(sink.fixed_size(), Size::new(WIDTH, HEIGHT).ok());
    sink.write(&grey(WIDTH, HEIGHT, 0)).unwrap();
}
