//! The clip that comes with the program: JPEG pictures one after the other, in memory.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use scrim_frame::{FramePool, PixelFormat, PixelLayout, Size};

use crate::schedule::{Schedule, deadline_after};
use crate::{CaptureError, Delivery, SourceFormat, VideoSource, jpeg};

/// Rendered to end where it begins.
const PRESENTER: &[u8] = include_bytes!("../../../assets/sample/presenter.mjpeg");

/// The rate it was rendered at: 25 a second.
const PRESENTER_INTERVAL: Duration = Duration::from_millis(40);

/// A motion-JPEG clip in memory that loops at its own pace.
pub(crate) struct MotionJpeg {
    description: &'static str,
    bytes: &'static [u8],
    pictures: Vec<Range<usize>>,
    layout: PixelLayout,
    interval: Duration,
    pool: FramePool,
    schedule: Schedule,
    next: u64,
    skipped: u64,
}

/// The sample clip as a source.
pub(crate) fn open(pool_frames: usize) -> Result<MotionJpeg, CaptureError> {
    MotionJpeg::new("sample clip", PRESENTER, PRESENTER_INTERVAL, pool_frames)
}

fn damaged(reason: String) -> CaptureError {
    CaptureError::File {
        path: PathBuf::from("sample"),
        reason,
        try_this: "The program itself is damaged or was built wrongly: install it again.".into(),
    }
}

impl MotionJpeg {
    /// All pictures must have the size of the first.
    pub(crate) fn new(
        description: &'static str,
        bytes: &'static [u8],
        interval: Duration,
        pool_frames: usize,
    ) -> Result<Self, CaptureError> {
        let mut pictures = Vec::new();
        let mut at = 0;
        while let Some(length) = jpeg::picture_len(&bytes[at..]) {
            pictures.push(at..at + length);
            at += length;
        }
        let first = pictures
            .first()
            .ok_or_else(|| damaged("there is no picture in it".into()))?;
        if at != bytes.len() {
            return Err(damaged(format!(
                "after picture {} come bytes that are none",
                pictures.len()
            )));
        }
        let size: Size =
            jpeg::size_of(&bytes[first.clone()]).map_err(|e| damaged(e.to_string()))?;
        Ok(Self {
            description,
            bytes,
            pictures,
            layout: PixelLayout::packed(PixelFormat::Rgba8, size),
            interval,
            pool: FramePool::new(pool_frames + 1),
            schedule: Schedule::new(Some(interval)),
            next: 0,
            skipped: 0,
        })
    }
}

impl VideoSource for MotionJpeg {
    fn description(&self) -> &str {
        self.description
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            size: self.layout.size(),
            pixels: self.layout.format(),
            interval: Some(self.interval),
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        if !self.schedule.wait_for(self.next, deadline_after(timeout)) {
            return Ok(Delivery::Nothing);
        }
        // A late consumer is given the picture of now; those between are counted, but not even decoded.
        let index = self.schedule.newest_due(self.next, Instant::now());
        self.skipped += index - self.next;
        self.next = index + 1;
        let captured_at = Instant::now();
        let Ok(mut draft) = self.pool.draft(self.layout) else {
            self.skipped += 1;
            return Ok(Delivery::Nothing);
        };
        let picture = self.pictures[(index % self.pictures.len() as u64) as usize].clone();
        let pixels = draft.buffer_mut().bytes_mut();
        jpeg::decode_rgba(&self.bytes[picture], self.layout.size(), pixels)
            .map_err(|e| damaged(e.to_string()))?;
        Ok(Delivery::Frame(draft.finish(captured_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::tests::two_halves;

    const SOON: Duration = Duration::from_secs(5);

    fn clip(bytes: Vec<u8>) -> Result<MotionJpeg, CaptureError> {
        MotionJpeg::new("test", bytes.leak(), Duration::from_millis(1), 2)
    }

    #[test]
    fn pictures_come_in_order_and_start_again() {
        let (wide, other) = (two_halves(16, 8), {
            let mut other = two_halves(16, 8);
            // The same picture with a comment in it: decodes alike, but is another run of bytes.
            other.splice(2..2, [0xFF, 0xFE, 0, 4, 1, 2]);
            other
        });
        let mut source = clip([wide.clone(), other, wide].concat()).unwrap();
        assert_eq!(source.pictures.len(), 3);
        let mut last = None;
        let mut shown = 0;
        for _ in 0..20 {
            if let Delivery::Frame(frame) = source.next_frame(SOON).unwrap() {
                assert!(Some(frame.id()) > last);
                last = Some(frame.id());
                assert!(frame.plane(0).bytes[0] > 200);
                shown += 1;
            }
        }
        assert!(source.next > 3);
        assert_eq!(shown + source.skipped(), source.next);
    }

    #[test]
    fn pictures_that_a_late_consumer_misses_are_counted() {
        let mut source = clip(two_halves(16, 8).repeat(3)).unwrap();
        let earlier = Instant::now()
            .checked_sub(Duration::from_millis(10))
            .unwrap();
        source.schedule.start_again_at(0, earlier);
        assert!(matches!(
            source.next_frame(SOON).unwrap(),
            Delivery::Frame(_)
        ));
        assert!(source.skipped() >= 10, "{}", source.skipped());
        assert_eq!(source.skipped() + 1, source.next);
    }

    #[test]
    fn a_damaged_clip_is_an_error() {
        let error = |bytes| clip(bytes).err().unwrap().to_string();
        assert!(error(Vec::new()).contains("no picture"));
        let picture = two_halves(16, 8);
        assert!(error([picture.clone(), vec![1, 2, 3]].concat()).contains("after picture 1"));
        let mut source = clip([picture, two_halves(8, 8)].concat()).unwrap();
        let failed = (0..10).find_map(|_| source.next_frame(SOON).err()).unwrap();
        assert!(failed.to_string().contains("8×8"), "{failed}");
    }

    #[test]
    fn every_picture_of_the_bundled_clip_decodes_and_all_have_one_size() {
        let source = open(1).unwrap();
        let size = source.layout.size();
        assert_eq!((size.width(), size.height()), (1280, 720));
        let mut pixels = vec![0; size.pixels() * 4];
        for picture in source.pictures {
            jpeg::decode_rgba(&PRESENTER[picture], size, &mut pixels).unwrap();
        }
    }
}
