//! Pictures and picture sequences, read back pixel by pixel.

#[expect(dead_code, reason = "each test file uses its part")]
mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use scrim_frame::{AlphaState, PixelFormat, Size};
use scrim_output::{OutputSpec, SinkError, SinkFormat, Timing, VideoSink, open};
use support::{Kind, names, one};

fn format() -> SinkFormat {
    SinkFormat {
        size: Size::new(8, 8).expect("a size"),
        timing: Timing::Constant(Duration::from_millis(40)),
        alpha: AlphaState::Opaque,
    }
}

fn open_at(path: &Path) -> Result<Box<dyn VideoSink>, SinkError> {
    let spec: OutputSpec = path
        .to_string_lossy()
        .parse()
        .expect("the tests name outputs");
    open(&spec, format())
}

fn colour(x: u32, y: u32) -> [u8; 4] {
    [x as u8 * 3, y as u8 * 5, (x * y) as u8, (x + y * 7) as u8]
}

#[test]
fn straight_alpha_is_kept_exactly_whatever_the_stride() {
    for (width, height, row_padding) in [(37, 21, 12), (64, 2, 0), (1, 1, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let mut sink = open_at(&path).unwrap();
        let mut kind = Kind::new(width, height);
        kind.alpha = AlphaState::Straight;
        kind.row_padding = row_padding;
        sink.write(&one(kind, colour)).unwrap();
        sink.finish().unwrap();
        let image::DynamicImage::ImageRgba8(image) = image::open(&path).unwrap() else {
            panic!("not RGBA");
        };
        assert_eq!(image.dimensions(), (width, height));
        for (x, y, pixel) in image.enumerate_pixels() {
            assert_eq!(pixel.0, colour(x, y), "{x}, {y}");
        }
        assert_eq!(names(folder.path()), ["a.png"]);
    }
}

#[test]
fn opaque_pictures_have_no_alpha_channel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let mut sink = open_at(&path).unwrap();
    sink.write(&one(Kind::new(37, 21), colour)).unwrap();
    sink.finish().unwrap();
    let image::DynamicImage::ImageRgb8(image) = image::open(&path).unwrap() else {
        panic!("not RGB");
    };
    for (x, y, pixel) in image.enumerate_pixels() {
        assert_eq!(pixel.0, colour(x, y)[..3], "{x}, {y}");
    }
}

#[test]
fn the_first_composite_that_is_no_slate_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    fs::write(&path, "what was there").unwrap();
    let mut sink = open_at(&path).unwrap();
    let mut slate = Kind::new(4, 4);
    slate.is_slate = true;
    sink.write(&one(slate, |_, _| [1; 4])).unwrap();
    sink.write(&one(Kind::new(9, 5), |_, _| [2; 4])).unwrap();
    sink.write(&one(Kind::new(4, 4), |_, _| [3; 4])).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"what was there", "until the end");
    sink.finish().unwrap();
    let image = image::open(&path).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (9, 5));
    assert!(image.pixels().all(|pixel| pixel.0 == [2; 3]));
}

#[test]
fn without_a_picture_or_an_end_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    fs::write(&path, "what was there").unwrap();

    let mut sink = open_at(&path).unwrap();
    sink.write(&one(Kind::new(4, 4), colour)).unwrap();
    drop(sink);

    let mut sink = open_at(&path).unwrap();
    let mut slate = Kind::new(4, 4);
    slate.is_slate = true;
    sink.write(&one(slate, colour)).unwrap();
    let error = sink.finish().unwrap_err();
    assert!(error.to_string().contains("no picture came"), "{error}");

    assert_eq!(fs::read(&path).unwrap(), b"what was there");
    assert_eq!(names(folder.path()), ["a.png"]);
}

#[test]
fn a_sequence_counts_from_one_and_every_picture_is_complete() {
    for pattern in ["f_###.png", "f_%03d.png"] {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = open_at(&folder.path().join(pattern)).unwrap();
        assert_eq!(names(folder.path()), [""; 0], "opening leaves nothing");
        for i in 1..=3_u8 {
            // Another size is no fault: each picture stands alone.
            sink.write(&one(Kind::new(4 + u32::from(i), 4), |_, _| [i; 4]))
                .unwrap();
        }
        drop(sink);
        assert_eq!(
            names(folder.path()),
            ["f_001.png", "f_002.png", "f_003.png"]
        );
        let third = image::open(folder.path().join("f_003.png")).unwrap();
        assert_eq!(third.into_rgb8().get_pixel(6, 3).0, [3; 3]);
    }
}

#[test]
fn other_formats_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open_at(&folder.path().join("a.png")).unwrap();
    assert_eq!(sink.accepted_formats(), [PixelFormat::Rgba8]);
    assert!(!sink.is_watched());
    let mut kind = Kind::new(4, 4);
    kind.format = PixelFormat::Bgra8;
    let error = sink.write(&one(kind, colour)).unwrap_err();
    assert!(matches!(error, SinkError::Mismatch { .. }), "{error}");
}

#[test]
fn null_takes_everything() {
    let mut sink = open(&OutputSpec::Null, format()).unwrap();
    for size in 1..4 {
        sink.write(&one(Kind::new(size, size), colour)).unwrap();
    }
    assert_eq!(sink.description(), "null");
    sink.finish().unwrap();
}

#[test]
fn places_that_take_no_file_are_known_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d.png")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for (name, word) in [
        ("missing/a.png", "does not exist"),
        ("missing/a.mp4", "does not exist"),
        ("missing/##.png", "does not exist"),
        ("d.png", "a folder of this name"),
        ("file/a.png", "not a folder"),
    ] {
        let path = folder.path().join(name);
        let error = open_at(&path).err().expect("it cannot be written");
        let text = error.to_string();
        let named = name.replace("##", "01");
        assert!(text.contains(word) && text.contains(&named), "{text}");
        assert!(!error.try_this().is_empty());
    }
    assert_eq!(names(folder.path()), ["d.png", "file"]);
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_files_can_be_read_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.png");
    let link = folder.path().join("link.png");
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mut sink = open_at(&link).unwrap();
    sink.write(&one(Kind::new(4, 4), colour)).unwrap();
    sink.finish().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    image::open(&real).unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode(),
        fs::metadata(&plain).unwrap().permissions().mode(),
        "as any new file"
    );
    let dangling = folder.path().join("dangling.png");
    std::os::unix::fs::symlink("gone.png", &dangling).unwrap();
    let error = open_at(&dangling).err().expect("it leads nowhere");
    assert!(error.to_string().contains("a link to gone.png"), "{error}");
    assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
    let device = folder.path().join("device.png");
    std::os::unix::fs::symlink("/dev/null", &device).unwrap();
    let error = open_at(&device).err().expect("a device is no file");
    assert!(error.to_string().contains("no ordinary file"), "{error}");
}

/// A figure, not a test: `cargo test --release -p scrim-output -- --ignored --nocapture speed`.
#[test]
#[ignore = "prints a figure that depends on the machine"]
fn speed_of_a_720p_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut noise = 1_u32;
    let grain: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 29) as u8
    })
    .take(1280 * 720)
    .collect();
    // Soft shading with three bits of sensor noise, as a camera has.
    let picture = |x: u32, y: u32| {
        let grain = grain[(y * 1280 + x) as usize];
        let shade = ((x as f32 / 90.0).sin() * 60.0 + (y as f32 / 50.0).cos() * 50.0 + 120.0) as u8;
        [
            shade + grain,
            shade / 2 + grain,
            200 - shade / 2 + grain,
            255,
        ]
    };
    for alpha in [AlphaState::Opaque, AlphaState::Straight] {
        let mut kind = Kind::new(1280, 720);
        kind.alpha = alpha;
        let composite = one(kind, picture);
        let mut sink = open_at(&folder.path().join("##.png")).unwrap();
        sink.write(&composite).unwrap();
        let started = Instant::now();
        for _ in 0..10 {
            sink.write(&composite).unwrap();
        }
        let each = started.elapsed() / 10;
        let bytes = fs::metadata(folder.path().join("02.png")).unwrap().len();
        eprintln!("{alpha:?}: {each:?} each, {bytes} bytes");
    }
}
