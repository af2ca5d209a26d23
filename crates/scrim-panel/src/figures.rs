//! The section "Figures": how fast, how late, what was left out, and what draws.

use std::time::Duration;

use egui::{RichText, Ui};
use scrim_pipeline::{Figures, Percentiles, Status};

use crate::kit;
use crate::theme::Palette;

const LABEL_WIDTH: f32 = 92.0;
/// Room for "1234 ms".
const COLUMN_WIDTH: f32 = 58.0;

pub(crate) fn show(ui: &mut Ui, status: &Status) {
    let figures = &status.figures;
    let summary = format!(
        "{} · {}",
        rate(figures.composite_rate),
        milliseconds(figures.total.p50)
    );
    kit::section(ui, "Figures", &summary, false, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        rates(ui, figures);
        ui.separator();
        latencies(ui, figures);
        kit::remark(
            ui,
            "Measured from the moment a picture arrives. Exposure and transport inside the camera come before that and \
             cannot be seen.",
        );
        ui.separator();
        drops(ui, figures);
        ui.separator();
        graphics(ui, status);
    });
}

fn rates(ui: &mut Ui, figures: &Figures) {
    kit::fact(
        ui,
        "Rate in",
        "Pictures a second that arrive from the source",
        &rate(figures.capture_rate),
    );
    kit::fact(
        ui,
        "Rate out",
        "Composites a second. Below the rate in, inference is the slower one.",
        &rate(figures.composite_rate),
    );
}

fn latencies(ui: &mut Ui, figures: &Figures) {
    let hover = "Time a picture takes. Half of them take less than p50, 19 of 20 less than p95, 99 of 100 less than p99.";
    let stages: [(&str, &str, &Percentiles); 4] = [
        (
            "Matting",
            "From arrival to matte: waiting, preparing, inference",
            &figures.matting,
        ),
        ("Drawing", "From matte to composite", &figures.compositing),
        (
            "Output",
            "From composite to handed over, by the slowest output",
            &figures.output,
        ),
        (
            "In all",
            "From arrival to drawn or handed over",
            &figures.total,
        ),
    ];
    egui::Grid::new("latency")
        .num_columns(4)
        .spacing([10.0, 5.0])
        .min_col_width(COLUMN_WIDTH)
        .show(ui, |ui| {
            kit::label_cell(ui, "Latency", hover, LABEL_WIDTH - 24.0);
            for title in ["p50", "p95", "p99"] {
                right(ui, RichText::new(title).weak()).on_hover_text(hover);
            }
            ui.end_row();
            for (name, what, times) in stages {
                ui.label(name).on_hover_text(what);
                for time in [times.p50, times.p95, times.p99] {
                    right(ui, RichText::new(milliseconds(time)));
                }
                ui.end_row();
            }
        });
}

fn drops(ui: &mut Ui, figures: &Figures) {
    let drops = &figures.drops;
    let why =
        "Pictures that were not used because a newer one had come, or because they were corrupt";
    ui.label(RichText::new("Dropped pictures").weak())
        .on_hover_text(why);
    for (name, what, count) in [
        (
            "At the source",
            "Damaged, or lost before they could be taken",
            drops.at_source,
        ),
        (
            "… damaged",
            "Those among them that were cut short or could not be decoded",
            drops.damaged,
        ),
        (
            "Before matting",
            "A newer one came while the model was busy",
            drops.before_matting,
        ),
        (
            "Before drawing",
            "A newer one came while the drawing was under way",
            drops.before_compositing,
        ),
        (
            "Before output",
            "A newer one came while an output was busy",
            drops.before_output,
        ),
    ] {
        kit::fact(ui, name, what, &count.to_string());
    }
}

fn graphics(ui: &mut Ui, status: &Status) {
    let Some(adapter) = &status.adapter else {
        kit::fact(ui, "Graphics", "What draws", "not known yet");
        return;
    };
    kit::fact(
        ui,
        "Graphics",
        "What draws",
        &format!("{} ({})", adapter.name, adapter.backend),
    );
    if adapter.is_software {
        let color = Palette::of(ui).warning;
        let text = "Drawn by the CPU, not by a graphics chip: slower. Install the graphics driver.";
        ui.label(RichText::new(text).small().color(color));
    }
}

fn right(ui: &mut Ui, text: RichText) -> egui::Response {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let size = egui::vec2(COLUMN_WIDTH, 18.0);
    ui.allocate_ui_with_layout(size, layout, |ui| ui.label(text))
        .inner
}

/// "29.8 fps"; a dash while nothing was measured.
pub(crate) fn rate(per_second: f32) -> String {
    if per_second > 0.0 {
        format!("{per_second:.1} fps")
    } else {
        "– fps".into()
    }
}

/// "12.3 ms"; a dash while nothing was measured.
pub(crate) fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if time.is_zero() {
        "– ms".into()
    } else if ms < 99.95 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_units() {
        assert_eq!(rate(29.84), "29.8 fps");
        assert_eq!(rate(0.0), "– fps");
        assert_eq!(milliseconds(Duration::from_micros(12_340)), "12.3 ms");
        assert_eq!(milliseconds(Duration::from_micros(99_960)), "100 ms");
        assert_eq!(milliseconds(Duration::from_millis(1500)), "1500 ms");
        assert_eq!(milliseconds(Duration::ZERO), "– ms");
    }
}
