//! Keys, labels and units of the controls that `linux/v4l2-controls.h` defines.
//!
//! The driver's own names differ from kernel to kernel ("Exposure (Absolute)", "Exposure Time, Absolute"); the numbers
//! never change. The keys are those that `v4l2-ctl` shows on kernels from 5.18.

use crate::{ControlGroup, ControlUnit};

/// `V4L2_CID_BASE`.
const USER: u32 = 0x0098_0900;
/// `V4L2_CID_CAMERA_CLASS_BASE`.
const CAMERA: u32 = 0x009a_0900;

/// What is known of a control besides what the driver says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) id: u32,
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) group: ControlGroup,
    pub(super) unit: ControlUnit,
}

const fn known(id: u32, key: &'static str, label: &'static str, group: ControlGroup) -> Known {
    Known {
        id,
        key,
        label,
        group,
        unit: ControlUnit::Plain,
    }
}

use ControlGroup::{Exposure, Focus, Picture, WhiteBalance};

/// In the order in which they are shown.
const KNOWN: [Known; 29] = [
    known(CAMERA + 1, "auto_exposure", "Exposure", Exposure),
    Known {
        unit: ControlUnit::TenthsOfMillisecond,
        ..known(CAMERA + 2, "exposure_time_absolute", "Shutter", Exposure)
    },
    known(
        CAMERA + 3,
        "exposure_dynamic_framerate",
        "Slower in low light",
        Exposure,
    ),
    known(CAMERA + 19, "auto_exposure_bias", "Exposure bias", Exposure),
    known(USER + 17, "exposure", "Exposure level", Exposure),
    known(USER + 18, "gain_automatic", "Automatic gain", Exposure),
    known(USER + 19, "gain", "Gain", Exposure),
    known(CAMERA + 24, "iso_sensitivity_auto", "ISO mode", Exposure),
    known(CAMERA + 23, "iso_sensitivity", "ISO", Exposure),
    known(USER + 28, "backlight_compensation", "Backlight", Exposure),
    known(CAMERA + 21, "wide_dynamic_range", "Dynamic range", Exposure),
    known(USER + 24, "power_line_frequency", "Power line", Exposure),
    known(
        USER + 12,
        "white_balance_automatic",
        "Automatic white",
        WhiteBalance,
    ),
    known(
        CAMERA + 20,
        "white_balance_auto_preset",
        "White preset",
        WhiteBalance,
    ),
    Known {
        unit: ControlUnit::Kelvin,
        ..known(
            USER + 26,
            "white_balance_temperature",
            "Temperature",
            WhiteBalance,
        )
    },
    known(USER + 14, "red_balance", "Red", WhiteBalance),
    known(USER + 15, "blue_balance", "Blue", WhiteBalance),
    known(
        CAMERA + 12,
        "focus_automatic_continuous",
        "Autofocus",
        Focus,
    ),
    known(CAMERA + 10, "focus_absolute", "Focus", Focus),
    known(CAMERA + 13, "zoom_absolute", "Zoom", Focus),
    known(CAMERA + 8, "pan_absolute", "Pan", Focus),
    known(CAMERA + 9, "tilt_absolute", "Tilt", Focus),
    known(USER, "brightness", "Brightness", Picture),
    known(USER + 1, "contrast", "Contrast", Picture),
    known(USER + 2, "saturation", "Saturation", Picture),
    known(USER + 3, "hue", "Hue", Picture),
    known(USER + 25, "hue_automatic", "Automatic hue", Picture),
    known(USER + 16, "gamma", "Gamma", Picture),
    known(USER + 27, "sharpness", "Sharpness", Picture),
];

/// What is known of this control, and its place among those that are.
pub(super) fn known_control(id: u32) -> Option<(usize, Known)> {
    let at = KNOWN.iter().position(|known| known.id == id)?;
    Some((at, KNOWN[at]))
}

/// What the numbers of `enum v4l2_exposure_auto_type` mean at a webcam, whose aperture is fixed; drivers name them as if it
/// were not.
const EXPOSURE_MODES: [&str; 4] = [
    "Automatic",
    "Manual",
    "Automatic aperture",
    "Automatic shutter",
];

/// A better name for a menu's entry than the driver's own, if there is one.
pub(super) fn entry_name(id: u32, index: i64) -> Option<&'static str> {
    let index = usize::try_from(index).ok()?;
    EXPOSURE_MODES
        .get(index)
        .copied()
        .filter(|_| id == CAMERA + 1)
}

/// A key made of a driver's own name, as `v4l2-ctl` makes it: "LED1 Mode" becomes `led1_mode`.
pub(super) fn key_from_name(name: &str) -> String {
    let mut key = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(key.trim_end_matches('_').len());
    key
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_those_of_the_header() {
        // linux/v4l2-controls.h, computed by hand.
        for (id, key) in [
            (0x0098_0900, "brightness"),
            (0x0098_090c, "white_balance_automatic"),
            (0x0098_0913, "gain"),
            (0x0098_0918, "power_line_frequency"),
            (0x0098_091a, "white_balance_temperature"),
            (0x009a_0901, "auto_exposure"),
            (0x009a_0902, "exposure_time_absolute"),
            (0x009a_090a, "focus_absolute"),
            (0x009a_090c, "focus_automatic_continuous"),
        ] {
            assert_eq!(known_control(id).map(|(_, known)| known.key), Some(key));
        }
        assert!(known_control(0x0098_f900).is_none());
    }

    #[test]
    fn keys_are_unique_and_look_like_those_of_unknown_controls() {
        let keys: BTreeSet<_> = KNOWN.iter().map(|known| known.key).collect();
        assert_eq!(keys.len(), KNOWN.len());
        assert!(keys.iter().all(|key| key_from_name(key) == *key));
        assert!(KNOWN.is_sorted_by_key(|known| known.group));
    }

    #[test]
    fn a_drivers_name_becomes_a_key() {
        assert_eq!(key_from_name("LED1 Mode"), "led1_mode");
        assert_eq!(
            key_from_name("Exposure, Dynamic Framerate"),
            "exposure_dynamic_framerate"
        );
        assert_eq!(key_from_name(" (Ünit) "), "ünit");
        assert_eq!(key_from_name("—"), "");
    }
}
