//! What can be adjusted on a camera: exposure, white balance, focus, and whatever else it has.

/// What a control is about; also the order in which controls are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlGroup {
    /// How long and how sensitively each picture is taken, and the flicker of lamps.
    Exposure,
    /// Which light counts as white.
    WhiteBalance,
    /// What is sharp.
    Focus,
    /// Brightness, contrast and the like, computed by the camera.
    Picture,
    /// What the driver offers besides.
    Other,
}

/// What the numbers of a control count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ControlUnit {
    /// Nothing that the driver would say.
    #[default]
    Plain,
    /// Steps of 100 µs (`V4L2_CID_EXPOSURE_ABSOLUTE`).
    TenthsOfMillisecond,
    /// Kelvin (`V4L2_CID_WHITE_BALANCE_TEMPERATURE`).
    Kelvin,
}

/// Which values a control takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlKind {
    /// From `min` to `max`, both included, in steps of `step`, which is at least 1.
    Integer {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
        /// From one value to the next.
        step: i64,
        /// What is counted.
        unit: ControlUnit,
    },
    /// 0 (off) or 1 (on).
    Switch,
    /// One of these numbers, each with its name. Numbers in between may be missing.
    Menu(Vec<(i64, String)>),
}

/// Whether a control can be set now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ControlAccess {
    /// It can.
    #[default]
    Settable,
    /// It has no effect now: the exposure time while the camera chooses it, say.
    Inactive,
    /// It only tells, or is held by the driver while pictures are sent.
    ReadOnly,
}

/// One control of a camera, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraControl {
    /// Its name on the command line and in the settings file, unique within the camera: `exposure_time_absolute`. Well-known
    /// controls have the same key on every kernel and camera.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it is about.
    pub group: ControlGroup,
    /// Which values it takes.
    pub kind: ControlKind,
    /// Its value now; 0 or 1 for a switch, the entry's number for a menu.
    pub value: i64,
    /// The value that the maker chose.
    pub default: i64,
    /// Whether it can be set now.
    pub access: ControlAccess,
}

impl CameraControl {
    /// Whether it chooses how others work (a switch or a menu), and so is to be set before them.
    #[must_use]
    pub fn is_mode(&self) -> bool {
        !matches!(self.kind, ControlKind::Integer { .. })
    }
}

/// Why a control was not set, or controls were not listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The camera went away.
    #[error("the camera is gone")]
    Gone,
    /// The camera has no control with this key.
    #[error("it has no such control")]
    Unknown,
    /// The camera or its driver refuses.
    #[error("{0}")]
    Refused(String),
}

/// The controls of one camera, beside its stream. Calls may block for as long as the driver likes (a USB camera answers
/// within a few milliseconds each): never to be used on the thread that reads pictures.
pub trait CameraControls: Send {
    /// All of them, by group, as they are now. Buttons, texts and arrays are left out.
    ///
    /// # Errors
    /// The camera is gone or its driver does not answer.
    fn list(&mut self) -> Result<Vec<CameraControl>, ControlError>;

    /// Sets one; gives the value that the camera made of it, which may be the nearest that it can.
    ///
    /// # Errors
    /// There is no such control, or the camera refuses the value.
    fn set(&mut self, key: &str, value: i64) -> Result<i64, ControlError>;
}
