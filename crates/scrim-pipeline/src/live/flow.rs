//! What travels between the stages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use scrim_frame::{Composite, Frame, MattedFrame};

use crate::sync::Leave;

/// Counts what a source has sent and nobody has finished with, so that the end of a clip is reached only after its last
/// picture has gone through.
#[derive(Debug)]
pub(crate) struct InFlight {
    count: AtomicUsize,
    has_ended: AtomicBool,
    leave: Arc<Leave>,
}

impl InFlight {
    pub(crate) fn new(leave: Arc<Leave>) -> Arc<Self> {
        Arc::new(Self {
            count: AtomicUsize::new(0),
            has_ended: AtomicBool::new(false),
            leave,
        })
    }

    pub(crate) fn ticket(self: &Arc<Self>) -> Ticket {
        self.count.fetch_add(1, Ordering::SeqCst);
        Ticket(Arc::clone(self))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    /// The source has sent its last picture.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    /// Whether a picture that has not been shown since `since` may be shown late: never once its source was sent away,
    /// and no live picture that has grown old; but a still, and the last of a clip, which nothing follows.
    pub(crate) fn may_come_late(&self, since: Instant, fresh_for: Option<Duration>) -> bool {
        let is_fresh = fresh_for.is_none_or(|span| since.elapsed() < span);
        !self.leave.is_asked() && (is_fresh || self.has_ended.load(Ordering::SeqCst))
    }
}

/// Accompanies a picture on its way; wherever the picture is dropped, the ticket goes with it.
#[derive(Debug)]
pub(crate) struct Ticket(Arc<InFlight>);

impl Ticket {
    /// What it is counted in, without being counted.
    pub(crate) fn origin(&self) -> Arc<InFlight> {
        Arc::clone(&self.0)
    }
}

impl Clone for Ticket {
    fn clone(&self) -> Self {
        self.0.ticket()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.leave.look();
        }
    }
}

/// From the source to matting.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    pub(crate) frame: Frame,
    pub(crate) ticket: Ticket,
    /// How long its composite may stand when no other follows; `None` for a still picture.
    pub(crate) fresh_for: Option<Duration>,
}

/// From matting to the compositor.
#[derive(Debug)]
pub(crate) struct Matted {
    pub(crate) picture: MattedFrame,
    pub(crate) ticket: Ticket,
    pub(crate) fresh_for: Option<Duration>,
    pub(crate) estimated_at: Instant,
}

/// From the compositor to an output.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A composite to be written.
    Composite {
        composite: Composite,
        drawn_at: Instant,
        /// When it is too old to be shown; `None`: it does not age.
        stale_at: Option<Instant>,
        ticket: Option<Ticket>,
    },
    /// The last composite once more, for those who watch.
    Again(Composite),
    /// The still card, for those who watch.
    Slate,
}
