//! Clips that ffmpeg itself draws, and how they are read.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use scrim_capture::{Delivery, Pace, Playback, SourceSpec, VideoSource};
use scrim_frame::Frame;
use tempfile::TempDir;

/// Longer than any frame takes, on a machine that does much else.
pub const SOON: Duration = Duration::from_secs(20);

/// Frames of a file, each once, as fast as they come.
pub fn all_of(path: &Path) -> SourceSpec {
    spec(path, Playback::Once, Pace::Unpaced)
}

pub fn spec(path: &Path, playback: Playback, pace: Pace) -> SourceSpec {
    SourceSpec::File {
        path: path.to_owned(),
        playback,
        pace,
    }
}

/// Runs ffmpeg to make a clip called `name`.
pub fn make(dir: &TempDir, name: &str, arguments: &[&str]) -> PathBuf {
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
pub fn counting(dir: &TempDir, name: &str, size: &str, rate: u32, frames: u32) -> PathBuf {
    let source =
        format!("color=gray:s={size}:r={rate},format=yuv420p,geq=lum=20+3*N:cb=128:cr=128");
    let count = frames.to_string();
    make(dir, name, &[&source, "-frames:v", &count, "-c:v", "ffv1"])
}

pub fn next(source: &mut dyn VideoSource) -> Option<Frame> {
    match source.next_frame(SOON) {
        Ok(Delivery::Frame(frame)) => Some(frame),
        Ok(Delivery::End) => None,
        other => panic!("{other:?}"),
    }
}
