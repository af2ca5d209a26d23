//! The controls of a V4L2 camera, on a handle beside the one that streams.

mod calls;
mod names;

use std::io;
use std::path::{Path, PathBuf};

use self::calls::{ControlCalls, Described, INTEGER64};
use self::names::{entry_name, key_from_name, known_control};
use super::driver::Node;
use crate::{
    CameraControl, CameraControls, ControlAccess, ControlError, ControlGroup, ControlKind,
    ControlUnit,
};

/// Numbers of `v4l2_ctrl_type` (`linux/videodev2.h`).
const INTEGER: u32 = 1;
const BOOLEAN: u32 = 2;
const MENU: u32 = 3;
const INTEGER_MENU: u32 = 9;

/// `V4L2_CTRL_FLAG_*`.
const DISABLED: u32 = 0x1;
const GRABBED: u32 = 0x2;
const READ_ONLY: u32 = 0x4;
const INACTIVE: u32 = 0x10;
const WRITE_ONLY: u32 = 0x40;

/// More entries than any menu that people choose from has.
const MAX_ENTRIES: usize = 64;

/// More controls than any camera has; a driver that never comes to an end is not listened to any longer.
const MAX_CONTROLS: usize = 256;

/// The controls of the camera at a path. The node is opened with the first call, since even that may block.
pub(super) struct V4l2Controls {
    path: PathBuf,
    node: Option<Node>,
    desk: Desk,
}

impl V4l2Controls {
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            node: None,
            desk: Desk::default(),
        }
    }

    fn node<'a>(path: &Path, node: &'a mut Option<Node>) -> Result<&'a Node, ControlError> {
        if node.is_none() {
            *node = Some(Node::open(path).map_err(|e| refusal(&e))?);
        }
        node.as_ref().ok_or(ControlError::Gone)
    }
}

impl CameraControls for V4l2Controls {
    fn list(&mut self) -> Result<Vec<CameraControl>, ControlError> {
        self.desk.list(Self::node(&self.path, &mut self.node)?)
    }

    fn set(&mut self, key: &str, value: i64) -> Result<i64, ControlError> {
        let node = Self::node(&self.path, &mut self.node)?;
        self.desk.set(node, key, value)
    }
}

/// Key, number and type of the controls that were listed.
#[derive(Default)]
struct Desk(Vec<(String, u32, u32)>);

impl Desk {
    fn list(&mut self, calls: &impl ControlCalls) -> Result<Vec<CameraControl>, ControlError> {
        let mut listed: Vec<(usize, u32, u32, CameraControl)> = Vec::new();
        let mut id = 0;
        for _ in 0..MAX_CONTROLS {
            let described = match calls.after(id) {
                Ok(Some(described)) => described,
                Ok(None) => break,
                Err(e) if refusal(&e) == ControlError::Gone => return Err(ControlError::Gone),
                // The number of the one after it is not known either.
                Err(e) => {
                    tracing::warn!(after = id, error = %e, "the camera lists no further controls");
                    break;
                }
            };
            if described.id <= id {
                break;
            }
            id = described.id;
            if let Some((rank, mut control)) = read(calls, &described)? {
                if listed.iter().any(|(.., other)| other.key == control.key) {
                    control.key = format!("{}_{id:x}", control.key);
                }
                listed.push((rank, id, described.kind, control));
            }
        }
        listed.sort_by_key(|(rank, id, ..)| (*rank, *id));
        self.0 = listed
            .iter()
            .map(|(_, id, kind, control)| (control.key.clone(), *id, *kind))
            .collect();
        Ok(listed.into_iter().map(|(.., control)| control).collect())
    }

    fn set(
        &mut self,
        calls: &impl ControlCalls,
        key: &str,
        value: i64,
    ) -> Result<i64, ControlError> {
        if self.0.is_empty() {
            self.list(calls)?;
        }
        let (_, id, kind) = self
            .0
            .iter()
            .find(|(known, ..)| known == key)
            .ok_or(ControlError::Unknown)?;
        calls.set(*id, *kind, value).map_err(|e| refusal(&e))?;
        // Drivers round and clamp without an error, and not all of them say so in their answer.
        calls.get(*id, *kind).map_err(|e| refusal(&e))
    }
}

/// A control with its place in the list; `None` for what cannot be set or shown as a number.
fn read(
    calls: &impl ControlCalls,
    described: &Described,
) -> Result<Option<(usize, CameraControl)>, ControlError> {
    if described.flags & (DISABLED | WRITE_ONLY) != 0 {
        return Ok(None);
    }
    let known = known_control(described.id);
    let unit = known.map_or(ControlUnit::Plain, |(_, known)| known.unit);
    let kind = match kind_of(calls, described, unit) {
        Ok(Some(kind)) => kind,
        Err(ControlError::Gone) => return Err(ControlError::Gone),
        Ok(None) | Err(_) => return Ok(None),
    };
    let key = known.map_or_else(|| key_from_name(&described.name), |(_, k)| k.key.into());
    if key.is_empty() {
        return Ok(None);
    }
    let value = match calls.get(described.id, described.kind) {
        Ok(value) => value,
        Err(e) if refusal(&e) == ControlError::Gone => return Err(ControlError::Gone),
        // Some cameras list what they then do not answer for.
        Err(e) => {
            tracing::debug!(control = key, error = %e, "a control was left out");
            return Ok(None);
        }
    };
    let access = if described.flags & (READ_ONLY | GRABBED) != 0 {
        ControlAccess::ReadOnly
    } else if described.flags & INACTIVE != 0 {
        ControlAccess::Inactive
    } else {
        ControlAccess::Settable
    };
    let control = CameraControl {
        key,
        label: known.map_or_else(|| described.name.clone(), |(_, k)| k.label.into()),
        group: known.map_or(ControlGroup::Other, |(_, k)| k.group),
        kind,
        value,
        default: described.default,
        access,
    };
    Ok(Some((known.map_or(usize::MAX, |(at, _)| at), control)))
}

fn kind_of(
    calls: &impl ControlCalls,
    described: &Described,
    unit: ControlUnit,
) -> Result<Option<ControlKind>, ControlError> {
    Ok(match described.kind {
        INTEGER | INTEGER64 if described.min < described.max => Some(ControlKind::Integer {
            min: described.min,
            max: described.max,
            step: i64::try_from(described.step).unwrap_or(i64::MAX).max(1),
            unit,
        }),
        BOOLEAN => Some(ControlKind::Switch),
        MENU | INTEGER_MENU => {
            let mut entries = Vec::new();
            for index in (described.min..=described.max).take(MAX_ENTRIES) {
                let is_number = described.kind == INTEGER_MENU;
                let name = calls
                    .entry(described.id, index, is_number)
                    .map_err(|e| refusal(&e))?;
                let better = entry_name(described.id, index);
                entries.extend(name.map(|name| (index, better.map_or(name, Into::into))));
            }
            (!entries.is_empty()).then_some(ControlKind::Menu(entries))
        }
        _ => None,
    })
}

/// What an error number means for a control.
fn refusal(error: &io::Error) -> ControlError {
    const ENXIO: i32 = 6;
    const EACCES: i32 = 13;
    const EBUSY: i32 = 16;
    const ENODEV: i32 = 19;
    const EINVAL: i32 = 22;
    const ERANGE: i32 = 34;
    let why = match error.raw_os_error() {
        Some(ENODEV | ENXIO) => return ControlError::Gone,
        Some(EINVAL | ERANGE) => "it takes no such value",
        Some(EACCES) => "it cannot be set now",
        Some(EBUSY) => "it cannot be set while pictures are sent",
        _ if error.kind() == io::ErrorKind::NotFound => return ControlError::Gone,
        _ => "the camera does not take it",
    };
    ControlError::Refused(format!("{why} ({error})"))
}

#[cfg(test)]
mod tests;
