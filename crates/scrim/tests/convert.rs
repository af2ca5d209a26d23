//! `scrim image` and `scrim video`, through the real runtime, model and graphics device.

mod support;

use support::{clip, count_frames, json, names, person, scrim, succeed};

#[test]
fn a_person_comes_out_over_the_colour_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    succeed(
        scrim()
            .arg("image")
            .arg(person(folder.path()))
            .arg("-o")
            .arg(&out)
            .args(["--background", "color:#00b140"]),
    );
    let picture = image::open(&out).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (1280, 720));
    // The top corners of the sample are room, its middle is the person.
    for (x, y) in [(8, 8), (1271, 8)] {
        let room = picture.get_pixel(x, y).0;
        let near = room
            .iter()
            .zip([0x00, 0xb1, 0x40])
            .all(|(&have, want): (&u8, i32)| (i32::from(have) - want).abs() <= 6);
        assert!(near, "({x}, {y}) should be the background and is {room:?}");
    }
    let [r, g, b] = picture.get_pixel(640, 480).0.map(i32::from);
    assert!(
        (r, g, b) != (0x00, 0xb1, 0x40),
        "the middle should be the person"
    );
}

#[test]
fn the_matte_is_grey_and_soft_and_the_cutout_carries_it() {
    let folder = tempfile::tempdir().unwrap();
    let input = person(folder.path());
    let (matte, cutout) = (
        folder.path().join("matte.png"),
        folder.path().join("cutout.png"),
    );
    succeed(
        scrim()
            .arg("image")
            .arg(&input)
            .arg("-o")
            .arg(&matte)
            .arg("--matte"),
    );
    succeed(
        scrim()
            .arg("image")
            .arg(&input)
            .arg("-o")
            .arg(&cutout)
            .arg("--cutout"),
    );
    let matte = image::open(&matte).unwrap().into_rgb8();
    let cutout = image::open(&cutout).unwrap().into_rgba8();
    let mut soft = 0_u32;
    let mut person = 0_u32;
    for (grey, color) in matte.pixels().zip(cutout.pixels()) {
        assert!(
            grey.0[0] == grey.0[1] && grey.0[1] == grey.0[2],
            "a matte is grey"
        );
        assert!(
            grey.0[0].abs_diff(color.0[3]) <= 1,
            "both show the same alpha"
        );
        soft += u32::from((16..240).contains(&grey.0[0]));
        person += u32::from(grey.0[0] >= 240);
    }
    let pixels = matte.width() * matte.height();
    assert!(
        (pixels / 20..pixels * 3 / 4).contains(&person),
        "{person} of {pixels} pixels are person"
    );
    assert!(soft > 500, "only {soft} pixels are soft");
}

#[test]
fn a_clip_keeps_every_frame_odd_sides_included() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("odd.mkv");
    clip(
        &input,
        "testsrc2=size=161x121:rate=25:duration=0.6",
        &["-c:v", "ffv1", "-pix_fmt", "yuv444p"],
    );
    let out = folder.path().join("out.mp4");
    let report = json(&succeed(
        scrim().arg("video").arg(&input).arg("-o").arg(&out).args([
            "--background",
            "blur",
            "--size",
            "fast",
            "--json",
        ]),
    ));
    assert_eq!(report["frames_read"], 15);
    assert_eq!(report["frames_written"], 15);
    assert_eq!(count_frames(&out), 15);
    assert_eq!(
        names(folder.path()),
        ["odd.mkv", "out.mp4"],
        "nothing else is left behind"
    );
}

#[test]
fn a_background_can_be_a_picture_or_a_clip() {
    let folder = tempfile::tempdir().unwrap();
    let background = folder.path().join("blue.mp4");
    clip(
        &background,
        "color=c=blue:size=64x64:rate=5:duration=1",
        &["-pix_fmt", "yuv420p"],
    );
    let picture = folder.path().join("red.png");
    image::RgbImage::from_pixel(10, 10, image::Rgb([255, 0, 0]))
        .save(&picture)
        .unwrap();
    for (background, index) in [(background, 2), (picture, 0)] {
        let out = folder.path().join("out.png");
        succeed(
            scrim()
                .arg("image")
                .arg(person(folder.path()))
                .arg("-o")
                .arg(&out)
                .arg("--background")
                .arg(&background),
        );
        let corner = image::open(&out).unwrap().into_rgb8().get_pixel(4, 4).0;
        assert!(
            corner[index] > 200 && corner.iter().filter(|c| **c < 60).count() == 2,
            "{background:?}: {corner:?}"
        );
    }
}

#[test]
fn a_cutout_clip_keeps_its_alpha() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.mp4");
    clip(
        &input,
        "testsrc2=size=160x96:rate=25:duration=0.2",
        &["-pix_fmt", "yuv420p"],
    );
    let out = folder.path().join("out.mov");
    succeed(
        scrim()
            .arg("video")
            .arg(&input)
            .arg("-o")
            .arg(&out)
            .args(["--cutout", "--size", "fast"]),
    );
    assert_eq!(count_frames(&out), 5);
    let refused = folder.path().join("out.mp4");
    support::fail(
        scrim()
            .arg("video")
            .arg(&input)
            .arg("-o")
            .arg(&refused)
            .args(["--cutout", "--size", "fast"]),
        6,
        &["alpha", ".mov"],
    );
    assert!(!refused.exists());
}
