//! Everything can be done without a mouse.

mod common;

use std::collections::HashSet;

use common::{Bench, facts, open_section, settings, tall};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT, Queryable};
use scrim_pipeline::{BackgroundSpec, PreviewView, SourceSpec};

/// More than there are controls.
const TABS: usize = 120;

fn has_focus(node: &AccessKitNode<'_>) -> bool {
    node.is_focused()
}

fn focused(harness: &Harness<'static, Bench>) -> Option<String> {
    let mut nodes = harness.query_all_by(has_focus);
    nodes.find_map(|node| node.accesskit_node().label())
}

/// Tab until a control of this name has the focus.
fn tab_to(harness: &mut Harness<'static, Bench>, label: &str) {
    for _ in 0..TABS {
        harness.key_press(Key::Tab);
        harness.run();
        if focused(harness).as_deref() == Some(label) {
            return;
        }
    }
    panic!("\"{label}\" is not reached by Tab");
}

fn press(harness: &mut Harness<'static, Bench>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[test]
fn tab_reaches_every_control() {
    let mut settings = settings();
    settings.view = PreviewView::Split(0.5);
    let mut harness = tall(Bench::new(settings, facts()));
    open_section(&mut harness, "Model");
    let mut reached = HashSet::new();
    for _ in 0..TABS {
        press(&mut harness, Key::Tab);
        reached.extend(focused(&harness));
    }
    let wanted = [
        "Source",
        "Camera",
        "File",
        "Sample",
        "Pattern",
        "Size",
        "Rate",
        "Look for cameras again",
        "Background",
        "Study",
        "Meadow",
        "Evening",
        "Blur",
        "Colour",
        "Gradient",
        "Transparent",
        "Own file",
        "Fill",
        "Tile",
        "View",
        "Composite",
        "Matte",
        "Split",
        "Split at",
        "Mirror",
        "Output",
        "Recording file",
        "Choose recording file",
        "Start recording",
        "Model",
        "Built-in",
        "ONNX file",
        "Provider",
        "Input size",
        "Threads",
        "Guided",
        "Plain",
        "As it comes",
        "Kept",
        "Not used, and why (2)",
        "Figures",
        "Keys",
        "Split line",
    ];
    let missed: Vec<_> = wanted.iter().filter(|w| !reached.contains(**w)).collect();
    assert!(
        missed.is_empty(),
        "not reached: {missed:?}\nreached: {reached:?}"
    );
}

#[test]
fn every_control_has_a_name() {
    let mut settings = settings();
    settings.view = PreviewView::Split(0.5);
    settings.background = BackgroundSpec::Blur(0.5);
    let mut harness = tall(Bench::new(settings, facts()));
    open_section(&mut harness, "Model");
    for _ in 0..TABS {
        press(&mut harness, Key::Tab);
        let nameless: Vec<_> = harness
            .query_all_by(has_focus)
            .filter(|node| {
                let node = node.accesskit_node();
                // The window itself, before anything has the focus.
                node.role() != Role::Window && node.label().is_none_or(|label| label.is_empty())
            })
            .map(|node| format!("{node:?}"))
            .collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }
}

#[test]
fn a_call_is_set_up_by_keys_alone() {
    let mut harness = tall(Bench::new(settings(), facts()));
    tab_to(&mut harness, "Sample");
    press(&mut harness, Key::Space);
    assert_eq!(harness.state().settings().source, SourceSpec::Sample);
    tab_to(&mut harness, "Blur");
    press(&mut harness, Key::Enter);
    tab_to(&mut harness, "Strength");
    press(&mut harness, Key::ArrowRight);
    let BackgroundSpec::Blur(strength) = harness.state().settings().background else {
        panic!("not blurred");
    };
    assert!(strength > 0.5);
    tab_to(&mut harness, "Mirror");
    press(&mut harness, Key::Space);
    assert!(harness.state().settings().mirror);
    tab_to(&mut harness, "Split");
    press(&mut harness, Key::Space);
    let view = harness.state().settings().view;
    assert_eq!(view, PreviewView::Split(0.5));
}

#[test]
fn a_camera_is_chosen_from_its_list_by_keys() {
    let mut harness = tall(Bench::new(settings(), facts()));
    // The first one is the word "Camera" among the kinds of source.
    tab_to(&mut harness, "Camera");
    tab_to(&mut harness, "Camera");
    press(&mut harness, Key::Enter);
    tab_to(&mut harness, "Capture Card");
    press(&mut harness, Key::Enter);
    let source = harness.state().settings().source.clone();
    let SourceSpec::Camera { id, .. } = source else {
        panic!("no camera: {source:?}");
    };
    assert_eq!(id.as_deref(), Some("/dev/video2"));
}

#[test]
fn the_list_of_keys_opens_and_closes() {
    let mut harness = tall(Bench::new(settings(), facts()));
    assert!(harness.query_by_label("View: matte").is_none());
    press(&mut harness, Key::F1);
    harness.get_by_label("View: matte");
    press(&mut harness, Key::F1);
    assert!(harness.query_by_label("View: matte").is_none());
    harness.get_by_label("Keys").click();
    harness.run();
    harness.get_by_label("Mirror on or off");
    press(&mut harness, Key::Escape);
    assert!(harness.query_by_label("Mirror on or off").is_none());
}

#[test]
fn shortcuts_with_modifiers_are_left_alone() {
    let mut harness = tall(Bench::new(settings(), facts()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::M);
    harness.run();
    assert_eq!(harness.state().applied(), None);
}
