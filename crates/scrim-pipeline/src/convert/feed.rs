//! The half of a conversion that reads and infers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use scrim_capture::{CaptureError, Delivery, VideoSource};
use scrim_frame::{Frame, MattedFrame};
use scrim_matting::{LoadReport, Matting, MattingError};

use super::backdrop::PATIENCE;
use super::{ConvertJob, Fed, nothing_in};
use crate::{Parts, Problem, ProblemSource, Severity};

/// Pictures of the source (and mattes) that exist at once: being inferred, waiting, being drawn, kept by the compositor;
/// and one to spare, so that no reader ever finds its pool empty.
const IN_FLIGHT: usize = 5;

/// A source with its first picture, which proves that it can be read.
pub(super) struct Opened {
    pub(super) source: Box<dyn VideoSource>,
    first: Frame,
}

impl Opened {
    pub(super) fn new(job: &ConvertJob, parts: &Parts) -> Result<Self, Problem> {
        let mut source = (parts.open_source)(&job.source, IN_FLIGHT)
            .map_err(|error| Problem::capture(&error))?;
        let first = next_picture(source.as_mut())?.ok_or_else(|| nothing_in(job))?;
        Ok(Self { source, first })
    }
}

/// What was read.
pub(super) struct FeedReport {
    pub(super) frames_read: u64,
    pub(super) skipped: u64,
    pub(super) loaded: LoadReport,
}

pub(super) struct Feed<'j> {
    pub(super) job: &'j ConvertJob,
    pub(super) parts: &'j Parts,
    pub(super) cancelled: &'j AtomicBool,
}

impl Feed<'_> {
    /// Loads the model while the source is opened elsewhere, then sends every picture with its matte.
    pub(super) fn run(
        &self,
        source: &Receiver<Opened>,
        matted: &SyncSender<Fed>,
    ) -> Result<FeedReport, Problem> {
        let (mut matting, loaded) = (self.parts.load_matting)(&self.job.matting, IN_FLIGHT)
            .map_err(|error| Problem::matting(&error))?;
        let mut report = FeedReport {
            frames_read: 0,
            skipped: 0,
            loaded,
        };
        // Closed without a source: the other half has a problem and says so.
        let Ok(Opened { mut source, first }) = source.recv() else {
            return Ok(report);
        };
        let most = self.job.max_frames.unwrap_or(u64::MAX);
        let mut next = Some(first);
        while let Some(frame) = next.take() {
            if report.frames_read == most || self.cancelled.load(Ordering::Relaxed) {
                break;
            }
            report.frames_read += 1;
            let picture = estimate(matting.as_mut(), frame)?;
            if matted.send(Fed::Picture(picture)).is_err() {
                return Ok(report);
            }
            if report.frames_read < most {
                next = next_picture(source.as_mut())?;
            }
        }
        report.skipped = source.skipped();
        // Nobody listens only when the other half has a problem and says so.
        let _ = matted.send(Fed::End);
        Ok(report)
    }
}

fn estimate(matting: &mut dyn Matting, frame: Frame) -> Result<MattedFrame, Problem> {
    matting
        .estimate(&frame)
        .and_then(|matte| MattedFrame::new(frame, matte).map_err(MattingError::Nonsense))
        .map_err(|error| Problem::matting(&error))
}

fn next_picture(source: &mut dyn VideoSource) -> Result<Option<Frame>, Problem> {
    match source.next_frame(PATIENCE) {
        Ok(Delivery::Frame(frame)) => Ok(Some(frame)),
        Ok(Delivery::End) => Ok(None),
        Ok(Delivery::Nothing) => Err(Problem {
            source: ProblemSource::Source,
            severity: Severity::Error,
            what: "The source gives no picture.".into(),
            why: format!("{} gave nothing for {PATIENCE:?}.", source.description()),
            try_this: Some("Choose another source.".into()),
        }),
        Err(error @ CaptureError::File { .. }) => Err(Problem {
            what: "The source cannot be read.".into(),
            ..Problem::capture(&error)
        }),
        Err(error) => Err(Problem::capture(&error)),
    }
}
