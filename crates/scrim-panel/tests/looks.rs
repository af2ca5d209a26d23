//! What the whole panel looks like. The pictures under `snapshots` were looked at; they tell of accidents, not of taste.

mod common;

use common::controls::controls;
use common::{Bench, drawn, facts, open_section, problem, settings};
use egui_kittest::SnapshotOptions;
use scrim_pipeline::{PreviewView, Severity, StageState};

/// Rasterisers differ in the edges of letters; a moved or recoloured control is far more than this many pixels.
fn tolerant() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(400)
}

#[test]
fn the_whole_panel() {
    let mut settings = settings();
    settings.view = PreviewView::Split(0.4);
    let mut bench = Bench::new(settings, facts());
    bench.status.problems.push(problem(
        Severity::Warning,
        "The model runs slower than the camera.",
        "The camera gives 30 pictures a second, the model takes 21.",
        "Choose the input size \"Fast\", or a provider with a graphics card.",
    ));
    let mut harness = drawn(bench, [1280.0, 800.0]);
    harness.run();
    harness.snapshot_options("panel", &tolerant());
}

#[test]
fn the_controls_of_a_camera() {
    let mut bench = Bench::new(settings(), facts());
    bench.status.source.controls = controls();
    let mut harness = drawn(bench, [900.0, 900.0]);
    open_section(&mut harness, "Camera controls");
    harness.remove_cursor();
    harness.run();
    harness.snapshot_options("controls", &tolerant());
}

#[test]
fn every_section_while_the_source_fails() {
    let mut facts = facts();
    let what = "The settings file is broken; defaults are used.";
    let why = "It was kept as settings.broken-1.toml.";
    let notice = problem(
        Severity::Notice,
        what,
        why,
        "Look there for what you want back.",
    );
    facts.notices.push(notice);
    let mut bench = Bench::new(settings(), facts);
    bench.has_picture = false;
    let error = problem(
        Severity::Error,
        "The source gives no picture.",
        "the camera HD Webcam C615 is in use by another program (zoom, 4711)",
        "Close the other program, or choose another camera.",
    );
    bench.status.source.state = StageState::Failed(error.clone());
    bench.status.problems.push(error);
    let mut harness = drawn(bench, [900.0, 1960.0]);
    open_section(&mut harness, "Model");
    open_section(&mut harness, "Not used, and why (2)");
    open_section(&mut harness, "Figures");
    harness.remove_cursor();
    harness.run();
    harness.snapshot_options("sections", &tolerant());
}
