//! A still picture: delivered once, then again at a low rate.

mod file;

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use scrim_frame::{Frame, FramePool, PixelBuffer, PixelLayout};

pub(crate) use file::is_still;

use crate::bundled::BundledPicture;
use crate::schedule::{Schedule, deadline_after};
use crate::{CaptureError, Delivery, Pace, Playback, SourceFormat, VideoSource};

/// How often the same picture is handed out again while it loops: a changed setting is seen within this time, at a
/// sixth of a camera's work.
const REPEAT: Duration = Duration::from_millis(200);

/// A still picture as a source.
pub(crate) struct StillPicture {
    description: String,
    last: Frame,
    pool: FramePool,
    playback: Playback,
    schedule: Schedule,
    delivered: u64,
    skipped: u64,
}

impl StillPicture {
    /// Reads the picture at `path`.
    pub(crate) fn open(
        path: &Path,
        playback: Playback,
        pace: Pace,
        pool_frames: usize,
    ) -> Result<Self, CaptureError> {
        Ok(Self::of(
            file::read(path)?,
            path.display().to_string(),
            playback,
            pace,
            pool_frames,
        ))
    }

    /// A picture that comes with the program.
    pub(crate) fn bundled(
        picture: &BundledPicture,
        playback: Playback,
        pace: Pace,
        pool_frames: usize,
    ) -> Result<Self, CaptureError> {
        let pixels = file::decode(Cursor::new(picture.bytes), Path::new(picture.name))?;
        Ok(Self::of(
            pixels,
            picture.title.into(),
            playback,
            pace,
            pool_frames,
        ))
    }

    fn of(
        pixels: PixelBuffer,
        description: String,
        playback: Playback,
        pace: Pace,
        pool_frames: usize,
    ) -> Self {
        Self {
            last: Frame::new(pixels, Instant::now()),
            description,
            // One for the frame being written, one for the last one, which is copied from.
            pool: FramePool::new(pool_frames + 2),
            playback,
            schedule: Schedule::new((pace == Pace::RealTime).then_some(REPEAT)),
            delivered: 0,
            skipped: 0,
        }
    }

    /// The same pixels under a fresh id, in memory that is used again.
    fn repeat(&mut self) -> Option<Frame> {
        let layout = PixelLayout::packed(self.last.format(), self.last.size());
        let Ok(mut draft) = self.pool.draft(layout) else {
            self.skipped += 1;
            return None;
        };
        let pixels = draft.buffer_mut().bytes_mut();
        pixels.copy_from_slice(self.last.plane(0).bytes);
        Some(draft.finish(Instant::now()))
    }
}

impl VideoSource for StillPicture {
    fn description(&self) -> &str {
        &self.description
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            size: self.last.size(),
            pixels: self.last.format(),
            interval: None,
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn expected_frames(&self) -> Option<u64> {
        (self.playback == Playback::Once).then_some(1)
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        if self.delivered > 0 && self.playback == Playback::Once {
            return Ok(Delivery::End);
        }
        if !self
            .schedule
            .wait_for(self.delivered, deadline_after(timeout))
        {
            return Ok(Delivery::Nothing);
        }
        // A consumer that was away gets one picture now, not all that it missed.
        self.schedule.start_again_at(self.delivered, Instant::now());
        // Ids must increase in the order of delivery, so the first one too is given here, not when the file was read.
        let Some(frame) = self.repeat() else {
            return Ok(Delivery::Nothing);
        };
        self.delivered += 1;
        self.last = frame.clone();
        Ok(Delivery::Frame(frame))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::{Rgba, RgbaImage};
    use tempfile::TempDir;

    use super::*;
    use crate::jpeg::tests::two_halves;

    const SOON: Duration = Duration::from_secs(5);

    fn open(path: &Path, playback: Playback, pace: Pace) -> StillPicture {
        StillPicture::open(path, playback, pace, 2).unwrap()
    }

    /// A small JPEG in `dir`.
    fn photo(dir: &TempDir) -> std::path::PathBuf {
        let path = dir.path().join("a.jpg");
        fs::write(&path, two_halves(8, 8)).unwrap();
        path
    }

    fn frame(source: &mut StillPicture) -> Frame {
        match source.next_frame(SOON).unwrap() {
            Delivery::Frame(frame) => frame,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn alpha_is_kept_and_once_is_once() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a.png");
        RgbaImage::from_pixel(5, 3, Rgba([10, 20, 30, 40]))
            .save(&path)
            .unwrap();
        let mut source = open(&path, Playback::Once, Pace::RealTime);
        assert_eq!(source.expected_frames(), Some(1));
        let frame = frame(&mut source);
        assert_eq!(frame.plane(0).bytes[..4], [10, 20, 30, 40]);
        assert!(matches!(source.next_frame(SOON).unwrap(), Delivery::End));
        assert!(matches!(source.next_frame(SOON).unwrap(), Delivery::End));
    }

    #[test]
    fn a_looping_picture_comes_again_under_new_ids() {
        let dir = TempDir::new().unwrap();
        let path = photo(&dir);
        let mut source = open(&path, Playback::Loop, Pace::RealTime);
        let before = Instant::now();
        let first = frame(&mut source);
        assert!(matches!(
            source.next_frame(Duration::ZERO).unwrap(),
            Delivery::Nothing
        ));
        let second = frame(&mut source);
        assert!(before.elapsed() >= REPEAT);
        assert!(second.id() > first.id());
        assert_eq!(first.plane(0).bytes, second.plane(0).bytes);
        let mut eager = open(&path, Playback::Loop, Pace::Unpaced);
        let ids: Vec<_> = (0..100).map(|_| frame(&mut eager).id()).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|w| w[0] != w[1]));
    }

    #[test]
    fn frames_that_are_held_are_not_overwritten() {
        let dir = TempDir::new().unwrap();
        let path = photo(&dir);
        let mut source = open(&path, Playback::Loop, Pace::Unpaced);
        let held: Vec<_> = (0..4).map(|_| frame(&mut source)).collect();
        assert!(matches!(
            source.next_frame(SOON).unwrap(),
            Delivery::Nothing
        ));
        assert_eq!(source.skipped(), 1);
        drop(held);
    }
}
