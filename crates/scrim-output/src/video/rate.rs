//! Frame rates as the fractions that video files keep.

use std::fmt;
use std::time::Duration;

/// Pictures a second, as a fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameRate {
    numerator: u32,
    denominator: u32,
}

/// A nanosecond count cannot hold 1/30 s; within this relative distance of a rate in use, that rate is meant. Two parts
/// in a million are 7 ms in an hour, and cover rates that were rounded to two decimals, such as 29.97.
const TOLERANCE: f64 = 2e-6;

/// Above this, pictures would share a millisecond, which is the clock of `.mkv` and `.webm`.
const MOST_A_SECOND: u32 = 1000;

impl FrameRate {
    /// The rate of pictures that are `distance` apart; `None`: zero, or so short or so long that no file holds it.
    pub(crate) fn from_distance(distance: Duration) -> Option<Self> {
        let seconds = distance.as_secs_f64();
        if seconds * f64::from(MOST_A_SECOND) < 1.0 - TOLERANCE {
            return None;
        }
        let near = |numerator: u32, denominator: u32| {
            let exact = f64::from(denominator) / f64::from(numerator);
            ((seconds - exact) / exact).abs() < TOLERANCE
        };
        let whole = (1.0 / seconds).round() as u32;
        if whole > 0 && near(whole, 1) {
            return Some(Self::reduced(whole, 1));
        }
        // NTSC's rates: 24000/1001, 30000/1001, 60000/1001.
        if whole > 0 && near(whole * 1000, 1001) {
            return Some(Self::reduced(whole * 1000, 1001));
        }
        // FFmpeg keeps both numbers in 32 bits with a sign.
        let micros = i32::try_from(distance.as_micros()).ok()?;
        Some(Self::reduced(1_000_000, micros.unsigned_abs()))
    }

    fn reduced(numerator: u32, denominator: u32) -> Self {
        let (mut a, mut b) = (numerator, denominator);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Self {
            numerator: numerator / a,
            denominator: denominator / a,
        }
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_become_the_rates_that_were_meant() {
        let rate = |seconds: f64| {
            FrameRate::from_distance(Duration::from_secs_f64(seconds)).map(|rate| rate.to_string())
        };
        for (seconds, wanted) in [
            (1.0 / 30.0, "30/1"),
            (1.0 / 25.0, "25/1"),
            (1.0 / 60.0, "60/1"),
            (1001.0 / 30000.0, "30000/1001"),
            (1.0 / 29.97, "30000/1001"),
            (1001.0 / 24000.0, "24000/1001"),
            (0.08, "25/2"),
            (1.0, "1/1"),
            (10.0, "1/10"),
            (0.001, "1000/1"),
        ] {
            assert_eq!(rate(seconds).as_deref(), Some(wanted), "{seconds}");
        }
        for impossible in [0.0, 1e-9, 0.0009, 1e9] {
            assert_eq!(rate(impossible), None, "{impossible}");
        }
    }
}
