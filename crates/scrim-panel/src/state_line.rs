//! The line at the bottom: what outputs show, and the figures that matter most.

use egui::{Align, Layout, RichText, Ui};
use scrim_pipeline::{Deliver, Settings, Showing, StageState, Status};

use crate::figures::{milliseconds, rate};
use crate::paint;
use crate::shortcuts;
use crate::theme::Palette;

pub(crate) fn show(ui: &mut Ui, settings: &Settings, status: &Status, help_open: &mut bool) {
    ui.horizontal(|ui| {
        let palette = Palette::of(ui);
        let (color, words) = match status.showing {
            Showing::Slate => (palette.warning, "the still card, nothing of the room"),
            Showing::Person if settings.deliver == Deliver::Matte => (palette.good, "the matte"),
            Showing::Person => (palette.good, "the person over the background"),
            Showing::LastComposite => (palette.warning, "the last good picture, for a moment"),
        };
        let have_all_failed = !status.outputs.is_empty()
            && status
                .outputs
                .iter()
                .all(|output| matches!(output.state, StageState::Failed(_)));
        let (color, verb) = if settings.outputs.is_empty() {
            (color, "No output is on. One would show")
        } else if have_all_failed {
            (palette.error, "No output works. One would show")
        } else {
            (color, "Outputs show")
        };
        paint::dot(ui, color);
        ui.label(format!("{verb}: {words}.")).on_hover_text(
            "While there is no person to show, outputs get a still card; right after a failure the last good picture, \
             for a moment. The real room is never shown in its place.",
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            shortcuts::help_button(ui, help_open);
            let figures = &status.figures;
            let late = milliseconds(figures.total.p50);
            ui.label(RichText::new(format!("{late} late")).weak())
                .on_hover_text("From arrival of a picture to the composite; half of the pictures take less");
            let rates = format!(
                "{} in, {} out",
                rate(figures.capture_rate),
                rate(figures.composite_rate)
            );
            ui.label(RichText::new(rates).weak())
                .on_hover_text("Pictures a second from the source, and composites a second");
        });
    });
}
