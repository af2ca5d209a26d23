//! Every control changes the settings that it says it changes, and nothing else.

#[path = "../common/mod.rs"]
mod common;

mod background;
mod camera;
mod model;
mod outputs;
mod source;

use std::path::PathBuf;

use egui::Key;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT, Queryable};
use scrim_panel::PanelEvent;
use scrim_pipeline::{BackgroundSpec, PreviewView};

use common::{Bench, click, click_word, enter, facts, settings, tall, word};

fn bench() -> Bench {
    Bench::new(settings(), facts())
}

#[test]
fn nothing_is_asked_for_until_something_is_changed() {
    let mut harness = tall(bench());
    harness.run_steps(8);
    assert_eq!(harness.state().events, []);
}

#[test]
fn a_change_is_applied_once_and_remembered_when_it_has_settled() {
    let mut harness = tall(bench());
    click(&mut harness, Role::CheckBox, "Mirror");
    let mut wanted = settings();
    wanted.mirror = true;
    assert_eq!(harness.state().events, [PanelEvent::Apply(wanted.clone())]);
    harness.run_steps(8);
    let events = &harness.state().events;
    assert_eq!(events[1..], [PanelEvent::Remember(wanted)]);
}

#[test]
fn settings_from_outside_are_followed_in_silence() {
    let mut harness = tall(bench());
    let mut other = settings();
    other.background = BackgroundSpec::File(PathBuf::from("/home/me/beach.jpg"));
    other.view = PreviewView::Split(0.25);
    harness.state_mut().panel.set_settings(other.clone());
    harness.run();
    assert_eq!(harness.state().applied(), None);
    assert_eq!(harness.state().settings(), &other);
    let field = harness.get_by_label("Background file").value();
    assert_eq!(field.as_deref(), Some("/home/me/beach.jpg"));
}

#[test]
fn views_by_click_and_by_key() {
    let views = [
        ("Composite", Key::Num1, PreviewView::Composite),
        ("Matte", Key::Num2, PreviewView::Matte),
        ("Source", Key::Num3, PreviewView::Source),
        ("Split", Key::Num4, PreviewView::Split(0.5)),
    ];
    let mut harness = tall(bench());
    for (label, _, view) in views.iter().rev() {
        click_word(&mut harness, "View", label);
        assert_eq!(harness.state().settings().view, *view);
    }
    for (_, key, view) in views {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().settings().view, view);
    }
    let chosen = word(&harness, "View", "Split").accesskit_node().toggled();
    assert_eq!(chosen, Some(Toggled::True));
    harness.key_press(Key::M);
    harness.run();
    assert!(harness.state().settings().mirror);
}

#[test]
fn keys_typed_into_a_field_do_nothing_else() {
    let mut harness = tall(bench());
    enter(&mut harness, "Recording file", "1234mb.mp4");
    assert_eq!(harness.state().applied(), None);
}
