//! The thread beside a camera that sets its controls and reads them back: a driver may take its time for that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use scrim_capture::{CameraControl, CameraControls, ControlAccess, ControlError, VideoSource};

use super::seat::Role;
use super::shared::Shared;
use crate::sync::{Leave, lock};
use crate::{Problem, ProblemSource, Severity};

/// How often controls are read while somebody can see them: automatic ones move by themselves.
const REFRESH: Duration = Duration::from_secs(1);

/// Ends the steering of a camera with its stream.
pub(crate) struct Helm {
    shared: Arc<Shared>,
    id: u64,
    leave: Arc<Leave>,
}

impl Helm {
    /// Starts the thread that steers the camera of the source's worker `id`, if it is one that can be steered.
    pub(crate) fn take(shared: &Arc<Shared>, id: u64, source: &dyn VideoSource) -> Self {
        let helm = Self {
            shared: Arc::clone(shared),
            id,
            leave: Arc::default(),
        };
        let (Some(camera), Some(controls)) = (source.camera(), source.controls()) else {
            return helm;
        };
        let steering = Steering {
            shared: Arc::clone(shared),
            id,
            camera: camera.id.clone(),
            name: source.description().to_owned(),
            controls,
            leave: Arc::clone(&helm.leave),
        };
        {
            let mut board = lock(&shared.board);
            // A successor may have sat down meanwhile, with a helm of its own.
            if board.source_seat.role(id) == Role::Active {
                board.helm = Some((id, Arc::clone(&helm.leave)));
            }
        }
        let started = shared.crew.start(
            "scrim-controls".into(),
            &helm.leave,
            false,
            || steering.run(),
            || tracing::error!("the thread of a camera's controls stopped unexpectedly"),
        );
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for the camera's controls");
        }
        helm
    }
}

impl Drop for Helm {
    fn drop(&mut self) {
        self.leave.ask();
        // The last status tells how it was.
        if self.shared.is_stopping() {
            return;
        }
        self.shared.post(|board| {
            // A successor's are its own.
            if board.source_seat.role(self.id) == Role::Active {
                board.helm = None;
                board.source.controls = Arc::default();
                board.clear(ProblemSource::Controls);
                board.clear(ProblemSource::Delivery);
            }
        });
    }
}

/// Sets what the settings want of one camera for as long as it is open.
struct Steering {
    shared: Arc<Shared>,
    id: u64,
    /// The camera's lasting id.
    camera: String,
    name: String,
    controls: Box<dyn CameraControls>,
    leave: Arc<Leave>,
}

impl Steering {
    fn run(mut self) {
        let mut desk = Desk::default();
        while !self.leave.is_asked() {
            let wanted = self.shared.settings().controls_of(&self.camera);
            match desk.settle(self.controls.as_mut(), &wanted) {
                Ok(listed) => self.post(listed, desk.problem(&self.name).as_ref()),
                // The stream tells, and this thread is asked to go.
                Err(ControlError::Gone) => {}
                Err(error) => {
                    tracing::debug!(camera = self.name, %error, "controls cannot be read");
                }
            }
            let is_seen = self.shared.is_window_shown();
            if self.leave.pause(is_seen.then_some(REFRESH)) {
                return;
            }
        }
    }

    fn post(&self, listed: Vec<CameraControl>, problem: Option<&Problem>) {
        let mut board = lock(&self.shared.board);
        if board.helm.as_ref().is_none_or(|(id, _)| *id != self.id) {
            return;
        }
        let is_news = board.source.controls[..] != listed[..];
        let is_told = board.problems.get(&ProblemSource::Controls) == problem;
        if is_news {
            board.source.controls = listed.into();
        }
        match problem {
            Some(problem) => board.raise(problem),
            None => board.clear(ProblemSource::Controls),
        }
        drop(board);
        if is_news || !is_told {
            self.shared.changed();
        }
    }
}

/// What was set on a camera, and what it made of it.
#[derive(Debug, Default)]
struct Desk {
    /// What was handed over, so that nothing is set twice: somebody else may have set it otherwise since.
    done: BTreeMap<String, i64>,
    /// Why what was handed over is not what the camera has, by key.
    refused: BTreeMap<String, String>,
}

impl Desk {
    /// Sets what is wanted and can be set now, and reads everything.
    fn settle(
        &mut self,
        controls: &mut dyn CameraControls,
        wanted: &BTreeMap<String, i64>,
    ) -> Result<Vec<CameraControl>, ControlError> {
        self.done.retain(|key, _| wanted.contains_key(key));
        self.refused.retain(|key, _| wanted.contains_key(key));
        let mut listed = controls.list()?;
        // An exposure time can be set only once the mode that chooses it by itself is off.
        for modes in [true, false] {
            let mut any = false;
            for (key, value) in wanted {
                let control = listed.iter().find(|control| control.key == *key);
                if control.is_none_or(CameraControl::is_mode) == modes {
                    any |= self.set(controls, control, key, *value)?;
                }
            }
            if any {
                listed = controls.list()?;
            }
        }
        Ok(listed)
    }

    /// Whether the camera was given anything.
    fn set(
        &mut self,
        controls: &mut dyn CameraControls,
        control: Option<&CameraControl>,
        key: &str,
        value: i64,
    ) -> Result<bool, ControlError> {
        if self.done.get(key) == Some(&value) {
            return Ok(false);
        }
        // It is set when it can be: as soon as the mode that rules it is off.
        if control.is_some_and(|control| control.access != ControlAccess::Settable) {
            return Ok(false);
        }
        let label = control.map_or(key, |control| &control.label);
        let outcome = match controls.set(key, value) {
            Ok(made) if made == value => None,
            Ok(made) => Some(format!("{label} was set to {made} instead of {value}")),
            Err(ControlError::Gone) => return Err(ControlError::Gone),
            Err(error) => Some(format!(
                "{label} stays as it was instead of {value}: {error}"
            )),
        };
        self.done.insert(key.into(), value);
        match outcome {
            Some(why) => self.refused.insert(key.into(), why),
            None => self.refused.remove(key),
        };
        Ok(true)
    }

    /// What the camera did not take, in words.
    fn problem(&self, camera: &str) -> Option<Problem> {
        let refused: Vec<&str> = self.refused.values().map(String::as_str).collect();
        (!refused.is_empty()).then(|| Problem {
            source: ProblemSource::Controls,
            severity: Severity::Warning,
            what: "The camera does not take a setting.".into(),
            why: format!("{camera}: {}.", refused.join("; ")),
            try_this: Some(
                "Choose another value, or reset the camera's controls; scrim devices lists them with their ranges."
                    .into(),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use scrim_capture::{ControlGroup, ControlKind, ControlUnit};

    use super::*;

    /// A camera whose exposure time can be set only when the automatic is off, and that has steps of ten for it.
    struct Camera {
        auto: i64,
        time: i64,
        set: Vec<(String, i64)>,
        gone: bool,
    }

    fn camera() -> Camera {
        Camera {
            auto: 1,
            time: 100,
            set: vec![],
            gone: false,
        }
    }

    fn control(key: &str, kind: ControlKind, value: i64, access: ControlAccess) -> CameraControl {
        CameraControl {
            key: key.into(),
            label: key.to_uppercase(),
            group: ControlGroup::Exposure,
            kind,
            value,
            default: 0,
            access,
        }
    }

    impl CameraControls for Camera {
        fn list(&mut self) -> Result<Vec<CameraControl>, ControlError> {
            if self.gone {
                return Err(ControlError::Gone);
            }
            let integer = ControlKind::Integer {
                min: 0,
                max: 1000,
                step: 10,
                unit: ControlUnit::Plain,
            };
            let access = if self.auto == 1 {
                ControlAccess::Inactive
            } else {
                ControlAccess::Settable
            };
            Ok(vec![
                control("a_time", integer, self.time, access),
                control(
                    "auto",
                    ControlKind::Switch,
                    self.auto,
                    ControlAccess::Settable,
                ),
            ])
        }

        fn set(&mut self, key: &str, value: i64) -> Result<i64, ControlError> {
            self.set.push((key.into(), value));
            match key {
                "auto" if value <= 1 => {
                    self.auto = value;
                    Ok(value)
                }
                "auto" => Err(ControlError::Refused("no such value".into())),
                "a_time" => {
                    self.time = value / 10 * 10;
                    Ok(self.time)
                }
                _ => Err(ControlError::Unknown),
            }
        }
    }

    fn wanted(values: &[(&str, i64)]) -> BTreeMap<String, i64> {
        values.iter().map(|(k, v)| ((*k).into(), *v)).collect()
    }

    #[test]
    fn modes_are_set_before_what_they_rule_and_nothing_twice() {
        let (mut camera, mut desk) = (camera(), Desk::default());
        let values = wanted(&[("a_time", 250), ("auto", 0)]);
        let listed = desk.settle(&mut camera, &values).unwrap();
        assert_eq!(camera.set, [("auto".into(), 0), ("a_time".into(), 250)]);
        assert_eq!(listed[0].value, 250);
        assert_eq!(listed[0].access, ControlAccess::Settable);
        assert_eq!(desk.problem("Cam"), None);
        // Somebody else sets it otherwise; that is left alone.
        camera.time = 500;
        desk.settle(&mut camera, &values).unwrap();
        assert_eq!(camera.set.len(), 2);
        // What is forgotten and wanted again is set again.
        desk.settle(&mut camera, &wanted(&[])).unwrap();
        desk.settle(&mut camera, &values).unwrap();
        assert_eq!(camera.time, 250);
    }

    #[test]
    fn what_has_no_effect_now_is_set_when_it_has() {
        let (mut camera, mut desk) = (camera(), Desk::default());
        desk.settle(&mut camera, &wanted(&[("a_time", 250)]))
            .unwrap();
        assert_eq!(camera.set, []);
        assert_eq!(desk.problem("Cam"), None, "nothing was refused");
        camera.auto = 0;
        desk.settle(&mut camera, &wanted(&[("a_time", 250)]))
            .unwrap();
        assert_eq!(camera.time, 250);
    }

    #[test]
    fn what_the_camera_does_not_take_is_said_once_and_until_it_does() {
        let (mut camera, mut desk) = (camera(), Desk::default());
        let values = wanted(&[("auto", 7), ("sparkle", 1)]);
        desk.settle(&mut camera, &values).unwrap();
        let why = desk.problem("Cam").unwrap().why;
        assert!(why.contains("AUTO stays as it was instead of 7"), "{why}");
        assert!(
            why.contains("sparkle") && why.contains("no such control"),
            "{why}"
        );
        desk.settle(&mut camera, &values).unwrap();
        assert_eq!(camera.set.len(), 2, "not tried again and again");
        desk.settle(&mut camera, &wanted(&[("auto", 0), ("a_time", 257)]))
            .unwrap();
        let why = desk.problem("Cam").unwrap().why;
        assert_eq!(why, "Cam: A_TIME was set to 250 instead of 257.");
        desk.settle(&mut camera, &wanted(&[("auto", 0), ("a_time", 260)]))
            .unwrap();
        assert_eq!(desk.problem("Cam"), None);
    }

    #[test]
    fn a_camera_that_is_gone_refuses_nothing() {
        let (mut camera, mut desk) = (camera(), Desk::default());
        camera.gone = true;
        let gone = desk.settle(&mut camera, &wanted(&[("auto", 0)]));
        assert_eq!(gone, Err(ControlError::Gone));
        assert_eq!(desk.problem("Cam"), None);
    }
}
