//! The background of a conversion: read before anything is written, advanced by its own rate.

use std::time::Duration;

use scrim_capture::{Delivery, Pace, Playback, SourceSpec, VideoSource};
use scrim_compositor::{Backdrop, Fit};
use scrim_frame::Frame;

use super::ConvertJob;
use crate::{BackgroundSpec, Parts, Problem, ProblemSource, Severity};

/// Frames of a background clip that others hold: the one shown, and the one that the compositor uploaded last.
const FRAMES: usize = 3;

/// As long as a decoder may take for one picture of a file before it counts as stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What is behind the person, frame after frame.
pub(super) enum Backdrops {
    Still(Backdrop),
    Clip(Clip),
}

/// A looping clip, timed against the source.
pub(super) struct Clip {
    source: Box<dyn VideoSource>,
    shown: Frame,
    fit: Fit,
    interval: Duration,
    source_interval: Duration,
    /// Frames of the source drawn so far.
    drawn: u64,
    /// Index of the clip's frame that is shown, counted through the loops.
    index: u64,
}

impl Backdrops {
    /// Opens the background and decodes its first picture.
    pub(super) fn open(
        job: &ConvertJob,
        parts: &Parts,
        source_interval: Duration,
    ) -> Result<Self, Problem> {
        let path = match &job.background {
            BackgroundSpec::Color(color) => return Ok(Self::Still(Backdrop::Color(*color))),
            BackgroundSpec::Gradient(top, bottom) => {
                return Ok(Self::Still(Backdrop::Gradient(*top, *bottom)));
            }
            BackgroundSpec::Blur(strength) => return Ok(Self::Still(Backdrop::Blur(*strength))),
            BackgroundSpec::Transparent => return Ok(Self::Still(Backdrop::Transparent)),
            BackgroundSpec::File(path) => path,
        };
        let spec = SourceSpec::File {
            path: path.clone(),
            playback: Playback::Loop,
            pace: Pace::Unpaced,
        };
        let mut source =
            (parts.open_source)(&spec, FRAMES).map_err(|error| Problem::background(&error))?;
        let shown = next_picture(source.as_mut())?;
        Ok(match source.format().interval {
            None => Self::Still(Backdrop::Picture(shown, job.fit)),
            Some(interval) => Self::Clip(Clip {
                source,
                shown,
                fit: job.fit,
                interval,
                source_interval,
                drawn: 0,
                index: 0,
            }),
        })
    }

    /// The backdrop of the next frame.
    pub(super) fn next(&mut self) -> Result<Backdrop, Problem> {
        match self {
            Self::Still(backdrop) => Ok(backdrop.clone()),
            Self::Clip(clip) => clip.next(),
        }
    }
}

impl Clip {
    fn next(&mut self) -> Result<Backdrop, Problem> {
        let due = frame_at(self.drawn, self.source_interval, self.interval);
        while self.index < due {
            self.shown = next_picture(self.source.as_mut())?;
            self.index += 1;
        }
        self.drawn += 1;
        Ok(Backdrop::Picture(self.shown.clone(), self.fit))
    }
}

/// Which frame of a clip with `interval` stands at the moment of frame `n` of a source with `source_interval`.
///
/// Intervals of the same nominal rate may differ by rounding; half a microsecond is let pass so that 25 against 25 frames a
/// second advance together. A clip that states no distance at all advances with the source.
fn frame_at(n: u64, source_interval: Duration, interval: Duration) -> u64 {
    if interval.is_zero() {
        return n;
    }
    let at = u128::from(n) * source_interval.as_nanos() + 500;
    (at / interval.as_nanos()) as u64
}

fn next_picture(source: &mut dyn VideoSource) -> Result<Frame, Problem> {
    match source.next_frame(PATIENCE) {
        Ok(Delivery::Frame(frame)) => Ok(frame),
        Err(error) => Err(Problem::background(&error)),
        Ok(Delivery::Nothing | Delivery::End) => Err(Problem {
            source: ProblemSource::Background,
            severity: Severity::Error,
            what: "The background cannot be shown.".into(),
            why: format!("{} gave no picture.", source.description()),
            try_this: Some("Choose another picture or clip.".into()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_background_clip_keeps_its_own_speed() {
        let fps = |rate: f64| Duration::from_secs_f64(1.0 / rate);
        let shown = |source, clip| -> Vec<u64> {
            (0..6)
                .map(|n| frame_at(n, fps(source), fps(clip)))
                .collect()
        };
        assert_eq!(shown(30.0, 30.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shown(30.0, 15.0), [0, 0, 1, 1, 2, 2]);
        assert_eq!(shown(25.0, 50.0), [0, 2, 4, 6, 8, 10]);
        let nonsense = Duration::ZERO;
        assert_eq!(frame_at(3, fps(30.0), nonsense), 3);
    }
}
