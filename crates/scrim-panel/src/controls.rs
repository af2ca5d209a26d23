//! The section "Camera controls": exposure, white balance, focus and the like, as far as the camera in use has them.

use std::collections::BTreeMap;

use egui::{Slider, Ui};
use scrim_pipeline::capture::{
    CameraControl, ControlAccess, ControlGroup, ControlKind, ControlUnit,
};

use crate::kit;
use crate::panel::Desk;

/// From how many times the least value on a slider's steps grow with the value: exposure times reach from 0.3 ms to 2 s.
const LOGARITHMIC_FROM: i64 = 100;

/// Nothing is shown for what has no controls: clips, and cameras whose library offers none.
pub(crate) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    let source = &desk.status.source;
    let Some(camera) = source
        .camera
        .as_ref()
        .filter(|_| !source.controls.is_empty())
    else {
        return;
    };
    let mut wanted = desk
        .settings
        .controls
        .get(camera)
        .cloned()
        .unwrap_or_default();
    let before = wanted.clone();
    kit::section(
        ui,
        "Camera controls",
        &summary(&source.controls),
        false,
        |ui| {
            let mut group = None;
            for control in source.controls.iter() {
                if group.is_some_and(|group| group != control.group) {
                    ui.separator();
                }
                group = Some(control.group);
                row(ui, control, &mut wanted);
            }
            ui.add_space(2.0);
            let reset = ui.button("Reset the camera's controls");
            let hover = "Sets everything to what the maker chose";
            if reset.on_hover_text(hover).clicked() {
                wanted = defaults(&source.controls);
            }
            kit::remark(
                ui,
                "Remembered for this camera. What is grey has no effect now, because the camera chooses it by itself.",
            );
        },
    );
    if wanted != before {
        desk.settings.controls.insert(camera.clone(), wanted);
    }
}

/// What the maker chose of everything that can be set, now or once its mode allows it.
fn defaults(controls: &[CameraControl]) -> BTreeMap<String, i64> {
    controls
        .iter()
        .filter(|control| control.access != ControlAccess::ReadOnly)
        .map(|control| (control.key.clone(), control.default))
        .collect()
}

fn summary(controls: &[CameraControl]) -> String {
    let changed = controls
        .iter()
        .filter(|c| c.access == ControlAccess::Settable && c.value != c.default)
        .count();
    match changed {
        0 => "as the maker chose".into(),
        1 => "1 changed".into(),
        n => format!("{n} changed"),
    }
}

fn row(ui: &mut Ui, control: &CameraControl, wanted: &mut BTreeMap<String, i64>) {
    let is_settable = control.access == ControlAccess::Settable;
    // What was just chosen is shown until the camera has answered, and a slider that is being dragged does not jump back.
    let shown = wanted
        .get(&control.key)
        .copied()
        .filter(|_| is_settable)
        .unwrap_or(control.value);
    let chosen = ui
        .add_enabled_ui(is_settable, |ui| match &control.kind {
            ControlKind::Integer {
                min,
                max,
                step,
                unit,
            } => number(ui, control, shown, (*min, *max, *step), *unit),
            ControlKind::Switch => {
                let mut is_on = shown != 0;
                ui.checkbox(&mut is_on, &control.label)
                    .on_hover_text(hover(control));
                i64::from(is_on)
            }
            ControlKind::Menu(entries) => menu(ui, control, shown, entries),
        })
        .inner;
    if is_settable && chosen != shown {
        wanted.insert(control.key.clone(), chosen);
    }
}

fn number(
    ui: &mut Ui,
    control: &CameraControl,
    shown: i64,
    (min, max, step): (i64, i64, i64),
    unit: ControlUnit,
) -> i64 {
    let mut value = shown.clamp(min, max);
    kit::row(ui, &control.label, &hover(control), |ui, labelled_by| {
        // The number beside the slider takes its own room.
        ui.spacing_mut().slider_width = (ui.available_width() - 74.0).max(60.0);
        let is_wide = min > 0 && max / min >= LOGARITHMIC_FROM;
        let slider = Slider::new(&mut value, min..=max)
            .step_by(step as f64)
            .logarithmic(is_wide)
            .custom_formatter(move |value, _| number_text(value, unit))
            .custom_parser(move |text| parsed(text, unit));
        ui.add(slider).labelled_by(labelled_by);
    });
    // A slider at its place gives back what it was given; only the hand moves it.
    if value == shown.clamp(min, max) {
        shown
    } else {
        value
    }
}

fn menu(ui: &mut Ui, control: &CameraControl, shown: i64, entries: &[(i64, String)]) -> i64 {
    let mut value = shown;
    let name = entries
        .iter()
        .find(|(number, _)| *number == shown)
        .map_or_else(|| shown.to_string(), |(_, name)| name.clone());
    kit::drop_down(ui, &control.label, &hover(control), &name, |ui| {
        for (number, name) in entries {
            ui.selectable_value(&mut value, *number, name);
        }
    });
    value
}

fn hover(control: &CameraControl) -> String {
    let default = match &control.kind {
        ControlKind::Integer { unit, .. } => number_text(control.default as f64, *unit),
        ControlKind::Switch => if control.default == 0 { "off" } else { "on" }.into(),
        ControlKind::Menu(entries) => entries
            .iter()
            .find(|(number, _)| *number == control.default)
            .map_or_else(|| control.default.to_string(), |(_, name)| name.clone()),
    };
    let about = match control.group {
        ControlGroup::Other => "The driver's own",
        _ => "The driver calls it",
    };
    format!("The maker's choice: {default}. {about}: {}", control.key)
}

/// "3.9 ms", "4600 K", "12".
fn number_text(value: f64, unit: ControlUnit) -> String {
    match unit {
        ControlUnit::Plain => format!("{value:.0}"),
        ControlUnit::TenthsOfMillisecond => format!("{:.1} ms", value / 10.0),
        ControlUnit::Kelvin => format!("{value:.0} K"),
    }
}

/// The other way round; the unit may be left out.
fn parsed(text: &str, unit: ControlUnit) -> Option<f64> {
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace());
    let number: f64 = number.trim().parse().ok()?;
    Some(match unit {
        ControlUnit::TenthsOfMillisecond => number * 10.0,
        ControlUnit::Plain | ControlUnit::Kelvin => number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_units_and_are_read_with_them_or_without() {
        let time = ControlUnit::TenthsOfMillisecond;
        assert_eq!(number_text(156.0, time), "15.6 ms");
        assert_eq!(number_text(4600.0, ControlUnit::Kelvin), "4600 K");
        assert_eq!(number_text(-3.0, ControlUnit::Plain), "-3");
        for (text, unit, value) in [
            ("15.6 ms", time, 156.0),
            ("15.6", time, 156.0),
            ("4600 K", ControlUnit::Kelvin, 4600.0),
            ("-3", ControlUnit::Plain, -3.0),
        ] {
            assert_eq!(parsed(text, unit), Some(value), "{text}");
        }
        assert_eq!(parsed("bright", ControlUnit::Plain), None);
    }
}
