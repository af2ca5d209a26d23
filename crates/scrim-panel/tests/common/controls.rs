//! A camera with controls of every kind.

use std::sync::Arc;

use scrim_pipeline::capture::ControlGroup::{self, Exposure, Focus, Picture, WhiteBalance};
use scrim_pipeline::capture::{CameraControl, ControlAccess, ControlKind, ControlUnit};

/// What a common webcam can be told, with the exposure at the camera's own choice.
pub fn controls() -> Arc<[CameraControl]> {
    let mut controls = exposure();
    controls.extend(colour_and_focus());
    controls.into()
}

fn exposure() -> Vec<CameraControl> {
    let modes = menu(&[(1, "Manual"), (3, "Automatic shutter")]);
    let lamps = menu(&[(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")]);
    let time = range(3, 2047, 1, ControlUnit::TenthsOfMillisecond);
    let gain = range(0, 255, 1, ControlUnit::Plain);
    let switch = ControlKind::Switch;
    vec![
        control("auto_exposure Exposure", Exposure, modes, (3, 3)),
        inactive(control(
            "exposure_time_absolute Shutter",
            Exposure,
            time,
            (156, 250),
        )),
        control(
            "exposure_dynamic_framerate Slower in low light",
            Exposure,
            switch,
            (1, 0),
        ),
        control("gain Gain", Exposure, gain, (64, 0)),
        control("power_line_frequency Power line", Exposure, lamps, (1, 2)),
    ]
}

fn colour_and_focus() -> Vec<CameraControl> {
    let kelvin = range(2000, 6500, 10, ControlUnit::Kelvin);
    let plain = || range(0, 255, 1, ControlUnit::Plain);
    let switch = || ControlKind::Switch;
    let white = "white_balance_automatic Automatic white";
    let temperature = "white_balance_temperature Temperature";
    vec![
        control(white, WhiteBalance, switch(), (0, 1)),
        control(temperature, WhiteBalance, kelvin, (4600, 4000)),
        control(
            "focus_automatic_continuous Autofocus",
            Focus,
            switch(),
            (1, 1),
        ),
        inactive(control("focus_absolute Focus", Focus, plain(), (30, 0))),
        control("brightness Brightness", Picture, plain(), (128, 128)),
        control("contrast Contrast", Picture, plain(), (128, 128)),
    ]
}

/// `name` is the key and the label; `values` are the present one and the maker's.
fn control(
    name: &str,
    group: ControlGroup,
    kind: ControlKind,
    (value, default): (i64, i64),
) -> CameraControl {
    let (key, label) = name.split_once(' ').expect("a key and a label");
    CameraControl {
        key: key.into(),
        label: label.into(),
        group,
        kind,
        value,
        default,
        access: ControlAccess::Settable,
    }
}

fn inactive(control: CameraControl) -> CameraControl {
    CameraControl {
        access: ControlAccess::Inactive,
        ..control
    }
}

fn range(min: i64, max: i64, step: i64, unit: ControlUnit) -> ControlKind {
    ControlKind::Integer {
        min,
        max,
        step,
        unit,
    }
}

fn menu(entries: &[(i64, &str)]) -> ControlKind {
    let entries = entries
        .iter()
        .map(|(number, name)| (*number, (*name).into()));
    ControlKind::Menu(entries.collect())
}
