//! Figures over a sliding window, in memory of fixed size.

use std::time::{Duration, Instant};

use crate::Percentiles;

/// Samples that percentiles look back on: the last 5 seconds at 30 a second.
const WINDOW: usize = 150;

/// Arrivals that a rate looks back on: about two seconds at 30 a second.
const ARRIVALS: usize = 64;

/// A rate looks back no longer than this, and is zero when nothing came for so long.
const RATE_SPAN: Duration = Duration::from_secs(3);

/// The last [`WINDOW`] spans of time, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans {
    micros: [u32; WINDOW],
    len: usize,
    next: usize,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            micros: [0; WINDOW],
            len: 0,
            next: 0,
        }
    }
}

impl Spans {
    pub(crate) fn record(&mut self, span: Duration) {
        self.micros[self.next] = u32::try_from(span.as_micros()).unwrap_or(u32::MAX);
        self.next = (self.next + 1) % WINDOW;
        self.len = (self.len + 1).min(WINDOW);
    }

    /// Nearest-rank percentiles; zero without samples.
    pub(crate) fn percentiles(&self) -> Percentiles {
        if self.len == 0 {
            return Percentiles::default();
        }
        let mut sorted = self.micros;
        let sorted = &mut sorted[..self.len];
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100);
            Duration::from_micros(u64::from(sorted[rank.max(1) - 1]))
        };
        Percentiles {
            p50: at(50),
            p95: at(95),
            p99: at(99),
        }
    }
}

/// How often something happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    at: [Option<Instant>; ARRIVALS],
    next: usize,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            at: [None; ARRIVALS],
            next: 0,
        }
    }
}

impl Rate {
    pub(crate) fn record(&mut self, now: Instant) {
        self.at[self.next] = Some(now);
        self.next = (self.next + 1) % self.at.len();
    }

    /// Events a second.
    pub(crate) fn per_second(&self, now: Instant) -> f32 {
        let recent = self
            .at
            .iter()
            .flatten()
            .filter(|at| now.saturating_duration_since(**at) < RATE_SPAN);
        let (count, first, last) = recent.fold((0u32, None, None), |(count, first, last), at| {
            (
                count + 1,
                Some(first.map_or(*at, |f: Instant| f.min(*at))),
                Some(last.map_or(*at, |l: Instant| l.max(*at))),
            )
        });
        match (first, last) {
            (Some(first), Some(last)) if count > 1 && last > first => {
                (count - 1) as f32 / (last - first).as_secs_f32()
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks_of_the_last_samples() {
        let mut spans = Spans::default();
        assert_eq!(spans.percentiles(), Percentiles::default());
        for ms in 1..=100 {
            spans.record(Duration::from_millis(ms));
        }
        let p = spans.percentiles();
        assert_eq!([p.p50, p.p95, p.p99].map(|d| d.as_millis()), [50, 95, 99]);
        for _ in 0..WINDOW {
            spans.record(Duration::from_millis(7));
        }
        assert_eq!(spans.percentiles().p99.as_millis(), 7, "the old is gone");
    }

    #[test]
    fn rates_follow_the_clock_and_fall_to_zero() {
        let start = Instant::now();
        let mut rate = Rate::default();
        assert!(rate.per_second(start) == 0.0);
        for n in 0..100 {
            rate.record(start + Duration::from_millis(n * 40));
        }
        let end = start + Duration::from_millis(99 * 40);
        assert!((rate.per_second(end) - 25.0).abs() < 0.01);
        assert!(rate.per_second(end + RATE_SPAN) == 0.0);
    }
}
