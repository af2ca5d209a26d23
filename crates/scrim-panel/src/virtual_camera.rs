//! The switch of the virtual camera, which call programs list among the cameras.

use egui::Ui;
use scrim_pipeline::OutputSpec;
use scrim_pipeline::output::V4l2Request;

use crate::kit;
use crate::panel::Desk;

/// The switch, and how long the real camera stays open.
pub(crate) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    if !cfg!(target_os = "linux") {
        kit::remark(
            ui,
            "Scrim has no camera of its own on this system yet: let OBS capture this window, and start its virtual camera.",
        );
        return;
    }
    let outputs = &mut desk.settings.outputs;
    let was_on = outputs.iter().any(OutputSpec::is_camera);
    let mut is_on = was_on;
    ui.checkbox(&mut is_on, "Virtual camera")
        .on_hover_text("Call programs list it among the cameras. Needs the module v4l2loopback.");
    match (was_on, is_on) {
        (false, true) => outputs.push(OutputSpec::V4l2(V4l2Request::default())),
        (true, false) => outputs.retain(|output| !output.is_camera()),
        _ => {}
    }
    if is_on {
        ui.checkbox(&mut desk.settings.keep_camera_on, "Keep my camera on")
            .on_hover_text(
                "Else it is closed, its light out, while this window is hidden and no program watches.",
            );
    }
}
