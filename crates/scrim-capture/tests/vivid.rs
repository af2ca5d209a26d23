//! Controls of a real driver: the kernel's own test camera, `vivid` (`modprobe vivid`). Skipped loudly where there is none;
//! `REQUIRE_VIVID=1` makes that a failure.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use scrim_capture::{
    CameraControl, CameraControls, CameraInfo, ControlAccess, ControlError, ControlKind, Delivery,
    SourceSpec, VideoSource, camera_controls, devices, open,
};

const PATIENCE: Duration = Duration::from_secs(30);

fn vivid() -> Option<CameraInfo> {
    let found = devices()
        .into_iter()
        .find(|camera| camera.name.starts_with("vivid"));
    if found.is_none() {
        assert!(
            std::env::var_os("REQUIRE_VIVID").is_none(),
            "there is no vivid camera"
        );
        eprintln!("SKIPPED: there is no vivid camera (modprobe vivid)");
    }
    found
}

fn get(controls: &mut dyn CameraControls, key: &str) -> CameraControl {
    let listed = controls.list().expect("controls are listed");
    let keys: Vec<_> = listed.iter().map(|c| c.key.clone()).collect();
    let found = listed.into_iter().find(|c| c.key == key);
    found.unwrap_or_else(|| panic!("no {key} among {keys:?}"))
}

#[test]
fn controls_of_every_kind_are_listed_set_and_read_back() {
    let Some(camera) = vivid() else { return };
    let mut controls = camera_controls(&camera).expect("Linux has controls");
    for control in controls.list().unwrap() {
        println!("{control:?}");
    }
    let listed = controls.list().unwrap();
    assert!(listed.is_sorted_by_key(|control| control.group));
    for (key, values) in [
        ("brightness", [10, 200]),
        ("hue", [-100, 90]),
        ("horizontal_flip", [1, 0]),
        ("boolean", [0, 1]),
        ("integer_64_bits", [-5_000_000_000, 7]),
        ("integer_menu", [1, 2]),
        ("menu", [1, 3]),
    ] {
        let before = get(controls.as_mut(), key);
        assert_eq!(before.access, ControlAccess::Settable, "{key}");
        for value in values {
            // The menu of this driver leaves some of its numbers out.
            let is_offered = match &before.kind {
                ControlKind::Menu(entries) => entries.iter().any(|(number, _)| *number == value),
                _ => true,
            };
            if is_offered {
                assert_eq!(controls.set(key, value), Ok(value), "{key}");
                assert_eq!(get(controls.as_mut(), key).value, value, "{key}");
            } else {
                let refused = controls.set(key, value);
                assert!(matches!(refused, Err(ControlError::Refused(_))), "{key}");
            }
        }
        assert_eq!(controls.set(key, before.default), Ok(before.default));
    }
    assert_eq!(controls.set("brightness", 100_000), Ok(255), "clamped");
    let brightness = get(controls.as_mut(), "brightness").default;
    controls.set("brightness", brightness).unwrap();
    assert_eq!(controls.set("sparkle", 1), Err(ControlError::Unknown));
    let fixed = get(controls.as_mut(), "read_only_integer_32_bits");
    assert_eq!(fixed.access, ControlAccess::ReadOnly);
    assert!(matches!(
        controls.set(&fixed.key, fixed.value),
        Err(ControlError::Refused(_))
    ));
    // Buttons, texts and arrays are nothing for a slider.
    let keys: Vec<_> = listed.iter().map(|control| control.key.as_str()).collect();
    for key in ["button", "string", "u32_1_element_array", "disconnect"] {
        assert!(!keys.contains(&key), "{key} among {keys:?}");
    }
}

#[test]
fn what_a_mode_rules_is_inactive_while_it_does() {
    let Some(camera) = vivid() else { return };
    let mut controls = camera_controls(&camera).expect("Linux has controls");
    controls.set("gain_automatic", 1).unwrap();
    assert_eq!(
        get(controls.as_mut(), "gain").access,
        ControlAccess::Inactive
    );
    controls.set("gain_automatic", 0).unwrap();
    assert_eq!(
        get(controls.as_mut(), "gain").access,
        ControlAccess::Settable
    );
    assert_eq!(controls.set("gain", 42), Ok(42));
    controls.set("gain_automatic", 1).unwrap();
}

/// The mean luma of the next picture that satisfies `is_enough`, or of the last one in time.
fn luma(source: &mut dyn VideoSource, is_enough: impl Fn(f64) -> bool) -> f64 {
    let deadline = Instant::now() + PATIENCE;
    let mut mean = f64::NAN;
    while Instant::now() < deadline {
        let delivery = source
            .next_frame(Duration::from_millis(500))
            .expect("the camera sends pictures");
        if let Delivery::Frame(frame) = delivery {
            let bytes = frame.plane(0).bytes.iter().step_by(2);
            let count = bytes.len() as f64;
            mean = bytes.map(|&byte| f64::from(byte)).sum::<f64>() / count;
            if is_enough(mean) {
                break;
            }
        }
    }
    mean
}

#[test]
fn a_control_that_is_set_beside_the_stream_changes_its_pictures() {
    let Some(camera) = vivid() else { return };
    let spec: SourceSpec = format!("camera:{}?size=320x180", camera.path.display())
        .parse()
        .unwrap();
    let mut source = open(&spec, 2).expect("it opens");
    assert_eq!(source.camera().unwrap().id, camera.id);
    let mut controls = source.controls().expect("it has controls");
    let before = luma(source.as_mut(), |_| true);
    controls.set("brightness", 0).unwrap();
    let dark = luma(source.as_mut(), |mean| mean < before - 30.0);
    assert!(dark < before - 30.0, "{before} became {dark}");
    controls.set("brightness", 128).unwrap();
    let again = luma(source.as_mut(), |mean| mean > dark + 30.0);
    assert!(again > dark + 30.0, "{dark} became {again}");
}
