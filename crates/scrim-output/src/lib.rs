//! Where composites go: virtual cameras, pictures, picture sequences, video files, nothing.
//!
//! A sink accepts a [`Composite`] and nothing else; there is no way to give it a camera's picture.
//! Files appear under their final name only when they are complete.
//!
//! Until then they are hidden files in the same folder, named `.scrim-`, six letters or digits, and the extension of the
//! final name: `.scrim-x7Kq2P.mp4`. They are removed when writing fails or is given up. A program that is killed, or a
//! power cut, leaves them behind; nothing looks for them later, because another program may be writing them just now,
//! and they can be deleted by hand.

#[cfg_attr(
    not(any(target_os = "linux", test)),
    expect(dead_code, reason = "virtual cameras are Linux's only, so far")
)]
mod camera;
mod destination;
mod error;
mod null;
mod numbering;
mod picture;
mod pipewire;
mod spec;
mod v4l2;
mod video;
mod written;

use std::time::Duration;

use scrim_frame::{AlphaState, Composite, PixelFormat, Size};

pub use camera::{CAMERA_SIZE, CameraFormat};
pub use error::SinkError;
pub use pipewire::{PipeWireError, PipeWireReport, PipeWireRequest, pipewire_report};
pub use spec::{OutputSpec, OutputSpecError, VideoCodec};
pub use v4l2::{Holder, V4l2Device, V4l2Error, V4l2Report, V4l2Request, v4l2_report};

/// Somewhere that composites go, one at a time, in order.
pub trait VideoSink: Send {
    /// A name for people: the file's, or the device's.
    fn description(&self) -> &str;

    /// Whether it is a device (a virtual camera), which goes on with pictures of another size or transparency, whoever
    /// watches. A file holds pictures of one kind only.
    fn is_device(&self) -> bool {
        false
    }

    /// Whether somebody watches it now (a virtual camera): such a sink is given the slate while there is no person to show;
    /// a file is given nothing then.
    fn is_watched(&self) -> bool {
        false
    }

    /// The one size that a device shows for as long as it is open; composites of other sizes are fitted into it. `None`:
    /// that of the composites.
    fn fixed_size(&self) -> Option<Size> {
        None
    }

    /// The pixel formats that [`Self::write`] accepts, best first. A virtual camera may change its mind when those who
    /// watch do. Composites in YUV have to be of the [fixed size](Self::fixed_size).
    fn accepted_formats(&self) -> &[PixelFormat];

    /// Whether this composite can be written.
    fn takes(&self, composite: &Composite) -> bool {
        let format = composite.format();
        let has_any_size = format.yuv_encoding().is_none();
        self.accepted_formats().contains(&format)
            && (has_any_size || self.fixed_size() == Some(composite.size()))
    }

    /// Hands one composite over. Blocks until it is taken.
    ///
    /// # Errors
    /// It could not be written; nothing half-written is left under the final name.
    fn write(&mut self, composite: &Composite) -> Result<(), SinkError>;

    /// Whether it still takes what it would be given: a device that nobody watches is given nothing, and must not be taken
    /// for one that works.
    ///
    /// # Errors
    /// It does not, as [`Self::write`] would say.
    fn check(&self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Completes what was written. Dropping a sink without it discards unfinished files.
    ///
    /// # Errors
    /// It could not be completed.
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// When composites come to a sink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Timing {
    /// This long apart, however fast they are handed over: a clip being converted.
    Constant(Duration),
    /// As they happen: a live recording keeps the moments at which they came. The duration is the nominal distance.
    Live(Duration),
}

/// What a sink will be given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinkFormat {
    /// Size of every composite.
    pub size: Size,
    /// When they come.
    pub timing: Timing,
    /// What their alpha channel says.
    pub alpha: AlphaState,
}

/// What the sinks here accept: the compositor reads back RGBA, and both PNG and FFmpeg take it as it is.
const RGBA_ONLY: &[PixelFormat] = &[PixelFormat::Rgba8];

/// Opens a sink. Checks all that can be known before the first composite: the folder takes files, FFmpeg is there and
/// has the encoder, the file can hold the alpha channel. An existing file stays until the new one is complete.
///
/// Videos keep `format.timing`: [`Timing::Constant`] gives exactly that rate, one picture for each composite;
/// [`Timing::Live`] gives each picture the time of its [`Composite::captured_at`], counted from the first, in
/// milliseconds. H.264 has even sides only; a picture with odd ones gets one more column or row, which repeats the edge.
///
/// Blocks while FFmpeg is asked what it can do: tens of milliseconds. It is asked two questions,
/// and has ten seconds for each.
///
/// # Errors
/// It cannot be opened; the error says what to try.
pub fn open(spec: &OutputSpec, format: SinkFormat) -> Result<Box<dyn VideoSink>, SinkError> {
    Ok(match spec {
        OutputSpec::Null => Box::new(null::Null::default()),
        OutputSpec::Picture(path) => Box::new(picture::Picture::open(path)?),
        OutputSpec::PictureSequence(path) => Box::new(picture::PictureSequence::open(path)?),
        OutputSpec::Video { path, codec } => {
            Box::new(video::VideoFile::open(path, *codec, format)?)
        }
        OutputSpec::V4l2(request) => v4l2::open(request, format)?,
        OutputSpec::PipeWire(request) => pipewire::open(*request)?,
    })
}

fn expect_rgba(composite: &Composite) -> Result<(), SinkError> {
    match composite.format() {
        PixelFormat::Rgba8 => Ok(()),
        other => Err(SinkError::Mismatch {
            what: format!("a picture in {other} came where RGBA was announced"),
        }),
    }
}

/// For a virtual camera that shows pictures of this format and size.
#[cfg_attr(
    not(any(target_os = "linux", test)),
    expect(dead_code, reason = "virtual cameras are Linux's only, so far")
)]
fn expect_taken(sink: &dyn VideoSink, composite: &Composite) -> Result<(), SinkError> {
    if sink.takes(composite) {
        return Ok(());
    }
    let (format, size) = (composite.format(), composite.size());
    Err(SinkError::Mismatch {
        what: format!("a picture in {format} of {size} came, which was not announced"),
    })
}

#[cfg(test)]
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "the tests in here use a part")]
mod support;

/// What the FFmpeg that video files are written with says of itself. Blocks while it starts.
///
/// # Errors
/// It is missing, does not start, or does not answer.
pub fn ffmpeg_version() -> Result<String, SinkError> {
    video::ffmpeg::version(&ffmpeg_sidecar::paths::ffmpeg_path())
}
