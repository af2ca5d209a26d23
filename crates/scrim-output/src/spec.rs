//! How an output is named, on the command line and in the settings file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::numbering::Numbering;
use crate::{PipeWireRequest, V4l2Request};

/// What works, for every message that has to say so.
const WHAT_WORKS: &str = "use .png for a picture, a name such as frame_####.png or frame_%04d.png for numbered pictures, \
.mp4 or .mkv for H.264, .mov for ProRes 4444, .webm for VP9, v4l2 or pipewire for a virtual camera, or null for nothing";

/// The virtual cameras among it.
const CAMERAS: &str = "write v4l2, v4l2:/dev/video10 or pipewire";

/// How a video file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoCodec {
    /// H.264 in `.mp4` or `.mkv`: plays everywhere, no alpha.
    H264,
    /// Apple ProRes 4444 in `.mov`: with alpha, for editing.
    ProRes4444,
    /// VP9 in `.webm`: with alpha, small.
    Vp9,
}

impl VideoCodec {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::H264, Self::ProRes4444, Self::Vp9];

    /// The name users know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::ProRes4444 => "ProRes 4444",
            Self::Vp9 => "VP9",
        }
    }

    /// The extensions, in lower case and without the dot, of the files it goes into.
    #[must_use]
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["mp4", "mkv"],
            Self::ProRes4444 => &["mov"],
            Self::Vp9 => &["webm"],
        }
    }

    /// Whether the file can hold an alpha channel.
    #[must_use]
    pub const fn carries_alpha(self) -> bool {
        !matches!(self, Self::H264)
    }

    /// The one that files with this extension (any case, no dot) hold; `None`: no video.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|codec| codec.extensions().contains(&extension.as_str()))
    }
}

/// An output, by name.
///
/// As text: `null`; `v4l2` or `v4l2:/dev/video10`, a virtual camera (see [`V4l2Request`]); `pipewire`, another (see
/// [`PipeWireRequest`]); a path ending in `.png` (one picture), the same with a run of `#` or `%05d` for the number (a
/// sequence), or `.mp4`, `.mkv`, `.mov`, `.webm` (a video). The extension decides, in upper or lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputSpec {
    /// Composites are made and thrown away: for measuring.
    Null,
    /// One picture, the first composite that shows a person.
    Picture(PathBuf),
    /// One picture each, numbered from 1. The file name holds the number's place: two or more `#` (a single one is
    /// part of the name, as in `take #1.png`), or `%d`, `%05d`.
    PictureSequence(PathBuf),
    /// A video file.
    Video {
        /// Its path.
        path: PathBuf,
        /// How it is encoded.
        codec: VideoCodec,
    },
    /// A v4l2loopback device, which other programs list as a camera.
    V4l2(V4l2Request),
    /// A camera that PipeWire offers.
    PipeWire(PipeWireRequest),
}

impl OutputSpec {
    /// A virtual camera by name.
    ///
    /// # Errors
    /// The text names something else, or nothing.
    pub fn camera(text: &str) -> Result<Self, OutputSpecError> {
        let parsed = text.parse::<Self>();
        if let Ok(output) = &parsed
            && output.is_camera()
        {
            return parsed;
        }
        let is_meant = V4l2Request::is_meant_by(text) || PipeWireRequest::is_meant_by(text);
        match parsed {
            Err(error) if is_meant => Err(error),
            _ => Err(OutputSpecError {
                text: text.into(),
                reason: match meant_camera(text) {
                    Some(meant) => format!("it is no virtual camera; did you mean {meant}?"),
                    None => format!("it is no virtual camera; {CAMERAS}"),
                },
            }),
        }
    }

    /// The file that it writes, or the name that those of a sequence are made from.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Null | Self::V4l2(_) | Self::PipeWire(_) => None,
            Self::Picture(path) | Self::PictureSequence(path) | Self::Video { path, .. } => {
                Some(path)
            }
        }
    }

    /// Whether it is a device that other programs see as a camera: it stands open whatever happens to the source, and
    /// somebody watches it or nobody does.
    #[must_use]
    pub const fn is_camera(&self) -> bool {
        matches!(self, Self::V4l2(_) | Self::PipeWire(_))
    }
}

/// Why a text names no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" names no output: {reason}")]
pub struct OutputSpecError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl FromStr for OutputSpec {
    type Err = OutputSpecError;

    fn from_str(text: &str) -> Result<Self, OutputSpecError> {
        let refuse = |reason: String| OutputSpecError {
            text: text.into(),
            reason,
        };
        if text == "null" {
            return Ok(Self::Null);
        }
        if V4l2Request::is_meant_by(text) {
            return text.parse().map(Self::V4l2).map_err(refuse);
        }
        if PipeWireRequest::is_meant_by(text) {
            return text.parse().map(Self::PipeWire).map_err(refuse);
        }
        if text.is_empty() {
            return Err(refuse(format!("it is empty; {WHAT_WORKS}")));
        }
        if text.ends_with(['/', std::path::MAIN_SEPARATOR]) {
            return Err(refuse(format!("it names a folder; {WHAT_WORKS}")));
        }
        let path = PathBuf::from(text);
        let Some(extension) = path.extension().and_then(|e| e.to_str()) else {
            let hint = meant_camera(text)
                .map(|meant| format!("did you mean {meant}? Otherwise, "))
                .unwrap_or_default();
            return Err(refuse(format!(
                "it has no extension to tell what to write; {hint}{WHAT_WORKS}"
            )));
        };
        if extension.eq_ignore_ascii_case("png") {
            let numbered = Numbering::find(&file_name(&path)).map_err(refuse)?;
            return Ok(match numbered {
                Some(_) => Self::PictureSequence(path),
                None => Self::Picture(path),
            });
        }
        match VideoCodec::from_extension(extension) {
            Some(codec) => Ok(Self::Video { path, codec }),
            None => Err(refuse(format!(
                "\".{extension}\" is nothing that can be written; {WHAT_WORKS}"
            ))),
        }
    }
}

/// The virtual camera that a text with no extension probably means: there is a slip in its name or it has capitals, or a
/// device stands without the word before it.
fn meant_camera(text: &str) -> Option<OutputSpec> {
    if text.starts_with("/dev/video") || text.starts_with("/dev/v4l/") {
        return camera_named(&format!("{}:{text}", V4l2Request::WORD));
    }
    let (word, rest) = text.split_at(text.find([':', '?']).unwrap_or(text.len()));
    let word = word.to_lowercase();
    let known = [V4l2Request::WORD, PipeWireRequest::WORD];
    // One slip in four letters is one; two are another word.
    let meant = known
        .into_iter()
        .find(|known| strsim::damerau_levenshtein(&word, known) <= known.len() / 4)?;
    camera_named(&format!("{meant}{rest}")).or_else(|| camera_named(meant))
}

/// The virtual camera of exactly this name.
fn camera_named(text: &str) -> Option<OutputSpec> {
    if V4l2Request::is_meant_by(text) {
        return text.parse().map(OutputSpec::V4l2).ok();
    }
    let is_pipewire = PipeWireRequest::is_meant_by(text);
    let pipewire = is_pipewire.then(|| text.parse().map(OutputSpec::PipeWire));
    pipewire?.ok()
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

impl fmt::Display for OutputSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::V4l2(request) => request.fmt(f),
            Self::PipeWire(request) => request.fmt(f),
            Self::Picture(path) | Self::PictureSequence(path) | Self::Video { path, .. } => {
                path.display().fmt(f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_and_the_text_round_trips() {
        let video = |path: &str, codec| OutputSpec::Video {
            path: path.into(),
            codec,
        };
        let cases = [
            ("null", OutputSpec::Null),
            ("a.png", OutputSpec::Picture("a.png".into())),
            ("out/A.PNG", OutputSpec::Picture("out/A.PNG".into())),
            ("take #1.png", OutputSpec::Picture("take #1.png".into())),
            ("100%.png", OutputSpec::Picture("100%.png".into())),
            ("./null.png", OutputSpec::Picture("./null.png".into())),
            (
                "f_####.png",
                OutputSpec::PictureSequence("f_####.png".into()),
            ),
            (
                "d/f%05d.png",
                OutputSpec::PictureSequence("d/f%05d.png".into()),
            ),
            ("##/a.png", OutputSpec::Picture("##/a.png".into())),
            ("a b.mp4", video("a b.mp4", VideoCodec::H264)),
            ("a.MKV", video("a.MKV", VideoCodec::H264)),
            ("ä.mov", video("ä.mov", VideoCodec::ProRes4444)),
            ("a.b.webm", video("a.b.webm", VideoCodec::Vp9)),
            ("v4l2", OutputSpec::V4l2(V4l2Request::default())),
            ("v4l2.mp4", video("v4l2.mp4", VideoCodec::H264)),
            ("pipewire", OutputSpec::PipeWire(PipeWireRequest::default())),
            ("pipewire.mp4", video("pipewire.mp4", VideoCodec::H264)),
        ];
        for (text, spec) in cases {
            assert_eq!(text.parse::<OutputSpec>().unwrap(), spec, "{text}");
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_with_what_can() {
        for (text, word) in [
            ("", "empty"),
            ("out/", "folder"),
            ("out", "no extension"),
            (".png", "no extension"),
            ("..", "no extension"),
            ("a.jpg", "\".jpg\""),
            ("a.avi", "\".avi\""),
            ("a.png ", "\".png \""),
            ("v4l", "no extension"),
        ] {
            let error = text.parse::<OutputSpec>().unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
            for works in [
                ".png", "####", ".mp4", ".mkv", ".mov", ".webm", "v4l2", "pipewire", "null",
            ] {
                assert!(error.contains(works), "{text}: {error}");
            }
        }
        for (text, meant) in [
            ("v4l", "v4l2"),
            ("V4L2:/dev/video10", "v4l2:/dev/video10"),
            (
                "v4l:/dev/video10?format=nv12",
                "v4l2:/dev/video10?format=nv12",
            ),
            ("/dev/video10", "v4l2:/dev/video10"),
            ("pipwire", "pipewire"),
            ("PipeWire?size=640x480", "pipewire?size=640x480"),
            ("pipewire:talk", "pipewire"),
        ] {
            let error = text.parse::<OutputSpec>().unwrap_err().to_string();
            let hint = format!("did you mean {meant}?");
            assert!(error.contains(&hint), "{text}: {error}");
        }
        for text in ["out", "mp4", "/dev/null", "/dev/stdout", "v4lxx"] {
            let error = text.parse::<OutputSpec>().unwrap_err().to_string();
            assert!(!error.contains("did you mean"), "{text}: {error}");
        }
        let twice = "##_##.png".parse::<OutputSpec>().unwrap_err();
        assert!(twice.reason.contains("two places"), "{twice}");
        let camera = "v4l2:video10".parse::<OutputSpec>().unwrap_err();
        assert!(camera.reason.contains("/dev/video10"), "{camera}");
        let node = "pipewire?size=big".parse::<OutputSpec>().unwrap_err();
        assert!(node.reason.contains("1280x720"), "{node}");
        let huge = "%099d.png".parse::<OutputSpec>().unwrap_err();
        assert!(huge.reason.contains("digits"), "{huge}");
    }
}
