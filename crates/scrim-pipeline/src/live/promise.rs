//! What a camera was asked for and what it does: its size, its rate, how many of its pictures are whole.

use std::time::{Duration, Instant};

use scrim_capture::{CameraRequest, SourceFormat, VideoSource};

use crate::{Problem, ProblemSource, Severity};

/// A rate counts as the one asked for within this share of it: 29.97 for 30, and 14.9 for 15.
const SAME_RATE: f64 = 0.02;

/// Time for the exposure to find itself before anything is measured.
const SETTLING: Duration = Duration::from_secs(2);

/// How long is measured before anything is said of it, at least, and in intervals between pictures.
const WINDOW: Duration = Duration::from_secs(3);
const WINDOW_INTERVALS: u32 = 8;

/// How many windows in a row must be bad before it is said: one may be somebody walking past the lamp.
const BAD_WINDOWS: u32 = 2;

/// Below this share of the rate that was agreed on, a camera is slow. Between a third and a half is what low light takes;
/// a few lost pictures are nobody's concern.
const SLOW: f64 = 0.7;

/// Above these shares of its pictures, damage and losses are worth a word.
const DAMAGED: f64 = 0.2;
const MISSED: f64 = 0.3;

/// What falls short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Damaged,
    Slow,
    Missed,
}

/// What is to be said of a camera after another picture.
#[derive(Debug)]
pub(crate) enum News {
    /// The same as before.
    None,
    /// This.
    Problem(Problem),
    /// That all is well again.
    Well,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    delivered: u64,
    /// The source's counts at its beginning.
    skipped: u64,
    damaged: u64,
}

/// Watches one camera for as long as it is open.
#[derive(Debug)]
pub(crate) struct Promise {
    camera: String,
    asked: CameraRequest,
    format: SourceFormat,
    window: Option<Window>,
    /// What the last windows showed, and how many of them in a row.
    run: (Option<Fault>, u32),
    told: Option<Fault>,
}

impl Promise {
    /// `None` where the source is no camera: clips and stills keep to what they are.
    pub(crate) fn of(source: &dyn VideoSource) -> Option<Self> {
        Some(Self {
            camera: source.description().to_owned(),
            asked: source.camera()?.asked,
            format: source.format(),
            window: None,
            run: (None, 0),
            told: None,
        })
    }

    /// The difference between what was asked for and what the camera agreed to.
    pub(crate) fn negotiated(&self) -> Option<Problem> {
        let (asked, got) = (self.asked, self.format);
        let got_rate = got.interval.and_then(rate_of);
        let other_size = asked.size.filter(|size| *size != got.size);
        let other_rate = asked
            .rate
            .map(f64::from)
            .filter(|asked| got_rate.is_some_and(|got| (got - asked).abs() > asked * SAME_RATE));
        if other_size.is_none() && other_rate.is_none() {
            return None;
        }
        let words = |size: Option<scrim_frame::Size>, rate: Option<f64>| {
            let size = size.map(|size| format!("{size}"));
            let rate = rate.map(|rate| format!("{} pictures a second", rounded(rate)));
            let parts: Vec<String> = size.into_iter().chain(rate).collect();
            parts.join(" at ")
        };
        Some(warning(
            "The camera gives something else than was asked of it.",
            format!(
                "{}: asked for {}, it gives {}.",
                self.camera,
                words(asked.size, asked.rate.map(f64::from)),
                words(Some(got.size), got_rate)
            ),
            "Choose a size and a rate that it has (scrim devices lists them); a USB port or hub of its own may help.",
        ))
    }

    /// Another picture was delivered, with the source's counts after it.
    pub(crate) fn note(&mut self, now: Instant, skipped: u64, damaged: u64) -> News {
        let window = self.window.get_or_insert(Window {
            since: now + SETTLING,
            delivered: 0,
            skipped,
            damaged,
        });
        if now < window.since {
            (window.skipped, window.damaged) = (skipped, damaged);
            return News::None;
        }
        window.delivered += 1;
        let interval = self.format.interval.unwrap_or_default();
        let span = now - window.since;
        if span < WINDOW.max(interval * WINDOW_INTERVALS) {
            return News::None;
        }
        let counts = Counts {
            delivered: window.delivered,
            skipped: skipped.saturating_sub(window.skipped),
            damaged: damaged.saturating_sub(window.damaged),
            seconds: span.as_secs_f64(),
        };
        *window = Window {
            since: now,
            delivered: 0,
            skipped,
            damaged,
        };
        self.judge(&counts)
    }

    fn judge(&mut self, counts: &Counts) -> News {
        let fault = counts.fault(self.agreed_rate());
        self.run = match self.run {
            (before, windows) if before == fault => (fault, windows + 1),
            _ => (fault, 1),
        };
        let is_sure = fault.is_none() || self.run.1 >= BAD_WINDOWS;
        if !is_sure || self.told == fault {
            return News::None;
        }
        self.told = fault;
        match fault {
            Some(fault) => News::Problem(self.problem(fault, counts)),
            None => self.negotiated().map_or(News::Well, News::Problem),
        }
    }

    fn agreed_rate(&self) -> Option<f64> {
        let set = self.format.interval.and_then(rate_of);
        set.or(self.asked.rate.map(f64::from))
    }

    fn problem(&self, fault: Fault, counts: &Counts) -> Problem {
        let camera = &self.camera;
        let arrived = counts.delivered + counts.skipped;
        match fault {
            Fault::Damaged => warning(
                "Many of the camera's pictures are damaged.",
                format!(
                    "{camera}: {} of {arrived} pictures could not be read.",
                    counts.damaged
                ),
                "Try another cable or USB port, without a hub; a smaller size needs less of it.",
            ),
            Fault::Slow => warning(
                "The camera sends fewer pictures than it was set to.",
                format!(
                    "{camera}: set to {} pictures a second, {} come.",
                    rounded(self.agreed_rate().unwrap_or_default()),
                    rounded(counts.rate())
                ),
                "In low light many cameras slow down: more light, or the camera's controls (\"Slower in low light\" off, a \
                 shorter shutter time).",
            ),
            Fault::Missed => warning(
                "Many of the camera's pictures are lost on the way.",
                format!(
                    "{camera}: {} of {arrived} pictures were lost before they could be taken: broken on the cable, or this computer \
                     was too busy.",
                    counts.skipped - counts.damaged
                ),
                "Try another cable or USB port, a smaller size or a lower rate, or close other programs.",
            ),
        }
    }
}

/// What came within a window.
struct Counts {
    delivered: u64,
    skipped: u64,
    damaged: u64,
    seconds: f64,
}

impl Counts {
    /// Everything that the camera sent, a second.
    fn rate(&self) -> f64 {
        (self.delivered + self.skipped) as f64 / self.seconds
    }

    fn fault(&self, agreed: Option<f64>) -> Option<Fault> {
        let arrived = (self.delivered + self.skipped) as f64;
        let missed = self.skipped.saturating_sub(self.damaged) as f64;
        if self.damaged as f64 >= arrived * DAMAGED {
            Some(Fault::Damaged)
        } else if agreed.is_some_and(|agreed| self.rate() < agreed * SLOW) {
            Some(Fault::Slow)
        } else if missed >= arrived * MISSED {
            Some(Fault::Missed)
        } else {
            None
        }
    }
}

fn warning(what: &str, why: String, try_this: &str) -> Problem {
    Problem {
        source: ProblemSource::Delivery,
        severity: Severity::Warning,
        what: what.into(),
        why,
        try_this: Some(try_this.into()),
    }
}

fn rate_of(interval: Duration) -> Option<f64> {
    (!interval.is_zero()).then(|| 1.0 / interval.as_secs_f64())
}

/// A rate for people: 30, 29.97, 12.5.
fn rounded(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use scrim_frame::{PixelFormat, Size};

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    fn promise(asked: (Size, Option<f32>), got: (Size, Option<f64>)) -> Promise {
        Promise {
            camera: "Cam".into(),
            asked: CameraRequest {
                size: Some(asked.0),
                rate: asked.1,
            },
            format: SourceFormat {
                size: got.0,
                pixels: PixelFormat::Rgb8,
                interval: got.1.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            },
            window: None,
            run: (None, 0),
            told: None,
        }
    }

    #[test]
    fn what_was_asked_and_what_is_given_are_said_where_they_differ() {
        let hd = size(1280, 720);
        let said = |asked, got| promise(asked, got).negotiated().map(|p| p.why);
        assert_eq!(said((hd, Some(30.0)), (hd, Some(30_000.0 / 1001.0))), None);
        assert_eq!(said((hd, None), (hd, Some(5.0))), None);
        assert_eq!(said((hd, Some(30.0)), (hd, None)), None, "it does not say");
        assert_eq!(
            said((size(1920, 1080), Some(30.0)), (hd, Some(30.0))).unwrap(),
            "Cam: asked for 1920×1080 at 30 pictures a second, it gives 1280×720 at 30 pictures a second."
        );
        assert_eq!(
            said((hd, Some(15.0)), (hd, Some(12.5))).unwrap(),
            "Cam: asked for 1280×720 at 15 pictures a second, it gives 1280×720 at 12.5 pictures a second."
        );
    }

    /// Pictures each `ms` for `seconds`, each with so many skipped and damaged before it; the news of that time.
    struct Run {
        promise: Promise,
        now: Instant,
        skipped: u64,
        damaged: u64,
    }

    impl Run {
        fn new() -> Self {
            let hd = size(1280, 720);
            Self {
                promise: promise((hd, Some(30.0)), (hd, Some(30.0))),
                now: Instant::now(),
                skipped: 0,
                damaged: 0,
            }
        }

        fn sends(
            &mut self,
            ms: u64,
            seconds: u64,
            skipped: u64,
            damaged: u64,
        ) -> Vec<Option<String>> {
            let mut news = vec![];
            for _ in 0..seconds * 1000 / ms {
                self.now += Duration::from_millis(ms);
                self.skipped += skipped;
                self.damaged += damaged;
                let said = self.promise.note(self.now, self.skipped, self.damaged);
                match said {
                    News::None => {}
                    News::Problem(problem) => news.push(Some(problem.why)),
                    News::Well => news.push(None),
                }
            }
            news
        }
    }

    #[test]
    fn a_camera_that_slows_down_in_the_dark_is_said_to_and_said_to_be_well_again() {
        let mut run = Run::new();
        assert_eq!(run.sends(33, 20, 0, 0), []);
        let said = run.sends(100, 12, 0, 0);
        assert_eq!(said.len(), 1, "{said:?}");
        let why = said[0].as_deref().unwrap();
        assert!(
            why.starts_with("Cam: set to 30 pictures a second, 10"),
            "{why}"
        );
        assert_eq!(run.sends(100, 20, 0, 0), [], "once");
        assert_eq!(run.sends(33, 8, 0, 0), [None]);
    }

    #[test]
    fn a_slow_start_and_one_slow_moment_are_not_said() {
        let mut run = Run::new();
        assert_eq!(run.sends(400, 2, 0, 0), []);
        assert_eq!(run.sends(33, 10, 0, 0), []);
        assert_eq!(run.sends(100, 3, 0, 0), []);
        assert_eq!(run.sends(33, 10, 0, 0), []);
    }

    #[test]
    fn damage_and_losses_are_told_apart_from_a_slow_camera() {
        let mut damaged = Run::new();
        let said = damaged.sends(66, 20, 1, 1);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].as_deref().unwrap().contains("could not be read"));
        let mut missed = Run::new();
        let said = missed.sends(66, 20, 1, 0);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].as_deref().unwrap().contains("were lost"));
        let mut few = Run::new();
        assert_eq!(few.sends(33, 20, 0, 0), []);
        few.skipped += 3;
        assert_eq!(few.sends(33, 20, 0, 0), []);
    }
}
