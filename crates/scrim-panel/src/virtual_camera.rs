//! The switches of the virtual cameras, which call programs list among the cameras.

use egui::Ui;
use scrim_pipeline::OutputSpec;
use scrim_pipeline::output::{PipeWireRequest, V4l2Request};

use crate::kit;
use crate::panel::Desk;

/// The switches, and how long the real camera stays open.
pub(crate) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    if !cfg!(target_os = "linux") {
        kit::remark(
            ui,
            "Scrim has no camera of its own on this system yet: let OBS capture this window, and start its virtual camera.",
        );
        return;
    }
    let outputs = &mut desk.settings.outputs;
    switch(
        ui,
        outputs,
        "Virtual camera",
        "All call programs list it among the cameras. Needs the module v4l2loopback.",
        |output| matches!(output, OutputSpec::V4l2(_)),
        || OutputSpec::V4l2(V4l2Request::default()),
    );
    switch(
        ui,
        outputs,
        "PipeWire camera",
        "For OBS, and for browsers where PipeWire cameras are switched on. Needs no kernel module.",
        |output| matches!(output, OutputSpec::PipeWire(_)),
        || OutputSpec::PipeWire(PipeWireRequest::default()),
    );
    if outputs.iter().any(OutputSpec::is_camera) {
        ui.checkbox(&mut desk.settings.keep_camera_on, "Keep my camera on")
            .on_hover_text(
                "Else it is closed, its light out, while this window is minimised and no program watches.",
            );
    }
}

/// One kind of virtual camera, on or off.
fn switch(
    ui: &mut Ui,
    outputs: &mut Vec<OutputSpec>,
    label: &str,
    hover: &str,
    is_it: impl Fn(&OutputSpec) -> bool,
    new: impl FnOnce() -> OutputSpec,
) {
    let was_on = outputs.iter().any(&is_it);
    let mut is_on = was_on;
    ui.checkbox(&mut is_on, label).on_hover_text(hover);
    match (was_on, is_on) {
        (false, true) => outputs.push(new()),
        (true, false) => outputs.retain(|output| !is_it(output)),
        _ => {}
    }
}
