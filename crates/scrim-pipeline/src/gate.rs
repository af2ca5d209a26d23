//! The privacy gate: decides what the outputs are given at each moment.
//!
//! A pure state machine; time is handed in. It is shut until the first composite, and shuts again when a stage fails or
//! when composites stay away. While it is shut, only what was shown last or the slate passes. There is nothing in here that
//! could hold a camera's picture.

use std::time::{Duration, Instant};

use scrim_frame::FrameId;

use crate::Showing;

/// How long the last composite stands in after a failure, before the slate.
///
/// A switch of cameras and a reload of the model usually bridge in less, and half a second of stillness is not noticed as a
/// fault; longer, the others would talk to a frozen picture and not know it.
pub const HOLD: Duration = Duration::from_millis(500);

/// How old the newest composite may be before the slate replaces it, at least.
///
/// More than the slowest useful inference (0.25 s for MODNet at 512×512 on one core of a desktop), so that a slow
/// machine does not flicker between person and slate; a matte frozen longer than this is a fault, whatever the stages say.
pub const STALE_AFTER: Duration = Duration::from_secs(2);

/// How often the stand-in is repeated for those who watch: programs take a camera that sends nothing for a second or
/// more for broken, and five pictures a second cost next to nothing.
pub const REPEAT_EVERY: Duration = Duration::from_millis(200);

/// What is given to watched outputs while the gate is shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StandIn<T> {
    /// The last composite, again.
    Last(T),
    /// The still card.
    Slate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing may be shown; the slate is.
    Slate,
    /// Composites pass. Shut at this moment, if the newest ages.
    Open { stale_at: Option<Instant> },
    /// The last composite stands in until this moment.
    Hold { until: Instant },
}

/// The gate; `T` is the composite.
#[derive(Debug)]
pub(crate) struct Gate<T> {
    state: State,
    last: Option<T>,
    newest: Option<FrameId>,
    failing: bool,
    next_repeat: Instant,
}

impl<T: Clone> Gate<T> {
    /// A shut gate.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            state: State::Slate,
            last: None,
            newest: None,
            failing: false,
            next_repeat: now,
        }
    }

    /// A composite of a new frame. Whether it passes: not while a stage fails, and not when it is older than one that has
    /// passed.
    ///
    /// `fresh_for` is how long it may stand when no other follows; `None` for a still picture, which does not age.
    pub(crate) fn admit(
        &mut self,
        composite: &T,
        id: FrameId,
        now: Instant,
        fresh_for: Option<Duration>,
    ) -> bool {
        if self.failing || self.newest.is_some_and(|newest| id <= newest) {
            return false;
        }
        self.newest = Some(id);
        self.last = Some(composite.clone());
        self.state = State::Open {
            stale_at: fresh_for.map(|span| now + span),
        };
        true
    }

    /// The newest frame drawn again under other settings. Whether it passes: only through an open gate, which it does
    /// not keep open any longer.
    pub(crate) fn admit_again(&mut self, composite: &T, id: FrameId, now: Instant) -> bool {
        self.settle(now);
        if self.newest != Some(id) || !matches!(self.state, State::Open { .. }) {
            return false;
        }
        self.last = Some(composite.clone());
        true
    }

    /// The newest frame again, which has never passed, or at which the device failed that draws. Whether it passes, and
    /// so opens the gate until `stale_at` (`None`: for as long as nothing fails): not while a stage fails, not when it
    /// is older than one that has passed, and not when it is stale.
    pub(crate) fn admit_late(
        &mut self,
        composite: &T,
        id: FrameId,
        now: Instant,
        stale_at: Option<Instant>,
    ) -> bool {
        let is_older = self.newest.is_some_and(|newest| id < newest);
        if self.failing || is_older || stale_at.is_some_and(|at| now >= at) {
            return false;
        }
        self.newest = Some(id);
        self.last = Some(composite.clone());
        self.state = State::Open { stale_at };
        true
    }

    /// A stage fails: nothing passes until [`Self::recover`].
    pub(crate) fn fail(&mut self, now: Instant) {
        self.settle(now);
        self.failing = true;
        if matches!(self.state, State::Open { .. }) {
            self.state = State::Hold { until: now + HOLD };
            self.next_repeat = now;
        }
    }

    /// No stage fails any more; the next composite opens the gate.
    pub(crate) fn recover(&mut self) {
        self.failing = false;
    }

    /// What to repeat for watched outputs now, if it is time.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<StandIn<T>> {
        self.settle(now);
        if matches!(self.state, State::Open { .. }) || now < self.next_repeat {
            return None;
        }
        self.next_repeat = now + REPEAT_EVERY;
        match (self.state, &self.last) {
            (State::Hold { .. }, Some(last)) => Some(StandIn::Last(last.clone())),
            _ => Some(StandIn::Slate),
        }
    }

    /// When [`Self::tick`] or [`Self::showing`] will next give something else.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Open { stale_at } => stale_at,
            State::Hold { until } => Some(until.min(self.next_repeat)),
            State::Slate => Some(self.next_repeat),
        }
    }

    /// When the slate is due if nothing else happens; `None`: what is shown does not age, or is the slate already.
    pub(crate) fn stale_at(&self) -> Option<Instant> {
        match self.state {
            State::Open { stale_at } => stale_at,
            State::Hold { until } => Some(until),
            State::Slate => None,
        }
    }

    /// Whether the slate is all there is to give.
    pub(crate) fn is_shut(&self) -> bool {
        self.state == State::Slate
    }

    /// What the outputs are given.
    pub(crate) fn showing(&mut self, now: Instant) -> Showing {
        self.settle(now);
        match self.state {
            State::Open { .. } => Showing::Person,
            State::Hold { .. } => Showing::LastComposite,
            State::Slate => Showing::Slate,
        }
    }

    fn settle(&mut self, now: Instant) {
        let over = match self.state {
            State::Open { stale_at } => stale_at.is_some_and(|at| now >= at),
            State::Hold { until } => now >= until,
            State::Slate => false,
        };
        if over {
            self.state = State::Slate;
            // The last composite is not needed any more, and its memory belongs to a pool.
            self.last = None;
            self.next_repeat = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn later(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn it_is_shut_until_the_first_composite() {
        let start = Instant::now();
        let mut gate = Gate::new(start);
        assert_eq!(gate.showing(start), Showing::Slate);
        assert_eq!(gate.tick(start), Some(StandIn::Slate));
        assert_eq!(gate.tick(later(start, 100)), None, "at a low rate");
        assert_eq!(gate.tick(later(start, 200)), Some(StandIn::Slate));
        assert!(gate.admit(&1, FrameId::next(), start, Some(STALE_AFTER)));
        assert_eq!(gate.showing(start), Showing::Person);
        assert_eq!(gate.tick(later(start, 400)), None);
    }

    #[test]
    fn a_failure_holds_the_last_composite_and_then_shows_the_slate() {
        let start = Instant::now();
        let mut gate = Gate::new(start);
        gate.admit(&7, FrameId::next(), start, Some(STALE_AFTER));
        gate.fail(later(start, 100));
        assert_eq!(gate.showing(later(start, 100)), Showing::LastComposite);
        assert_eq!(gate.tick(later(start, 100)), Some(StandIn::Last(7)));
        assert!(!gate.admit(&8, FrameId::next(), later(start, 200), None));
        assert_eq!(gate.tick(later(start, 600)), Some(StandIn::Slate));
        gate.recover();
        assert_eq!(gate.showing(later(start, 700)), Showing::Slate);
        assert!(gate.admit(&9, FrameId::next(), later(start, 700), None));
        assert_eq!(gate.showing(later(start, 99_000)), Showing::Person);
    }

    #[test]
    fn a_matte_that_no_longer_moves_shuts_it() {
        let start = Instant::now();
        let id = FrameId::next();
        let mut gate = Gate::new(start);
        gate.admit(&1, id, start, Some(STALE_AFTER));
        assert!(gate.admit_again(&2, id, later(start, 1900)));
        assert_eq!(gate.deadline(), Some(later(start, 2000)));
        assert_eq!(gate.showing(later(start, 2000)), Showing::Slate);
        assert!(
            !gate.admit_again(&3, id, later(start, 2100)),
            "a redraw does not open it"
        );
    }

    #[test]
    fn a_late_frame_opens_it_only_when_nothing_forbids_it() {
        let start = Instant::now();
        let (older, id) = (FrameId::next(), FrameId::next());
        let mut gate = Gate::new(start);
        gate.fail(start);
        assert!(!gate.admit_late(&1, id, start, None), "a stage fails");
        gate.recover();
        assert!(gate.admit_late(&1, id, start, None));
        assert!(!gate.admit_late(&2, older, start, None));
        gate.fail(later(start, 10));
        assert_eq!(gate.showing(later(start, 1000)), Showing::Slate);
        gate.recover();
        let stale_at = Some(later(start, 2000));
        assert!(!gate.admit_late(&3, id, later(start, 2000), stale_at));
        assert!(gate.admit_late(&3, id, later(start, 1999), stale_at));
        assert_eq!(gate.showing(later(start, 2000)), Showing::Slate);
    }

    #[derive(Debug, Clone, Copy)]
    enum Op {
        New,
        Old,
        Again,
        Fail,
        Recover,
        Wait(u64),
        Tick,
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            4 => Just(Op::New),
            1 => Just(Op::Old),
            1 => Just(Op::Again),
            1 => Just(Op::Fail),
            1 => Just(Op::Recover),
            3 => (1u64..900).prop_map(Op::Wait),
            3 => Just(Op::Tick),
        ];
        proptest::collection::vec(op, 0..80)
    }

    proptest! {
        #[test]
        fn it_never_shows_what_it_should_not(ops in ops()) {
            let start = Instant::now();
            let mut now = start;
            let mut gate = Gate::new(start);
            let mut failing = false;
            let mut shown: Vec<FrameId> = vec![];
            let mut opened_at: Option<Instant> = None;
            let mut failed_at: Option<Instant> = None;
            for op in ops {
                match op {
                    Op::New => {
                        let id = FrameId::next();
                        let passed = gate.admit(&id, id, now, Some(STALE_AFTER));
                        prop_assert_eq!(passed, !failing);
                        if passed { shown.push(id); opened_at = Some(now); failed_at = None; }
                    }
                    Op::Old => if let Some(&old) = shown.first() {
                        prop_assert!(!gate.admit(&old, old, now, None));
                    },
                    Op::Again => if let Some(&id) = shown.last() {
                        let open = gate.showing(now) == Showing::Person;
                        prop_assert_eq!(gate.admit_again(&id, id, now), open);
                    },
                    Op::Fail => {
                        if gate.showing(now) == Showing::Person { failed_at = Some(now); }
                        failing = true;
                        gate.fail(now);
                    }
                    Op::Recover => { failing = false; gate.recover(); }
                    Op::Wait(ms) => now += Duration::from_millis(ms),
                    Op::Tick => match gate.tick(now) {
                        Some(StandIn::Last(id)) => {
                            prop_assert_eq!(Some(&id), shown.last());
                            prop_assert!(now < failed_at.unwrap() + HOLD);
                        }
                        Some(StandIn::Slate) => prop_assert_eq!(gate.showing(now), Showing::Slate),
                        None => {}
                    },
                }
                match gate.showing(now) {
                    Showing::Person => {
                        prop_assert!(!failing);
                        prop_assert!(now < opened_at.unwrap() + STALE_AFTER);
                    }
                    Showing::LastComposite => prop_assert!(now < failed_at.unwrap() + HOLD),
                    Showing::Slate => {}
                }
            }
        }
    }
}
