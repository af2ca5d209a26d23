//! When the next picture is sent.

use std::time::{Duration, Instant};

use super::offer::RATE;

/// How far apart pictures are: what is promised to those who watch.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / RATE as u64);

/// How close a picture may follow one that came late, so that an unsteady source of the promised rate loses none.
const CLOSEST: Duration = Duration::from_nanos(INTERVAL.as_nanos() as u64 / 2);

/// How often the last picture is sent again while no other comes: whoever begins to watch beside others waits no longer
/// than this, and programs take a camera that sends nothing for a second or more for broken.
pub(super) const REPEAT: Duration = Duration::from_millis(200);

/// Says when to send. Time is handed in.
#[derive(Debug)]
pub(super) struct Pace {
    earliest: Instant,
    sent: Option<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            earliest: now,
            sent: None,
        }
    }

    /// When the next picture is due; `is_new`: one waits that was not sent yet.
    pub(super) fn due(&self, is_new: bool) -> Instant {
        match self.sent {
            Some(sent) if !is_new => sent + REPEAT,
            _ => self.earliest,
        }
    }

    /// Notes that one was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.earliest = (self.earliest + INTERVAL).max(now + CLOSEST);
        self.sent = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pictures are sent of a source with these distances.
    fn sent(distances: impl Iterator<Item = Duration>) -> usize {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let mut waits = false;
        let mut count = 0;
        for distance in distances {
            let next = now + distance;
            // What waits is sent as soon as it may, before the next one comes.
            if waits && pace.due(true) < next {
                pace.sent(pace.due(true).max(now));
                count += 1;
            }
            now = next;
            waits = pace.due(true) > now;
            if !waits {
                pace.sent(now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn an_unsteady_source_of_the_promised_rate_loses_nothing() {
        let shaken = (0..300).map(|n: u64| match n % 3 {
            0 => INTERVAL * 4 / 3,
            1 => INTERVAL * 2 / 3,
            _ => INTERVAL,
        });
        assert_eq!(sent(shaken), 300);
        let slow = (0..100).map(|_| Duration::from_millis(100));
        assert_eq!(sent(slow), 100);
    }

    #[test]
    fn a_faster_source_is_thinned_out_to_the_promised_rate() {
        let fast = (0..600).map(|_| INTERVAL / 2);
        assert!((299..=302).contains(&sent(fast)));
    }

    #[test]
    fn the_last_picture_is_repeated() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.due(false), start, "whoever comes gets one at once");
        pace.sent(start);
        assert_eq!(pace.due(false), start + REPEAT);
        assert_eq!(pace.due(true), start + INTERVAL);
    }
}
