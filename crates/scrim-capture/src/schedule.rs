//! When frames are due.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Slower than any moving picture: one frame in 100 seconds. Much below it, the time of a frame is no [`Duration`].
pub(crate) const MIN_RATE: f32 = 0.01;

/// The times at which the frames of a clip or a pattern are due, counted from the first one asked for.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// `None`: every frame is due at once.
    interval: Option<Duration>,
    /// The index and the due time of the frame that the others are counted from.
    origin: Option<(u64, Instant)>,
    clock: (Mutex<()>, Condvar),
}

impl Schedule {
    pub(crate) fn new(interval: Option<Duration>) -> Self {
        Self {
            interval: interval.filter(|interval| !interval.is_zero()),
            origin: None,
            clock: (Mutex::new(()), Condvar::new()),
        }
    }

    /// Whether frames have times at all.
    pub(crate) fn is_paced(&self) -> bool {
        self.interval.is_some()
    }

    /// How far behind its due time frame `index` is at `now`; the first frame asked about is due then.
    pub(crate) fn lateness(&mut self, index: u64, now: Instant) -> Duration {
        let due = self.due(index, now);
        now.saturating_duration_since(due)
    }

    /// Makes frame `index` due at `now`, and those after it at their distance from it.
    pub(crate) fn start_again_at(&mut self, index: u64, now: Instant) {
        self.origin = Some((index, now));
    }

    /// The frame that a camera would be showing at `now`: `index`, or a later one when its time is over.
    pub(crate) fn newest_due(&mut self, index: u64, now: Instant) -> u64 {
        let Some(interval) = self.interval else {
            return index;
        };
        let late = self.lateness(index, now);
        // A late frame stays the newest until its successor is due.
        index + (late.as_nanos() / interval.as_nanos()) as u64
    }

    /// Waits until frame `index` is due, but not past `deadline`; says whether it is due.
    pub(crate) fn wait_for(&mut self, index: u64, deadline: Instant) -> bool {
        let due = self.due(index, Instant::now());
        wait_until(due.min(deadline), &self.clock);
        due <= Instant::now()
    }

    fn due(&mut self, index: u64, now: Instant) -> Instant {
        let Some(interval) = self.interval else {
            return now;
        };
        let (first, start) = *self.origin.get_or_insert((index, now));
        // Nanoseconds in u64 reach 584 years of playing.
        let after = Duration::from_nanos(
            (interval.as_nanos() as u64).saturating_mul(index.saturating_sub(first)),
        );
        start + after
    }
}

/// Waits until `time`. Nothing ever notifies; a condition is waited on because it is what keeps to a deadline.
fn wait_until(time: Instant, (lock, condition): &(Mutex<()>, Condvar)) {
    let mut guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let left = time.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        guard = condition
            .wait_timeout(guard, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

/// Waits for a few milliseconds: between looks at something that nobody announces.
pub(crate) fn wait_a_moment() {
    const MOMENT: Duration = Duration::from_millis(3);
    wait_until(Instant::now() + MOMENT, &(Mutex::new(()), Condvar::new()));
}

/// The deadline of a call that may take `timeout`; a timeout past the end of time is a year.
pub(crate) fn deadline_after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout)
        .unwrap_or(now + Duration::from_hours(365 * 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(40);

    #[test]
    fn frames_are_due_at_their_distance_from_the_first() {
        let mut schedule = Schedule::new(Some(INTERVAL));
        let now = Instant::now();
        assert_eq!(schedule.lateness(5, now), Duration::ZERO);
        assert_eq!(schedule.lateness(6, now + INTERVAL * 3), INTERVAL * 2);
        assert_eq!(schedule.newest_due(6, now + INTERVAL * 3 / 2), 6);
        assert_eq!(schedule.newest_due(6, now + INTERVAL * 7), 12);
        schedule.start_again_at(6, now + INTERVAL * 7);
        assert_eq!(schedule.newest_due(6, now + INTERVAL * 7), 6);
    }

    #[test]
    fn without_an_interval_everything_is_due() {
        let mut schedule = Schedule::new(None);
        assert!(schedule.wait_for(0, Instant::now()));
        assert!(schedule.wait_for(1_000_000, Instant::now()));
        assert_eq!(schedule.newest_due(7, Instant::now()), 7);
    }

    #[test]
    fn a_deadline_ends_the_wait() {
        let mut schedule = Schedule::new(Some(Duration::from_hours(1)));
        assert!(schedule.wait_for(0, Instant::now()));
        let before = Instant::now();
        assert!(!schedule.wait_for(1, before + Duration::from_millis(20)));
        assert!(before.elapsed() >= Duration::from_millis(20));
        assert!(before.elapsed() < Duration::from_mins(1));
    }
}
