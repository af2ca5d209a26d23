//! The newest matted frame, kept to be drawn again, and whether the outputs have had it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrim_frame::MattedFrame;

use super::flow::{InFlight, Ticket};

#[derive(Debug, Clone, Copy)]
enum Passed {
    /// Not yet; it came at this moment.
    Never { since: Instant },
    /// At this moment.
    At(Instant),
    /// At this moment, but then the device failed, and the gate shut on it.
    ShutOn(Instant),
}

/// Until when a picture may stand; `None`: without end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until(pub(crate) Option<Instant>);

#[derive(Debug)]
pub(crate) struct Last {
    pub(crate) picture: MattedFrame,
    origin: Arc<InFlight>,
    ticket: Option<Ticket>,
    fresh_for: Option<Duration>,
    passed: Passed,
}

impl Last {
    pub(crate) fn new(picture: MattedFrame, ticket: Ticket, fresh_for: Option<Duration>) -> Self {
        Self {
            picture,
            origin: ticket.origin(),
            ticket: Some(ticket),
            fresh_for,
            passed: Passed::Never {
                since: Instant::now(),
            },
        }
    }

    /// Whether no output has had it.
    pub(crate) fn is_unused(&self) -> bool {
        matches!(self.passed, Passed::Never { .. })
    }

    /// What goes to the outputs with it.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// It went through the gate.
    pub(crate) fn has_passed(&mut self, now: Instant) {
        self.ticket = None;
        self.passed = match self.passed {
            Passed::Never { .. } => Passed::At(now),
            Passed::At(at) | Passed::ShutOn(at) => Passed::At(at),
        };
    }

    /// The device failed: when it draws again, the same picture may open the gate again.
    pub(crate) fn device_failed(&mut self) {
        if let Passed::At(at) = self.passed {
            self.passed = Passed::ShutOn(at);
        }
    }

    /// It cannot be drawn for now, and nothing says that it ever will be: the end of its clip must not wait for it.
    pub(crate) fn let_go(&mut self) {
        self.ticket = None;
    }

    /// Whether it may open the gate when it is drawn again, and until when.
    pub(crate) fn open_until(&self, now: Instant) -> Option<Until> {
        let (since, from) = match self.passed {
            Passed::Never { since } => {
                let is_stale = self.fresh_for.is_some_and(|span| now >= since + span);
                (since, if is_stale { now } else { since })
            }
            Passed::ShutOn(at) => (at, at),
            Passed::At(_) => return None,
        };
        self.origin
            .may_come_late(since, self.fresh_for)
            .then(|| Until(self.fresh_for.map(|span| from + span)))
    }
}
