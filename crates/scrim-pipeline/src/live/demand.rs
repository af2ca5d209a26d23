//! Whether anybody sees what is made: where nobody does, the camera is closed and its light is out.

use std::time::{Duration, Instant};

use scrim_capture::{Playback, SourceSpec};

use super::shared::Shared;
use crate::sync::{Leave, lock};

/// How long a source runs on when nobody watches any more: a page that is loaded anew lets go of its camera and takes it
/// again within a second or two, and a camera that is closed and opened takes about as long to see well.
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// How soon a source that rests notices that somebody watches: with an opening of half a second, there is a picture
/// within the promised second.
const TICK: Duration = Duration::from_millis(50);

/// Since when nobody has watched.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    absent_since: Option<Instant>,
}

impl Demand {
    /// Whether the source is still worth running, or has been until just now.
    pub(crate) fn holds(&mut self, shared: &Shared) -> bool {
        if shared.is_in_demand() {
            self.absent_since = None;
            return true;
        }
        self.absent_since.get_or_insert_with(Instant::now).elapsed() < LINGER
    }
}

impl Shared {
    /// Whether somebody sees what is made, or it is recorded, or the user wants the camera to stay on.
    pub(crate) fn is_in_demand(&self) -> bool {
        if self.settings().keep_camera_on || self.is_window_shown() {
            return true;
        }
        let ports = lock(&self.ports);
        // Without a window and without outputs, it runs to be measured.
        (ports.is_empty() && !self.has_window)
            || ports
                .iter()
                .any(|port| port.is_watched() || port.is_recording())
    }
}

/// Whether a source may be closed while nobody watches, and opened again: what ends by itself would miss its end.
pub(crate) fn can_rest(spec: &SourceSpec) -> bool {
    match spec {
        SourceSpec::Camera { .. } | SourceSpec::Sample | SourceSpec::Pattern { .. } => true,
        SourceSpec::File { playback, .. } => *playback == Playback::Loop,
    }
}

/// Waits until somebody watches. Whether the worker is to go instead.
pub(crate) fn rest(shared: &Shared, leave: &Leave) -> bool {
    while !shared.is_in_demand() {
        if leave.pause(Some(TICK)) {
            return true;
        }
    }
    leave.is_asked()
}
