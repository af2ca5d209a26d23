//! The section "View": what this window shows.

use egui::Ui;
use scrim_pipeline::PreviewView;

use crate::kit::{self, Segment};
use crate::panel::Desk;

/// A view without its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Composite,
    Matte,
    Source,
    Split,
}

pub(crate) const KINDS: [Segment<Kind>; 4] = [
    Segment {
        value: Kind::Composite,
        label: "Composite",
        hover: "The person over the background, as outputs get it. Key: 1",
    },
    Segment {
        value: Kind::Matte,
        label: "Matte",
        hover: "How opaque each pixel of the person is: white is person, black is background. Key: 2",
    },
    Segment {
        value: Kind::Source,
        label: "Source",
        hover: "The picture as it comes in. Only this window ever shows it. Key: 3",
    },
    Segment {
        value: Kind::Split,
        label: "Split",
        hover: "Source at the left, composite at the right, with a line to drag between them. Key: 4",
    },
];

/// Where the line of the split view stands, kept while another view is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewSection {
    split: f32,
}

impl ViewSection {
    pub(crate) fn new(view: PreviewView) -> Self {
        let mut section = Self { split: 0.5 };
        section.take_over(view);
        section
    }

    /// Follows settings that came from elsewhere, and the line being dragged.
    pub(crate) fn take_over(&mut self, view: PreviewView) {
        if let PreviewView::Split(fraction) = view {
            self.split = fraction.clamp(0.0, 1.0);
        }
    }

    pub(crate) fn view(self, kind: Kind) -> PreviewView {
        match kind {
            Kind::Composite => PreviewView::Composite,
            Kind::Matte => PreviewView::Matte,
            Kind::Source => PreviewView::Source,
            Kind::Split => PreviewView::Split(self.split),
        }
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let kind = kind_of(desk.settings.view);
        kit::section(ui, "View", name(kind), true, |ui| {
            if let Some(kind) = kit::segments(ui, "View", Some(kind), &KINDS) {
                desk.settings.view = self.view(kind);
            }
            if let PreviewView::Split(fraction) = &mut desk.settings.view {
                split_row(ui, fraction);
            }
            ui.checkbox(&mut desk.settings.mirror, "Mirror")
                .on_hover_text("Left and right exchanged, here and in all outputs. Key: M");
            if matches!(kind, Kind::Source | Kind::Split) {
                kit::remark(
                    ui,
                    "Your real room is shown in this window only, never by an output.",
                );
            }
        });
    }
}

fn split_row(ui: &mut Ui, fraction: &mut f32) {
    let hover =
        "How much of the width shows the source. The line in the picture can be dragged as well.";
    kit::row(ui, "Split at", hover, |ui, label| {
        let mut percent = *fraction * 100.0;
        ui.spacing_mut().slider_width = ui.available_width() - 56.0;
        let slider = egui::Slider::new(&mut percent, 0.0..=100.0)
            .fixed_decimals(0)
            .suffix(" %");
        if ui.add(slider).labelled_by(label).changed() {
            *fraction = (percent / 100.0).clamp(0.0, 1.0);
        }
    });
}

pub(crate) fn kind_of(view: PreviewView) -> Kind {
    match view {
        PreviewView::Composite => Kind::Composite,
        PreviewView::Matte => Kind::Matte,
        PreviewView::Source => Kind::Source,
        PreviewView::Split(_) => Kind::Split,
    }
}

pub(crate) fn name(kind: Kind) -> &'static str {
    KINDS
        .iter()
        .find(|segment| segment.value == kind)
        .map_or("", |segment| segment.label)
}
