//! Video files through the system's ffmpeg, with clips that ffmpeg itself draws.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scrim_capture::{CaptureError, Delivery, Pace, Playback, SourceSpec, VideoSource, open};
use scrim_frame::{Frame, PixelFormat, YuvEncoding};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(20);

/// Frames of a file, each once, as fast as they come.
fn all_of(path: &Path) -> SourceSpec {
    spec(path, Playback::Once, Pace::Unpaced)
}

fn spec(path: &Path, playback: Playback, pace: Pace) -> SourceSpec {
    SourceSpec::File {
        path: path.to_owned(),
        playback,
        pace,
    }
}

/// Runs ffmpeg to make a clip called `name`.
fn make(dir: &TempDir, name: &str, arguments: &[&str]) -> PathBuf {
    let path = dir.path().join(name);
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"])
        .args(arguments)
        .arg(&path)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "ffmpeg could not make {name}; when it is missing, run `cargo xtask setup`"
    );
    path
}

/// A clip whose frame n has luma 20 + 3 n in every pixel, without loss.
fn counting(dir: &TempDir, name: &str, size: &str, rate: u32, frames: u32) -> PathBuf {
    let source =
        format!("color=gray:s={size}:r={rate},format=yuv420p,geq=lum=20+3*N:cb=128:cr=128");
    let count = frames.to_string();
    make(dir, name, &[&source, "-frames:v", &count, "-c:v", "ffv1"])
}

fn next(source: &mut dyn VideoSource) -> Option<Frame> {
    match source.next_frame(SOON) {
        Ok(Delivery::Frame(frame)) => Some(frame),
        Ok(Delivery::End) => None,
        other => panic!("{other:?}"),
    }
}

fn number(frame: &Frame) -> u32 {
    (u32::from(frame.plane(0).bytes[0]) - 20) / 3
}

fn error_of(spec: &SourceSpec) -> CaptureError {
    let opened = open(spec, 1);
    opened.err().expect("it was opened")
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
fn a_real_time_clip_keeps_its_pace_and_skips_for_a_late_consumer() {
    let dir = TempDir::new().unwrap();
    let path = counting(&dir, "pace.mkv", "64x48", 20, 60);
    let mut source = open(&spec(&path, Playback::Once, Pace::RealTime), 2).unwrap();
    let first = next(&mut *source).unwrap();
    let start = Instant::now();
    assert_eq!(number(&first), 0);
    drop(first);
    let mut last = 0;
    while last < 10 {
        let shown = number(&next(&mut *source).unwrap());
        // Never early and never the same again; on a busy machine some may be skipped.
        assert!(shown > last);
        let due = Duration::from_millis(50 * u64::from(shown));
        assert!(
            start.elapsed() + Duration::from_millis(5) >= due,
            "{shown} after {:?}",
            start.elapsed()
        );
        last = shown;
    }
    let asked = Instant::now();
    let early = source.next_frame(Duration::from_millis(1)).unwrap();
    assert!(matches!(early, Delivery::Nothing), "{early:?}");
    assert!(
        asked.elapsed() < Duration::from_millis(45),
        "{:?}",
        asked.elapsed()
    );
    // The consumer is busy for two tenths of a second: three buffers are decoded by then, the newest is wanted.
    let (_keep, never) = std::sync::mpsc::sync_channel::<()>(0);
    let _ = never.recv_timeout(Duration::from_millis(200));
    assert!(number(&next(&mut *source).unwrap()) > last + 1);
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

#[test]
fn what_is_no_video_is_refused_in_ffmpegs_own_words() {
    let dir = TempDir::new().unwrap();
    for name in ["text.mp4", "text.mkv", "text.txt", "-i", "a:b%03d.mp4"] {
        let path = dir.path().join(name);
        fs::write(&path, "This is text and no video.\n".repeat(20)).unwrap();
        let error = error_of(&all_of(&path));
        assert!(
            matches!(error, CaptureError::File { .. }),
            "{name}: {error}"
        );
        let text = error.to_string();
        assert!(
            text.contains("ffmpeg cannot read") || text.contains("text file"),
            "{text}"
        );
        assert!(!error.try_this().is_empty());
    }
    let sound = make(&dir, "sound.mp4", &["sine=d=1", "-c:a", "aac"]);
    assert!(error_of(&all_of(&sound)).to_string().contains("no video"));
    let empty = dir.path().join("empty.mp4");
    fs::write(&empty, "").unwrap();
    assert!(error_of(&all_of(&empty)).to_string().contains("empty"));
    assert!(
        error_of(&all_of(&dir.path().join("none.mp4")))
            .to_string()
            .contains("no such file")
    );
    assert!(
        error_of(&all_of(Path::new("/dev/null")))
            .to_string()
            .contains("device")
    );
}

#[test]
fn a_playlist_cannot_make_ffmpeg_open_a_connection() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("list.m3u8");
    let list =
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n";
    fs::write(&path, list).unwrap();
    assert!(matches!(
        error_of(&all_of(&path)),
        CaptureError::File { .. }
    ));
}

#[test]
fn a_truncated_clip_gives_what_it_has_and_then_ends_or_says_why() {
    let dir = TempDir::new().unwrap();
    let whole = counting(&dir, "whole.mkv", "64x48", 30, 60);
    let bytes = fs::read(&whole).unwrap();
    let cut = dir.path().join("cut.mkv");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let mut source = open(&all_of(&cut), 1).unwrap();
    let mut frames = 0;
    let end = loop {
        match source.next_frame(SOON) {
            Ok(Delivery::Frame(_)) => frames += 1,
            other => break other,
        }
    };
    assert!((5..60).contains(&frames), "{frames}");
    assert!(
        matches!(end, Ok(Delivery::End) | Err(CaptureError::File { .. })),
        "{end:?}"
    );
}

/// Children of this process named ffmpeg, with those that are dead but not waited for.
#[cfg(target_os = "linux")]
fn ffmpeg_children_of(file: &OsStr) -> Vec<u32> {
    use std::os::unix::ffi::OsStrExt;
    let processes = fs::read_dir("/proc").expect("/proc is there on Linux");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
                let mut windows = line.windows(file.len());
                windows.any(|window| window == file.as_bytes())
            })
        })
        .collect()
}

/// Zombies have no command line; they are children whose state is Z.
#[cfg(target_os = "linux")]
fn zombies() -> usize {
    let me = std::process::id().to_string();
    let processes = fs::read_dir("/proc").expect("/proc is there on Linux");
    processes
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|stat| {
            let mut fields = stat.rsplit(") ").next().unwrap_or("").split(' ');
            stat.contains("(ffmpeg)") && fields.next() == Some("Z") && fields.next() == Some(&me)
        })
        .count()
}

#[cfg(target_os = "linux")]
#[test]
fn dropping_the_source_ends_ffmpeg_at_once_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let name = format!("drop-{}.mkv", std::process::id());
    let path = counting(&dir, &name, "640x360", 30, 60);
    for taken in [0, 1, 5] {
        let mut source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 1).unwrap();
        for _ in 0..taken {
            assert!(next(&mut *source).is_some());
        }
        assert_eq!(ffmpeg_children_of(OsStr::new(&name)).len(), 1);
        let start = Instant::now();
        drop(source);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert!(ffmpeg_children_of(OsStr::new(&name)).is_empty());
    }
    assert_eq!(zombies(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn ffmpeg_killed_in_the_middle_is_an_error_that_says_so() {
    let dir = TempDir::new().unwrap();
    let name = format!("kill-{}.mkv", std::process::id());
    let path = counting(&dir, &name, "640x360", 30, 60);
    let mut source = open(&spec(&path, Playback::Loop, Pace::Unpaced), 1).unwrap();
    assert!(next(&mut *source).is_some());
    for pid in ffmpeg_children_of(OsStr::new(&name)) {
        let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
        assert!(status.unwrap().success());
    }
    let error = (0..10).find_map(|_| source.next_frame(SOON).err()).unwrap();
    let text = error.to_string();
    assert!(
        text.contains("ffmpeg stopped after") && text.contains('9'),
        "{text}"
    );
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
