//! Bad input: each a clear message and its exit code, no panic, no half-written file under the final name.

mod support;

use std::fs;
use std::path::Path;

use support::{clip, fail, names, person, scrim};

fn image(input: &Path, out: &Path) -> std::process::Command {
    let mut command = scrim();
    command
        .arg("image")
        .arg(input)
        .arg("-o")
        .arg(out)
        .args(["--background", "color:#000000"]);
    command
}

#[test]
fn unreadable_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let whole = fs::read(person(folder.path())).unwrap();
    // A PNG header that announces 60000 × 60000 pixels, with a right checksum and no data.
    let huge = [
        &[0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13][..],
        b"IHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00",
        &crc32(b"IHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00").to_be_bytes(),
    ]
    .concat();
    let cases: [(&str, &[u8]); 4] = [
        ("empty.png", b""),
        ("truncated.jpg", &whole[..whole.len() / 3]),
        ("huge.png", &huge),
        ("text.png", b"hello\n"),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fail(&mut image(&path, &out), 3, &[name, "try:"]);
        assert!(!out.exists(), "{name} left something behind");
    }
    let text = folder.path().join("text.png");
    fail(
        &mut image(&text, &out),
        3,
        &["neither a picture nor a video"],
    );
    fail(
        &mut image(&folder.path().join("missing.png"), &out),
        3,
        &["missing.png", "try:"],
    );
    fail(&mut image(folder.path(), &out), 3, &["folder"]);
}

#[test]
fn command_lines_that_ask_for_what_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let input = person(folder.path());
    for name in ["out.jpg", "out", "out.mp4"] {
        let out = folder.path().join(name);
        fail(&mut image(&input, &out), 2, &[name, "ends in .png"]);
    }
    let out = folder.path().join("out.gif");
    let mut video = scrim();
    video.arg("video").arg(&input).arg("-o").arg(&out);
    fail(&mut video, 2, &["out.gif", "try:", ".mp4"]);
    let out = folder.path().join("out.png");
    fail(
        image(&input, &out).args(["--threads", "0"]),
        2,
        &["a number from 1"],
    );
    fail(
        image(&input, &out).args(["--model", "built-in:heavy"]),
        4,
        &["built-in:light"],
    );
    assert_eq!(names(folder.path()).len(), 1, "nothing was written");
}

#[test]
fn unreadable_clips() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let text = folder.path().join("text.mp4");
    fs::write(&text, "this is no video\n".repeat(100)).unwrap();
    fail(
        scrim().arg("video").arg(&text).arg("-o").arg(&out),
        3,
        &["text.mp4", "try:"],
    );
    let sound = folder.path().join("sound.wav");
    clip(&sound, "sine=duration=0.2", &[]);
    fail(
        scrim().arg("video").arg(&sound).arg("-o").arg(&out),
        3,
        &["sound.wav"],
    );
    assert!(!out.exists());
}

#[test]
fn models_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let input = person(folder.path());
    for (name, bytes) in [
        ("empty.onnx", &b""[..]),
        ("corrupt.onnx", &b"\x08\x07not an onnx file at all"[..]),
    ] {
        let model = folder.path().join(name);
        fs::write(&model, bytes).unwrap();
        fail(
            image(&input, &out).arg("--model").arg(&model),
            4,
            &[name, "try:"],
        );
    }
    fail(
        image(&input, &out).arg("--model").arg("nowhere.onnx"),
        4,
        &["nowhere.onnx"],
    );
    assert!(!out.exists());
}

#[test]
fn a_missing_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let input = person(folder.path());
    let mut command = image(&input, &out);
    command
        .env_remove("ORT_DYLIB_PATH")
        .env("XDG_DATA_HOME", folder.path())
        .env("HOME", folder.path());
    fail(&mut command, 4, &["ONNX Runtime", "try:"]);
    let mut command = image(&input, &out);
    command.env("ORT_DYLIB_PATH", folder.path().join("libonnxruntime.so"));
    fail(
        &mut command,
        4,
        &["ONNX Runtime", "libonnxruntime.so", "try:"],
    );
    let not_a_library = folder.path().join("libnothing.so");
    fs::write(&not_a_library, "text").unwrap();
    let mut command = image(&input, &out);
    command.env("ORT_DYLIB_PATH", &not_a_library);
    fail(&mut command, 4, &["libnothing.so", "try:"]);
    assert!(!out.exists());
}

#[test]
fn a_provider_that_cannot_work_here_is_refused_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let input = person(folder.path());
    fail(
        image(&input, &out).args(["--provider", "directml"]),
        4,
        &["DirectML", "try:"],
    );
    fail(
        image(&input, &out).args(["--provider", "gpu"]),
        2,
        &["gpu", "openvino"],
    );
    assert!(!out.exists());
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let input = person(folder.path());
    fail(
        &mut image(&input, &folder.path().join("nowhere/out.png")),
        6,
        &["nowhere", "try:"],
    );
    fail(&mut image(&input, &input.join("out.png")), 6, &["out.png"]);
    let taken = folder.path().join("folder.png");
    fs::create_dir(&taken).unwrap();
    fail(&mut image(&input, &taken), 6, &["folder.png"]);
    fail(
        &mut image(&input, &folder.path().join("out.xyz")),
        2,
        &["out.xyz", ".png"],
    );
    // Even the superuser cannot write here.
    fail(
        &mut image(&input, Path::new("/proc/out.png")),
        6,
        &["/proc"],
    );
    assert_eq!(names(folder.path()), ["folder.png", "person.jpg"]);
}

#[test]
fn backgrounds_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let input = person(folder.path());
    let out = folder.path().join("out.png");
    let mut command = scrim();
    command
        .arg("image")
        .arg(&input)
        .arg("-o")
        .arg(&out)
        .arg("--background");
    fail(
        command.arg(folder.path().join("nowhere.jpg")),
        7,
        &["nowhere.jpg", "try:"],
    );
    for wrong in [
        "color:#12",
        "color:green",
        "gradient:#000000",
        "blur:2",
        "bundled:nothing",
    ] {
        let mut command = scrim();
        command.arg("image").arg(&input).arg("-o").arg(&out);
        let output = command.args(["--background", wrong]).output().unwrap();
        assert!(
            matches!(output.status.code(), Some(2 | 7)),
            "{wrong}: {output:?}"
        );
        assert!(
            support::text(&output.stderr).contains(wrong.split(':').next_back().unwrap()),
            "{wrong}: {output:?}"
        );
    }
    assert!(!out.exists(), "the raw room was never written");
}

/// The checksum of PNG chunks (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}
