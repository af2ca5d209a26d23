//! `scrim devices` and `scrim doctor`.

mod support;

use support::{json, scrim, succeed, text};

#[test]
fn the_doctor_checks_every_part() {
    let report = json(&succeed(scrim().args(["doctor", "--json"])));
    let checks = report["checks"].as_array().unwrap();
    for part in [
        "runtime", "model", "graphics", "camera", "v4l2", "pipewire", "ffmpeg",
    ] {
        let check = checks
            .iter()
            .find(|check| check["part"] == part)
            .unwrap_or_else(|| panic!("{part} is missing"));
        assert!(check["health"] != "fail", "{check}");
    }
}

#[test]
fn the_doctor_names_the_fix_for_a_missing_runtime() {
    let nowhere = tempfile::tempdir().unwrap();
    let output = scrim()
        .arg("doctor")
        .env("ORT_DYLIB_PATH", nowhere.path().join("libonnxruntime.so"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let line = said
        .lines()
        .find(|line| line.starts_with("FAIL"))
        .unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("->"), "no fix: {line}");
}

#[test]
fn devices_are_listed_even_when_there_are_none() {
    let report = json(&succeed(scrim().args(["devices", "--json"])));
    assert!(report["cameras"].is_array());
    let virtual_cameras = &report["virtual_cameras"];
    let devices = virtual_cameras["devices"].as_array().unwrap();
    assert!(
        !devices.is_empty() || virtual_cameras["try"].is_string(),
        "{report}"
    );
    let pipewire = &report["pipewire"];
    assert!(
        pipewire["version"].is_string() || pipewire["try"].is_string(),
        "{report}"
    );
    assert!(!succeed(scrim().arg("devices")).is_empty());
}

#[test]
fn onnx_runtime_keeps_no_record_to_report() {
    let home = tempfile::tempdir().unwrap();
    // Where the runtime was installed to; everything else of the user's is out of sight.
    let data = std::env::var_os("XDG_DATA_HOME").map_or_else(
        || std::path::Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".local/share"),
        std::path::PathBuf::from,
    );
    let report = json(&succeed(
        scrim()
            .args(["doctor", "--json"])
            .env("HOME", home.path())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("ORT_DISABLE_TELEMETRY")
            // With it, it keeps none anyway.
            .env_remove("CI")
            .env("XDG_DATA_HOME", data),
    ));
    let checks = report["checks"].as_array().unwrap();
    let is_loaded = checks
        .iter()
        .any(|c| c["part"] == "runtime" && c["health"] == "ok");
    assert!(is_loaded, "{report}");
    let record = home.path().join(".cache/Microsoft");
    assert!(!record.exists(), "{} was made", record.display());
}

/// `scrim devices | head -0`: whoever reads has gone before anything is printed.
#[cfg(unix)]
#[test]
fn nobody_reads_on_and_nothing_crashes() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = scrim().arg("devices").stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("panicked"));
}
