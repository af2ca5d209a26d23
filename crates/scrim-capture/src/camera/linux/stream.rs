//! A streaming camera.

use std::cell::Cell;
use std::io;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use scrim_frame::{Frame, FramePool};
use v4l::buffer::{Flags, Type};
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::prelude::MmapStream;

use super::controls::V4l2Controls;
use super::driver::{Node, guarded};
use super::failure::error_for;
use crate::camera::CameraInfo;
use crate::camera::buffer::Unpacking;
use crate::camera::negotiate::Choice;
use crate::schedule::deadline_after;
use crate::{
    CameraControls, CameraRequest, CaptureError, Delivery, OpenCamera, SourceFormat, VideoSource,
};

/// Driver buffers: one being copied from, one being filled, two to bridge a late consumer.
const BUFFERS: u32 = 4;

/// The event that a picture is there: `POLLIN` of poll.h.
const POLLIN: i16 = 1;

/// A camera that sends nothing for this long, or for five of its intervals, is silent.
const SILENCE: Duration = Duration::from_secs(3);
const SILENT_INTERVALS: u32 = 5;

/// How often in a row the stream is begun anew after an error before the error is passed on.
const RESTARTS: u32 = 3;

/// The driver's number of the last picture. It counts those too for which it had no buffer.
#[derive(Debug, Default)]
struct Sequence(Option<u32>);

impl Sequence {
    /// A larger gap is a driver that numbers in its own way: 33 seconds at 30 a second, and silence is told long before.
    const MAX_GAP: u32 = 1000;

    /// How many pictures are missing between the last one and this.
    fn missed_before(&mut self, number: u32) -> u64 {
        let Some(last) = self.0.replace(number) else {
            return 0;
        };
        let gap = number.wrapping_sub(last).wrapping_sub(1);
        if gap > Self::MAX_GAP {
            0
        } else {
            u64::from(gap)
        }
    }
}

/// A camera that is streaming.
pub(super) struct V4l2Camera {
    /// `None` only after it could not be begun anew.
    stream: Option<Stream>,
    node: Node,
    name: String,
    path: PathBuf,
    unpacking: Unpacking,
    interval: Option<Duration>,
    pool: FramePool,
    waiting: Option<Frame>,
    camera: OpenCamera,
    skipped: u64,
    damaged: u64,
    /// Damaged pictures since the last good one.
    damaged_in_a_row: u64,
    sequence: Sequence,
    /// Time spent waiting since the last good picture.
    silent: Duration,
    restarts: u32,
    unplugged_at: Cell<Option<Instant>>,
}

/// How long a camera that was unplugged stays open. Linux (6.1 at least) crashes in the thread that closes one while its
/// driver is still letting go of it: a null pointer in `__media_device_unregister_entity`. That takes milliseconds; chosen
/// with room for a busy computer, and short beside what plugging a camera in again takes.
const LETTING_GO: Duration = Duration::from_millis(500);

/// What is closed is closed after this, however often the thread is woken meanwhile.
impl Drop for V4l2Camera {
    fn drop(&mut self) {
        if let Some(at) = self.unplugged_at.get() {
            wait_until(at + LETTING_GO);
        }
    }
}

fn wait_until(deadline: Instant) {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::park_timeout(left);
    }
}

/// The `v4l` crate's stream, whose own way to stop panics, and in panicking would stop once more.
struct Stream(ManuallyDrop<MmapStream<'static>>);

impl Stream {
    /// Maps the buffers and starts the camera. All but one buffer are queued, as `next` expects of a running stream, so
    /// that waiting for the first picture has a deadline too.
    fn start(node: &Node) -> io::Result<Self> {
        let stream =
            guarded(|| MmapStream::with_buffers(node.device(), Type::VideoCapture, BUFFERS))?;
        let mut stream = Self(ManuallyDrop::new(stream));
        guarded(|| {
            for index in 1.. {
                // The driver may have made more or fewer buffers than asked for; past the last one it refuses.
                if CaptureStream::queue(&mut *stream.0, index).is_err() {
                    break;
                }
            }
            stream.0.start()
        })?;
        Ok(stream)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        const ENODEV: i32 = 19;
        match guarded(|| self.0.stop()) {
            Err(e) if e.raw_os_error() != Some(ENODEV) => {
                // Dropping it would fail in the same way and panic. Its buffers stay mapped until the program ends.
                tracing::warn!(error = %e, "a camera could not be stopped");
            }
            _ => {
                let released = guarded(|| {
                    // SAFETY: this runs once, in `drop`, after which nothing can reach the stream.
                    unsafe { ManuallyDrop::drop(&mut self.0) };
                    Ok(())
                });
                if let Err(error) = released {
                    tracing::warn!(%error, "a camera's buffers could not be given back");
                }
            }
        }
    }
}

impl V4l2Camera {
    /// Sets what was chosen and starts the camera.
    pub(super) fn start(
        node: Node,
        camera: &CameraInfo,
        choice: Choice,
        asked: CameraRequest,
        pool_frames: usize,
    ) -> Result<Self, CaptureError> {
        let failed = |e: io::Error| error_for(&e, &camera.name, &camera.path);
        let (format, encoding, size, rate) = node.set(&choice).map_err(failed)?;
        let unpacking = Unpacking::new(encoding, size, format.stride, format.colours)
            .map_err(|e| failed(io::Error::other(e)))?;
        let stream = Stream::start(&node).map_err(failed)?;
        Ok(Self {
            stream: Some(stream),
            node,
            name: camera.name.clone(),
            path: camera.path.clone(),
            unpacking,
            interval: rate
                .and_then(super::super::negotiate::Interval::rate)
                .map(|rate| Duration::from_secs_f64(1.0 / rate)),
            pool: FramePool::new(pool_frames + 1),
            waiting: None,
            camera: OpenCamera {
                id: camera.id.clone(),
                asked,
            },
            skipped: 0,
            damaged: 0,
            damaged_in_a_row: 0,
            sequence: Sequence::default(),
            silent: Duration::ZERO,
            restarts: 0,
            unplugged_at: Cell::new(None),
        })
    }

    /// Waits for a picture and keeps it for the next call.
    pub(super) fn await_first_picture(&mut self, within: Duration) -> Result<(), CaptureError> {
        match self.next_frame(within)? {
            Delivery::Frame(frame) => {
                self.waiting = Some(frame);
                Ok(())
            }
            Delivery::Nothing | Delivery::End => Err(CaptureError::Silent {
                camera: self.name.clone(),
                silent: within,
            }),
        }
    }

    fn failed(&self, error: &io::Error) -> CaptureError {
        let failure = error_for(error, &self.name, &self.path);
        if matches!(failure, CaptureError::Unplugged { .. }) && self.unplugged_at.get().is_none() {
            self.unplugged_at.set(Some(Instant::now()));
        }
        failure
    }

    /// Whether the driver has a picture, waiting until `deadline`.
    fn poll(&mut self, deadline: Instant) -> io::Result<bool> {
        let begun = Instant::now();
        let left = deadline.saturating_duration_since(begun);
        let millis = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // Not longer than until silence: a longer wait would keep the error back.
        let millis = millis.min(SILENCE.as_millis() as i32);
        let ready = match self.node.device().handle().poll(POLLIN, millis) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(0),
            other => other,
        }?;
        self.silent += begun.elapsed();
        Ok(ready > 0)
    }

    fn check_silence(&self) -> Result<(), CaptureError> {
        let limit = self
            .interval
            .map_or(SILENCE, |interval| SILENCE.max(interval * SILENT_INTERVALS));
        if self.silent < limit {
            return Ok(());
        }
        let camera = self.name.clone();
        Err(if self.damaged_in_a_row > 0 {
            CaptureError::Camera {
                camera,
                reason: format!(
                    "all of its last {} pictures were damaged",
                    self.damaged_in_a_row
                ),
            }
        } else {
            CaptureError::Silent {
                camera,
                silent: self.silent,
            }
        })
    }

    /// Takes the picture that the driver has; `None` where it cannot be used.
    fn take(&mut self) -> Result<Option<Frame>, CaptureError> {
        let (unpacking, pool) = (&mut self.unpacking, &mut self.pool);
        let (mut exhausted, mut number) = (false, None);
        let Some(stream) = self.stream.as_mut() else {
            return self
                .restart(&io::Error::other("it is stopped"))
                .map(|()| None);
        };
        let taken = guarded(|| {
            let (bytes, about) = CaptureStream::next(&mut *stream.0)?;
            let captured_at = Instant::now();
            number = Some(about.sequence);
            let used = &bytes[..bytes.len().min(about.bytesused as usize)];
            if about.flags.contains(Flags::ERROR) || !unpacking.fits(used) {
                return Ok(None);
            }
            let Ok(mut draft) = pool.draft(unpacking.layout()) else {
                exhausted = true;
                return Ok(None);
            };
            let unpacked = unpacking.unpack(used, draft.buffer_mut().bytes_mut());
            Ok(unpacked.is_ok().then(|| draft.finish(captured_at)))
        });
        if let Some(number) = number {
            self.skipped += self.sequence.missed_before(number);
        }
        match taken {
            Ok(Some(frame)) => {
                (self.silent, self.damaged_in_a_row, self.restarts) = (Duration::ZERO, 0, 0);
                Ok(Some(frame))
            }
            Ok(None) => {
                self.skipped += 1;
                if exhausted {
                    self.silent = Duration::ZERO;
                } else {
                    self.damaged += 1;
                    self.damaged_in_a_row += 1;
                }
                Ok(None)
            }
            Err(error) => self.restart(&error).map(|()| None),
        }
    }

    /// After an error the stream of the `v4l` crate has lost count of its buffers and must be made anew.
    fn restart(&mut self, error: &io::Error) -> Result<(), CaptureError> {
        let cause = self.failed(error);
        if matches!(cause, CaptureError::Unplugged { .. }) || self.restarts == RESTARTS {
            return Err(cause);
        }
        self.restarts += 1;
        tracing::warn!(camera = self.name, %error, "a camera's stream is begun anew");
        self.sequence = Sequence::default();
        // The old buffers must be given back before the driver makes new ones.
        self.stream = None;
        let stream = Stream::start(&self.node).map_err(|e| self.failed(&e))?;
        self.stream = Some(stream);
        Ok(())
    }
}

impl VideoSource for V4l2Camera {
    fn description(&self) -> &str {
        &self.name
    }

    fn format(&self) -> SourceFormat {
        let layout = self.unpacking.layout();
        SourceFormat {
            size: layout.size(),
            pixels: layout.format(),
            interval: self.interval,
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn damaged(&self) -> u64 {
        self.damaged
    }

    fn camera(&self) -> Option<&OpenCamera> {
        Some(&self.camera)
    }

    fn controls(&self) -> Option<Box<dyn CameraControls>> {
        Some(Box::new(V4l2Controls::at(self.path.clone())))
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        if let Some(frame) = self.waiting.take() {
            return Ok(Delivery::Frame(frame));
        }
        let deadline = deadline_after(timeout);
        loop {
            let is_ready = self.poll(deadline).map_err(|e| self.failed(&e))?;
            if is_ready && let Some(frame) = self.take()? {
                return Ok(Delivery::Frame(frame));
            }
            self.check_silence()?;
            if Instant::now() >= deadline {
                return Ok(Delivery::Nothing);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_unplugged_stays_open_for_its_time_even_when_woken() {
        let deadline = Instant::now() + Duration::from_millis(40);
        std::thread::current().unpark();
        wait_until(deadline);
        assert!(Instant::now() >= deadline);
        wait_until(deadline);
    }

    #[test]
    fn pictures_that_the_driver_had_no_buffer_for_are_counted() {
        let mut sequence = Sequence::default();
        let missed = [7, 8, 12, 12, 3, 4, u32::MAX, 0, 1, 500_000]
            .map(|number| sequence.missed_before(number));
        // Numbers that stand still, go back or leap tell nothing.
        assert_eq!(missed, [0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    }
}
