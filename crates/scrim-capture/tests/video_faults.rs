//! What ffmpeg cannot read is refused in words; what it can read in part is given in part.

mod common;

use std::fs;
use std::path::Path;

use common::{SOON, all_of, counting, make};
use scrim_capture::{CaptureError, Delivery, SourceSpec, open};
use tempfile::TempDir;

fn error_of(spec: &SourceSpec) -> CaptureError {
    let opened = open(spec, 1);
    opened.err().expect("it was opened")
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
fn an_hdr_clip_is_refused_with_how_to_convert_it() {
    let dir = TempDir::new().unwrap();
    for transfer in ["smpte2084", "arib-std-b67"] {
        let path = make(
            &dir,
            "hdr.mkv",
            &[
                "testsrc=s=64x48:r=5",
                "-frames:v",
                "2",
                "-pix_fmt",
                "yuv420p10le",
                "-c:v",
                "ffv1",
                "-color_trc",
                transfer,
            ],
        );
        let error = error_of(&all_of(&path));
        assert!(error.to_string().contains("HDR"), "{error}");
        assert!(error.try_this().contains("tonemap"));
    }
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
