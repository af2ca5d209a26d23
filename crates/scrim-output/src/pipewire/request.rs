//! What camera PipeWire is to offer.

use std::fmt;
use std::str::FromStr;

use scrim_frame::Size;

use crate::camera::parse_size;

/// A camera of PipeWire's as an output.
///
/// As text: `pipewire`, and after a question mark `size=1280x720` where another size is wanted. The layout is chosen by
/// those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PipeWireRequest {
    /// The size of its pictures; `None`: [`CAMERA_SIZE`](crate::CAMERA_SIZE).
    pub size: Option<Size>,
}

impl PipeWireRequest {
    /// The word that such an output begins with.
    pub(crate) const WORD: &str = "pipewire";

    /// Whether a text is meant to name such an output, so that it is no file's name.
    pub(crate) fn is_meant_by(text: &str) -> bool {
        let rest = text.strip_prefix(Self::WORD);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
    }
}

impl FromStr for PipeWireRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((_, wish)) = text.split_once('?') else {
            return Ok(Self::default());
        };
        match wish.split_once('=') {
            Some(("size", value)) => Ok(Self {
                size: Some(parse_size(value)?),
            }),
            _ => Err(format!(
                "\"{wish}\" after the question mark; write size=1280x720"
            )),
        }
    }
}

impl fmt::Display for PipeWireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::WORD)?;
        match self.size {
            Some(size) => write!(f, "?size={}x{}", size.width(), size.height()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_round_trips() {
        for (text, size) in [
            ("pipewire", None),
            ("pipewire?size=640x480", Size::new(640, 480).ok()),
        ] {
            assert!(PipeWireRequest::is_meant_by(text));
            let request: PipeWireRequest = text.parse().unwrap();
            assert_eq!(request, PipeWireRequest { size });
            assert_eq!(request.to_string(), text);
        }
    }

    #[test]
    fn files_of_a_similar_name_are_files() {
        for text in ["pipewire.mp4", "pipe", "pipewire:a.png", "PipeWire"] {
            assert!(!PipeWireRequest::is_meant_by(text), "{text}");
        }
    }

    #[test]
    fn slips_are_named() {
        for (text, word) in [
            ("pipewire?size=big", "1280x720"),
            ("pipewire?size=641x480", "odd"),
            ("pipewire?size=0x480", "0×480"),
            ("pipewire?format=nv12", "format=nv12"),
            ("pipewire?", "question mark"),
        ] {
            let error = text.parse::<PipeWireRequest>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
