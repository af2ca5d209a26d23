//! Whether the user can see the window.

use std::time::{Duration, Instant};

use winit::window::Window;

/// How often a window that shows pictures is asked whether it was minimised: X11 asks the server for it.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// What is known of it.
///
/// X11 and macOS say when a window is covered whole, X11 and Windows when it is minimised. Wayland says neither: there, a
/// window counts as seen for as long as it is open.
#[derive(Debug)]
pub struct Sight {
    is_covered: bool,
    asked_at: Instant,
}

impl Sight {
    /// A window that has just been opened.
    pub fn new(now: Instant) -> Self {
        Self {
            is_covered: false,
            asked_at: now,
        }
    }

    /// The system says whether it is covered whole.
    pub fn cover(&mut self, is_covered: bool) {
        self.is_covered = is_covered;
    }

    /// Whether it can be seen.
    pub fn is_seen(&mut self, window: &Window, now: Instant) -> bool {
        self.asked_at = now;
        !self.is_covered && !window.is_minimized().unwrap_or(false)
    }

    /// Whether it is time to ask again.
    pub fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.asked_at) >= ASK_EVERY
    }
}
