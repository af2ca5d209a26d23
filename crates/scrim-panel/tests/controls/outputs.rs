//! What is recorded, and what outputs are given.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use scrim_pipeline::output::VideoCodec;
use scrim_pipeline::{Deliver, OutputSpec, OutputStatus, StageState};

use crate::bench;
use crate::common::{Bench, click, click_word, enter, facts, settings, tall};

#[test]
fn recording_starts_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("talk.mp4");
    let mut harness = tall(bench());
    harness.get_by_label("No output is on: nothing leaves this window.");
    enter(&mut harness, "Recording file", clip.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    let spec = OutputSpec::Video {
        path: clip.clone(),
        codec: VideoCodec::H264,
    };
    let outputs = &harness.state().settings().outputs;
    assert_eq!(outputs, std::slice::from_ref(&spec));
    harness.state_mut().status.outputs.push(OutputStatus {
        spec,
        state: StageState::Running,
        written: 90,
    });
    harness.run();
    harness.get_by_label("recording: 90 pictures written");
    // The pipeline completes the file; the next recording must not go to the same name.
    std::fs::write(&clip, b"x").unwrap();
    click(&mut harness, Role::Button, "Stop recording");
    assert_eq!(harness.state().settings().outputs, []);
    harness.get_by_label_contains("Stopped after 90 pictures");
    let next = harness.get_by_label("Recording file").value();
    assert_eq!(
        next,
        Some(folder.path().join("talk-2.mp4").display().to_string())
    );
}

#[test]
fn recording_over_a_file_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("talk.webm");
    std::fs::write(&clip, b"dear to someone").unwrap();
    let mut harness = tall(bench());
    enter(&mut harness, "Recording file", clip.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    assert_eq!(harness.state().applied(), None);
    click(&mut harness, Role::Button, "Take a free name");
    click(&mut harness, Role::Button, "Start recording");
    let path = folder.path().join("talk-2.webm");
    let codec = VideoCodec::Vp9;
    assert_eq!(
        harness.state().settings().outputs,
        [OutputSpec::Video { path, codec }]
    );
}

#[test]
fn recording_over_a_picture_of_a_sequence_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("talk-0001.png"), b"dear to someone").unwrap();
    let mut harness = tall(bench());
    let pattern = folder.path().join("talk-####.png");
    enter(&mut harness, "Recording file", pattern.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    assert_eq!(harness.state().applied(), None);
    harness.get_by_label("Replace it");
}

#[test]
fn nothing_is_recorded_over_the_clip_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("talk.mp4");
    std::fs::write(&clip, b"dear to someone").unwrap();
    let mut shown = settings();
    shown.source = clip.to_str().unwrap().parse().unwrap();
    let mut harness = tall(Bench::new(shown, facts()));
    enter(&mut harness, "Recording file", clip.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    harness.get_by_label_contains("would be written over");
    assert_eq!(harness.state().applied(), None);
    assert!(harness.query_by_label("Replace it").is_none());
}

#[test]
fn a_recording_that_cannot_be_named_says_what_can() {
    let mut harness = tall(bench());
    for (wrong, complaint) in [
        ("talk.txt", "names no output"),
        ("null", "such as scrim.mp4"),
        ("", "Name a file"),
    ] {
        enter(&mut harness, "Recording file", wrong);
        click(&mut harness, Role::Button, "Start recording");
        assert_eq!(harness.state().applied(), None, "{wrong}");
        harness.get_by_label_contains(complaint);
    }
}

#[test]
fn outputs_can_be_given_the_matte() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Give out", "Matte");
    assert_eq!(harness.state().settings().deliver, Deliver::Matte);
}

#[test]
fn virtual_cameras_are_switched_one_by_one() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut harness = tall(bench());
    assert!(harness.query_by_label("Keep my camera on").is_none());
    click(&mut harness, Role::CheckBox, "PipeWire camera");
    click(&mut harness, Role::CheckBox, "Virtual camera");
    click(&mut harness, Role::CheckBox, "Keep my camera on");
    let names = |settings: &scrim_pipeline::Settings| -> Vec<String> {
        settings.outputs.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(harness.state().settings()), ["pipewire", "v4l2"]);
    assert!(harness.state().settings().keep_camera_on);
    click(&mut harness, Role::CheckBox, "PipeWire camera");
    assert_eq!(names(harness.state().settings()), ["v4l2"]);
}
