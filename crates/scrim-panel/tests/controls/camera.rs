//! What can be adjusted on the camera in use.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::bench;
use crate::common::controls::controls;
use crate::common::{Bench, choose, click, open_section, tall};

const CAMERA: &str = "usb-046d_HD_Webcam_C615-video-index0";

fn opened() -> Harness<'static, Bench> {
    let mut bench = bench();
    bench.status.source.controls = controls();
    let mut harness = tall(bench);
    open_section(&mut harness, "Camera controls");
    harness
}

fn set(harness: &Harness<'static, Bench>) -> Vec<(String, i64)> {
    let set = harness.state().settings().controls.get(CAMERA).cloned();
    set.unwrap_or_default().into_iter().collect()
}

#[test]
fn only_a_camera_with_controls_has_the_section() {
    let harness = tall(bench());
    assert!(harness.query_by_label("Camera controls").is_none());
}

#[test]
fn opening_the_section_sets_nothing() {
    let mut harness = opened();
    harness.run_steps(8);
    assert_eq!(harness.state().events, []);
}

#[test]
fn switches_and_menus_are_set_for_this_camera_and_applied_at_once() {
    let mut harness = opened();
    click(&mut harness, Role::CheckBox, "Slower in low light");
    assert_eq!(set(&harness), [("exposure_dynamic_framerate".into(), 0)]);
    choose(&mut harness, "Power line", "60 Hz");
    choose(&mut harness, "Exposure", "Manual");
    assert_eq!(
        set(&harness),
        [
            ("auto_exposure".into(), 1),
            ("exposure_dynamic_framerate".into(), 0),
            ("power_line_frequency".into(), 2),
        ]
    );
    let applied = harness.state().applied().expect("it was applied");
    assert_eq!(applied.controls.len(), 1);
    assert_eq!(
        applied.source,
        crate::settings().source,
        "nothing else changed"
    );
}

#[test]
fn a_slider_sets_its_number_and_stays_where_it_was_put() {
    let mut harness = opened();
    let gain = |harness: &Harness<'static, Bench>| {
        let node = harness.get_by_role_and_label(Role::Slider, "Gain");
        node.accesskit_node().numeric_value()
    };
    assert_eq!(gain(&harness), Some(64.0));
    harness.get_by_role_and_label(Role::Slider, "Gain").focus();
    harness.run();
    harness.key_press(egui::Key::ArrowRight);
    harness.run();
    let [(key, value)] = &set(&harness)[..] else {
        panic!("one control");
    };
    assert_eq!(key, "gain");
    assert!(*value > 64, "{value}");
    // The camera has not answered yet: the status still says 64.
    harness.run_steps(4);
    assert_eq!(gain(&harness), Some(*value as f64));
}

#[test]
fn what_the_camera_chooses_by_itself_shows_its_value_and_cannot_be_set() {
    let mut bench = bench();
    bench.status.source.controls = controls();
    let mut settings = crate::settings();
    let of_camera = settings.controls.entry(CAMERA.into()).or_default();
    of_camera.insert("exposure_time_absolute".into(), 999);
    bench.panel.set_settings(settings);
    let mut harness = tall(bench);
    open_section(&mut harness, "Camera controls");
    let time = harness.get_by_role_and_label(Role::Slider, "Shutter");
    assert!(time.accesskit_node().is_disabled());
    assert_eq!(time.accesskit_node().numeric_value(), Some(156.0));
    let gain = harness.get_by_role_and_label(Role::Slider, "Gain");
    assert!(!gain.accesskit_node().is_disabled());
}

#[test]
fn a_reset_sets_what_the_maker_chose() {
    let mut harness = opened();
    click(&mut harness, Role::Button, "Reset the camera's controls");
    let defaults: Vec<_> = controls()
        .iter()
        .map(|c| (c.key.clone(), c.default))
        .collect();
    let mut wanted = defaults.clone();
    wanted.sort();
    assert_eq!(set(&harness), wanted);
    assert!(defaults.contains(&("white_balance_temperature".into(), 4000)));
}
