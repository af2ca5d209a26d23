//! What the sink and the thread of its node share: the newest composite, and how the node is.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};
use scrim_frame::Composite;

use super::PipeWireError;
use crate::camera::CameraFormat;

/// How the node is.
#[derive(Debug, Clone)]
enum Standing {
    /// It is being made for the first time.
    Starting,
    /// Programs can find it.
    Offered,
    /// There is none; it is tried again.
    Missing(PipeWireError),
}

#[derive(Debug)]
struct State {
    standing: Standing,
    newest: Option<Composite>,
    /// What those who watch have settled on.
    layout: Option<CameraFormat>,
    /// The newest has not been sent yet.
    is_new: bool,
    is_stopping: bool,
    has_ended: bool,
}

/// Shared between the sink and the thread.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
    /// Counts up when the thread has something to look at.
    bell: OwnedFd,
    is_watched: AtomicBool,
}

impl Desk {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            state: Mutex::new(State {
                standing: Standing::Starting,
                newest: None,
                layout: None,
                is_new: false,
                is_stopping: false,
                has_ended: false,
            }),
            changed: Condvar::new(),
            bell: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?,
            is_watched: AtomicBool::new(false),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle on what becomes readable when the thread has something to look at.
    pub(super) fn bell(&self) -> io::Result<OwnedFd> {
        self.bell.try_clone()
    }

    fn ring(&self) {
        // Fails only where it has been rung so often that nobody can miss it.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    /// Puts a composite in the place of the last. Waits for nothing and copies no pixel.
    pub(super) fn put(&self, composite: &Composite) -> Result<(), PipeWireError> {
        let mut state = self.state();
        // Kept although the node is missing: whoever watches when it is back sees it.
        state.newest = Some(composite.clone());
        state.is_new = true;
        if let Standing::Missing(fault) = &state.standing {
            return Err(fault.clone());
        }
        drop(state);
        // While nobody watches, there is nothing to do.
        if self.is_watched() {
            self.ring();
        }
        Ok(())
    }

    /// Whether programs can find the node.
    pub(super) fn check(&self) -> Result<(), PipeWireError> {
        match &self.state().standing {
            Standing::Missing(fault) => Err(fault.clone()),
            Standing::Starting | Standing::Offered => Ok(()),
        }
    }

    /// The newest composite, from now on an old one.
    pub(super) fn take(&self) -> Option<Composite> {
        let mut state = self.state();
        state.is_new = false;
        state.newest.clone()
    }

    /// What those who watch have settled on; `None` while nobody does.
    pub(super) fn layout(&self) -> Option<CameraFormat> {
        self.state().layout
    }

    pub(super) fn set_layout(&self, layout: Option<CameraFormat>) {
        self.state().layout = layout;
    }

    /// Whether there is a composite, and whether it is still to be sent.
    pub(super) fn lies(&self) -> (bool, bool) {
        let state = self.state();
        (state.newest.is_some(), state.is_new)
    }

    pub(super) fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::Relaxed)
    }

    pub(super) fn set_watched(&self, is_watched: bool) {
        self.is_watched.store(is_watched, Ordering::Relaxed);
    }

    /// Programs can find the node.
    pub(super) fn offer(&self) {
        self.state().standing = Standing::Offered;
        self.changed.notify_all();
    }

    /// There is no node. Whether that is news.
    pub(super) fn miss(&self, fault: PipeWireError) -> bool {
        self.set_watched(false);
        let mut state = self.state();
        let is_news = !matches!(&state.standing, Standing::Missing(known) if *known == fault);
        state.standing = Standing::Missing(fault);
        state.layout = None;
        drop(state);
        self.changed.notify_all();
        is_news
    }

    /// Waits until the node is offered.
    pub(super) fn wait_offered(&self, limit: Duration) -> Result<(), PipeWireError> {
        let deadline = Instant::now() + limit;
        let state = self.wait(deadline, |s| !matches!(s.standing, Standing::Starting));
        match &state.standing {
            Standing::Offered => Ok(()),
            Standing::Missing(fault) => Err(fault.clone()),
            Standing::Starting => Err(PipeWireError::Silent { limit }),
        }
    }

    fn wait(&self, deadline: Instant, is_enough: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let span = deadline.saturating_duration_since(Instant::now());
        let waited = self
            .changed
            .wait_timeout_while(self.state(), span, |state| !is_enough(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Asks the thread to end, and waits for it; whether it has.
    pub(super) fn stop(&self, limit: Duration) -> bool {
        self.state().is_stopping = true;
        self.changed.notify_all();
        self.ring();
        self.wait(Instant::now() + limit, |state| state.has_ended)
            .has_ended
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.state().is_stopping
    }

    /// Waits; whether the thread is to end meanwhile.
    pub(super) fn stops_within(&self, span: Duration) -> bool {
        self.wait(Instant::now() + span, |state| state.is_stopping)
            .is_stopping
    }

    /// The thread has ended.
    pub(super) fn end(&self) {
        self.state().has_ended = true;
        self.changed.notify_all();
    }
}
