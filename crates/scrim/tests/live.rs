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
        "3",
        "--json",
    ])));
    let written = report["outputs"][0]["written"].as_u64().unwrap();
    assert!(written >= 5, "{report:#}");
    assert!(
        report["latency_ms"]["total"]["p50"].as_f64().unwrap() > 0.0,
        "{report:#}"
    );
    assert_eq!(report["loaded"]["provider"], "cpu");
    assert_eq!(report["size"], serde_json::json!([320, 192]));
    assert_eq!(report["problems"], serde_json::json!([]), "{report:#}");
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
                "4",
                "--json",
                "--output",
            ])
            .arg(&out),
    ));
    let written = report["outputs"][0]["written"].as_u64().unwrap();
    assert!(written > 2, "{report:#}");
    assert!(
        count_frames(&out) >= written,
        "a live recording keeps what was handed over"
    );
    assert_eq!(support::names(folder.path()), ["recording.mp4"]);
}

#[test]
fn an_interrupt_completes_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("recording.mkv");
    let child = scrim()
        .args([
            "run",
            "--headless",
            "--source",
            "pattern:160x96@25",
            "--size",
            "fast",
            "--seconds",
            "60",
            "--output",
        ])
        .arg(&out)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The temporary file beside it tells that the recording has begun.
    wait_for(Duration::from_secs(30), || {
        !support::names(folder.path()).is_empty()
    });
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", support::text(&output.stderr));
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
    let output = Command::new("xvfb-run")
        .args([
            "-a",
            "-s",
            "-screen 0 1280x800x24",
            env!("CARGO_BIN_EXE_scrim"),
        ])
        .args([
            "run",
            "--source",
            "sample",
            "--size",
            "fast",
            "--seconds",
            "5",
            "--config",
        ])
        .arg(&settings)
        .output()
        .expect("xvfb-run is needed: run `cargo xtask setup`");
    let said = support::text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(
        settings.exists(),
        "settings are remembered when the window closes"
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
