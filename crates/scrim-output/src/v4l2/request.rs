//! Which v4l2loopback device is meant, and what goes to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use scrim_frame::Size;

use crate::camera::{CameraFormat, parse_size};

/// A v4l2loopback device as an output.
///
/// As text: `v4l2` (the first device that can be used), `v4l2:/dev/video10`, and after a question mark
/// `format=yuyv`, `nv12` or `i420`, and `size=1280x720`, joined by `&`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct V4l2Request {
    /// The device's node; `None`: the first that can be used.
    pub device: Option<PathBuf>,
    /// The layout of its pictures.
    pub format: CameraFormat,
    /// Their size; `None`: that of the [`SinkFormat`](crate::SinkFormat), odd sides rounded up.
    pub size: Option<Size>,
}

impl V4l2Request {
    /// The word that such an output begins with.
    pub(crate) const WORD: &str = "v4l2";

    /// Whether a text is meant to name such an output, so that it is no file's name.
    pub(crate) fn is_meant_by(text: &str) -> bool {
        let rest = text.strip_prefix(Self::WORD);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '?']))
    }
}

impl FromStr for V4l2Request {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix(Self::WORD).unwrap_or(text);
        let (name, wishes) = match rest.split_once('?') {
            Some((name, wishes)) => (name, Some(wishes)),
            None => (rest, None),
        };
        let device = match name.strip_prefix(':') {
            Some(path) if path.starts_with('/') => Some(PathBuf::from(path)),
            Some(path) => {
                return Err(format!(
                    "\"{path}\" is no device; write v4l2:/dev/video10, or v4l2 alone for the first"
                ));
            }
            None => None,
        };
        let mut request = Self {
            device,
            ..Self::default()
        };
        for wish in wishes.into_iter().flat_map(|wishes| wishes.split('&')) {
            match wish.split_once('=') {
                Some(("format", value)) => request.format = value.parse()?,
                Some(("size", value)) => request.size = Some(parse_size(value)?),
                _ => {
                    return Err(format!(
                        "\"{wish}\" after the question mark; write format=nv12 or size=1280x720"
                    ));
                }
            }
        }
        Ok(request)
    }
}

impl fmt::Display for V4l2Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::WORD)?;
        if let Some(device) = &self.device {
            write!(f, ":{}", device.display())?;
        }
        let mut separator = '?';
        if self.format != CameraFormat::default() {
            write!(f, "{separator}format={}", self.format.keyword())?;
            separator = '&';
        }
        if let Some(size) = self.size {
            write!(f, "{separator}size={}x{}", size.width(), size.height())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_round_trips() {
        let size = Size::new(640, 480).ok();
        for (text, device, format, size) in [
            ("v4l2", None, CameraFormat::Yuyv, None),
            (
                "v4l2:/dev/video10",
                Some("/dev/video10"),
                CameraFormat::Yuyv,
                None,
            ),
            ("v4l2?format=nv12", None, CameraFormat::Nv12, None),
            (
                "v4l2:/dev/v4l/by-id/a?size=640x480",
                Some("/dev/v4l/by-id/a"),
                CameraFormat::Yuyv,
                size,
            ),
            (
                "v4l2:/dev/video0?format=i420&size=640x480",
                Some("/dev/video0"),
                CameraFormat::I420,
                size,
            ),
        ] {
            assert!(V4l2Request::is_meant_by(text));
            let request: V4l2Request = text.parse().unwrap();
            let device = device.map(PathBuf::from);
            assert_eq!(
                request,
                V4l2Request {
                    device,
                    format,
                    size
                }
            );
            assert_eq!(request.to_string(), text);
        }
    }

    #[test]
    fn files_of_a_similar_name_are_files() {
        for text in ["v4l2.mp4", "v4l", "v4l2x.png", "./v4l2:a.png", "V4L2"] {
            assert!(!V4l2Request::is_meant_by(text), "{text}");
        }
    }

    #[test]
    fn slips_are_named() {
        for (text, word) in [
            ("v4l2:", "/dev/video10"),
            ("v4l2:video10", "video10"),
            ("v4l2?format=mjpeg", "nv12"),
            ("v4l2?size=big", "1280x720"),
            ("v4l2?size=641x480", "odd"),
            ("v4l2?size=0x480", "0×480"),
            ("v4l2?rate=30", "rate=30"),
            ("v4l2?", "question mark"),
        ] {
            let error = text.parse::<V4l2Request>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
