//! Video files, encoded by FFmpeg.

mod encoder;
mod encoding;
pub(crate) mod ffmpeg;
mod handover;
mod progress;
mod rate;
mod stream;
#[cfg(all(test, unix))]
mod tests;
mod words;

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use scrim_frame::{AlphaState, Composite, PixelFormat};
use tempfile::TempPath;

use crate::destination::{Destination, disk_full};
use crate::picture::nothing_came;
use crate::spec::file_name;
use crate::{SinkError, SinkFormat, Timing, VideoCodec, VideoSink, expect_rgba};
use encoder::{Encoder, EncoderFault};
use rate::FrameRate;
use stream::PictureStream;

/// How long FFmpeg may take before it counts as stuck.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// For one picture: chosen, not measured; long enough for a large picture on a busy computer.
    write: Duration,
    /// For completing the file, without any sign of work in between. An encoder holds back up to 60 pictures, and a
    /// large one can take a slow computer seconds.
    complete: Duration,
    /// Bytes a second, at least, at which a finished `.mp4` is written anew with its index in front.
    rewrite_speed: u64,
}

impl Limits {
    const USUAL: Self = Self {
        write: Duration::from_secs(10),
        complete: Duration::from_mins(1),
        // A slow memory card.
        rewrite_speed: 5_000_000,
    };
}

/// A video file, hidden until it is complete.
pub(crate) struct VideoFile {
    description: String,
    format: SinkFormat,
    limits: Limits,
    destination: Destination,
    stage: Stage,
}

enum Stage {
    // The encoder stands first, so that it has ended when the file is removed.
    Encoding {
        encoder: Encoder,
        temporary: TempPath,
        has_picture: bool,
    },
    Failed,
}

impl VideoFile {
    pub(crate) fn open(
        path: &Path,
        codec: VideoCodec,
        format: SinkFormat,
    ) -> Result<Self, SinkError> {
        let program = ffmpeg_sidecar::paths::ffmpeg_path();
        Self::open_with(&program, Limits::USUAL, path, codec, format)
    }

    fn open_with(
        program: &Path,
        limits: Limits,
        path: &Path,
        codec: VideoCodec,
        format: SinkFormat,
    ) -> Result<Self, SinkError> {
        check_container(path, codec)?;
        check_alpha(path, codec, format.alpha)?;
        let (Timing::Constant(distance) | Timing::Live(distance)) = format.timing;
        let rate = FrameRate::from_distance(distance).ok_or_else(|| SinkError::Mismatch {
            what: format!("pictures {distance:?} apart cannot be written to a video"),
        })?;
        let destination = Destination::new(path)?;
        ffmpeg::check(program, codec)?;
        let timing_option = ffmpeg::timing_option(program)?;
        let temporary = destination.temporary()?.into_temp_path();
        let stream = PictureStream::new(
            format.size,
            encoding::coded_size(codec, format.size),
            matches!(format.timing, Timing::Live(_)),
        );
        let arguments = encoding::arguments(codec, format, rate, timing_option, &temporary);
        let encoder = Encoder::start(program, &arguments, stream, distance)?;
        Ok(Self {
            description: file_name(path),
            format,
            limits,
            destination,
            stage: Stage::Encoding {
                encoder,
                temporary,
                has_picture: false,
            },
        })
    }

    fn explain(&self, fault: EncoderFault) -> SinkError {
        match fault {
            EncoderFault::Ended(words) if words.contains("No space left on device") => {
                disk_full(self.destination.named(), &format!("ffmpeg says: {words}"))
            }
            EncoderFault::Ended(words) => SinkError::Program {
                program: "ffmpeg",
                reason: format!("it failed: {words}"),
                try_this: "Try again; if it fails again, write another format, or pictures.".into(),
            },
            EncoderFault::Behind(limit) => SinkError::Program {
                program: "ffmpeg",
                reason: format!("it took no picture for {} s", limit.as_secs_f32()),
                try_this: "Close programs that keep the computer busy, or write a smaller picture."
                    .into(),
            },
            EncoderFault::Stuck(limit) => SinkError::Program {
                program: "ffmpeg",
                reason: format!("it did nothing for {} s", limit.as_secs_f32()),
                try_this:
                    "Try again; if it does nothing again, look whether the disk still answers."
                        .into(),
            },
        }
    }

    /// The composite must be what was announced: FFmpeg would take any other as shifted or coloured noise.
    fn check(&self, composite: &Composite) -> Result<(), SinkError> {
        expect_rgba(composite)?;
        let SinkFormat { size, alpha, .. } = self.format;
        if composite.size() != size {
            return Err(SinkError::Mismatch {
                what: format!(
                    "{}: a picture of {} came into a video of {size}",
                    self.description,
                    composite.size()
                ),
            });
        }
        if composite.alpha() == AlphaState::Straight && alpha == AlphaState::Opaque {
            return Err(SinkError::Mismatch {
                what: format!(
                    "{}: a picture with alpha came into a video without",
                    self.description
                ),
            });
        }
        Ok(())
    }

    #[cfg(all(test, unix))]
    fn process_id(&self) -> Option<u32> {
        match &self.stage {
            Stage::Encoding { encoder, .. } => Some(encoder.process_id()),
            Stage::Failed => None,
        }
    }
}

impl VideoSink for VideoFile {
    fn description(&self) -> &str {
        &self.description
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        crate::RGBA_ONLY
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        self.check(composite)?;
        let Stage::Encoding {
            encoder,
            has_picture,
            ..
        } = &mut self.stage
        else {
            return Err(already_failed());
        };
        match encoder.put(composite, self.limits.write) {
            Ok(()) => {
                *has_picture = true;
                Ok(())
            }
            Err(fault) => {
                // Frees the disk at once, rather than when somebody gets round to dropping the sink.
                self.stage = Stage::Failed;
                Err(self.explain(fault))
            }
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        let Stage::Encoding {
            mut encoder,
            temporary,
            has_picture,
        } = std::mem::replace(&mut self.stage, Stage::Failed)
        else {
            return Err(already_failed());
        };
        if !has_picture {
            return Err(nothing_came(self.destination.named()));
        }
        let written = std::fs::metadata(&temporary).map_or(0, |found| found.len());
        let limit = self.limits.complete + Duration::from_secs(written / self.limits.rewrite_speed);
        encoder
            .complete(limit, &temporary)
            .map_err(|fault| self.explain(fault))?;
        drop(encoder);
        File::open(&temporary)
            .and_then(|file| file.sync_all())
            .map_err(|error| self.destination.error(&error))?;
        self.destination.publish(temporary)
    }
}

fn already_failed() -> SinkError {
    SinkError::Program {
        program: "ffmpeg",
        reason: "it failed before".into(),
        try_this: "Start the recording again.".into(),
    }
}

fn check_container(path: &Path, codec: VideoCodec) -> Result<(), SinkError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if VideoCodec::from_extension(extension) == Some(codec) {
        return Ok(());
    }
    let wanted = codec.extensions().join(" or .");
    Err(SinkError::File {
        path: path.into(),
        reason: format!("{} goes into .{wanted}", codec.name()),
        try_this: format!("Name a file that ends in .{wanted}."),
    })
}

fn check_alpha(path: &Path, codec: VideoCodec, alpha: AlphaState) -> Result<(), SinkError> {
    if alpha == AlphaState::Opaque || codec.carries_alpha() {
        return Ok(());
    }
    let carriers: Vec<_> = VideoCodec::ALL
        .into_iter()
        .filter(|codec| codec.carries_alpha())
        .map(|codec| format!(".{} ({})", codec.extensions()[0], codec.name()))
        .collect();
    Err(SinkError::File {
        path: path.into(),
        reason: format!("{} cannot be transparent", codec.name()),
        try_this: format!(
            "Write {} or .png, which can, or choose a background.",
            carriers.join(", ")
        ),
    })
}
