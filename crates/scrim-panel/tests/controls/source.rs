//! Where pictures come from.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use scrim_panel::PanelEvent;
use scrim_pipeline::frame::Size;
use scrim_pipeline::{CameraBackend, CameraRequest, Pace, Playback, SourceSpec};

use crate::bench;
use crate::common::{choose, click, click_word, enter, tall};

fn camera(id: Option<&str>, size: Option<(u32, u32)>, rate: Option<f32>) -> SourceSpec {
    SourceSpec::Camera {
        id: id.map(Into::into),
        backend: CameraBackend::Native,
        request: CameraRequest {
            size: size.map(|(w, h)| Size::new(w, h).expect("a size")),
            rate,
        },
    }
}

#[test]
fn source_kinds() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "Sample");
    assert_eq!(harness.state().settings().source, SourceSpec::Sample);
    click_word(&mut harness, "Source", "Pattern");
    let source = &harness.state().settings().source;
    assert!(matches!(source, SourceSpec::Pattern { .. }));
    // A file that is yet to be named changes nothing.
    let before = harness.state().settings().clone();
    click_word(&mut harness, "Source", "File");
    assert_eq!(harness.state().settings(), &before);
    click_word(&mut harness, "Source", "Camera");
    assert_eq!(harness.state().settings().source, camera(None, None, None));
}

#[test]
fn camera_size_and_rate() {
    let mut harness = tall(bench());
    choose(&mut harness, "Camera", "Capture Card");
    choose(&mut harness, "Size", "1920×1080");
    choose(&mut harness, "Rate", "15 fps");
    let wanted = camera(Some("/dev/video2"), Some((1920, 1080)), Some(15.0));
    assert_eq!(harness.state().settings().source, wanted);
    // What was asked of the camera comes back with it.
    click_word(&mut harness, "Source", "Sample");
    click_word(&mut harness, "Source", "Camera");
    assert_eq!(harness.state().settings().source, wanted);
    harness.state_mut().events.clear();
    click(&mut harness, Role::Button, "Look for cameras again");
    let last = harness.state().events.last();
    assert_eq!(last, Some(&PanelEvent::RefreshDevices));
}

#[test]
fn the_open_list_of_cameras_is_kept_up_to_date() {
    let mut harness = tall(bench());
    let looks = |harness: &egui_kittest::Harness<'static, crate::common::Bench>| {
        let events = harness.state().events.iter();
        events.filter(|e| **e == PanelEvent::WatchDevices).count()
    };
    harness.run_steps(8);
    assert_eq!(looks(&harness), 0, "nobody looks at it");
    click(&mut harness, Role::ComboBox, "Camera");
    harness.run_steps(20);
    let first = looks(&harness);
    assert!(first >= 2, "again and again");
    assert!(first <= 10, "but not with every frame: {first}");
    // One that is plugged in now appears, and can be chosen.
    let mut facts = harness.state().panel.facts().clone();
    facts.cameras.push(scrim_panel::CameraChoice {
        id: "usb-New".into(),
        name: "Just plugged in".into(),
        is_virtual: false,
        sizes: vec![],
        rates: vec![],
    });
    harness.state_mut().panel.set_facts(facts);
    harness.run_steps(4);
    click(&mut harness, Role::Button, "Just plugged in");
    assert_eq!(
        harness.state().settings().source,
        camera(Some("usb-New"), None, None)
    );
    let after = looks(&harness);
    harness.run_steps(20);
    assert_eq!(looks(&harness), after, "closed again");
}

#[test]
fn a_source_file_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip.mp4");
    std::fs::write(&clip, b"what is inside is the source's affair").unwrap();
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "File");
    enter(&mut harness, "Source file", clip.to_str().unwrap());
    let file = |playback| SourceSpec::File {
        path: clip.clone(),
        playback,
        pace: Pace::RealTime,
    };
    assert_eq!(harness.state().settings().source, file(Playback::Loop));
    click(&mut harness, Role::CheckBox, "Play again from the start");
    assert_eq!(harness.state().settings().source, file(Playback::Once));
}

#[test]
fn a_path_with_nothing_there_is_complained_about_and_not_applied() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "File");
    enter(&mut harness, "Source file", "/no/such/clip.mp4");
    harness.get_by_label_contains("/no/such/clip.mp4 cannot be opened");
    assert_eq!(harness.state().applied(), None);
    enter(&mut harness, "Source file", "/");
    harness.get_by_label_contains("is a folder");
    assert_eq!(harness.state().applied(), None);
}
