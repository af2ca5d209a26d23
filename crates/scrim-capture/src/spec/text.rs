//! How a source is written on the command line and in the settings file, and how that is read.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use scrim_frame::Size;

use super::{CameraBackend, CameraRequest, Pace, Playback, SourceSpec, SourceSpecError};
use crate::schedule::MIN_RATE;

/// The pattern's size and rate where only the word `pattern` is given.
const PATTERN_SIDES: (u32, u32) = (1280, 720);
const PATTERN_RATE: f32 = 30.0;

/// Faster than any camera or screen; above it a number is a slip of the hand.
const MAX_RATE: f32 = 1000.0;

impl FromStr for SourceSpec {
    type Err = SourceSpecError;

    fn from_str(text: &str) -> Result<Self, SourceSpecError> {
        parse(text).map_err(|reason| SourceSpecError {
            text: text.to_owned(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<SourceSpec, String> {
    if text.is_empty() {
        return Err("it is empty; write camera, sample, pattern or a path".into());
    }
    for (word, backend) in [
        ("camera", CameraBackend::Native),
        ("nokhwa", CameraBackend::Nokhwa),
    ] {
        if let Some(rest) = after_word(text, word, &[':', '?']) {
            return parse_camera(rest, word, backend);
        }
    }
    if text == "sample" {
        return Ok(SourceSpec::Sample);
    }
    if let Some(rest) = after_word(text, "pattern", &[':']) {
        return parse_pattern(rest.strip_prefix(':'));
    }
    parse_file(text)
}

/// What follows `word`, where the text is that word alone or the word and one of `separators`.
fn after_word<'a>(text: &'a str, word: &str, separators: &[char]) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(separators)).then_some(rest)
}

fn parse_camera(rest: &str, word: &str, backend: CameraBackend) -> Result<SourceSpec, String> {
    let (name, wishes) = match rest.split_once('?') {
        Some((name, wishes)) => (name, Some(wishes)),
        None => (rest, None),
    };
    let id = match name.strip_prefix(':') {
        Some("") => {
            return Err(format!(
                "after \"{word}:\" comes which camera; \"{word}\" alone takes the first"
            ));
        }
        Some(id) => Some(unescape(id)?),
        None => None,
    };
    let mut request = CameraRequest::default();
    for wish in wishes.into_iter().flat_map(|wishes| wishes.split('&')) {
        match wish.split_once('=') {
            Some(("size", value)) => request.size = Some(parse_size(value)?),
            Some(("rate", value)) => request.rate = Some(parse_rate(value)?),
            _ => {
                return Err(format!(
                    "\"{wish}\" after the question mark; write size=1280x720 or rate=30"
                ));
            }
        }
    }
    Ok(SourceSpec::Camera {
        id,
        backend,
        request,
    })
}

fn parse_pattern(wish: Option<&str>) -> Result<SourceSpec, String> {
    let (size, rate) = match wish {
        None => (None, None),
        Some(wish) => match wish.split_once('@') {
            Some((size, rate)) => (Some(size), Some(rate)),
            None => (Some(wish), None),
        },
    };
    let size = match size {
        Some(text) => parse_size(text)?,
        None => Size::new(PATTERN_SIDES.0, PATTERN_SIDES.1).map_err(|e| e.to_string())?,
    };
    let rate = match rate {
        Some("inf") => f32::INFINITY,
        Some(text) => parse_rate(text)?,
        None => PATTERN_RATE,
    };
    Ok(SourceSpec::Pattern { size, rate })
}

fn parse_file(text: &str) -> Result<SourceSpec, String> {
    let (mut playback, mut pace) = (Playback::default(), Pace::default());
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("once:") {
        (playback, rest) = (Playback::Once, after);
    }
    if let Some(after) = rest.strip_prefix("unpaced:") {
        (pace, rest) = (Pace::Unpaced, after);
    }
    if rest.is_empty() {
        return Err("a path is missing at its end".into());
    }
    Ok(SourceSpec::File {
        path: PathBuf::from(rest),
        playback,
        pace,
    })
}

fn parse_size(text: &str) -> Result<Size, String> {
    let sides = text
        .split_once(['x', '×'])
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let (width, height) =
        sides.ok_or_else(|| format!("\"{text}\" is no size; write it like 1280x720"))?;
    Size::new(width, height).map_err(|e| e.to_string())
}

fn parse_rate(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(rate) if (MIN_RATE..=MAX_RATE).contains(&rate) => Ok(rate),
        _ => Err(format!(
            "\"{text}\" is no rate; write frames a second, at least {MIN_RATE} and at most {MAX_RATE}"
        )),
    }
}

fn unescape(id: &str) -> Result<String, String> {
    let mut parts = id.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (mark, rest) = if let Some(rest) = part.strip_prefix("25") {
            ('%', rest)
        } else if let Some(rest) = part.strip_prefix("3F") {
            ('?', rest)
        } else {
            return Err("a percent sign in a camera's id is written %25".into());
        };
        out.push(mark);
        out.push_str(rest);
    }
    Ok(out)
}

fn is_word(path: &str) -> bool {
    ["camera", "nokhwa"]
        .iter()
        .any(|word| after_word(path, word, &[':', '?']).is_some())
        || path == "sample"
        || after_word(path, "pattern", &[':']).is_some()
        || path.starts_with("once:")
        || path.starts_with("unpaced:")
}

impl fmt::Display for SourceSpec {
    /// The text that [`SourceSpec::from_str`] reads back (for a path that is not UTF-8, its nearest likeness).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Camera {
                id,
                backend,
                request,
            } => {
                f.write_str(match backend {
                    CameraBackend::Native => "camera",
                    CameraBackend::Nokhwa => "nokhwa",
                })?;
                if let Some(id) = id {
                    write!(f, ":{}", id.replace('%', "%25").replace('?', "%3F"))?;
                }
                let mut mark = '?';
                if let Some(size) = request.size {
                    write!(f, "{mark}size={}x{}", size.width(), size.height())?;
                    mark = '&';
                }
                if let Some(rate) = request.rate {
                    write!(f, "{mark}rate={rate}")?;
                }
                Ok(())
            }
            Self::Sample => f.write_str("sample"),
            Self::Pattern { size, rate } => {
                write!(f, "pattern:{}x{}@{rate}", size.width(), size.height())
            }
            Self::File {
                path,
                playback,
                pace,
            } => {
                let path = path.to_string_lossy();
                let (once, unpaced) = (*playback == Playback::Once, *pace == Pace::Unpaced);
                if once {
                    f.write_str("once:")?;
                }
                if unpaced {
                    f.write_str("unpaced:")?;
                }
                if is_word(&path) {
                    f.write_str("./")?;
                }
                f.write_str(&path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> SourceSpec {
        text.parse().unwrap()
    }

    #[test]
    fn the_documented_forms_are_read() {
        assert_eq!(
            read("camera"),
            SourceSpec::Camera {
                id: None,
                backend: CameraBackend::Native,
                request: CameraRequest::default(),
            }
        );
        assert_eq!(
            read("nokhwa:/dev/video2?size=1280x720&rate=12.5"),
            SourceSpec::Camera {
                id: Some("/dev/video2".into()),
                backend: CameraBackend::Nokhwa,
                request: CameraRequest {
                    size: Some(Size::new(1280, 720).unwrap()),
                    rate: Some(12.5),
                },
            }
        );
        assert_eq!(read("pattern"), read("pattern:1280x720@30"));
        assert!(
            matches!(read("pattern:64x48@inf"), SourceSpec::Pattern { rate, .. } if rate.is_infinite())
        );
        assert!(
            matches!(read("pattern:64x48@0.01"), SourceSpec::Pattern { rate, .. } if rate <= MIN_RATE)
        );
        assert_eq!(read("sample"), SourceSpec::Sample);
        for path in ["sample.mp4", "C:\\clip.mp4", "./camera", "patterns/x.png"] {
            assert!(
                matches!(read(path), SourceSpec::File { path: p, .. } if p.as_os_str() == path)
            );
        }
        assert!(matches!(
            read("once:unpaced:a.mkv"),
            SourceSpec::File {
                playback: Playback::Once,
                pace: Pace::Unpaced,
                ..
            }
        ));
    }

    #[test]
    fn slips_are_refused_with_what_would_be_right() {
        for (text, part) in [
            ("", "empty"),
            ("camera:", "alone takes the first"),
            ("camera?speed=3", "rate=30"),
            ("camera?size=12", "1280x720"),
            ("camera?rate=-1", "at least 0.01"),
            ("camera?rate=nan", "at least 0.01"),
            ("camera?rate=1e-30", "at least 0.01"),
            ("camera?rate=1001", "at most 1000"),
            ("camera:a%b", "%25"),
            ("pattern:0x5", "0×5"),
            ("pattern:640x480@0", "at least 0.01"),
            ("pattern:64x48@1e-30", "at least 0.01"),
            ("pattern:64x48@0.0099", "at least 0.01"),
            ("once:", "path is missing"),
        ] {
            let error = text.parse::<SourceSpec>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    fn sizes() -> impl Strategy<Value = Size> {
        (1..=Size::MAX_SIDE, 1..=Size::MAX_SIDE).prop_map(|(w, h)| Size::new(w, h).unwrap())
    }

    fn specs() -> impl Strategy<Value = SourceSpec> {
        let rates = || MIN_RATE..=MAX_RATE;
        prop_oneof![
            (
                prop::option::of("[ -~é]{1,20}"),
                any::<bool>(),
                prop::option::of(sizes()),
                prop::option::of(rates())
            )
                .prop_map(|(id, native, size, rate)| SourceSpec::Camera {
                    id,
                    backend: if native {
                        CameraBackend::Native
                    } else {
                        CameraBackend::Nokhwa
                    },
                    request: CameraRequest { size, rate },
                }),
            Just(SourceSpec::Sample),
            (sizes(), rates()).prop_map(|(size, rate)| SourceSpec::Pattern { size, rate }),
            ("[ -~é]{1,30}", any::<bool>(), any::<bool>())
                .prop_filter("written with ./", |(path, ..)| !is_word(path))
                .prop_map(|(path, once, unpaced)| SourceSpec::File {
                    path: path.into(),
                    playback: if once { Playback::Once } else { Playback::Loop },
                    pace: if unpaced {
                        Pace::Unpaced
                    } else {
                        Pace::RealTime
                    },
                }),
        ]
    }

    proptest! {
        #[test]
        fn every_source_survives_being_written_and_read(spec in specs()) {
            prop_assert_eq!(read(&spec.to_string()), spec);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<SourceSpec>();
        }
    }

    #[test]
    fn a_path_that_looks_like_a_word_is_written_with_its_folder() {
        let spec = SourceSpec::File {
            path: "camera".into(),
            playback: Playback::Loop,
            pace: Pace::RealTime,
        };
        assert_eq!(spec.to_string(), "./camera");
    }
}
