//! Video files through the system's ffmpeg: every frame, at its time, in its colours.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{SOON, all_of, counting, make, next, spec};
use scrim_capture::{Delivery, Pace, Playback, open};
use scrim_frame::{Frame, PixelFormat, YuvEncoding};
use tempfile::TempDir;

fn number(frame: &Frame) -> u32 {
    (u32::from(frame.plane(0).bytes[0]) - 20) / 3
}

#[test]
fn every_frame_comes_once_in_order_and_then_the_end() {
    let dir = TempDir::new().unwrap();
    let path = counting(&dir, "count.mkv", "64x48", 30, 40);
    let mut source = open(&all_of(&path), 2).unwrap();
    assert_eq!(source.expected_frames(), Some(40));
    assert_eq!(
        source.format().pixels,
        PixelFormat::I420(YuvEncoding::BT601_LIMITED)
    );
    let mut last = None;
    for expected in 0..40 {
        let frame = next(&mut *source).unwrap();
        assert_eq!(number(&frame), expected);
        assert!(Some(frame.id()) > last);
        last = Some(frame.id());
    }
    assert!(next(&mut *source).is_none());
    assert!(next(&mut *source).is_none());
}

#[test]
fn a_loop_starts_again_without_a_gap_or_a_double() {
    let dir = TempDir::new().unwrap();
    for name in ["loop.mkv", "loop.avi", "loop.nut"] {
        let path = counting(&dir, name, "64x48", 30, 10);
        let mut source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 2).unwrap();
        assert_eq!(source.expected_frames(), None);
        for index in 0..35 {
            let frame = next(&mut *source).unwrap();
            assert_eq!(number(&frame), index % 10, "{name} frame {index}");
        }
    }
}

#[test]
fn a_real_time_clip_keeps_its_pace() {
    let dir = TempDir::new().unwrap();
    let path = counting(&dir, "pace.mkv", "64x48", 20, 60);
    let mut source = open(&spec(&path, Playback::Once, Pace::RealTime), 2).unwrap();
    let first = next(&mut *source).unwrap();
    let start = Instant::now();
    assert_eq!(number(&first), 0);
    drop(first);
    let (mut last, mut shown) = (0, 1);
    while last < 10 {
        let index = number(&next(&mut *source).unwrap());
        shown += 1;
        // Never early and never the same again; on a busy machine some are skipped, and counted.
        assert!(index > last);
        assert_eq!(shown + source.skipped(), u64::from(index) + 1);
        let due = Duration::from_millis(50 * u64::from(index));
        assert!(
            start.elapsed() + Duration::from_millis(5) >= due,
            "{index} after {:?}",
            start.elapsed()
        );
        last = index;
    }
}

#[test]
fn a_call_ends_at_its_deadline_where_the_next_frame_is_not_due() {
    let dir = TempDir::new().unwrap();
    let source = "color=gray:s=64x48:r=1/10,format=yuv420p";
    let path = make(
        &dir,
        "slow.mkv",
        &[source, "-frames:v", "3", "-c:v", "ffv1"],
    );
    let mut source = open(&spec(&path, Playback::Once, Pace::RealTime), 2).unwrap();
    let interval = Duration::from_secs(10);
    assert_eq!(source.format().interval, Some(interval));
    let before = Instant::now();
    assert!(next(&mut *source).is_some());
    match source.next_frame(Duration::from_millis(1)).unwrap() {
        Delivery::Nothing => {}
        other => assert!(before.elapsed() >= interval, "{other:?}"),
    }
}

#[test]
fn a_late_consumer_gets_a_newer_frame_and_those_before_it_are_counted() {
    let dir = TempDir::new().unwrap();
    let path = counting(&dir, "late.mkv", "64x48", 20, 60);
    let mut source = open(&spec(&path, Playback::Loop, Pace::RealTime), 2).unwrap();
    let (_keep, never) = std::sync::mpsc::sync_channel::<()>(0);
    let start = Instant::now();
    let mut shown = 0;
    // The consumer is busy for four intervals each time; how many frames are decoded by then is up to the machine.
    while source.skipped() == 0 {
        assert!(start.elapsed() < SOON, "nothing was skipped");
        let frame = next(&mut *source).unwrap();
        shown += 1;
        let index = (shown + source.skipped() - 1) % 60;
        assert_eq!(u64::from(number(&frame)), index);
        let _ = never.recv_timeout(Duration::from_millis(200));
    }
}

#[test]
fn odd_sides_and_other_pixel_formats_have_the_right_planes() {
    let dir = TempDir::new().unwrap();
    // `color` itself rounds odd sides to even ones, and ffmpeg turns RGB to 4:2:0 wrongly in the last odd corner.
    let bars = "color=c=0x804020:s=64x64:r=5,format=rgb24,crop=53:31:0:0:exact=1,format=yuv444p";
    for (name, pixels, codec) in [
        ("a.mkv", "yuv420p", "ffv1"),
        ("b.mkv", "yuv444p", "ffv1"),
        ("c.mkv", "yuv422p10le", "ffv1"),
        ("d.avi", "nv12", "rawvideo"),
    ] {
        let path = make(
            &dir,
            name,
            &[bars, "-frames:v", "3", "-pix_fmt", pixels, "-c:v", codec],
        );
        let mut source = open(&all_of(&path), 1).unwrap();
        let frame = next(&mut *source).unwrap();
        assert_eq!(
            (frame.size().width(), frame.size().height()),
            (53, 31),
            "{name}"
        );
        // 0x804020 by BT.601: Y' is 79.5 of 255, so Y = 16 + 79.5 × 219 / 255; U and V in the same way.
        for (plane, value, bytes) in [(0, 84u8, 53 * 31), (1, 104, 27 * 16), (2, 158, 27 * 16)] {
            let plane = frame.plane(plane).bytes;
            assert_eq!(plane.len(), bytes, "{name}");
            let worst = plane.iter().map(|p| p.abs_diff(value)).max();
            assert!(worst <= Some(4), "{name}: {:?} for {value}", &plane[..4]);
        }
        drop(frame);
        assert_eq!(
            (0..2).filter_map(|_| next(&mut *source)).count(),
            2,
            "{name}"
        );
        assert!(next(&mut *source).is_none(), "{name}");
    }
}

#[test]
fn a_full_range_clip_keeps_its_codes() {
    let dir = TempDir::new().unwrap();
    // Codes 0 to 255 from left to right: a conversion of range would squeeze or clip them.
    let luma = "color=gray:s=256x16:r=5,format=yuvj420p,geq=lum=X:cb=128:cr=128";
    let grey =
        "color=gray:s=256x16:r=5,format=gbrp,geq=r=X:g=X:b=X,scale=out_range=pc,format=yuvj420p";
    for (name, codec, ramp) in [("full.mkv", "ffv1", luma), ("full.avi", "mjpeg", grey)] {
        let options = [ramp, "-frames:v", "1", "-c:v", codec, "-q:v", "1"];
        let path = make(
            &dir,
            name,
            &[&options[..], &["-color_range", "pc"]].concat(),
        );
        let mut source = open(&all_of(&path), 1).unwrap();
        assert_eq!(
            source.format().pixels,
            PixelFormat::I420(YuvEncoding::BT601_FULL),
            "{name}"
        );
        let frame = next(&mut *source).unwrap();
        for (code, &shown) in frame.plane(0).bytes[..256].iter().enumerate() {
            assert!(
                shown.abs_diff(code as u8) <= 4,
                "{name}: {code} became {shown}"
            );
        }
    }
}

#[test]
fn alpha_and_rgb_become_rgba() {
    let dir = TempDir::new().unwrap();
    let colour = "color=c=0x804020@0.5:s=16x8:r=5,format=rgba";
    let path = make(
        &dir,
        "rgba.mkv",
        &[colour, "-frames:v", "1", "-c:v", "ffv1"],
    );
    let frame = next(&mut *open(&all_of(&path), 1).unwrap()).unwrap();
    let pixel: [u8; 4] = frame.plane(0).bytes[..4].try_into().unwrap();
    assert_eq!(frame.format(), PixelFormat::Rgba8);
    for (have, want) in pixel.into_iter().zip([0x80, 0x40, 0x20, 0x80]) {
        assert!(have.abs_diff(want) <= 2, "{pixel:?}");
    }
}

#[test]
fn a_turned_clip_is_upright() {
    let dir = TempDir::new().unwrap();
    let flat = make(
        &dir,
        "flat.mp4",
        &["testsrc=s=64x32:r=5", "-frames:v", "2", "-c:v", "mpeg4"],
    );
    let turned = dir.path().join("turned.mp4");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(&flat)
        .args(["-c", "copy", "-metadata:s:v:0", "rotate=90"])
        .arg(&turned)
        .status()
        .unwrap();
    assert!(status.success());
    let mut source = open(&all_of(&turned), 1).unwrap();
    let size = source.format().size;
    assert_eq!((size.width(), size.height()), (32, 64));
    assert_eq!(next(&mut *source).unwrap().size(), size);
}

/// Clips that are on the machine where this program is made, if they are: their frames are counted by ffprobe.
#[test]
fn real_clips_have_as_many_frames_as_ffprobe_counts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/webcam");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("SKIPPED: {} is not here", folder.display());
        return;
    };
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new("mkv")))
        .collect();
    paths.sort();
    // All of them take minutes on a busy machine.
    for path in paths.into_iter().take(4) {
        let counted = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-select_streams",
                "v:0",
                "-count_frames",
                "-of",
                "csv=p=0",
            ])
            .args(["-show_entries", "stream=nb_read_frames"])
            .arg(&path)
            .output()
            .unwrap();
        let counted: u64 = String::from_utf8(counted.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let mut source = open(&all_of(&path), 1).unwrap();
        let mut frames = 0;
        while next(&mut *source).is_some() {
            frames += 1;
        }
        assert_eq!(frames, counted, "{}", path.display());
        assert_eq!(
            source.expected_frames(),
            Some(counted),
            "{}",
            path.display()
        );
    }
}
