//! The controls of cameras, as `scrim devices` lists them.

use scrim_pipeline::capture::{
    CameraControl, CameraInfo, ControlAccess, ControlKind, camera_controls,
};

/// What can be adjusted on a camera. Empty where it has nothing, or is no longer there.
pub fn controls_of(camera: &CameraInfo) -> Vec<CameraControl> {
    if camera.problem.is_some() {
        return Vec::new();
    }
    let Some(mut controls) = camera_controls(camera) else {
        return Vec::new();
    };
    controls.list().unwrap_or_else(|error| {
        tracing::warn!(camera = camera.name, %error, "controls cannot be listed");
        Vec::new()
    })
}

/// "gain = 64  (0 to 255, maker 0)".
pub fn control_line(control: &CameraControl) -> String {
    let values = match &control.kind {
        ControlKind::Integer { min, max, step, .. } if *step > 1 => {
            format!("{min} to {max} in steps of {step}")
        }
        ControlKind::Integer { min, max, .. } => format!("{min} to {max}"),
        ControlKind::Switch => "0 off, 1 on".into(),
        ControlKind::Menu(entries) => entries
            .iter()
            .map(|(number, name)| format!("{number} {name}"))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let access = match control.access {
        ControlAccess::Settable => "",
        ControlAccess::Inactive => "; has no effect now",
        ControlAccess::ReadOnly => "; cannot be set",
    };
    format!(
        "{} = {}  ({values}; maker: {}{access})",
        control.key, control.value, control.default
    )
}

/// The same, for programs.
pub fn control_json(control: &CameraControl) -> serde_json::Value {
    let (kind, values) = match &control.kind {
        ControlKind::Integer { min, max, step, .. } => (
            "integer",
            serde_json::json!({ "min": min, "max": max, "step": step }),
        ),
        ControlKind::Switch => ("switch", serde_json::Value::Null),
        ControlKind::Menu(entries) => (
            "menu",
            entries
                .iter()
                .map(|(number, name)| serde_json::json!({ "number": number, "name": name }))
                .collect(),
        ),
    };
    let access = match control.access {
        ControlAccess::Settable => "settable",
        ControlAccess::Inactive => "inactive",
        ControlAccess::ReadOnly => "read-only",
    };
    serde_json::json!({
        "key": control.key, "label": control.label, "kind": kind, "values": values,
        "value": control.value, "default": control.default, "access": access,
    })
}

#[cfg(test)]
mod tests {
    use scrim_pipeline::capture::{ControlGroup, ControlUnit};

    use super::*;

    #[test]
    fn a_control_is_one_line() {
        let mut control = CameraControl {
            key: "white_balance_temperature".into(),
            label: "White balance".into(),
            group: ControlGroup::WhiteBalance,
            kind: ControlKind::Integer {
                min: 2000,
                max: 6500,
                step: 10,
                unit: ControlUnit::Kelvin,
            },
            value: 4600,
            default: 4000,
            access: ControlAccess::Inactive,
        };
        assert_eq!(
            control_line(&control),
            "white_balance_temperature = 4600  (2000 to 6500 in steps of 10; maker: 4000; has no effect now)"
        );
        control.key = "power_line_frequency".into();
        control.kind = ControlKind::Menu(vec![(0, "Disabled".into()), (1, "50 Hz".into())]);
        (control.value, control.default) = (1, 0);
        control.access = ControlAccess::Settable;
        assert_eq!(
            control_line(&control),
            "power_line_frequency = 1  (0 Disabled, 1 50 Hz; maker: 0)"
        );
        let json = control_json(&control);
        assert_eq!(json["values"][1]["name"], "50 Hz");
    }
}
