//! A place for one thing, where the newest wins.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::sync::lock;

/// What a wait at a mailbox gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// The newest thing.
    Item(T),
    /// The deadline passed.
    TimedOut,
    /// The mailbox is closed and empty.
    Closed,
}

#[derive(Debug)]
struct State<T> {
    item: Option<T>,
    overwritten: u64,
    wakes: u64,
    closed: bool,
}

/// A mailbox with room for one: putting something in replaces what nobody had taken yet, and counts it.
///
/// Neither putting nor taking allocates. What is dropped is dropped outside the lock.
#[derive(Debug)]
pub struct Mailbox<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Mailbox<T> {
    /// An empty mailbox.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State {
                item: None,
                overwritten: 0,
                wakes: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Puts something in. What was waiting there is dropped and counted. After [`Self::close`] it is dropped uncounted.
    pub fn put(&self, item: T) {
        let mut state = lock(&self.state);
        let unwanted = if state.closed {
            Some(item)
        } else {
            let replaced = state.item.replace(item);
            state.overwritten += u64::from(replaced.is_some());
            replaced
        };
        drop(state);
        self.changed.notify_all();
        drop(unwanted);
    }

    /// Gives back what was taken by one who may no longer use it, unless something newer came meanwhile.
    pub(crate) fn put_back(&self, item: T) {
        let mut state = lock(&self.state);
        let unwanted = if state.closed {
            Some(item)
        } else if state.item.is_some() {
            state.overwritten += 1;
            Some(item)
        } else {
            state.item = Some(item);
            None
        };
        drop(state);
        self.changed.notify_all();
        drop(unwanted);
    }

    /// Waits for something, until `deadline` (`None`: for as long as it takes).
    pub fn take(&self, deadline: Option<Instant>) -> Received<T> {
        self.wait(deadline, None)
    }

    /// As [`Self::take`], but also returns [`Received::TimedOut`] when [`Self::wake`] was called since `seen` was last
    /// brought up to date here: the caller looks around and comes back. A wake between two calls is not lost.
    pub(crate) fn take_unless_woken(
        &self,
        deadline: Option<Instant>,
        seen: &mut u64,
    ) -> Received<T> {
        self.wait(deadline, Some(seen))
    }

    fn wait(&self, deadline: Option<Instant>, mut seen: Option<&mut u64>) -> Received<T> {
        let mut state = lock(&self.state);
        loop {
            let woken = seen.as_deref_mut().is_some_and(|seen| {
                let woken = *seen != state.wakes;
                *seen = state.wakes;
                woken
            });
            if let Some(item) = state.item.take() {
                return Received::Item(item);
            }
            if state.closed {
                return Received::Closed;
            }
            if woken {
                return Received::TimedOut;
            }
            state = match deadline {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Received::TimedOut;
                    }
                    self.changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }

    /// How many were replaced before anybody took them.
    pub fn overwritten(&self) -> u64 {
        lock(&self.state).overwritten
    }

    /// Makes everybody who waits with [`Self::take_unless_woken`] look around.
    pub(crate) fn wake(&self) {
        lock(&self.state).wakes += 1;
        self.changed.notify_all();
    }

    /// Closes it for good and wakes all who wait. What is in it can still be taken.
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_wins_and_the_rest_is_counted() {
        let mailbox = Mailbox::new();
        mailbox.put(1);
        mailbox.put(2);
        mailbox.put(3);
        assert_eq!(mailbox.take(None), Received::Item(3));
        assert_eq!(mailbox.overwritten(), 2);
        assert_eq!(mailbox.take(Some(Instant::now())), Received::TimedOut);
    }

    #[test]
    fn a_deadline_is_kept() {
        let mailbox = Mailbox::<u8>::new();
        let start = Instant::now();
        let received = mailbox.take(Some(start + Duration::from_millis(20)));
        assert_eq!(received, Received::TimedOut);
        assert!(start.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn closing_and_waking_end_every_wait() {
        let mailbox = Mailbox::<u8>::new();
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..3)
                .map(|_| {
                    std::thread::Builder::new()
                        .spawn_scoped(scope, || mailbox.take(None))
                        .unwrap()
                })
                .collect();
            mailbox.close();
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Received::Closed);
            }
        });
        let mailbox = Mailbox::<u8>::new();
        let mut seen = 0;
        mailbox.wake();
        assert_eq!(
            mailbox.take_unless_woken(None, &mut seen),
            Received::TimedOut,
            "a wake before the wait is not lost"
        );
        let soon = Instant::now() + Duration::from_millis(5);
        assert_eq!(
            mailbox.take_unless_woken(Some(soon), &mut seen),
            Received::TimedOut
        );
        assert!(Instant::now() >= soon, "one wake ends one wait only");
    }

    #[test]
    fn what_waits_at_the_close_can_still_be_taken() {
        let mailbox = Mailbox::new();
        mailbox.put(7);
        mailbox.close();
        mailbox.put(8);
        assert_eq!(mailbox.take(None), Received::Item(7));
        assert_eq!(mailbox.take(None), Received::Closed);
        assert_eq!(mailbox.overwritten(), 0);
    }

    #[test]
    fn what_is_given_back_never_hides_what_is_newer() {
        let mailbox = Mailbox::new();
        mailbox.put_back(1);
        assert_eq!(mailbox.take(None), Received::Item(1));
        mailbox.put(2);
        mailbox.put_back(1);
        assert_eq!(mailbox.take(None), Received::Item(2));
        assert_eq!(mailbox.overwritten(), 1);
    }

    #[derive(Debug, Clone, Copy)]
    enum Op {
        Put(u32),
        PutBack(u32),
        Take,
        Wake,
        Close,
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            6 => any::<u32>().prop_map(Op::Put),
            1 => any::<u32>().prop_map(Op::PutBack),
            4 => Just(Op::Take),
            1 => Just(Op::Wake),
            1 => Just(Op::Close),
        ];
        proptest::collection::vec(op, 0..60)
    }

    proptest! {
        #[test]
        fn it_does_what_a_cell_with_a_counter_does(ops in ops()) {
            let mailbox = Mailbox::new();
            let (mut cell, mut lost, mut closed) = (None, 0, false);
            for op in ops {
                match op {
                    Op::Put(_) | Op::PutBack(_) if closed => mailbox.put(0),
                    Op::Put(v) => {
                        lost += u64::from(cell.replace(v).is_some());
                        mailbox.put(v);
                    }
                    Op::PutBack(v) => {
                        if cell.is_some() { lost += 1 } else { cell = Some(v) }
                        mailbox.put_back(v);
                    }
                    Op::Wake => mailbox.wake(),
                    Op::Close => { closed = true; mailbox.close(); }
                    Op::Take => {
                        let expected = match cell.take() {
                            Some(v) => Received::Item(v),
                            None if closed => Received::Closed,
                            None => Received::TimedOut,
                        };
                        prop_assert_eq!(mailbox.take(Some(Instant::now())), expected);
                    }
                }
                prop_assert_eq!(mailbox.overwritten(), lost);
            }
        }
    }
}
