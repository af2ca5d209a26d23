//! The sink.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use scrim_frame::{Composite, PixelFormat, Size};

use super::fault::V4l2Error;
use super::node::{Given, Node, WriteFault};
use super::request::V4l2Request;
use super::standing::{approach, candidates, refused};
use super::system::System;
use super::usage::Usage;
use crate::camera::{CameraFormat, CameraPicture};
use crate::{SinkError, SinkFormat, Timing, VideoSink, expect_taken};

/// How long a device may leave a picture lying. Chosen: the module copies it and waits for nobody, so that any wait is a
/// fault; a busy computer has a second to get round to it.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// An open v4l2loopback device, with one size and format from the first picture to the last.
#[derive(Debug)]
pub(super) struct Loopback {
    description: String,
    path: PathBuf,
    system: System,
    picture: CameraPicture,
    usage: Usage,
    node: Node,
}

impl Loopback {
    pub(super) fn open(
        request: &V4l2Request,
        format: SinkFormat,
        system: &System,
    ) -> Result<Self, V4l2Error> {
        let named = request.device.as_deref();
        let mut first_error = None;
        for path in candidates(named, system)? {
            let opened = match approach(&path, system) {
                Err(V4l2Error::NotExclusive { .. }) if named.is_some() => {
                    tracing::warn!(path = %path.display(), "made without exclusive_caps=1: browsers do not list it");
                    Node::open(&path).map_err(|error| refused(&path, "to be opened", &error))
                }
                other => other,
            };
            match opened.and_then(|node| Self::start(node, &path, request, format, system)) {
                Ok(sink) => return Ok(sink),
                Err(error) => {
                    tracing::info!(%error, "a virtual camera was passed over");
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| system.why_none()))
    }

    fn start(
        node: Node,
        path: &Path,
        request: &V4l2Request,
        format: SinkFormat,
        system: &System,
    ) -> Result<Self, V4l2Error> {
        let size = request.size.unwrap_or(CameraFormat::rounded(format.size));
        let given = node
            .set_format(request.format, size)
            .map_err(|error| cannot_set(&error, path, system))?;
        let (layout, given_size) = agreed(given).ok_or_else(|| V4l2Error::Locked {
            path: path.into(),
            format: words(given),
            holders: others(system, path),
        })?;
        if (layout, given_size) != (request.format, size) {
            tracing::warn!(asked = %request.format, %size, kept = %layout, at = %given_size, "the device keeps its format");
        }
        let (Timing::Constant(interval) | Timing::Live(interval)) = format.timing;
        if let Err(error) = node.set_interval(interval) {
            tracing::debug!(%error, "the device takes no rate");
        }
        if let Err(error) = node.start_stream() {
            tracing::debug!(%error, "the device starts with the first picture");
        }
        let usage = Usage::of(&node, path, system);
        tracing::info!(path = %path.display(), format = %layout, size = %given_size, "virtual camera opened");
        Ok(Self {
            description: path.display().to_string(),
            path: path.into(),
            system: system.clone(),
            picture: CameraPicture::new(layout, given_size),
            usage,
            node,
        })
    }

    fn explain(&self, fault: WriteFault) -> V4l2Error {
        let path = self.path.clone();
        match fault {
            WriteFault::Stuck => V4l2Error::Stuck {
                path,
                limit: WRITE_LIMIT,
            },
            WriteFault::Refused(error) => match Errno::from_io_error(&error) {
                Some(Errno::BUSY) => V4l2Error::Busy {
                    holders: others(&self.system, &path),
                    path,
                },
                _ => refused(&path, "to take a picture", &error),
            },
        }
    }
}

impl VideoSink for Loopback {
    fn description(&self) -> &str {
        &self.description
    }

    fn is_device(&self) -> bool {
        true
    }

    fn is_watched(&self) -> bool {
        self.usage.is_watched(&self.node)
    }

    fn fixed_size(&self) -> Option<Size> {
        Some(self.picture.size())
    }

    fn accepted_formats(&self) -> &[PixelFormat] {
        self.picture.format().accepted()
    }

    fn write(&mut self, composite: &Composite) -> Result<(), SinkError> {
        expect_taken(self, composite)?;
        let written = self.node.write(self.picture.draw(composite), WRITE_LIMIT);
        written.map_err(|fault| self.explain(fault).into())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        Ok(())
    }
}

/// The format that a driver gave, where it can be written.
fn agreed(given: Given) -> Option<(CameraFormat, Size)> {
    let format = CameraFormat::from_fourcc(given.code)?;
    let size = Size::new(given.width, given.height).ok()?;
    let row_bytes = format.pixel_format().row_bytes(0, size.width());
    let is_packed = given.stride == 0 || given.stride as usize == row_bytes;
    (format.takes(size) && is_packed).then_some((format, size))
}

fn words(given: Given) -> String {
    let code = String::from_utf8_lossy(&given.code);
    format!("{} {}×{}", code.trim_end(), given.width, given.height)
}

fn cannot_set(error: &std::io::Error, path: &Path, system: &System) -> V4l2Error {
    match Errno::from_io_error(error) {
        Some(Errno::BUSY) => V4l2Error::Busy {
            path: path.into(),
            holders: others(system, path),
        },
        _ => refused(path, "its format", error),
    }
}

/// Who else has the node open.
fn others(system: &System, path: &Path) -> Vec<super::Holder> {
    let mut holders = system.holders(path);
    let me = std::process::id();
    holders.retain(|holder| holder.pid != me);
    holders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(code: [u8; 4], width: u32, height: u32, stride: u32) -> Given {
        Given {
            code,
            width,
            height,
            stride,
        }
    }

    #[test]
    fn the_format_that_a_device_keeps_is_taken_over_where_it_can_be_written() {
        let size = Size::new(640, 480).unwrap();
        for (code, stride, format) in [
            (*b"YUYV", 1280, CameraFormat::Yuyv),
            (*b"NV12", 640, CameraFormat::Nv12),
            (*b"YU12", 640, CameraFormat::I420),
            (*b"YUYV", 0, CameraFormat::Yuyv),
        ] {
            assert_eq!(agreed(given(code, 640, 480, stride)), Some((format, size)));
        }
        for refused in [
            given(*b"RGB3", 640, 480, 1920),
            given(*b"YUYV", 641, 480, 1282),
            given(*b"NV12", 640, 481, 640),
            given(*b"YUYV", 640, 480, 1344),
            given(*b"YUYV", 0, 0, 0),
        ] {
            assert_eq!(agreed(refused), None, "{refused:?}");
        }
        assert_eq!(words(given(*b"RGB3", 640, 480, 0)), "RGB3 640×480");
    }
}
