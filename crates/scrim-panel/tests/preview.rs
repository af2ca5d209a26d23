//! The preview: in shape, with a line that can be dragged.

mod common;

use common::{Bench, facts, settings, tall};
use egui::accesskit::Role;
use egui::{Key, Modifiers, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use scrim_pipeline::PreviewView;

fn split(fraction: f32) -> Harness<'static, Bench> {
    let mut settings = settings();
    settings.view = PreviewView::Split(fraction);
    tall(Bench::new(settings, facts()))
}

fn fraction(harness: &Harness<'static, Bench>) -> f32 {
    match harness.state().settings().view {
        PreviewView::Split(fraction) => fraction,
        other => panic!("not split: {other:?}"),
    }
}

#[test]
fn dragging_the_line_moves_the_split() {
    let mut harness = split(0.5);
    let picture = harness.get_by_label("Preview: split").rect();
    let grip = harness
        .get_by_role_and_label(Role::Slider, "Split line")
        .rect();
    let from = grip.center();
    assert!((from.x - picture.center().x).abs() < 1.0);
    let to = pos2(picture.left() + picture.width() * 0.25, from.y);
    harness.hover_at(from);
    harness.run();
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    assert!(
        (fraction(&harness) - 0.25).abs() < 0.005,
        "{}",
        fraction(&harness)
    );
    // Beyond the edge it stays at the edge.
    harness.hover_at(pos2(picture.left() - 300.0, from.y));
    harness.run();
    harness.drop_at(pos2(picture.left() - 300.0, from.y));
    harness.run();
    assert!(fraction(&harness).abs() < 1e-6);
    // Let go, it stays where it was left.
    harness.hover_at(picture.center());
    harness.run();
    assert!(fraction(&harness).abs() < 1e-6);
}

#[test]
fn arrow_keys_move_the_line() {
    let mut harness = split(0.5);
    harness
        .get_by_role_and_label(Role::Slider, "Split line")
        .focus();
    harness.run();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    harness.run();
    assert!((fraction(&harness) - 0.49).abs() < 1e-4);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run();
    assert!((fraction(&harness) - 0.59).abs() < 1e-4);
    assert!(
        harness
            .get_by_role_and_label(Role::Slider, "Split line")
            .is_focused()
    );
}

#[test]
fn the_line_keeps_its_place_while_another_view_is_shown() {
    let mut harness = split(0.3);
    harness.key_press(Key::Num1);
    harness.run();
    assert!(harness.query_by_label("Split line").is_none());
    harness.key_press(Key::Num4);
    harness.run();
    assert!((fraction(&harness) - 0.3).abs() < 1e-6);
}
