//! Who works in a stage, and who is to take over.

use std::sync::Arc;

use crate::sync::Leave;

/// One worker of a stage, with what it was told to open or load.
#[derive(Debug, Clone)]
pub(crate) struct Worker<S> {
    pub(crate) id: u64,
    pub(crate) spec: S,
    pub(crate) leave: Arc<Leave>,
}

/// What a worker is at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It does the stage's work.
    Active,
    /// It prepares to take over, and nobody works meanwhile.
    Alone,
    /// It prepares to take over from one that works.
    Candidate,
    /// It was overtaken and is to go.
    Retired,
}

/// The place of one stage: the active worker keeps it until the candidate has something valid to show.
#[derive(Debug)]
pub(crate) struct Seat<S> {
    active: Option<Worker<S>>,
    candidate: Option<Worker<S>>,
}

impl<S> Default for Seat<S> {
    fn default() -> Self {
        Self {
            active: None,
            candidate: None,
        }
    }
}

impl<S> Seat<S> {
    /// Puts a candidate up; the one before is sent away.
    pub(crate) fn nominate(&mut self, worker: Worker<S>) {
        if let Some(before) = self.candidate.replace(worker) {
            before.leave.ask();
        }
    }

    /// Sends the candidate away.
    pub(crate) fn dismiss_candidate(&mut self) {
        if let Some(candidate) = self.candidate.take() {
            candidate.leave.ask();
        }
    }

    /// The candidate gives up; the active one keeps its seat.
    pub(crate) fn withdraw(&mut self, id: u64) {
        if self.candidate.as_ref().is_some_and(|c| c.id == id) {
            self.candidate = None;
        }
    }

    /// The worker has something valid: it takes the seat, and whoever sat there is sent away. Whether it may.
    pub(crate) fn sit(&mut self, id: u64) -> bool {
        match self.role(id) {
            Role::Active => true,
            Role::Retired => false,
            Role::Alone | Role::Candidate => {
                self.evict();
                self.active = self.candidate.take();
                true
            }
        }
    }

    /// Sends the active worker away without a successor in place.
    pub(crate) fn evict(&mut self) -> Option<Arc<Leave>> {
        let leave = self.active.take()?.leave;
        leave.ask();
        Some(leave)
    }

    /// What this worker is.
    pub(crate) fn role(&self, id: u64) -> Role {
        let is = |worker: &Option<Worker<S>>| worker.as_ref().is_some_and(|w| w.id == id);
        if is(&self.active) {
            Role::Active
        } else if !is(&self.candidate) {
            Role::Retired
        } else if self.active.is_some() {
            Role::Candidate
        } else {
            Role::Alone
        }
    }

    /// The active worker.
    pub(crate) fn active(&self) -> Option<&Worker<S>> {
        self.active.as_ref()
    }

    /// The candidate.
    pub(crate) fn candidate(&self) -> Option<&Worker<S>> {
        self.candidate.as_ref()
    }

    /// Makes all try again at once.
    pub(crate) fn nudge(&self) {
        for worker in self.active.iter().chain(&self.candidate) {
            worker.leave.nudge();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(id: u64) -> Worker<()> {
        Worker {
            id,
            spec: (),
            leave: Arc::default(),
        }
    }

    #[test]
    fn the_old_one_works_until_the_new_one_can() {
        let mut seat = Seat::default();
        let (first, second) = (worker(1), worker(2));
        let leave = Arc::clone(&first.leave);
        seat.nominate(first);
        assert_eq!(seat.role(1), Role::Alone);
        assert!(seat.sit(1));
        seat.nominate(second);
        assert_eq!(
            (seat.role(1), seat.role(2)),
            (Role::Active, Role::Candidate)
        );
        assert!(!leave.is_asked());
        assert!(seat.sit(2));
        assert!(leave.is_asked());
        assert_eq!((seat.role(1), seat.role(2)), (Role::Retired, Role::Active));
        assert!(!seat.sit(1));
    }

    #[test]
    fn the_last_nomination_wins() {
        let mut seat = Seat::default();
        let (first, second) = (worker(1), worker(2));
        let leave = Arc::clone(&first.leave);
        seat.nominate(first);
        seat.nominate(second);
        assert!(leave.is_asked());
        assert!(!seat.sit(1));
        assert!(seat.sit(2));
    }
}
