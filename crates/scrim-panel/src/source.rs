//! The section "Source": where pictures come from.

use std::path::PathBuf;
use std::time::Duration;

use egui::Ui;
use scrim_pipeline::frame::Size;
use scrim_pipeline::{
    CameraBackend, CameraRequest, Pace, Playback, SourceSpec, StageState, Status,
};

use crate::dialog::FilePurpose;
use crate::kit::{self, Segment};
use crate::panel::{Desk, PanelEvent};
use crate::path_field::PathField;

/// Sizes that nearly every webcam has, for cameras that do not tell theirs.
const COMMON_SIZES: [(u32, u32); 4] = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)];
/// Likewise.
const COMMON_RATES: [f32; 5] = [15.0, 24.0, 25.0, 30.0, 60.0];

/// How often the open list of cameras is brought up to date, in seconds.
const WATCH_EVERY: f64 = 1.0;

const HD: Size = match Size::new(1280, 720) {
    Ok(size) => size,
    Err(_) => panic!("1280×720 is a size"),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Camera,
    File,
    Sample,
    Pattern,
}

const KINDS: [Segment<Kind>; 4] = [
    Segment {
        value: Kind::Camera,
        label: "Camera",
        hover: "A camera of this machine",
    },
    Segment {
        value: Kind::File,
        label: "File",
        hover: "A picture or a clip",
    },
    Segment {
        value: Kind::Sample,
        label: "Sample",
        hover: "The clip that comes with Scrim: to try things without a camera",
    },
    Segment {
        value: Kind::Pattern,
        label: "Pattern",
        hover: "A moving test pattern: to check an output without a person",
    },
];

/// What was chosen of each kind of source, so that going back to one brings it back.
#[derive(Debug)]
pub(crate) struct SourceSection {
    kind: Kind,
    camera: (Option<String>, CameraBackend, CameraRequest),
    file: PathField,
    file_kept: Option<(PathBuf, Playback, Pace)>,
    pattern: (Size, f32),
    /// When the open list of cameras asked for a look, in egui's time.
    looked_at: f64,
    /// How many cameras the open list had.
    listed: usize,
}

impl SourceSection {
    pub(crate) fn new(source: &SourceSpec) -> Self {
        let mut section = Self {
            kind: Kind::Sample,
            camera: (None, CameraBackend::default(), CameraRequest::default()),
            file: PathField::new(FilePurpose::Source, "Source file", "Picture or clip"),
            file_kept: None,
            pattern: (HD, 30.0),
            looked_at: f64::NEG_INFINITY,
            listed: 0,
        };
        section.take_over(source);
        section
    }

    /// Follows settings that came from elsewhere.
    pub(crate) fn take_over(&mut self, source: &SourceSpec) {
        match source {
            SourceSpec::Camera {
                id,
                backend,
                request,
            } => {
                self.kind = Kind::Camera;
                self.camera = (id.clone(), *backend, *request);
            }
            SourceSpec::File {
                path,
                playback,
                pace,
            } => {
                self.kind = Kind::File;
                self.file.set_path(path);
                self.file_kept = Some((path.clone(), *playback, *pace));
            }
            SourceSpec::Sample => self.kind = Kind::Sample,
            SourceSpec::Pattern { size, rate } => {
                self.kind = Kind::Pattern;
                self.pattern = (*size, *rate);
            }
        }
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let summary = summary(desk.status);
        kit::section(ui, "Source", &summary, true, |ui| {
            if let Some(kind) = kit::segments(ui, "Source", Some(self.kind), &KINDS) {
                self.kind = kind;
                // A file that is yet to be named changes nothing until it is.
                if let Some(source) = self.chosen() {
                    desk.settings.source = source;
                }
            }
            match self.kind {
                Kind::Camera => self.camera(ui, desk),
                Kind::File => self.file(ui, desk),
                Kind::Sample => kit::remark(
                    ui,
                    "A short clip of a made-up person plays, over and over. No camera is used.",
                ),
                Kind::Pattern => kit::remark(ui, "A moving shape plays. No camera is used."),
            }
            delivered(ui, desk.status);
        });
    }

    /// What the kind that is chosen stands for, if that is known.
    fn chosen(&self) -> Option<SourceSpec> {
        match self.kind {
            Kind::Camera => Some(SourceSpec::Camera {
                id: self.camera.0.clone(),
                backend: self.camera.1,
                request: self.camera.2,
            }),
            Kind::File => {
                let (path, playback, pace) = self.file_kept.clone()?;
                Some(SourceSpec::File {
                    path,
                    playback,
                    pace,
                })
            }
            Kind::Sample => Some(SourceSpec::Sample),
            Kind::Pattern => Some(SourceSpec::Pattern {
                size: self.pattern.0,
                rate: self.pattern.1,
            }),
        }
    }

    fn camera(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let before = self.camera.clone();
        let known = self
            .camera
            .0
            .as_ref()
            .and_then(|id| desk.facts.cameras.iter().find(|c| &c.id == id));
        let name = match (&self.camera.0, known) {
            (_, Some(camera)) => camera.name.clone(),
            (Some(id), None) => format!("{id} (not found)"),
            (None, None) => "First that works".into(),
        };
        let (sizes, rates) = offers(known.or(desk.facts.cameras.first()));
        let mut is_open = false;
        kit::drop_down(ui, "Camera", "", &name, |ui| {
            is_open = true;
            if ui
                .selectable_label(self.camera.0.is_none(), "First that works")
                .clicked()
            {
                self.camera.0 = None;
            }
            for camera in &desk.facts.cameras {
                let is_chosen = self.camera.0.as_ref() == Some(&camera.id);
                let entry = ui.selectable_label(is_chosen, &camera.name);
                if entry.on_hover_text(&camera.id).clicked() {
                    self.camera.0 = Some(camera.id.clone());
                }
            }
        });
        if is_open {
            self.watch(ui, desk);
        }
        size_row(ui, &mut self.camera.2.size, &sizes);
        rate_row(ui, &mut self.camera.2.rate, &rates);
        let again = ui.button("Look for cameras again");
        if again.on_hover_text("Key: F5").clicked() {
            desk.events.push(PanelEvent::RefreshDevices);
        }
        if self.camera != before
            && let Some(source) = self.chosen()
        {
            desk.settings.source = source;
        }
    }

    /// A camera that is plugged in while the list is open appears in it.
    fn watch(&mut self, ui: &Ui, desk: &mut Desk<'_>) {
        // egui keeps an open list at its first size, and would hide a new entry below its edge.
        if std::mem::replace(&mut self.listed, desk.facts.cameras.len()) != desk.facts.cameras.len()
        {
            ui.ctx().memory_mut(egui::Memory::reset_areas);
        }
        let now = ui.input(|i| i.time);
        if now >= self.looked_at + WATCH_EVERY {
            self.looked_at = now;
            desk.events.push(PanelEvent::WatchDevices);
        }
        ui.ctx()
            .request_repaint_after(Duration::from_secs_f64(WATCH_EVERY));
    }

    fn file(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let kept = self.file_kept.as_ref();
        let (mut playback, pace) = kept.map_or_else(Default::default, |k| (k.1, k.2));
        let named = self.file.show_existing(ui, desk.dialogs);
        let mut loops = playback == Playback::Loop;
        let check = ui.checkbox(&mut loops, "Play again from the start");
        check.on_hover_text("At the end of a clip. Otherwise the last picture stays.");
        playback = if loops {
            Playback::Loop
        } else {
            Playback::Once
        };
        let changed = kept.is_some_and(|k| k.1 != playback);
        let path = named.clone().or_else(|| kept.map(|k| k.0.clone()));
        let Some(path) = path else {
            kit::remark(ui, "Until a file is named, the source stays as it was.");
            return;
        };
        if named.is_some() || changed {
            self.file_kept = Some((path, playback, pace));
            if let Some(source) = self.chosen() {
                desk.settings.source = source;
            }
        }
    }
}

fn offers(camera: Option<&crate::CameraChoice>) -> (Vec<Size>, Vec<f32>) {
    let sizes = camera.map(|c| c.sizes.clone()).unwrap_or_default();
    let rates = camera.map(|c| c.rates.clone()).unwrap_or_default();
    (
        if sizes.is_empty() {
            COMMON_SIZES
                .iter()
                .filter_map(|&(w, h)| Size::new(w, h).ok())
                .collect()
        } else {
            sizes
        },
        if rates.is_empty() {
            COMMON_RATES.to_vec()
        } else {
            rates
        },
    )
}

fn size_row(ui: &mut Ui, size: &mut Option<Size>, sizes: &[Size]) {
    let text = size.map_or_else(|| "Automatic".into(), size_text);
    let hover = "The nearest that the camera has is taken. Automatic: 1280×720.";
    kit::drop_down(ui, "Size", hover, &text, |ui| {
        ui.selectable_value(size, None, "Automatic");
        for &offered in sizes {
            ui.selectable_value(size, Some(offered), size_text(offered));
        }
    });
}

fn rate_row(ui: &mut Ui, rate: &mut Option<f32>, rates: &[f32]) {
    let text = rate.map_or_else(|| "Automatic".into(), rate_text);
    let hover = "Pictures a second. The nearest that the camera has is taken. Automatic: 30.";
    kit::drop_down(ui, "Rate", hover, &text, |ui| {
        ui.selectable_value(rate, None, "Automatic");
        for &offered in rates {
            ui.selectable_value(rate, Some(offered), rate_text(offered));
        }
    });
}

pub(crate) fn size_text(size: Size) -> String {
    format!("{}×{}", size.width(), size.height())
}

fn rate_text(rate: f32) -> String {
    let rounded = (rate * 100.0).round() / 100.0;
    format!("{rounded} fps")
}

/// What is delivered, in words: "HD Webcam · 1280×720 · 30 fps".
fn summary(status: &Status) -> String {
    let source = &status.source;
    match (&source.state, source.format) {
        (StageState::Starting, _) => "opening…".into(),
        (StageState::Failed(_), _) => "no picture".into(),
        (StageState::Stopped, _) => "ended".into(),
        (StageState::Resting, _) => "closed: nobody watches".into(),
        (_, None) => source.description.clone(),
        (_, Some(format)) => {
            let mut text = format!("{} · {}", source.description, size_text(format.size));
            if let Some(interval) = format.interval.filter(|i| !i.is_zero()) {
                text += " · ";
                text += &rate_text(1.0 / interval.as_secs_f32());
            }
            text
        }
    }
}

fn delivered(ui: &mut Ui, status: &Status) {
    let text = summary(status);
    if !text.is_empty() {
        kit::remark(ui, &format!("Now: {text}"));
    }
}
