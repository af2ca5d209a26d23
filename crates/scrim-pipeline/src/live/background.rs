//! The thread of one background file: decodes a picture once, or a clip for as long as it is wanted.

use std::sync::Arc;
use std::time::Duration;

use scrim_capture::{CaptureError, Delivery, Pace, Playback, Retry, SourceSpec, VideoSource};
use scrim_frame::Frame;

use super::shared::Shared;
use crate::sync::{Leave, lock};
use crate::{Problem, ProblemSource};

const READ_SLICE: Duration = Duration::from_millis(100);

/// Frames that others hold at once: the one shown, the one being drawn, and the one that the compositor uploaded last.
const FRAMES: usize = 4;

pub(crate) struct Background {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: u64,
    pub(crate) path: std::path::PathBuf,
    pub(crate) leave: Arc<Leave>,
}

impl Background {
    pub(crate) fn run(&self) {
        let spec = SourceSpec::File {
            path: self.path.clone(),
            playback: Playback::Loop,
            pace: Pace::RealTime,
        };
        while !self.leave.is_asked() {
            let result =
                (self.shared.parts.open_source)(&spec, FRAMES).and_then(|source| self.play(source));
            let pause = match result {
                Ok(()) => return,
                Err(error) => {
                    self.report(&error);
                    match error.retry() {
                        Retry::After(span) => Some(span),
                        Retry::Never => None,
                    }
                }
            };
            if self.leave.pause(pause) {
                return;
            }
        }
    }

    fn play(&self, mut source: Box<dyn VideoSource>) -> Result<(), CaptureError> {
        let is_still = source.format().interval.is_none();
        let mut is_first = true;
        while !self.leave.is_asked() {
            match source.next_frame(READ_SLICE)? {
                Delivery::Frame(frame) => {
                    if !self.show(frame, std::mem::take(&mut is_first)) || is_still {
                        return Ok(());
                    }
                }
                Delivery::Nothing => {
                    self.leave.pause(Some(Duration::from_millis(1)));
                }
                Delivery::End if is_first => {
                    return Err(CaptureError::File {
                        path: self.path.clone(),
                        reason: "it ended before its first picture".into(),
                        try_this: "Choose another picture or clip.".into(),
                    });
                }
                // Its last picture stays.
                Delivery::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether it is wanted still.
    fn show(&self, frame: Frame, is_first: bool) -> bool {
        if !lock(&self.shared.looks).background(self.id, frame) {
            return false;
        }
        if is_first {
            self.shared.post(|board| {
                board.background_seat.sit(self.id);
                board.clear(ProblemSource::Background);
            });
            self.shared.to_compose.wake();
        }
        true
    }

    fn report(&self, error: &CaptureError) {
        if lock(&self.shared.looks).background_failed(self.id) {
            self.shared
                .post(|board| board.raise(&Problem::background(error)));
            self.shared.to_compose.wake();
        }
    }
}
