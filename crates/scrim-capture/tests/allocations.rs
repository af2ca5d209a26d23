//! What sources take from the heap for each frame once they are warm: nothing, but for the JPEG decoder's own rows.

#[path = "../../../tests/support/counting.rs"]
mod counting;

use std::process::Command;
use std::time::Duration;

use counting::allocations;
use scrim_capture::{Delivery, Pace, Playback, SourceSpec, VideoSource, open};

/// The most that zune-jpeg 0.5 may take for one picture: its component list, tables and row buffers; 17 for the sample.
const JPEG_DECODER_PER_FRAME: u64 = 20;

const WARM_UP: usize = 12;
const FRAMES: usize = 30;

/// Allocations in the best of three times 30 frames, two of which are held at any time as a pipeline would.
///
/// The best: on a busy machine a reader thread gets as far ahead as it may only now and then, and a pool makes its last
/// buffer then; what is taken for each frame is taken in all three.
fn while_warm(source: &mut dyn VideoSource) -> u64 {
    let mut held = [None, None];
    let mut take = |count: usize| {
        let before = allocations();
        let mut taken = 0;
        while taken < count {
            if let Ok(Delivery::Frame(frame)) = source.next_frame(Duration::from_secs(5)) {
                held[taken % 2] = Some(frame);
                taken += 1;
            }
        }
        allocations() - before
    };
    take(WARM_UP);
    [take(FRAMES), take(FRAMES), take(FRAMES)]
        .into_iter()
        .min()
        .unwrap_or_default()
}

fn opened(text: &str) -> Box<dyn VideoSource> {
    let spec: SourceSpec = text.parse().expect("the test writes it rightly");
    open(&spec, 2).expect("it can be opened")
}

/// One test, so that no other one's allocations are counted.
#[test]
fn a_warm_source_allocates_nothing() {
    assert_eq!(
        while_warm(&mut *opened("pattern:320x180@inf")),
        0,
        "pattern"
    );
    assert_eq!(
        while_warm(&mut *opened("pattern:320x180@200")),
        0,
        "paced pattern"
    );

    let dir = tempfile::TempDir::new().unwrap();
    let clip = dir.path().join("clip.mkv");
    let made = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=320x180:r=100",
        ])
        .args(["-frames:v", "20", "-pix_fmt", "yuv420p", "-c:v", "ffv1"])
        .arg(&clip)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "ffmpeg could not make a clip; when it is missing, run `cargo xtask setup`"
    );
    let still = dir.path().join("still.png");
    image::RgbaImage::new(320, 180).save(&still).unwrap();
    for (path, pace) in [
        (&clip, Pace::Unpaced),
        (&clip, Pace::RealTime),
        (&still, Pace::Unpaced),
    ] {
        let spec = SourceSpec::File {
            path: path.clone(),
            playback: Playback::Loop,
            pace,
        };
        let mut source = open(&spec, 2).unwrap();
        assert_eq!(while_warm(&mut *source), 0, "{} {pace:?}", path.display());
    }

    let sample = while_warm(&mut *opened("sample"));
    let per_frame = sample.div_ceil(FRAMES as u64);
    eprintln!("the JPEG decoder allocates {per_frame} times for a frame");
    assert!(per_frame <= JPEG_DECODER_PER_FRAME, "{per_frame}");
}
