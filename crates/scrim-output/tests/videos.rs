//! Video files, read back with FFmpeg.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use scrim_frame::{AlphaState, Size};
use scrim_output::{OutputSpec, SinkError, SinkFormat, Timing, VideoSink, open};
use support::{Kind, PATCH, PATCHES, decode, names, one, patch_at, probe, probe_one};

const RATE_25: Timing = Timing::Constant(Duration::from_millis(40));

fn open_at(
    path: &Path,
    (width, height): (u32, u32),
    timing: Timing,
    alpha: AlphaState,
) -> Result<Box<dyn VideoSink>, SinkError> {
    let spec: OutputSpec = path
        .to_string_lossy()
        .parse()
        .expect("the tests name outputs");
    let size = Size::new(width, height).expect("the tests' sizes are possible");
    open(
        &spec,
        SinkFormat {
            size,
            timing,
            alpha,
        },
    )
}

fn opaque(rgb: [u8; 3]) -> [u8; 4] {
    [rgb[0], rgb[1], rgb[2], 255]
}

fn far(a: u8, b: u8) -> u8 {
    a.abs_diff(b)
}

#[test]
fn colours_come_back_from_every_codec() {
    let (width, height) = (PATCH * 4, PATCH * 2);
    // The file holds ten bits of ProRes; FFmpeg decodes 4444 to twelve.
    for (name, pixels, codec) in [
        ("a.mp4", "yuv420p", "h264"),
        ("a.mkv", "yuv420p", "h264"),
        ("a.mov", "yuv444p12le", "prores"),
        ("a.webm", "yuv420p", "vp9"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut sink = open_at(&path, (width, height), RATE_25, AlphaState::Opaque).unwrap();
        let picture = one(Kind::new(width, height), |x, y| opaque(patch_at(x, y)));
        for _ in 0..5 {
            sink.write(&picture).unwrap();
        }
        assert!(!path.exists(), "only when it is complete");
        sink.finish().unwrap();
        assert_eq!(names(folder.path()), [name]);

        let said = probe(&path, "stream");
        for wanted in [
            format!("codec_name={codec}"),
            format!("pix_fmt={pixels}"),
            "color_space=bt709".into(),
            "color_primaries=bt709".into(),
            "color_transfer=bt709".into(),
            "nb_read_frames=5".into(),
            "r_frame_rate=25/1".into(),
        ] {
            assert!(
                said.lines().any(|line| line == wanted),
                "{name}: no {wanted} in\n{said}"
            );
        }
        // FFmpeg's ProRes decoder names no range; the format has only the limited one.
        if codec != "prores" {
            assert!(said.contains("color_range=tv"), "{name}: {said}");
        }

        let decoded = decode(&path, &[]);
        assert_eq!(decoded.len(), (width * height * 4 * 5) as usize, "{name}");
        for (i, patch) in PATCHES.iter().enumerate() {
            let x = (i as u32 % 4) * PATCH + PATCH / 2;
            let y = (i as u32 / 4) * PATCH + PATCH / 2;
            let at = ((y * width + x) * 4) as usize;
            for (channel, wanted) in patch.iter().enumerate() {
                let got = decoded[at + channel];
                assert!(
                    far(got, *wanted) <= 5,
                    "{name}: patch {patch:?}, channel {channel}: {got}"
                );
            }
        }
    }
}

#[test]
fn alpha_comes_back_where_it_can() {
    let (width, height) = (96, 64);
    for (name, pixels, decoder) in [
        ("a.mov", "yuva444p12le", &[][..]),
        // FFmpeg's own VP9 decoder leaves out alpha.
        ("a.webm", "yuv420p", &["-c:v", "libvpx-vp9"][..]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut sink = open_at(&path, (width, height), RATE_25, AlphaState::Straight).unwrap();
        let mut kind = Kind::new(width, height);
        kind.alpha = AlphaState::Straight;
        // Three bars: nothing, half, all; a colour under each, which must not be multiplied.
        let bar = |x: u32, _: u32| [200, 40, 90, [0, 128, 255][(x / 32) as usize]];
        let picture = one(kind, bar);
        for _ in 0..4 {
            sink.write(&picture).unwrap();
        }
        sink.finish().unwrap();
        let said = probe(&path, "stream:stream_tags");
        assert!(said.contains(&format!("pix_fmt={pixels}")), "{said}");
        if name == "a.webm" {
            assert!(said.to_lowercase().contains("alpha_mode=1"), "{said}");
        }
        let decoded = decode(&path, decoder);
        assert_eq!(decoded.len(), (width * height * 4 * 4) as usize);
        for x in [16, 48, 80] {
            let at = ((height / 2 * width + x) * 4) as usize;
            let got = &decoded[at..at + 4];
            for (got, wanted) in got.iter().zip(bar(x, 0)) {
                assert!(far(*got, wanted) <= 5, "{name} at {x}: {got}, not {wanted}");
            }
        }
    }
}

#[test]
fn h264_refuses_alpha_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let error = open_at(&path, (64, 64), RATE_25, AlphaState::Straight)
        .err()
        .expect("H.264 carries no alpha");
    assert!(error.to_string().contains("transparent"), "{error}");
    for carrier in [".mov", ".webm", ".png"] {
        assert!(error.try_this().contains(carrier), "{}", error.try_this());
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn the_frame_rate_and_count_are_exact() {
    for (distance, rate) in [
        (Duration::from_nanos(33_333_333), "30/1"),
        (Duration::from_nanos(33_366_667), "30000/1001"),
        (Duration::from_millis(80), "25/2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        let timing = Timing::Constant(distance);
        let mut sink = open_at(&path, (64, 48), timing, AlphaState::Opaque).unwrap();
        for i in 0..73_u8 {
            // The same picture may come twice; it counts twice.
            let picture = one(Kind::new(64, 48), |_, _| [i / 4, 0, 0, 255]);
            sink.write(&picture).unwrap();
        }
        sink.finish().unwrap();
        assert_eq!(probe_one(&path, "stream=nb_read_frames"), "73");
        assert_eq!(probe_one(&path, "stream=r_frame_rate"), rate);
        assert_eq!(probe_one(&path, "stream=avg_frame_rate"), rate);
    }
}

#[test]
fn a_live_recording_keeps_the_times_of_its_pictures() {
    // A camera that stutters, and once stops for two seconds; the third picture is shown twice.
    let moments = [0, 33, 66, 66, 140, 2140, 2170, 2500, 2501, 3000];
    for name in ["a.mp4", "a.mkv", "a.mov", "a.webm"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let timing = Timing::Live(Duration::from_nanos(33_333_333));
        let mut sink = open_at(&path, (63, 47), timing, AlphaState::Opaque).unwrap();
        let start = Instant::now();
        for (i, moment) in moments.into_iter().enumerate() {
            let mut kind = Kind::new(63, 47);
            kind.captured_at = start + Duration::from_millis(moment);
            sink.write(&one(kind, |_, _| [20 * i as u8, 0, 0, 255]))
                .unwrap();
        }
        sink.finish().unwrap();
        let times: Vec<u64> = probe(&path, "frame=pts_time")
            .lines()
            .filter_map(|line| line.strip_prefix("pts_time=")?.parse::<f64>().ok())
            .map(|seconds| (seconds * 1000.0).round() as u64)
            .collect();
        assert_eq!(
            times,
            [0, 33, 66, 67, 140, 2140, 2170, 2500, 2501, 3000],
            "{name}"
        );
        let duration: f64 = probe_one(&path, "format=duration").parse().unwrap();
        assert!((3.0..3.1).contains(&duration), "{name}: {duration} s");
    }
}

#[test]
fn odd_sides_repeat_the_edge_in_h264_and_stay_odd_elsewhere() {
    for (name, alpha, size) in [
        ("a.mp4", AlphaState::Opaque, "68x36"),
        ("a.mov", AlphaState::Straight, "67x35"),
        ("a.webm", AlphaState::Straight, "67x35"),
        ("b.webm", AlphaState::Opaque, "67x35"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut sink = open_at(&path, (67, 35), RATE_25, alpha).unwrap();
        let mut kind = Kind::new(67, 35);
        kind.alpha = alpha;
        kind.row_padding = 20;
        // Green, with a last column and row pair in white.
        let colour = |x: u32, y: u32| match (x, y) {
            (62.., _) | (_, 31..) => [255; 4],
            _ => [0, 255, 0, 255],
        };
        sink.write(&one(kind, colour)).unwrap();
        sink.finish().unwrap();
        let (width, height) = (
            probe_one(&path, "stream=width"),
            probe_one(&path, "stream=height"),
        );
        assert_eq!(format!("{width}x{height}"), size, "{name}");
        let decoded = decode(&path, &[]);
        let corner = &decoded[decoded.len() - 4..];
        assert!(corner.iter().all(|v| *v >= 245), "{name}: {corner:?}");
        let first = &decoded[..4];
        assert!(first[0] <= 6 && first[1] >= 249, "{name}: {first:?}");
    }
}

#[test]
fn the_smallest_and_oddest_sizes_work_or_say_why() {
    for (width, height) in [(1, 1), (2, 2), (3, 1), (17, 300)] {
        for name in ["a.mp4", "a.mov", "a.webm"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            let mut sink = open_at(&path, (width, height), RATE_25, AlphaState::Opaque).unwrap();
            let wrote = sink
                .write(&one(Kind::new(width, height), |_, _| [9; 4]))
                .and_then(|()| sink.finish());
            match wrote {
                Ok(()) => assert_eq!(probe_one(&path, "stream=nb_read_frames"), "1"),
                Err(error) => {
                    eprintln!("{name} {width}×{height}: {error}");
                    assert!(error.to_string().contains("ffmpeg"), "{error}");
                    assert_eq!(names(folder.path()), [""; 0]);
                }
            }
        }
    }
}

#[test]
fn mp4_starts_with_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let mut sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
    sink.write(&one(Kind::new(64, 48), |_, _| [9; 4])).unwrap();
    sink.finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    let find = |name: &[u8; 4]| bytes.windows(4).position(|window| window == name).unwrap();
    assert!(find(b"moov") < find(b"mdat"));
}

#[test]
fn strange_names_are_only_names() {
    for name in ["-y %03d:a.mp4", "a'b\"c $(x);ä.mkv", "null.webm"] {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("http:");
        fs::create_dir(&inner).unwrap();
        let path = inner.join(name);
        let mut sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
        sink.write(&one(Kind::new(64, 48), |_, _| [9; 4])).unwrap();
        assert_eq!(sink.description(), name);
        sink.finish().unwrap();
        assert_eq!(names(&inner), [name]);
    }
}

#[test]
fn what_was_not_announced_is_refused_and_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let mut sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
    sink.write(&one(Kind::new(64, 48), |_, _| [9; 4])).unwrap();
    let error = sink
        .write(&one(Kind::new(48, 64), |_, _| [9; 4]))
        .unwrap_err();
    assert!(matches!(error, SinkError::Mismatch { .. }), "{error}");
    assert!(error.to_string().contains("48×64"), "{error}");
    let mut kind = Kind::new(64, 48);
    kind.alpha = AlphaState::Straight;
    let error = sink.write(&one(kind, |_, _| [9; 4])).unwrap_err();
    assert!(matches!(error, SinkError::Mismatch { .. }), "{error}");
    sink.finish().unwrap();
    assert_eq!(probe_one(&path, "stream=nb_read_frames"), "1");
}

#[test]
fn an_existing_file_stays_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    fs::write(&path, "old").unwrap();

    let mut sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
    for _ in 0..20 {
        sink.write(&one(Kind::new(64, 48), |_, _| [9; 4])).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), b"old");
    drop(sink);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(
        names(folder.path()),
        ["a.mp4"],
        "the temporary file is gone"
    );

    let sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
    let error = sink.finish().unwrap_err();
    assert!(error.to_string().contains("no picture came"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"old");

    let mut sink = open_at(&path, (64, 48), RATE_25, AlphaState::Opaque).unwrap();
    sink.write(&one(Kind::new(64, 48), |_, _| [9; 4])).unwrap();
    sink.finish().unwrap();
    assert_eq!(probe_one(&path, "stream=nb_read_frames"), "1");
    assert_eq!(names(folder.path()), ["a.mp4"]);
}
