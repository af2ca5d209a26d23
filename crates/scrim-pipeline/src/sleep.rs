//! Whether the machine has slept: drivers then may hand out a picture from before, or none at all.

use std::sync::Arc;
use std::time::Duration;

/// Shorter is no sleep that a camera would notice, and clocks are read one after the other.
const SLEEP: Duration = Duration::from_secs(1);

/// Notices that the machine has slept since the last look.
pub(crate) struct SleepWatch {
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    before: Duration,
}

impl SleepWatch {
    /// `clock` tells how long the machine has slept since some moment.
    pub(crate) fn new(clock: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        Self {
            before: clock(),
            clock,
        }
    }

    /// For how long it has slept since the last look, if it has.
    pub(crate) fn slept(&mut self) -> Option<Duration> {
        let now = (self.clock)();
        let slept = now.saturating_sub(self.before);
        self.before = now;
        (slept >= SLEEP).then_some(slept)
    }
}

/// How long the machine has slept since this was first called. Always zero where it cannot be told: elsewhere than on
/// Linux. Allocates nothing after the first call.
pub(crate) fn time_asleep() -> Duration {
    #[cfg(target_os = "linux")]
    return linux::time_asleep();
    #[cfg(not(target_os = "linux"))]
    Duration::ZERO
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    struct Origin {
        uptime: File,
        awake_since: Instant,
        uptime_then: Duration,
    }

    /// `/proc/uptime` counts `CLOCK_BOOTTIME`, which goes on in sleep; `Instant` is `CLOCK_MONOTONIC`, which stands still.
    pub(super) fn time_asleep() -> Duration {
        static ORIGIN: OnceLock<Option<Origin>> = OnceLock::new();
        let origin = ORIGIN.get_or_init(|| {
            let uptime = File::open("/proc/uptime").ok()?;
            Some(Origin {
                uptime_then: read(&uptime)?,
                awake_since: Instant::now(),
                uptime,
            })
        });
        let Some(origin) = origin else {
            return Duration::ZERO;
        };
        let Some(uptime) = read(&origin.uptime) else {
            return Duration::ZERO;
        };
        let passed = uptime.saturating_sub(origin.uptime_then);
        passed.saturating_sub(origin.awake_since.elapsed())
    }

    fn read(uptime: &File) -> Option<Duration> {
        let mut bytes = [0; 64];
        let len = uptime.read_at(&mut bytes, 0).ok()?;
        super::parsed(std::str::from_utf8(&bytes[..len]).ok()?)
    }
}

/// The first number of `/proc/uptime`: seconds since the start, sleep included.
#[cfg(any(target_os = "linux", test))]
fn parsed(text: &str) -> Option<Duration> {
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::sync::lock;

    #[test]
    fn a_sleep_is_noticed_once() {
        let asleep = Arc::new(Mutex::new(Duration::from_secs(40)));
        let clock = Arc::clone(&asleep);
        let mut watch = SleepWatch::new(Arc::new(move || *lock(&clock)));
        assert_eq!(watch.slept(), None);
        *lock(&asleep) += Duration::from_millis(20);
        assert_eq!(watch.slept(), None, "clocks jitter");
        *lock(&asleep) += Duration::from_hours(8);
        assert_eq!(watch.slept(), Some(Duration::from_hours(8)));
        assert_eq!(watch.slept(), None);
    }

    #[test]
    fn the_uptime_is_read() {
        assert_eq!(
            parsed("350735.47 234388.90\n"),
            Some(Duration::from_millis(350_735_470))
        );
        assert_eq!(parsed(""), None);
        assert_eq!(parsed("-1 2"), None);
        let mut watch = SleepWatch::new(Arc::new(time_asleep));
        assert_eq!(watch.slept(), None, "this machine is awake");
    }
}
