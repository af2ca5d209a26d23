//! PNG files: one picture, or one for each composite.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use scrim_frame::{AlphaState, Composite, CompositeContent, PixelFormat};
use tempfile::NamedTempFile;

use crate::destination::Destination;
use crate::numbering::Numbering;
use crate::spec::file_name;
use crate::{SinkError, VideoSink, expect_rgba};

/// One picture: the first composite that is not a slate; later ones are ignored.
pub(crate) struct Picture {
    description: String,
    destination: Destination,
    /// Made when the sink is opened, so that a folder that takes no files is known before any work.
    temporary: Option<NamedTempFile>,
    is_filled: bool,
    buffers: Buffers,
}

impl Picture {
    pub(crate) fn open(path: &Path) -> Result<Self, SinkError> {
        let destination = Destination::new(path)?;
        let temporary = destination.temporary()?;
        Ok(Self {
            description: file_name(path),
            destination,
            temporary: Some(temporary),
            is_filled: false,
            buffers: Buffers::default(),
        })
    }
}

impl VideoSink for Picture {
    fn description(&self) -> &str {
        &self.description
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        crate::RGBA_ONLY
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        if self.is_filled || composite.content() == CompositeContent::Slate {
            return Ok(());
        }
        expect_rgba(composite)?;
        // After a failure there may be half a picture in the first one.
        let temporary = match self.temporary.take() {
            Some(temporary) => temporary,
            None => self.destination.temporary()?,
        };
        encode(
            composite,
            &mut self.buffers,
            temporary.as_file(),
            &self.destination,
        )?;
        temporary
            .as_file()
            .sync_all()
            .map_err(|error| self.destination.error(&error))?;
        self.temporary = Some(temporary);
        self.is_filled = true;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        match self.temporary {
            Some(temporary) if self.is_filled => {
                self.destination.publish(temporary.into_temp_path())
            }
            _ => Err(nothing_came(self.destination.named())),
        }
    }
}

/// What finishing without a single composite is called: the file that the user asked for does not exist.
pub(crate) fn nothing_came(path: &Path) -> SinkError {
    SinkError::File {
        path: path.into(),
        reason: "nothing was written, because no picture came before the end".into(),
        try_this: "Let it run until there is a picture to show.".into(),
    }
}

/// Pictures numbered from 1, each complete or absent. They are not forced to the disk one by one, which would take
/// longer than encoding them: a loss of power may leave the last ones empty.
pub(crate) struct PictureSequence {
    description: String,
    folder: PathBuf,
    numbering: Numbering,
    written: u64,
    buffers: Buffers,
}

impl PictureSequence {
    pub(crate) fn open(path: &Path) -> Result<Self, SinkError> {
        let name = file_name(path);
        let refuse = |reason: String| SinkError::File {
            path: path.into(),
            reason,
            try_this: "Put #### where the number of the picture goes.".into(),
        };
        let numbering = Numbering::find(&name)
            .map_err(refuse)?
            .ok_or_else(|| refuse("its name has no place for a number".into()))?;
        let sequence = Self {
            description: name,
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
            numbering,
            written: 0,
            buffers: Buffers::default(),
        };
        // A folder that takes no files is known before any work.
        sequence.destination(1)?.temporary()?;
        Ok(sequence)
    }

    fn destination(&self, number: u64) -> Result<Destination, SinkError> {
        Destination::new(&self.folder.join(self.numbering.name(number)))
    }
}

impl VideoSink for PictureSequence {
    fn description(&self) -> &str {
        &self.description
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        crate::RGBA_ONLY
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        expect_rgba(composite)?;
        let destination = self.destination(self.written + 1)?;
        let temporary = destination.temporary()?;
        encode(
            composite,
            &mut self.buffers,
            temporary.as_file(),
            &destination,
        )?;
        destination.publish(temporary.into_temp_path())?;
        self.written += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        if self.written == 0 {
            return Err(nothing_came(self.destination(1)?.named()));
        }
        Ok(())
    }
}

/// Kept from one picture to the next. The encoder allocates some memory of its own for each, which is small beside the
/// work of compressing; names and temporary files take some as well.
#[derive(Default)]
struct Buffers {
    /// Without what lies between rows, and without an alpha channel that says nothing.
    pixels: Vec<u8>,
    encoded: Vec<u8>,
}

/// Writes a PNG: RGBA where alpha says something, RGB where it does not.
fn encode(
    composite: &Composite,
    Buffers { pixels, encoded }: &mut Buffers,
    mut file: &File,
    destination: &Destination,
) -> Result<(), SinkError> {
    let width = composite.size().width();
    let plane = composite.plane(0);
    pixels.clear();
    let colour = match composite.alpha() {
        AlphaState::Straight => ExtendedColorType::Rgba8,
        AlphaState::Opaque => ExtendedColorType::Rgb8,
    };
    for row in plane.rows(composite.format().row_bytes(0, width)) {
        match composite.alpha() {
            AlphaState::Straight => pixels.extend_from_slice(row),
            AlphaState::Opaque => {
                pixels.extend(row.as_chunks::<4>().0.iter().copied().flat_map(rgb));
            }
        }
    }
    // Encoded in memory first: the encoder wraps the system's errors so that a full disk is no longer to be told.
    encoded.clear();
    // Speed before size: a sequence has to keep up with a camera.
    PngEncoder::new_with_quality(&mut *encoded, CompressionType::Fast, FilterType::Adaptive)
        .write_image(pixels, width, composite.size().height(), colour)
        .map_err(|error| destination.error(&io::Error::other(error)))?;
    file.write_all(encoded)
        .map_err(|error| destination.error(&error))
}

fn rgb(pixel: [u8; 4]) -> [u8; 3] {
    [pixel[0], pixel[1], pixel[2]]
}
