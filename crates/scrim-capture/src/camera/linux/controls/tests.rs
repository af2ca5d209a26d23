//! A driver by hand: what it lists and how it answers.

use std::cell::RefCell;

use super::*;

struct Driver {
    controls: Vec<Described>,
    values: RefCell<Vec<(u32, i64)>>,
    /// The error number of every call, once the camera is gone.
    gone: Option<i32>,
}

fn described(id: u32, kind: u32, name: &str, range: (i64, i64), flags: u32) -> Described {
    Described {
        id,
        kind,
        name: name.into(),
        min: range.0,
        max: range.1,
        step: 1,
        default: range.0,
        flags,
    }
}

/// As a webcam on an old kernel lists them, with things that a panel cannot show.
fn webcam() -> Driver {
    let controls = vec![
        described(0x0098_0001, 6, "User Controls", (0, 0), 0x4),
        described(0x0098_0900, INTEGER, "Brightness", (-64, 64), 0),
        described(0x0098_0903, INTEGER, "Nothing to choose", (5, 5), 0),
        described(0x0098_0918, MENU, "Power Line Frequency", (0, 3), 0),
        described(0x0098_f900, BOOLEAN, "LED1 Mode", (0, 1), 0),
        described(0x0098_f901, BOOLEAN, "LED1  Mode", (0, 1), 0),
        described(0x0098_f902, 4, "Button", (0, 0), 0x40),
        described(0x0098_f903, 7, "Text", (0, 10), 0),
        described(0x0098_f904, INTEGER64, "Huge", (i64::MIN, i64::MAX), 0),
        described(0x0098_f905, INTEGER, "Disabled", (0, 9), 0x1),
        described(0x0098_f906, INTEGER, "Mute", (0, 9), 0),
        described(0x0098_f907, INTEGER_MENU, "Link", (0, 1), 0x2),
        described(0x009a_0901, MENU, "Exposure, Auto", (0, 3), 0),
        described(0x009a_0902, INTEGER, "Exposure (Absolute)", (3, 2047), 0x10),
    ];
    let values = controls.iter().map(|c| (c.id, c.min)).collect();
    Driver {
        controls,
        values: RefCell::new(values),
        gone: None,
    }
}

impl Driver {
    fn check(&self) -> io::Result<()> {
        self.gone
            .map_or(Ok(()), |number| Err(io::Error::from_raw_os_error(number)))
    }
}

impl ControlCalls for Driver {
    fn after(&self, id: u32) -> io::Result<Option<Described>> {
        self.check()?;
        Ok(self.controls.iter().find(|c| c.id > id).cloned())
    }

    fn entry(&self, _: u32, index: i64, is_number: bool) -> io::Result<Option<String>> {
        self.check()?;
        // Some cameras leave entries out.
        let name = if is_number {
            format!("{}", index * 100)
        } else {
            format!("entry {index}")
        };
        Ok((index != 1 || is_number).then_some(name))
    }

    fn get(&self, id: u32, _: u32) -> io::Result<i64> {
        self.check()?;
        if id == 0x0098_f906 {
            return Err(io::Error::from_raw_os_error(5));
        }
        let values = self.values.borrow();
        Ok(values.iter().find(|(i, _)| *i == id).unwrap().1)
    }

    fn set(&self, id: u32, _: u32, value: i64) -> io::Result<()> {
        self.check()?;
        let control = self.controls.iter().find(|c| c.id == id).unwrap();
        if control.kind != INTEGER && !(control.min..=control.max).contains(&value) {
            return Err(io::Error::from_raw_os_error(34));
        }
        let mut values = self.values.borrow_mut();
        values.iter_mut().find(|(i, _)| *i == id).unwrap().1 =
            value.clamp(control.min, control.max);
        Ok(())
    }
}

fn keys(controls: &[CameraControl]) -> Vec<&str> {
    controls.iter().map(|c| c.key.as_str()).collect()
}

#[test]
fn what_can_be_adjusted_is_listed_by_what_it_is_about() {
    let controls = Desk::default().list(&webcam()).unwrap();
    assert_eq!(
        keys(&controls),
        [
            "auto_exposure",
            "exposure_time_absolute",
            "power_line_frequency",
            "brightness",
            "led1_mode",
            "led1_mode_98f901",
            "huge",
            "link",
        ]
    );
    assert_eq!(
        controls[0].kind,
        ControlKind::Menu(vec![
            (0, "Automatic".into()),
            (2, "Automatic aperture".into()),
            (3, "Automatic shutter".into())
        ])
    );
    assert_eq!(
        controls[1].kind,
        ControlKind::Integer {
            min: 3,
            max: 2047,
            step: 1,
            unit: ControlUnit::TenthsOfMillisecond
        }
    );
    assert_eq!(controls[1].access, ControlAccess::Inactive);
    assert_eq!(controls[1].label, "Shutter");
    assert_eq!(controls[3].access, ControlAccess::Settable);
    assert_eq!(controls[4].label, "LED1 Mode");
    assert_eq!(controls[4].group, ControlGroup::Other);
    assert_eq!(controls[7].access, ControlAccess::ReadOnly);
    assert_eq!(
        controls[7].kind,
        ControlKind::Menu(vec![(0, "0".into()), (1, "100".into())])
    );
}

#[test]
fn what_the_camera_made_of_a_value_is_told() {
    let driver = webcam();
    let mut desk = Desk::default();
    assert_eq!(desk.set(&driver, "brightness", 12), Ok(12));
    assert_eq!(desk.set(&driver, "brightness", 1000), Ok(64));
    assert_eq!(desk.set(&driver, "led1_mode", 1), Ok(1));
    let refused = desk.set(&driver, "power_line_frequency", 9).unwrap_err();
    assert!(
        matches!(&refused, ControlError::Refused(why) if why.contains("no such value")),
        "{refused}"
    );
    assert_eq!(desk.set(&driver, "sparkle", 1), Err(ControlError::Unknown));
    let listed = desk.list(&driver).unwrap();
    let brightness = listed.iter().find(|c| c.key == "brightness").unwrap();
    assert_eq!((brightness.value, brightness.default), (64, -64));
}

#[test]
fn a_camera_that_is_gone_is_no_camera_without_controls() {
    let mut driver = webcam();
    let mut desk = Desk::default();
    desk.list(&driver).unwrap();
    driver.gone = Some(19);
    assert_eq!(desk.list(&driver), Err(ControlError::Gone));
    assert_eq!(desk.set(&driver, "brightness", 1), Err(ControlError::Gone));
    driver.gone = Some(5);
    assert!(matches!(
        desk.set(&driver, "brightness", 1),
        Err(ControlError::Refused(_))
    ));
    let mut nowhere = V4l2Controls::at("/dev/video9999".into());
    assert_eq!(nowhere.list(), Err(ControlError::Gone));
}
