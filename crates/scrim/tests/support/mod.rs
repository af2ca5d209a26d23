//! What the whole-program tests share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, with settings of its own so that the user's are neither read nor written.
pub fn scrim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scrim"));
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs it and asks for success.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("scrim starts");
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs it and asks for this exit code, an error that holds every one of `words`, and no panic.
pub fn fail(command: &mut Command, code: i32, words: &[&str]) {
    let output = command.output().expect("scrim starts");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}:\n{said}");
    assert!(!said.contains("panicked"), "{said}");
    for word in words {
        assert!(
            said.contains(word),
            "{command:?} does not say {word:?}:\n{said}"
        );
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON that a command printed.
pub fn json(stdout: &str) -> serde_json::Value {
    serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

/// The first picture of the bundled sample, as a JPEG file.
pub fn person(folder: &Path) -> PathBuf {
    let clip = include_bytes!("../../../../assets/sample/presenter.mjpeg");
    // A JPEG ends with FF D9; inside the entropy-coded data an FF byte is always followed by 00 or a restart marker.
    let end = clip
        .windows(2)
        .position(|pair| pair == [0xff, 0xd9])
        .expect("a JPEG ends")
        + 2;
    let path = folder.join("person.jpg");
    std::fs::write(&path, &clip[..end]).expect("a scratch file can be written");
    path
}

/// Makes a clip with ffmpeg's test source.
pub fn clip(path: &Path, source: &str, more: &[&str]) {
    let output = ffmpeg(
        &[
            &["-f", "lavfi", "-i", source][..],
            more,
            &[&path.to_string_lossy()],
        ]
        .concat(),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// How many frames a file holds, counted by decoding it.
pub fn count_frames(path: &Path) -> u64 {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", "v:0"])
        .args(["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe is needed: run `cargo xtask setup`");
    text(&output.stdout)
        .trim()
        .trim_end_matches(',')
        .parse()
        .expect("ffprobe counts frames")
}

pub fn ffmpeg(arguments: &[&str]) -> Output {
    Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-nostdin"])
        .args(arguments)
        .output()
        .expect("ffmpeg is needed: run `cargo xtask setup`")
}

/// What lies in a folder, by name.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| {
            entry
                .expect("the entry can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
