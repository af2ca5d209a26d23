//! What is put behind the person.

use egui::Key;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT, Queryable};
use scrim_panel::Chosen;
use scrim_pipeline::{BackgroundSpec, Fit, Rgb};

use crate::bench;
use crate::common::{Bench, click, click_word, enter, facts, settings, tall};

#[test]
fn background_tiles() {
    let mut harness = tall(bench());
    let background = |harness: &mut _, tile: &str| {
        click(harness, Role::RadioButton, tile);
        let node = harness.get_by_role_and_label(Role::RadioButton, tile);
        assert_eq!(
            node.accesskit_node().toggled(),
            Some(Toggled::True),
            "{tile}"
        );
        harness.state().settings().background.clone()
    };
    assert_eq!(
        background(&mut harness, "Evening"),
        facts().backgrounds[2].spec
    );
    assert!(matches!(
        background(&mut harness, "Blur"),
        BackgroundSpec::Blur(_)
    ));
    assert!(matches!(
        background(&mut harness, "Gradient"),
        BackgroundSpec::Gradient(..)
    ));
    assert_eq!(
        background(&mut harness, "Transparent"),
        BackgroundSpec::Transparent
    );
    assert!(matches!(
        background(&mut harness, "Colour"),
        BackgroundSpec::Color(_)
    ));
    let evening = harness.get_by_role_and_label(Role::RadioButton, "Evening");
    assert_eq!(evening.accesskit_node().toggled(), Some(Toggled::False));
}

#[test]
fn background_details() {
    let mut harness = tall(bench());
    click(&mut harness, Role::RadioButton, "Colour");
    enter(&mut harness, "Colour as #rrggbb", "#123456");
    let color = BackgroundSpec::Color(Rgb(0x12, 0x34, 0x56));
    assert_eq!(harness.state().settings().background, color);
    // Something that is no colour changes nothing.
    enter(&mut harness, "Colour as #rrggbb", "blue");
    assert_eq!(harness.state().settings().background, color);

    click(&mut harness, Role::RadioButton, "Gradient");
    enter(&mut harness, "Top as #rrggbb", "#ffffff");
    enter(&mut harness, "Bottom as #rrggbb", "#000000");
    let gradient = BackgroundSpec::Gradient(Rgb(255, 255, 255), Rgb(0, 0, 0));
    assert_eq!(harness.state().settings().background, gradient);

    click(&mut harness, Role::RadioButton, "Blur");
    harness
        .get_by_role_and_label(Role::Slider, "Strength")
        .set_value_accesskit(80.0);
    harness.run();
    assert_eq!(
        harness.state().settings().background,
        BackgroundSpec::Blur(0.8)
    );

    click(&mut harness, Role::RadioButton, "Study");
    click_word(&mut harness, "Fit", "Tile");
    assert_eq!(harness.state().settings().fit, Fit::Tile);
}

#[test]
fn the_key_b_blurs_and_goes_back() {
    let mut harness = tall(bench());
    click(&mut harness, Role::RadioButton, "Meadow");
    harness.key_press(Key::B);
    harness.run();
    assert!(matches!(
        harness.state().settings().background,
        BackgroundSpec::Blur(_)
    ));
    harness.key_press(Key::B);
    harness.run();
    assert_eq!(
        harness.state().settings().background,
        facts().backgrounds[1].spec
    );
}

#[test]
fn a_file_from_the_dialog() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, b"x").unwrap();
    let bench = Bench::with_chooser(settings(), facts(), Chosen::File(photo.clone()));
    let mut harness = tall(bench);
    click(&mut harness, Role::RadioButton, "Own file");
    click(&mut harness, Role::Button, "Choose background file");
    wait_until(&mut harness, |bench| bench.applied().is_some());
    let wanted = BackgroundSpec::File(photo);
    assert_eq!(harness.state().settings().background, wanted);
}

#[test]
fn without_a_file_dialog_the_reason_is_shown_and_the_path_can_be_typed() {
    let answer = Chosen::Unavailable("no portal".into());
    let mut harness = tall(Bench::with_chooser(settings(), facts(), answer));
    click(&mut harness, Role::RadioButton, "Own file");
    click(&mut harness, Role::Button, "Choose background file");
    for _ in 0..400 {
        harness.run();
        if harness.query_by_label_contains("no portal").is_some() {
            break;
        }
        pause();
    }
    harness.get_by_label_contains("Type the path here and press Enter");
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, b"x").unwrap();
    enter(&mut harness, "Background file", photo.to_str().unwrap());
    let wanted = BackgroundSpec::File(photo);
    assert_eq!(harness.state().settings().background, wanted);
}

fn wait_until(harness: &mut egui_kittest::Harness<'static, Bench>, done: impl Fn(&Bench) -> bool) {
    for _ in 0..400 {
        harness.run();
        if done(harness.state()) {
            return;
        }
        pause();
    }
    panic!("it did not happen within two seconds");
}

/// Lets the dialog's thread run.
fn pause() {
    let (_keep, never) = std::sync::mpsc::sync_channel::<()>(0);
    let _ = never.recv_timeout(std::time::Duration::from_millis(5));
}
