//! A camera with controls of every kind.

use std::sync::Arc;

use scrim_pipeline::capture::{
    CameraControl, ControlAccess, ControlGroup, ControlKind, ControlUnit,
};

/// What a common webcam can be told, with the exposure at the camera's own choice.
pub fn controls() -> Arc<[CameraControl]> {
    use ControlGroup::{Exposure, Focus, Picture, WhiteBalance};
    let range = |min, max, step, unit| ControlKind::Integer {
        min,
        max,
        step,
        unit,
    };
    let menu = |entries: &[(i64, &str)]| {
        let entries = entries.iter().map(|(n, name)| (*n, (*name).into()));
        ControlKind::Menu(entries.collect())
    };
    let control = |key: &str, label: &str, group, kind, (value, default), access| CameraControl {
        key: key.into(),
        label: label.into(),
        group,
        kind,
        value,
        default,
        access,
    };
    let plain = |min, max| range(min, max, 1, ControlUnit::Plain);
    let time = range(3, 2047, 1, ControlUnit::TenthsOfMillisecond);
    let kelvin = range(2000, 6500, 10, ControlUnit::Kelvin);
    let modes = menu(&[(1, "Manual"), (3, "Automatic shutter")]);
    let lamps = menu(&[(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")]);
    let (settable, inactive) = (ControlAccess::Settable, ControlAccess::Inactive);
    [
        control(
            "auto_exposure",
            "Exposure",
            Exposure,
            modes,
            (3, 3),
            settable,
        ),
        control(
            "exposure_time_absolute",
            "Shutter",
            Exposure,
            time,
            (156, 250),
            inactive,
        ),
        control(
            "exposure_dynamic_framerate",
            "Slower in low light",
            Exposure,
            ControlKind::Switch,
            (1, 0),
            settable,
        ),
        control("gain", "Gain", Exposure, plain(0, 255), (64, 0), settable),
        control(
            "power_line_frequency",
            "Power line",
            Exposure,
            lamps,
            (1, 2),
            settable,
        ),
        control(
            "white_balance_automatic",
            "Automatic white",
            WhiteBalance,
            ControlKind::Switch,
            (0, 1),
            settable,
        ),
        control(
            "white_balance_temperature",
            "Temperature",
            WhiteBalance,
            kelvin,
            (4600, 4000),
            settable,
        ),
        control(
            "focus_automatic_continuous",
            "Autofocus",
            Focus,
            ControlKind::Switch,
            (1, 1),
            settable,
        ),
        control(
            "focus_absolute",
            "Focus",
            Focus,
            plain(0, 250),
            (30, 0),
            inactive,
        ),
        control(
            "brightness",
            "Brightness",
            Picture,
            plain(0, 255),
            (128, 128),
            settable,
        ),
        control(
            "contrast",
            "Contrast",
            Picture,
            plain(0, 255),
            (128, 128),
            settable,
        ),
    ]
    .into()
}
