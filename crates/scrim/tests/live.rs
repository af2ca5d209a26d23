//! The live pipeline as a user starts it: without a window, and in one under a virtual display.

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{count_frames, json, scrim, succeed};

#[test]
fn a_headless_run_measures_itself() {
    let report = json(&succeed(scrim().args([
        "run",
        "--headless",
        "--source",
        "pattern:320x192@20",
        "--background",
        "color:#204060",
        "--size",
        "fast",
        "--output",
        "null",
        "--seconds",
        "8",
        "--json",
    ])));
    let written = report["outputs"][0]["written"].as_u64().unwrap();
    assert!(written >= 2, "{report:#}");
    assert!(
        report["latency_ms"]["total"]["p50"].as_f64().unwrap() > 0.0,
        "{report:#}"
    );
    assert_eq!(report["loaded"]["provider"], "cpu");
    assert_eq!(report["size"], serde_json::json!([320, 192]));
    assert_eq!(report["problems"], serde_json::json!([]), "{report:#}");
}

#[test]
fn a_delay_that_was_not_measured_is_null() {
    let report = json(&succeed(
        scrim()
            .args(["run", "--headless", "--source", "pattern:160x96@25"])
            .args(["--output", "null", "--seconds", "0.001", "--json"]),
    ));
    assert_eq!(report["latency_ms"]["total"], serde_json::Value::Null);
}

#[test]
fn a_recording_is_complete_when_the_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("recording.mp4");
    let report = json(&succeed(
        scrim()
            .args([
                "run",
                "--headless",
                "--source",
                "sample",
                "--size",
                "fast",
                "--seconds",
                "8",
                "--json",
                "--output",
            ])
            .arg(&out),
    ));
    let written = report["outputs"][0]["written"].as_u64().unwrap();
    assert!(written > 0, "{report:#}");
    assert!(
        count_frames(&out) >= written,
        "a live recording keeps what was handed over"
    );
    assert_eq!(support::names(folder.path()), ["recording.mp4"]);
}

#[test]
fn an_interrupt_completes_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (video, pictures) = (
        folder.path().join("recording.mkv"),
        folder.path().join("picture-####.png"),
    );
    let child = scrim()
        .args(["run", "--headless", "--source", "pattern:160x96@25"])
        .args(["--size", "fast", "--seconds", "600", "--output"])
        .arg(&video)
        .arg("--output")
        .arg(&pictures)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Once the third picture is there, the video has been given the first ones too.
    wait_for(Duration::from_mins(2), || {
        folder.path().join("picture-0003.png").exists()
    });
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", support::text(&output.stderr));
    assert!(count_frames(&video) > 0);
    let left: Vec<_> = support::names(folder.path())
        .into_iter()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "unfinished files were left: {left:?}");
}

#[test]
fn a_run_that_shows_nobody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("recording.mp4");
    support::fail(
        scrim()
            .args(["run", "--headless", "--source", "pattern:160x96@25"])
            .args(["--seconds", "0.001", "--output"])
            .arg(&out),
        6,
        &["recording.mp4"],
    );
    assert!(!out.exists());
}

#[test]
fn a_source_that_is_missing_ends_a_headless_run() {
    support::fail(
        scrim().args([
            "run",
            "--headless",
            "--source",
            "nowhere.mp4",
            "--output",
            "null",
            "--seconds",
            "20",
        ]),
        3,
        &["nowhere.mp4"],
    );
}

#[test]
fn the_window_opens_plays_the_sample_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    let mut child = Command::new("xvfb-run")
        .args(["-a", "-s", "-screen 0 1280x800x24"])
        .arg(env!("CARGO_BIN_EXE_scrim"))
        .args(["run", "--source", "sample", "--size", "fast"])
        .args(["--seconds", "5", "--config"])
        .arg(&settings)
        .stderr(Stdio::piped())
        .spawn()
        .expect("xvfb-run is needed: run `cargo xtask setup`");
    wait_for(Duration::from_mins(3), || {
        child.try_wait().expect("it can be waited for").is_some()
    });
    let output = child.wait_with_output().unwrap();
    let said = support::text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(
        !settings.exists(),
        "nothing was chosen, so nothing is to be remembered"
    );
}

#[test]
fn without_a_display_the_window_says_what_to_do() {
    let mut command = scrim();
    command
        .arg("run")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET");
    support::fail(&mut command, 1, &["no window", "--headless"]);
}

fn wait_for(limit: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < limit,
            "it did not happen within {limit:?}"
        );
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
