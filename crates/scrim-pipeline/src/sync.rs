//! Small pieces for waiting, leaving and joining.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Locks, whoever panicked while holding it: what these locks guard is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
struct LeaveState {
    asked: bool,
    /// Nudged since the last pause.
    is_nudged: bool,
    left: bool,
}

/// How a worker learns that it is to go, or to try again at once.
#[derive(Debug, Default)]
pub(crate) struct Leave {
    state: Mutex<LeaveState>,
    changed: Condvar,
}

impl Leave {
    /// Asks the worker to go.
    pub(crate) fn ask(&self) {
        lock(&self.state).asked = true;
        self.changed.notify_all();
    }

    /// Ends the present pause, or the next one where the worker is still on its way to it, so that it tries again.
    pub(crate) fn nudge(&self) {
        lock(&self.state).is_nudged = true;
        self.changed.notify_all();
    }

    /// Whether the worker is to go.
    pub(crate) fn is_asked(&self) -> bool {
        lock(&self.state).asked
    }

    /// Makes a worker in [`Self::wait_for`] test its condition again.
    pub(crate) fn look(&self) {
        drop(lock(&self.state));
        self.changed.notify_all();
    }

    /// The worker has gone.
    pub(crate) fn mark_left(&self) {
        lock(&self.state).left = true;
        self.changed.notify_all();
    }

    /// Waits until the worker has gone, at most until `deadline`. Whether it has.
    pub(crate) fn wait_left(&self, deadline: Instant) -> bool {
        self.wait(Some(deadline), |state| state.left).left
    }

    /// Waits until the worker has gone, for as long as it takes.
    pub(crate) fn wait_until_left(&self) {
        drop(self.wait(None, |state| state.left));
    }

    /// Waits until `condition` holds or the worker is to go. Whether it is to go.
    ///
    /// Whoever makes the condition true calls [`Self::look`] afterwards.
    pub(crate) fn wait_for(&self, condition: impl Fn() -> bool) -> bool {
        self.wait(None, |state| state.asked || condition()).asked
    }

    /// Pauses for `span` (`None`: until something happens) or until nudged. Whether the worker is to go.
    pub(crate) fn pause(&self, span: Option<Duration>) -> bool {
        let deadline = span.map(|span| Instant::now() + span);
        let mut state = self.wait(deadline, |state| state.asked || state.is_nudged);
        state.is_nudged = false;
        state.asked
    }

    fn wait(
        &self,
        deadline: Option<Instant>,
        until: impl Fn(&LeaveState) -> bool,
    ) -> MutexGuard<'_, LeaveState> {
        let mut state = lock(&self.state);
        while !until(&state) {
            state = match deadline {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    self.changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        state
    }
}

/// How long to wait before the next attempt: doubles from `first` to `last`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    first: Duration,
    last: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, last: Duration) -> Self {
        Self {
            first,
            last,
            next: first,
        }
    }

    /// The wait before the next attempt.
    pub(crate) fn step(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.last);
        wait
    }

    /// It works again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_at_its_time_or_when_told() {
        let leave = Leave::default();
        assert!(!leave.pause(Some(Duration::from_millis(1))));
        std::thread::scope(|scope| {
            let waiter = std::thread::Builder::new()
                .spawn_scoped(scope, || leave.pause(None))
                .unwrap();
            leave.ask();
            assert!(waiter.join().unwrap());
        });
        assert!(leave.is_asked());
    }

    #[test]
    fn a_nudge_on_the_way_to_a_pause_is_not_lost() {
        let leave = Leave::default();
        leave.nudge();
        assert!(!leave.pause(None), "it ends at once, and nobody is to go");
        assert!(!leave.pause(Some(Duration::from_millis(1))), "once only");
    }

    #[test]
    fn backing_off_doubles_up_to_its_limit() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
        assert_eq!(
            [backoff.step(), backoff.step(), backoff.step()].map(|d| d.as_secs()),
            [1, 2, 3]
        );
        backoff.reset();
        assert_eq!(backoff.step().as_secs(), 1);
    }
}
