//! Whether a device can be written to, by what it and the system say before anything is changed on it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::fault::{Holder, V4l2Error};
use super::node::{Capabilities, Node};
use super::system::{Listed, System};
use super::{V4l2Device, V4l2Report};

/// What the driver calls itself.
const DRIVER: &str = "v4l2 loopback";

/// See [`super::v4l2_report`].
pub(super) fn report(system: &System) -> Result<V4l2Report, V4l2Error> {
    let listed = system.devices();
    if listed.is_empty() {
        return Err(system.why_none());
    }
    let devices = listed.into_iter().map(|Listed { path, name }| V4l2Device {
        problem: approach(&path, system).err(),
        path,
        name,
    });
    Ok(V4l2Report {
        version: system.version(),
        devices: devices.collect(),
    })
}

/// The devices to try, in order: the one that was named, or all.
pub(super) fn candidates(named: Option<&Path>, system: &System) -> Result<Vec<PathBuf>, V4l2Error> {
    let there: Vec<_> = system
        .devices()
        .into_iter()
        .map(|listed| listed.path)
        .collect();
    if there.is_empty() {
        return Err(system.why_none());
    }
    let Some(named) = named else {
        return Ok(there);
    };
    let path = named.to_path_buf();
    match fs::canonicalize(named) {
        Ok(node) if there.contains(&node) => Ok(vec![node]),
        Ok(_) => Err(V4l2Error::NotLoopback { path, there }),
        Err(_) => Err(V4l2Error::NoSuchDevice { path, there }),
    }
}

/// Opens a device, unless it says that writing to it would be of no use.
pub(super) fn approach(path: &Path, system: &System) -> Result<Node, V4l2Error> {
    let node = Node::open(path).map_err(|error| cannot_open(&error, path, system))?;
    let said = node
        .capabilities()
        .map_err(|error| refused(path, "what it can do", &error))?;
    if said.driver != DRIVER {
        return Err(V4l2Error::NotLoopback {
            path: path.into(),
            there: Vec::new(),
        });
    }
    let exclusive = index_of(&said.bus_info).and_then(|index| system.is_exclusive(index));
    match Standing::of(&said, exclusive) {
        Standing::Free => Ok(node),
        Standing::NotExclusive => Err(V4l2Error::NotExclusive { path: path.into() }),
        Standing::Taken => {
            // This program's own node is among them.
            let is_held = system.open_count().is_none_or(|count| count > 1);
            drop(node);
            Err(taken(path, system.holders(path), is_held))
        }
    }
}

/// A device that takes no writer: another one has it, or nobody has.
fn taken(path: &Path, holders: Vec<Holder>, is_held: bool) -> V4l2Error {
    if holders.is_empty() && !is_held {
        V4l2Error::Wedged { path: path.into() }
    } else {
        V4l2Error::Busy {
            path: path.into(),
            holders,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Free,
    NotExclusive,
    Taken,
}

impl Standing {
    /// With `exclusive_caps=1` a device without a writer is an output, and with one a camera. It is both when a writer has
    /// gone and a reader stayed (before 0.13), and at all times without `exclusive_caps=1`.
    fn of(said: &Capabilities, exclusive: Option<bool>) -> Self {
        match (said.can_capture, said.can_output) {
            (true, true) if exclusive != Some(true) => Self::NotExclusive,
            (_, true) => Self::Free,
            (_, false) => Self::Taken,
        }
    }
}

/// The number that the module counts a device by: `platform:v4l2loopback-003`.
fn index_of(bus_info: &str) -> Option<usize> {
    bus_info.rsplit_once('-')?.1.parse().ok()
}

pub(super) fn cannot_open(error: &io::Error, path: &Path, system: &System) -> V4l2Error {
    let path = path.to_path_buf();
    match (error.kind(), Errno::from_io_error(error)) {
        (ErrorKind::PermissionDenied, _) => V4l2Error::Denied { path },
        // More have it open than the module's `max_openers` allows.
        (ErrorKind::ResourceBusy, _) => V4l2Error::Busy {
            holders: system.holders(&path),
            path,
        },
        (ErrorKind::NotFound, _) | (_, Some(Errno::NODEV | Errno::NXIO)) => {
            V4l2Error::NoSuchDevice {
                path,
                there: Vec::new(),
            }
        }
        _ => refused(&path, "to be opened", error),
    }
}

pub(super) fn refused(path: &Path, what: &str, error: &io::Error) -> V4l2Error {
    V4l2Error::Refused {
        path: path.into(),
        reason: format!("asked for {what}, it answered: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(can_capture: bool, can_output: bool) -> Capabilities {
        Capabilities {
            driver: DRIVER.into(),
            card: "Scrim".into(),
            bus_info: "platform:v4l2loopback-000".into(),
            can_capture,
            can_output,
        }
    }

    #[test]
    fn what_a_device_says_it_can_do_tells_who_uses_it() {
        let of = |capture, output, exclusive| Standing::of(&said(capture, output), exclusive);
        assert_eq!(of(false, true, Some(true)), Standing::Free);
        assert_eq!(of(false, true, None), Standing::Free);
        assert_eq!(
            of(true, true, Some(true)),
            Standing::Free,
            "a reader stayed"
        );
        assert_eq!(of(true, true, Some(false)), Standing::NotExclusive);
        assert_eq!(of(true, true, None), Standing::NotExclusive);
        assert_eq!(of(true, false, Some(true)), Standing::Taken);
    }

    #[test]
    fn a_device_that_nobody_has_open_is_wedged_and_not_busy() {
        let path = Path::new("/dev/video10");
        let holder = Holder {
            name: "obs".into(),
            pid: 12,
        };
        assert!(matches!(
            taken(path, vec![], false),
            V4l2Error::Wedged { .. }
        ));
        assert!(matches!(taken(path, vec![], true), V4l2Error::Busy { .. }));
        assert!(matches!(
            taken(path, vec![holder.clone()], true),
            V4l2Error::Busy { holders, .. } if holders == [holder]
        ));
    }

    #[test]
    fn the_index_is_the_modules() {
        assert_eq!(index_of("platform:v4l2loopback-000"), Some(0));
        assert_eq!(index_of("platform:v4l2loopback-012"), Some(12));
        assert_eq!(index_of("usb-0000:00:14.0-1"), Some(1));
        assert_eq!(index_of("platform"), None);
    }

    #[test]
    fn what_the_system_answers_becomes_what_people_know() {
        let root = tempfile::tempdir().unwrap();
        let system = System::at(root.path());
        let error = |number| {
            let error = io::Error::from_raw_os_error(number);
            cannot_open(&error, Path::new("/dev/video10"), &system)
        };
        assert!(matches!(error(13), V4l2Error::Denied { .. }));
        assert!(matches!(error(1), V4l2Error::Denied { .. }));
        assert!(matches!(error(16), V4l2Error::Busy { .. }));
        assert!(matches!(error(2), V4l2Error::NoSuchDevice { .. }));
        assert!(matches!(error(19), V4l2Error::NoSuchDevice { .. }));
        assert!(
            matches!(error(5), V4l2Error::Refused { reason, .. } if reason.contains("os error 5"))
        );
    }

    #[test]
    fn a_named_device_must_be_one_of_the_modules() {
        let root = tempfile::tempdir().unwrap();
        let system = System::at(root.path());
        let named = |path: &str| candidates(Some(Path::new(path)), &system);
        assert!(matches!(
            named("/dev/null"),
            Err(V4l2Error::NotInstalled { .. })
        ));
        let attributes = root.path().join("sys/class/video4linux/video4095");
        fs::create_dir_all(&attributes).unwrap();
        for attribute in ["max_openers", "buffers"] {
            fs::write(attributes.join(attribute), b"2\n").unwrap();
        }
        assert!(matches!(
            named("/dev/null"),
            Err(V4l2Error::NotLoopback { there, .. }) if there == [Path::new("/dev/video4095")]
        ));
        assert!(matches!(
            named("/dev/video4095"),
            Err(V4l2Error::NoSuchDevice { .. })
        ));
        assert_eq!(
            candidates(None, &system).unwrap(),
            [Path::new("/dev/video4095")]
        );
        let report = report(&system).unwrap();
        assert!(matches!(
            report.devices[0].problem,
            Some(V4l2Error::NoSuchDevice { .. })
        ));
    }
}
