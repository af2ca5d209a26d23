//! The section "Model": what cuts the person out, and what really runs.

mod running;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use egui::Ui;
use scrim_pipeline::{
    BuiltInModel, InferenceDevice, InputSize, Islands, ModelSource, ProviderChoice, StageState,
    Status, Steadying, Upsampling,
};

use crate::dialog::FilePurpose;
use crate::kit::{self, Segment};
use crate::panel::Desk;
use crate::path_field::PathField;

const SIZES: [(InputSize, &str, &str); 4] = [
    (
        InputSize::Fast,
        "Fast",
        "About 160 rows: least work, coarse hair",
    ),
    (
        InputSize::Balanced,
        "Balanced",
        "About 256 rows: for most machines",
    ),
    (
        InputSize::Quality,
        "Quality",
        "About 288 rows: finer edges, slower",
    ),
    (
        InputSize::Reference,
        "Reference",
        "512 rows, as in MODNet's published scripts: slow without a graphics card",
    ),
];

const EDGES: [Segment<Upsampling>; 2] = [
    Segment {
        value: Upsampling::Guided,
        label: "Guided",
        hover: "Edges follow those of the picture: finer hair and fingers",
    },
    Segment {
        value: Upsampling::Bilinear,
        label: "Plain",
        hover: "The model's estimate, only enlarged: softer edges, less work",
    },
];

const FLICKER: [Segment<Steadying>; 2] = [
    Segment {
        value: Steadying::MotionGated,
        label: "Steadied",
        hover: "Edges are averaged over time where the picture stands still",
    },
    Segment {
        value: Steadying::Off,
        label: "As it comes",
        hover: "Each picture by itself",
    },
];

const STRAY_PARTS: [Segment<Islands>; 2] = [
    Segment {
        value: Islands::Drop,
        label: "Taken out",
        hover: "They are room: a headrest, a bright spot on the wall",
    },
    Segment {
        value: Islands::Keep,
        label: "Kept",
        hover: "Each matte as the model gives it",
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    BuiltIn(BuiltInModel),
    File,
}

const KINDS: [Segment<Kind>; 3] = [
    Segment {
        value: Kind::BuiltIn(BuiltInModel::Quality),
        label: "Built-in",
        hover: "The model that comes with Scrim",
    },
    Segment {
        value: Kind::BuiltIn(BuiltInModel::Light),
        label: "Light",
        hover: "Comes with Scrim too: less work for the processor, softer edges",
    },
    Segment {
        value: Kind::File,
        label: "ONNX file",
        hover: "A MODNet of yours, as an ONNX file",
    },
];

/// The model file, kept while a built-in one is used.
#[derive(Debug)]
pub(crate) struct ModelSection {
    kind: Kind,
    file: PathField,
    file_kept: Option<PathBuf>,
    /// The short side while it is being edited: each value would load the model anew.
    side: Option<u32>,
    cores: usize,
}

impl ModelSection {
    pub(crate) fn new(model: &ModelSource) -> Self {
        let mut section = Self {
            kind: Kind::BuiltIn(BuiltInModel::default()),
            file: PathField::new(FilePurpose::Model, "Model file", "model.onnx"),
            file_kept: None,
            side: None,
            cores: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        section.take_over(model);
        section
    }

    /// Follows settings that came from elsewhere.
    pub(crate) fn take_over(&mut self, model: &ModelSource) {
        match model {
            ModelSource::BuiltIn(which) => self.kind = Kind::BuiltIn(*which),
            ModelSource::File(path) => {
                self.kind = Kind::File;
                self.file.set_path(path);
                self.file_kept = Some(path.clone());
            }
        }
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        kit::section(ui, "Model", &summary(desk.status), false, |ui| {
            self.model(ui, desk);
            provider_row(ui, desk);
            self.size_row(ui, desk);
            self.threads_row(ui, desk);
            kit::row(ui, "Edges", "How the estimate is enlarged", |ui, _| {
                let now = Some(desk.settings.upsampling);
                if let Some(choice) = kit::segments(ui, "Edges", now, &EDGES) {
                    desk.settings.upsampling = choice;
                }
            });
            kit::row(
                ui,
                "Flicker",
                "What is done about edges that tremble",
                |ui, _| {
                    let now = Some(desk.settings.matting.steadying);
                    if let Some(choice) = kit::segments(ui, "Flicker", now, &FLICKER) {
                        desk.settings.matting.steadying = choice;
                    }
                },
            );
            kit::row(
                ui,
                "Stray parts",
                "What becomes of small parts that touch nobody",
                |ui, _| {
                    let now = Some(desk.settings.matting.islands);
                    if let Some(choice) = kit::segments(ui, "Stray parts", now, &STRAY_PARTS) {
                        desk.settings.matting.islands = choice;
                    }
                },
            );
            running::report(ui, desk.status);
            running::refusals(ui, desk);
        });
    }

    fn model(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        if let Some(kind) = kit::segments(ui, "Model", Some(self.kind), &KINDS) {
            self.kind = kind;
            match (kind, &self.file_kept) {
                (Kind::BuiltIn(which), _) => {
                    desk.settings.matting.model = ModelSource::BuiltIn(which);
                }
                (Kind::File, Some(path)) => {
                    desk.settings.matting.model = ModelSource::File(path.clone());
                }
                (Kind::File, None) => {}
            }
        }
        if self.kind == Kind::File {
            if let Some(path) = self.file.show_existing(ui, desk.dialogs) {
                self.file_kept = Some(path.clone());
                desk.settings.matting.model = ModelSource::File(path);
            }
            if self.file_kept.is_none() {
                kit::remark(ui, "Until a file is named, the model stays as it was.");
            }
        }
    }

    fn size_row(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let size = &mut desk.settings.matting.size;
        let preset = SIZES.iter().find(|s| s.0 == *size);
        let text = preset.map_or("Own", |s| s.1);
        let hover = "How large the picture is that the model sees: larger is finer and slower.";
        kit::drop_down(ui, "Input size", hover, text, |ui| {
            for (value, label, hover) in SIZES {
                ui.selectable_value(size, value, label).on_hover_text(hover);
            }
            let own = matches!(size, InputSize::ShortSide(_));
            let entry = ui.selectable_label(own, "Own");
            if entry.on_hover_text("The shorter side in pixels").clicked() && !own {
                *size = InputSize::ShortSide(384);
            }
        });
        if let InputSize::ShortSide(now) = size {
            kit::row(
                ui,
                "Short side",
                "Rounded to a multiple of 32",
                |ui, label| {
                    let mut side = self.side.unwrap_or(*now);
                    let value = egui::DragValue::new(&mut side)
                        .range(32..=2048)
                        .speed(4.0)
                        .suffix(" px")
                        .update_while_editing(false);
                    let response = ui.add(value).labelled_by(label);
                    self.side = Some(side);
                    if response.drag_stopped() || (!response.dragged() && response.changed()) {
                        *now = side;
                    }
                    if !response.dragged() && !response.has_focus() {
                        self.side = None;
                    }
                },
            );
        }
    }

    fn threads_row(&self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let threads = &mut desk.settings.matting.threads;
        let text = threads.map_or_else(|| "Automatic".into(), |n| n.to_string());
        let hover = "How many cores the CPU may use for the model. Automatic leaves one free, and takes at most four.";
        kit::drop_down(ui, "Threads", hover, &text, |ui| {
            ui.selectable_value(threads, None, "Automatic");
            for n in (1..=self.cores).filter_map(NonZeroUsize::new) {
                ui.selectable_value(threads, Some(n), n.to_string());
            }
        });
    }
}

fn provider_row(ui: &mut Ui, desk: &mut Desk<'_>) {
    let provider = &mut desk.settings.matting.provider;
    let text = match provider {
        ProviderChoice::Auto => "Automatic",
        ProviderChoice::Only(device) => device.name(),
    };
    let hover = "What runs the model (ONNX Runtime's execution provider). Automatic takes the fastest that works; one \
                 that is named here is used or nothing.";
    kit::drop_down(ui, "Provider", hover, text, |ui| {
        ui.selectable_value(provider, ProviderChoice::Auto, "Automatic");
        for device in devices(desk.facts) {
            let missing = missing(desk.facts, device);
            let choice = ProviderChoice::Only(device);
            ui.add_enabled_ui(missing.is_none(), |ui| {
                let entry = ui.selectable_value(provider, choice, device.name());
                entry.on_disabled_hover_text(missing.unwrap_or_default());
            });
        }
    });
}

fn devices(facts: &crate::PanelFacts) -> Vec<InferenceDevice> {
    if facts.providers.is_empty() {
        InferenceDevice::ALL.to_vec()
    } else {
        facts.providers.iter().map(|p| p.device).collect()
    }
}

fn missing(facts: &crate::PanelFacts, device: InferenceDevice) -> Option<&str> {
    let fact = facts.providers.iter().find(|p| p.device == device)?;
    fact.missing.as_deref()
}

fn summary(status: &Status) -> String {
    match (&status.matting, &status.loaded) {
        (StageState::Failed(_), _) => "does not run".into(),
        (_, Some(loaded)) => format!("{} on {}", loaded.model, loaded.active),
        (_, None) => "loading…".into(),
    }
}
