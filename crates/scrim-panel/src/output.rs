//! The section "Output": recording to a file, and how outputs are.

use std::path::{Path, PathBuf};

use egui::{RichText, Ui};
use scrim_pipeline::{Deliver, OutputSpec, OutputStatus, StageState};

use crate::dialog::FilePurpose;
use crate::kit::{self, Segment};
use crate::paint;
use crate::panel::Desk;
use crate::path_field::PathField;
use crate::theme::Palette;
use crate::virtual_camera;

const DELIVERIES: [Segment<Deliver>; 2] = [
    Segment {
        value: Deliver::Composite,
        label: "Composite",
        hover: "The person over the background",
    },
    Segment {
        value: Deliver::Matte,
        label: "Matte",
        hover: "White where the person is, for editing programs",
    },
];

/// How many numbered names are tried before the last one is offered as it is.
const NAMES_TRIED: u32 = 999;

/// The recording.
#[derive(Debug)]
pub(crate) struct OutputSection {
    field: PathField,
    /// What this section has put among the outputs.
    recording: Option<OutputSpec>,
    /// A file lies there already, and the user has not yet said that it may go.
    replaces: Option<OutputSpec>,
    written_at_stop: Option<(u64, String)>,
}

impl OutputSection {
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        let mut field = PathField::new(FilePurpose::Recording, "Recording file", "scrim.mp4");
        let name = Path::new("scrim.mp4");
        field.set_path(&free_name(folder.map_or(name.into(), |f| f.join(name))));
        Self {
            field,
            recording: None,
            replaces: None,
            written_at_stop: None,
        }
    }

    /// Follows settings that came from elsewhere.
    pub(crate) fn take_over(&mut self, outputs: &[OutputSpec]) {
        if self
            .recording
            .as_ref()
            .is_some_and(|r| !outputs.contains(r))
        {
            self.recording = None;
        }
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        let summary = match desk.settings.outputs.len() {
            0 => "none",
            _ if self.recording.is_some() => "recording",
            _ => "on",
        };
        kit::section(ui, "Output", summary, true, |ui| {
            kit::row(ui, "Give out", "What all outputs receive", |ui, _| {
                let now = Some(desk.settings.deliver);
                if let Some(deliver) = kit::segments(ui, "Give out", now, &DELIVERIES) {
                    desk.settings.deliver = deliver;
                }
            });
            virtual_camera::show(ui, desk);
            ui.add_enabled_ui(self.recording.is_none(), |ui| {
                if self.field.show(ui, desk.dialogs).is_some() {
                    self.replaces = None;
                }
            });
            self.buttons(ui, desk);
            self.states(ui, desk);
        });
    }

    fn buttons(&mut self, ui: &mut Ui, desk: &mut Desk<'_>) {
        if self.recording.is_some() {
            let stop = egui::Button::new("Stop recording");
            if ui.add(stop).on_hover_text("Completes the file").clicked() {
                self.stop(desk);
            }
            return;
        }
        if let Some(spec) = self.replaces.clone() {
            let color = Palette::of(ui).warning;
            let text = "A file of this name is there already.";
            ui.label(RichText::new(text).color(color));
            ui.horizontal(|ui| {
                if ui.button("Replace it").clicked() {
                    self.start(spec, desk);
                }
                if ui.button("Take a free name").clicked() {
                    self.replaces = None;
                    if let Some(path) = self.field.path() {
                        self.field.set_path(&free_name(path));
                    }
                }
            });
            return;
        }
        let hover = ".mp4 and .mkv (H.264), .mov and .webm (with transparency), .png (one picture, or many with ##### in \
                     the name)";
        if ui.button("Start recording").on_hover_text(hover).clicked() {
            self.want(desk);
        }
    }

    /// Starts, or says what stands in the way.
    fn want(&mut self, desk: &mut Desk<'_>) {
        let Some(path) = self.field.path() else {
            self.field.complain("Name a file to record to.".into());
            return;
        };
        let Some(text) = path.to_str() else {
            self.field
                .complain("This name is not UTF-8. Choose another.".into());
            return;
        };
        match text.parse::<OutputSpec>() {
            Err(error) => self.field.complain(format!("{error}.")),
            // These are names too, but of no file.
            Ok(OutputSpec::Null | OutputSpec::V4l2(_) | OutputSpec::PipeWire(_)) => self
                .field
                .complain("Name a file, such as scrim.mp4.".into()),
            Ok(spec) => match desk.settings.overlap_of(&spec) {
                Some(problem) => self.field.complain(problem.why),
                None if is_taken(&path) => self.replaces = Some(spec),
                None => self.start(spec, desk),
            },
        }
    }

    fn start(&mut self, spec: OutputSpec, desk: &mut Desk<'_>) {
        self.replaces = None;
        self.written_at_stop = None;
        if !desk.settings.outputs.contains(&spec) {
            desk.settings.outputs.push(spec.clone());
        }
        self.recording = Some(spec);
    }

    fn stop(&mut self, desk: &mut Desk<'_>) {
        let Some(spec) = self.recording.take() else {
            return;
        };
        desk.settings.outputs.retain(|o| *o != spec);
        let written = desk.status.outputs.iter().find(|o| o.spec == spec);
        if let Some(path) = self.field.path() {
            let name = path.display().to_string();
            self.written_at_stop = Some((written.map_or(0, |o| o.written), name));
            self.field.set_path(&free_name(path));
        }
    }

    fn states(&self, ui: &mut Ui, desk: &Desk<'_>) {
        if let Some((written, name)) = &self.written_at_stop {
            kit::remark(ui, &format!("Stopped after {written} pictures: {name}"));
        }
        for output in &desk.status.outputs {
            if desk.settings.outputs.contains(&output.spec) {
                state(ui, output);
            }
        }
        if desk.settings.outputs.is_empty() {
            kit::remark(ui, "No output is on: nothing leaves this window.");
        }
    }
}

fn state(ui: &mut Ui, output: &OutputStatus) {
    let palette = Palette::of(ui);
    let is_camera = output.spec.is_camera();
    let (color, text) = match &output.state {
        StageState::Running if is_camera => (palette.good, "virtual camera"),
        StageState::Starting => (palette.notice, "waiting for the first person"),
        StageState::Running => (palette.good, "recording"),
        StageState::Degraded(_) => (palette.warning, "recording, with trouble"),
        StageState::Failed(_) => (palette.error, "failed"),
        StageState::Stopped => (palette.notice, "complete"),
        StageState::Resting => (palette.notice, "rests"),
    };
    ui.horizontal(|ui| {
        paint::dot(ui, color);
        let pictures = if output.written == 1 {
            "picture"
        } else {
            "pictures"
        };
        ui.label(format!("{text}: {} {pictures} written", output.written));
    });
    if let StageState::Failed(problem) | StageState::Degraded(problem) = &output.state {
        ui.label(RichText::new(&problem.why).small().color(color));
    }
}

/// Whether a recording to `path` would write over a file, if only over a picture of a sequence. Asks the file system: not
/// for every frame.
fn is_taken(path: &Path) -> bool {
    let spec = path
        .to_str()
        .and_then(|text| text.parse::<OutputSpec>().ok());
    let first = spec.and_then(|spec| spec.first_file());
    first.as_deref().unwrap_or(path).exists()
}

/// `path`, or the same with a number where a file lies there already. Asks the file system: not for every frame.
fn free_name(path: PathBuf) -> PathBuf {
    if !is_taken(&path) {
        return path;
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = match stem.rsplit_once('-') {
        Some((name, n)) if n.parse::<u32>().is_ok() => name,
        _ => &*stem,
    };
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let numbered = |n: u32| path.with_file_name(format!("{stem}-{n}.{extension}"));
    (2..=NAMES_TRIED)
        .map(numbered)
        .find(|p| !is_taken(p))
        .unwrap_or_else(|| path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_the_next_free_number() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("scrim.mp4");
        assert_eq!(free_name(first.clone()), first);
        std::fs::write(&first, b"").unwrap();
        let second = folder.path().join("scrim-2.mp4");
        assert_eq!(free_name(first.clone()), second);
        std::fs::write(&second, b"").unwrap();
        assert_eq!(free_name(second), folder.path().join("scrim-3.mp4"));
        let pictures = folder.path().join("talk-####.png");
        assert_eq!(free_name(pictures.clone()), pictures);
        std::fs::write(folder.path().join("talk-0001.png"), b"").unwrap();
        assert_eq!(free_name(pictures), folder.path().join("talk-####-2.png"));
    }
}
