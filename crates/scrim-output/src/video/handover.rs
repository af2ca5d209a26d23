//! The place where composites wait for the thread that feeds an encoder.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scrim_frame::Composite;

/// Room for one composite. Unlike the mailboxes between stages it never drops one: a full place makes its giver wait, for
/// a bounded time, which `std`'s bounded channel cannot.
#[derive(Default)]
pub(crate) struct Handover {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Option<Composite>,
    is_closed: bool,
    ended: Option<io::Result<()>>,
}

/// Why a composite was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The taker has ended.
    TakerEnded,
    /// The taker took nothing for so long.
    TimedOut,
}

impl Handover {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under the lock, so its state is sound in any case.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the place is free, at most `limit`, and puts a composite there.
    pub(crate) fn put(&self, composite: &Composite, limit: Duration) -> Result<(), NotTaken> {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), limit, |state| {
                state.waiting.is_some() && state.ended.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        if state.ended.is_some() {
            return Err(NotTaken::TakerEnded);
        }
        if state.waiting.is_some() {
            return Err(NotTaken::TimedOut);
        }
        state.waiting = Some(composite.clone());
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for the next composite; `None` once [`Self::close`] or [`Self::abandon`] was called and none is left.
    pub(crate) fn take(&self) -> Option<Composite> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| {
                state.waiting.is_none() && !state.is_closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let taken = state.waiting.take();
        self.changed.notify_all();
        taken
    }

    /// No more will come; what waits is still taken.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// No more will come, and what waits is dropped.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting = None;
        self.changed.notify_all();
    }

    /// The taker says that it takes no more.
    pub(crate) fn end(&self, result: io::Result<()>) {
        let mut state = self.lock();
        state.ended = Some(result);
        state.waiting = None;
        self.changed.notify_all();
    }

    /// Waits for [`Self::end`]; whether it came before `deadline`, and what it said.
    pub(crate) fn wait_for_end(&self, deadline: Instant) -> Option<io::Result<()>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), left, |state| state.ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let ended = state.ended.take()?;
        // A second caller learns that it has ended, and no more.
        state.ended = Some(Ok(()));
        Some(ended)
    }
}
