//! The controls of a camera: numbers from 0 to 100.

use std::sync::Arc;

use scrim_capture::{
    CameraControl, CameraControls, ControlAccess, ControlError, ControlGroup, ControlKind,
    ControlUnit,
};

use crate::common::World;

pub struct FakeControls(pub Arc<World>);

impl CameraControls for FakeControls {
    fn list(&mut self) -> Result<Vec<CameraControl>, ControlError> {
        let mut listed: Vec<_> = self.0.state().controls.clone().into_iter().collect();
        listed.sort();
        let control = |(key, value): (String, i64)| CameraControl {
            label: key.clone(),
            key,
            group: ControlGroup::Picture,
            kind: ControlKind::Integer {
                min: 0,
                max: 100,
                step: 1,
                unit: ControlUnit::Plain,
            },
            value,
            default: 50,
            access: ControlAccess::Settable,
        };
        Ok(listed.into_iter().map(control).collect())
    }

    fn set(&mut self, key: &str, value: i64) -> Result<i64, ControlError> {
        if !self.0.state().controls.contains_key(key) {
            return Err(ControlError::Unknown);
        }
        let made = value.clamp(0, 100);
        self.0.set(|state| {
            state.set.push((key.into(), value));
            state.controls.insert(key.into(), made);
        });
        Ok(made)
    }
}
