//! What really runs of the model, and what does not, with the reasons.

use std::time::Duration;

use egui::{RichText, Ui};
use scrim_pipeline::{InferenceDevice, LoadReport, StageState, Status};

use crate::kit;
use crate::panel::Desk;
use crate::theme::Palette;

/// What really runs, as opposed to what was asked for.
pub(super) fn report(ui: &mut Ui, status: &Status) {
    ui.separator();
    ui.label(RichText::new("What runs").strong());
    let palette = Palette::of(ui);
    if let StageState::Failed(problem) = &status.matting {
        ui.label(RichText::new(&problem.what).color(palette.error));
    }
    if status.loading {
        let text = "Another model is being loaded; this one keeps working.";
        ui.label(RichText::new(text).color(palette.notice));
    }
    let Some(loaded) = &status.loaded else {
        kit::remark(ui, "No model is loaded yet.");
        return;
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (label, value, hover) in report_lines(loaded) {
            kit::fact(ui, label, hover, &value);
        }
    });
}

fn report_lines(loaded: &LoadReport) -> Vec<(&'static str, String, &'static str)> {
    let nodes = loaded
        .nodes
        .iter()
        .map(|n| {
            // All their names end so, and the row is short.
            let name = n.provider.trim_end_matches("ExecutionProvider");
            format!("{} {name}", n.nodes)
        })
        .collect::<Vec<_>>()
        .join(", ");
    let mut lines = vec![
        ("Name", loaded.model.clone(), ""),
        (
            "Runs on",
            loaded.active.to_string(),
            "The execution provider that took the model",
        ),
    ];
    if !nodes.is_empty() {
        let hover =
            "How many steps of the model each provider runs. Steps left to the CPU cost time.";
        lines.push(("Nodes", nodes, hover));
    }
    lines.extend([
        (
            "Input",
            format!("{} px", crate::source::size_text(loaded.input_size)),
            "For a 16:9 picture",
        ),
        (
            "Threads",
            loaded.threads.to_string(),
            "Of the CPU's kernels",
        ),
        (
            "Runtime",
            format!("ONNX Runtime {}", loaded.runtime_version),
            "The library that runs the model",
        ),
        (
            "Library",
            loaded.runtime.display().to_string(),
            "Where it lies",
        ),
        (
            "Loaded in",
            milliseconds(loaded.load),
            "Reading and preparing the model",
        ),
        (
            "First run",
            milliseconds(loaded.warm_up),
            "Slower than those after it",
        ),
    ]);
    lines
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

/// Providers that do not run the model, each with the reason: those that refused it, then those that are not here.
pub(super) fn refusals(ui: &mut Ui, desk: &Desk<'_>) {
    let refused = desk.status.loaded.iter().flat_map(|l| &l.refused);
    let refused = refused.map(|r| (r.device, r.reason.as_str()));
    let absent = desk
        .facts
        .providers
        .iter()
        .filter_map(|p| Some((p.device, p.missing.as_deref()?)));
    let mut all: Vec<(InferenceDevice, &str)> = refused.collect();
    for (device, reason) in absent {
        if !all.iter().any(|(known, _)| *known == device) {
            all.push((device, reason));
        }
    }
    if all.is_empty() {
        return;
    }
    let title = format!("Not used, and why ({})", all.len());
    egui::CollapsingHeader::new(title)
        .id_salt("refusals")
        .show(ui, |ui| {
            for (device, reason) in all {
                ui.label(RichText::new(device.name()).strong());
                ui.label(RichText::new(reason).small());
            }
        });
}
