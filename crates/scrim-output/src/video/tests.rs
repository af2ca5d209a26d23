//! Faults: an FFmpeg that is missing, dies, hangs or finds the disk full.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use scrim_frame::Size;

use super::*;
use crate::support::{Kind, NEEDS_FFMPEG, names, one};

const SHORT: Limits = Limits {
    write: Duration::from_millis(500),
    complete: Duration::from_millis(1500),
    rewrite_speed: u64::MAX,
};

fn format(side: u32) -> SinkFormat {
    SinkFormat {
        size: Size::new(side, side).expect("a size"),
        timing: Timing::Constant(Duration::from_millis(40)),
        alpha: AlphaState::Opaque,
    }
}

fn open_short(program: &str, path: &Path) -> Result<VideoFile, SinkError> {
    VideoFile::open_with(
        Path::new(program),
        SHORT,
        path,
        VideoCodec::H264,
        format(512),
    )
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.expect("there is a kill").success());
}

/// A child writes it: while this process had it open, a test that forks beside this one would hold a copy of the
/// handle, and the system refuses to run a file that somebody may write.
fn write_script(path: &Path, text: &str) {
    let written = Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\n%s\n' \"$1\" > \"$2\" && chmod 755 \"$2\"",
        ])
        .args(["sh", text])
        .arg(path)
        .status();
    assert!(written.expect("there is a sh").success());
}

fn exists(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

/// Noise, which fills pipes and files fast.
fn noise(x: u32, y: u32) -> [u8; 4] {
    let mixed = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
    [
        (mixed >> 8) as u8,
        (mixed >> 16) as u8,
        (mixed >> 24) as u8,
        255,
    ]
}

/// Writes until it fails.
fn write_until_error(sink: &mut VideoFile) -> SinkError {
    let picture = one(Kind::new(512, 512), noise);
    (0..500)
        .find_map(|_| sink.write(&picture).err())
        .expect("writing fails at some time")
}

#[test]
fn a_killed_ffmpeg_is_reported_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let mut sink = open_short("ffmpeg", &path).expect(NEEDS_FFMPEG);
    let process = sink.process_id().unwrap();
    sink.write(&one(Kind::new(512, 512), noise)).unwrap();
    signal("-KILL", process);
    let error = write_until_error(&mut sink);
    assert!(error.to_string().contains("signal"), "{error}");
    assert_eq!(names(folder.path()), [""; 0], "even before it is dropped");
    assert!(!exists(process), "no zombie");
    let again = Box::new(sink).finish().unwrap_err();
    assert!(again.to_string().contains("failed before"), "{again}");
}

#[test]
fn a_stuck_ffmpeg_does_not_block_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let mut sink = open_short("ffmpeg", &path).expect(NEEDS_FFMPEG);
    let process = sink.process_id().unwrap();
    signal("-STOP", process);
    let started = Instant::now();
    let error = write_until_error(&mut sink);
    assert!(
        error.to_string().contains("took no picture for 0.5 s"),
        "{error}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(!exists(process), "no zombie");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_stuck_ffmpeg_blocks_neither_finishing_nor_dropping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    for finish in [true, false] {
        let mut sink = open_short("ffmpeg", &path).expect(NEEDS_FFMPEG);
        let process = sink.process_id().unwrap();
        sink.write(&one(Kind::new(512, 512), noise)).unwrap();
        signal("-STOP", process);
        let started = Instant::now();
        if finish {
            let error = Box::new(sink).finish().unwrap_err();
            assert!(error.to_string().contains("did nothing"), "{error}");
        } else {
            drop(sink);
        }
        assert!(started.elapsed() < Duration::from_secs(6));
        assert!(!exists(process), "no zombie");
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

/// What the last picture of a large video costs a slow computer.
#[cfg(target_os = "linux")]
#[test]
fn an_ffmpeg_that_computes_for_longer_than_the_limit_completes_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("slow");
    write_script(
        &slow,
        "ffmpeg \"$@\"; result=$?
case \"$*\" in *file:*)
    end=$(($(date +%s) + 4))
    while [ $(date +%s) -lt $end ]; do i=0; while [ $i -lt 9999 ]; do i=$((i + 1)); done; done
esac
exit $result",
    );
    let path = folder.path().join("a.mp4");
    let mut sink = open_short(&slow.to_string_lossy(), &path).expect(NEEDS_FFMPEG);
    sink.write(&one(Kind::new(512, 512), noise)).unwrap();
    let started = Instant::now();
    Box::new(sink).finish().unwrap();
    assert!(started.elapsed() > SHORT.complete);
    assert_eq!(names(folder.path()), ["a.mp4", "slow"]);
}

#[test]
fn a_missing_ffmpeg_and_a_missing_encoder_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let error = open_short("/nowhere/ffmpeg", &path)
        .err()
        .expect("it is missing");
    assert!(error.to_string().contains("was not found"), "{error}");
    assert!(error.try_this().contains("apt install ffmpeg"));

    let lean = folder.path().join("lean");
    write_script(&lean, "ffmpeg \"$@\" | grep -v libx264");
    let error = open_short(&lean.to_string_lossy(), &path)
        .err()
        .expect("the encoder is missing");
    assert!(error.to_string().contains("without libx264"), "{error}");
    assert!(
        error.try_this().contains("VP9 (.webm)"),
        "{}",
        error.try_this()
    );
    assert_eq!(names(folder.path()), ["lean"]);
}

#[test]
fn a_codec_goes_only_into_its_files() {
    let path = PathBuf::from("a.mp4");
    let error = VideoFile::open(&path, VideoCodec::Vp9, format(64)).err();
    let error = error.expect("VP9 does not go into .mp4").to_string();
    assert!(error.contains(".webm"), "{error}");
}

/// A small disk; `None`: this user may not make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for the disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "scrim-test"])
            .arg(folder.path())
            .output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        // `cargo xtask test` sets it where mounting is allowed, so that these tests are not left out unnoticed.
        assert!(
            std::env::var_os("REQUIRE_ROOT_TESTS").is_none_or(|value| value.is_empty()),
            "REQUIRE_ROOT_TESTS is set, and a small disk ({options}) cannot be mounted: {mounted:?}"
        );
        eprintln!("SKIPPED: mounting a small disk ({options}) needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_reported_and_leaves_nothing() {
    for (name, codec) in [
        ("a.mp4", VideoCodec::H264),
        ("a.mkv", VideoCodec::H264),
        ("a.mov", VideoCodec::ProRes4444),
    ] {
        let Some(disk) = SmallDisk::new("size=64k") else {
            return;
        };
        let path = disk.0.path().join(name);
        let mut sink = VideoFile::open(&path, codec, format(512)).expect(NEEDS_FFMPEG);
        let picture = one(Kind::new(512, 512), noise);
        let wrote = (0..5).try_for_each(|_| sink.write(&picture));
        let error = wrote.and_then(|()| Box::new(sink).finish()).unwrap_err();
        assert!(
            error.to_string().contains("the disk is full"),
            "{name}: {error}"
        );
        assert!(error.try_this().contains("Free some space"));
        assert_eq!(names(disk.0.path()), [""; 0], "{name}");
    }
    let Some(disk) = SmallDisk::new("size=64k") else {
        return;
    };
    let mut sink = crate::picture::Picture::open(&disk.0.path().join("a.png")).unwrap();
    let error = sink.write(&one(Kind::new(512, 512), noise)).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    drop(sink);
    assert_eq!(names(disk.0.path()), [""; 0]);
}

#[test]
fn a_read_only_disk_is_known_at_once() {
    if let Some(disk) = SmallDisk::new("ro") {
        expect_no_file_is_taken(disk.0.path());
    }
}

#[test]
fn a_folder_of_somebody_else_is_known_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    if tempfile::tempfile_in(folder.path()).is_ok() {
        eprintln!("SKIPPED: root may write everywhere; the read-only disk is tested instead");
        return;
    }
    expect_no_file_is_taken(folder.path());
}

fn expect_no_file_is_taken(folder: &Path) {
    for name in ["a.mp4", "a.png", "##.png"] {
        let spec = folder.join(name).to_string_lossy().parse().expect("a spec");
        let error = crate::open(&spec, format(64)).err().expect("read-only");
        assert!(error.to_string().contains("does not take files"), "{error}");
    }
}
