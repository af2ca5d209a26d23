//! How a background is named, on the command line and in the settings file.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use scrim_compositor::Rgb;

/// What is to be behind the person.
///
/// As text: `color:#00b140`, `gradient:#203040,#8090a0` (top, bottom), `blur` or `blur:0.6`, `transparent`, or the path
/// of a picture or a video. A path that looks like one of these words is written with `./` before it.
#[derive(Debug, Clone, PartialEq)]
pub enum BackgroundSpec {
    /// One colour.
    Color(Rgb),
    /// Top to bottom.
    Gradient(Rgb, Rgb),
    /// The room, blurred; strength 0..=1.
    Blur(f32),
    /// Nothing: for outputs that carry alpha.
    Transparent,
    /// A picture or a looping video.
    File(PathBuf),
}

impl BackgroundSpec {
    /// The strength that `blur` alone means: half way, where faces and text in the room can no longer be made out.
    pub const DEFAULT_BLUR: f32 = 0.5;
}

/// Why a text names no background.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" names no background: {reason}")]
pub struct BackgroundSpecError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

/// Whether a path written like this would be read as something else.
fn looks_like_a_word(text: &str) -> bool {
    matches!(text, "blur" | "transparent")
        || ["color:", "gradient:", "blur:"]
            .iter()
            .any(|word| text.starts_with(word))
}

fn rgb_from_str(text: &str) -> Result<Rgb, String> {
    let wrong = || {
        format!("\"{text}\" is not a colour; write #rgb or #rrggbb in hexadecimal, such as #00b140")
    };
    let digits = text.strip_prefix('#').ok_or_else(wrong)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let channel = |shift: u32, mask: u32| (value >> shift) & mask;
    match digits.len() {
        3 => {
            // One digit stands for itself twice, as in CSS.
            let [r, g, b] = [8, 4, 0].map(|shift| (channel(shift, 0xf) * 17) as u8);
            Ok(Rgb(r, g, b))
        }
        6 => {
            let [r, g, b] = [16, 8, 0].map(|shift| channel(shift, 0xff) as u8);
            Ok(Rgb(r, g, b))
        }
        _ => Err(wrong()),
    }
}

impl FromStr for BackgroundSpec {
    type Err = BackgroundSpecError;

    fn from_str(text: &str) -> Result<Self, BackgroundSpecError> {
        parse(text).map_err(|reason| BackgroundSpecError {
            text: text.into(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<BackgroundSpec, String> {
    if text.is_empty() {
        return Err(
            "write color:#rrggbb, gradient:#rrggbb,#rrggbb, blur, transparent, or the path of a picture or a video"
                .into(),
        );
    }
    if let Some(color) = text.strip_prefix("color:") {
        return rgb_from_str(color).map(BackgroundSpec::Color);
    }
    if let Some(colors) = text.strip_prefix("gradient:") {
        let (top, bottom) = colors
            .split_once(',')
            .ok_or("a gradient has two colours with a comma between, such as #203040,#8090a0")?;
        return Ok(BackgroundSpec::Gradient(
            rgb_from_str(top.trim())?,
            rgb_from_str(bottom.trim())?,
        ));
    }
    if let Some(strength) = text.strip_prefix("blur:") {
        return match strength.parse::<f32>() {
            Ok(strength) if (0.0..=1.0).contains(&strength) => Ok(BackgroundSpec::Blur(strength)),
            _ => Err(format!(
                "\"{strength}\" is not a strength of blur; write a number from 0 to 1, such as blur:0.6"
            )),
        };
    }
    Ok(match text {
        "blur" => BackgroundSpec::Blur(BackgroundSpec::DEFAULT_BLUR),
        "transparent" => BackgroundSpec::Transparent,
        path => BackgroundSpec::File(path.into()),
    })
}

struct Hex(Rgb);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rgb(r, g, b) = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl fmt::Display for BackgroundSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Color(color) => write!(f, "color:{}", Hex(*color)),
            Self::Gradient(top, bottom) => write!(f, "gradient:{},{}", Hex(*top), Hex(*bottom)),
            Self::Blur(strength) => write!(f, "blur:{strength}"),
            Self::Transparent => f.write_str("transparent"),
            Self::File(path) => {
                if path.to_str().is_some_and(looks_like_a_word) {
                    f.write_str("./")?;
                }
                write!(f, "{}", path.display())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_understood() {
        let cases = [
            ("color:#00b140", BackgroundSpec::Color(Rgb(0, 0xb1, 0x40))),
            ("color:#fA0", BackgroundSpec::Color(Rgb(255, 0xaa, 0))),
            (
                "gradient:#203040, #8090a0",
                BackgroundSpec::Gradient(Rgb(0x20, 0x30, 0x40), Rgb(0x80, 0x90, 0xa0)),
            ),
            ("blur", BackgroundSpec::Blur(BackgroundSpec::DEFAULT_BLUR)),
            ("blur:0.6", BackgroundSpec::Blur(0.6)),
            ("transparent", BackgroundSpec::Transparent),
            ("beach.jpg", BackgroundSpec::File("beach.jpg".into())),
            ("./blur", BackgroundSpec::File("./blur".into())),
        ];
        for (text, spec) in cases {
            assert_eq!(text.parse(), Ok(spec), "{text}");
        }
    }

    #[test]
    fn wrong_words_are_explained() {
        for (text, part) in [
            ("", "write color:"),
            ("color:green", "\"green\" is not a colour"),
            ("color:#12", "#rgb or #rrggbb"),
            ("color:#+12345", "#rgb or #rrggbb"),
            ("gradient:#123456", "two colours"),
            ("gradient:#123456,blue", "\"blue\" is not a colour"),
            ("blur:1.5", "from 0 to 1"),
            ("blur:NaN", "from 0 to 1"),
        ] {
            let error = text.parse::<BackgroundSpec>().unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    fn rgb() -> impl Strategy<Value = Rgb> {
        any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Rgb(r, g, b))
    }

    fn spec() -> impl Strategy<Value = BackgroundSpec> {
        prop_oneof![
            rgb().prop_map(BackgroundSpec::Color),
            (rgb(), rgb()).prop_map(|(top, bottom)| BackgroundSpec::Gradient(top, bottom)),
            (0.0f32..=1.0).prop_map(BackgroundSpec::Blur),
            Just(BackgroundSpec::Transparent),
            "[a-z/.: #é]{1,20}".prop_map(|path| BackgroundSpec::File(path.into())),
            Just(BackgroundSpec::File("blur".into())),
            Just(BackgroundSpec::File("color:#123".into())),
        ]
    }

    proptest! {
        #[test]
        fn text_and_back_is_the_same(spec in spec()) {
            let text = spec.to_string();
            let read: BackgroundSpec = text.parse().unwrap();
            // The path is the same file, perhaps written with `./`.
            if let (BackgroundSpec::File(was), BackgroundSpec::File(is)) = (&spec, &read) {
                let stripped = is.strip_prefix(".").unwrap_or(is);
                prop_assert_eq!(stripped, was.strip_prefix(".").unwrap_or(was));
            } else {
                prop_assert_eq!(&read, &spec);
            }
            prop_assert_eq!(read.to_string(), text, "writing it again changes nothing");
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = text.parse::<BackgroundSpec>();
        }
    }
}
