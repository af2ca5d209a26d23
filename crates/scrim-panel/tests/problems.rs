//! Nothing that goes wrong is only in a log: what, why and what to try stand in the window.

mod common;

use common::{Bench, click, facts, open_section, problem, settings, tall};
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use scrim_panel::{PanelEvent, default_settings};
use scrim_pipeline::output::SinkError;
use scrim_pipeline::{
    OutputSpec, OutputStatus, Problem, Severity, Showing, SourceSpec, StageState, Status,
};

#[test]
fn every_severity_says_what_why_and_what_to_try() {
    let severities = [
        (Severity::Notice, "Notice"),
        (Severity::Warning, "Warning"),
        (Severity::Error, "Error"),
    ];
    let mut bench = Bench::new(settings(), facts());
    for (severity, word) in severities {
        let (what, why) = (format!("{word} happened."), format!("because of {word}"));
        let new = problem(severity, &what, &why, &format!("mend the {word}"));
        bench.status.problems.push(new);
    }
    let harness = tall(bench);
    let mut heights = Vec::new();
    for (_, word) in severities {
        harness.get_by_role_and_label(Role::Image, word);
        let what = harness.get_by_label(&format!("{word} happened.")).rect();
        harness.get_by_label(&format!("because of {word}"));
        harness.get_by_label(&format!("Try: mend the {word}"));
        heights.push(what.top());
    }
    assert!(
        heights[2] < heights[1] && heights[1] < heights[0],
        "worst first"
    );
}

#[test]
fn what_failed_can_be_tried_again() {
    let mut bench = Bench::new(settings(), facts());
    let error = problem(Severity::Error, "It is broken.", "", "");
    bench.status.problems.push(error);
    let mut harness = tall(bench);
    click(&mut harness, Role::Button, "Try again: It is broken.");
    let last = harness.state().events.last();
    assert_eq!(last, Some(&PanelEvent::Retry));
    harness.get_by_label("It is broken.");
}

#[test]
fn notices_can_be_hidden_and_errors_cannot() {
    let mut bench = Bench::new(settings(), facts());
    let notice = problem(Severity::Notice, "By the way.", "", "");
    bench.panel.set_notices(vec![notice.clone()]);
    let error = problem(Severity::Error, "It is broken.", "", "");
    bench.status.problems.push(error);
    let mut harness = tall(bench);
    assert!(harness.query_by_label("Hide: It is broken.").is_none());
    click(&mut harness, Role::Button, "Hide: By the way.");
    assert!(harness.query_by_label("By the way.").is_none());
    harness.get_by_label("It is broken.");
    // What went away and comes back is news.
    harness.state_mut().panel.set_notices(Vec::new());
    harness.run();
    harness.state_mut().panel.set_notices(vec![notice]);
    harness.run();
    harness.get_by_label("By the way.");
}

#[test]
fn trouble_of_a_stage_is_shown_even_if_it_is_not_among_the_problems() {
    let mut bench = Bench::new(settings(), facts());
    let error = problem(
        Severity::Error,
        "The person cannot be cut out.",
        "no runtime",
        "run xtask",
    );
    bench.status.matting = StageState::Failed(error);
    let mut harness = tall(bench);
    harness.get_by_label("The person cannot be cut out.");
    harness.get_by_label("no runtime");
    open_section(&mut harness, "Model");
    let twice = harness
        .get_all_by_label("The person cannot be cut out.")
        .count();
    assert_eq!(twice, 2, "in the section too");
}

#[test]
fn without_a_camera_the_sample_plays_and_the_panel_says_how_to_go_on() {
    let mut facts = facts();
    facts.cameras.clear();
    facts.notices.push(problem(
        Severity::Notice,
        "No camera was found: the sample plays.",
        "The system lists no camera.",
        "Plug one in, or choose a file.",
    ));
    let settings = default_settings(&facts);
    assert_eq!(settings.source, SourceSpec::Sample);
    let harness = tall(Bench::new(settings, facts));
    harness.get_by_label("No camera was found: the sample plays.");
    harness.get_by_label("Try: Plug one in, or choose a file.");
}

#[test]
fn a_failed_recording_says_why() {
    let mut bench = Bench::new(settings(), facts());
    let spec = OutputSpec::Picture("/read-only/out.png".into());
    let mut settings = settings();
    settings.outputs.push(spec.clone());
    bench.panel.set_settings(settings);
    let error = SinkError::File {
        path: "/read-only/out.png".into(),
        reason: "read-only file system".into(),
        try_this: "Choose another folder.".into(),
    };
    bench.status.outputs.push(OutputStatus {
        spec,
        state: StageState::Failed(Problem::output(0, &error)),
        written: 0,
    });
    let harness = tall(bench);
    harness.get_by_label("failed: 0 pictures written");
    harness.get_by_label("Try: Choose another folder.");
}

#[test]
fn before_the_first_picture_the_window_says_what_is_waited_for() {
    let mut bench = Bench::new(settings(), facts());
    bench.has_picture = false;
    bench.status = Status::default();
    let mut harness = tall(bench);
    harness.get_by_label("Starting…");
    harness.get_by_label("Source: being opened");
    harness.get_by_label("Model: being loaded");
    harness.get_by_label("Graphics: being prepared");
    harness.state_mut().status.source.state = StageState::Running;
    harness.state_mut().status.compositor = StageState::Running;
    harness.run();
    harness.get_by_label("Source: ready");
    harness.state_mut().status.matting = StageState::Running;
    harness.run();
    harness.get_by_label("Waiting for the first picture");
    let error = problem(
        Severity::Error,
        "The source gives no picture.",
        "busy",
        "close it",
    );
    harness.state_mut().status.source.state = StageState::Failed(error);
    harness.run();
    harness.get_by_label("No picture");
    harness.get_by_label("Source: failed, see above");
    harness.get_by_label("Try: close it");
}

#[test]
fn the_state_line_says_what_outputs_show() {
    let mut settings = settings();
    settings.outputs.push(OutputSpec::Null);
    let mut harness = tall(Bench::new(settings, facts()));
    for (showing, words) in [
        (
            Showing::Person,
            "Outputs show: the person over the background.",
        ),
        (
            Showing::Slate,
            "Outputs show: the still card, nothing of the room.",
        ),
        (
            Showing::LastComposite,
            "Outputs show: the last good picture, for a moment.",
        ),
    ] {
        harness.state_mut().status.showing = showing;
        harness.run();
        harness.get_by_label(words);
    }
}

#[test]
fn the_state_line_claims_nothing_of_outputs_that_failed() {
    let mut settings = settings();
    settings.outputs.push(OutputSpec::Null);
    let mut bench = Bench::new(settings, facts());
    bench.status.showing = Showing::Person;
    let what = problem(
        Severity::Error,
        "An output fails.",
        "No module.",
        "Load it.",
    );
    bench.status.outputs.push(OutputStatus {
        spec: OutputSpec::Null,
        state: StageState::Failed(what),
        written: 0,
    });
    let harness = tall(bench);
    harness.get_by_label("No output works. One would show: the person over the background.");
}
