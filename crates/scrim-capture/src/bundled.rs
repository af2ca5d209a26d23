//! Pictures that come with the program.

use std::path::Path;

use crate::CaptureError;

/// A background inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundledPicture {
    /// The word after `bundled:`.
    pub name: &'static str,
    /// Its name, for people.
    pub title: &'static str,
    /// The file: a JPEG, 1920×1080.
    pub bytes: &'static [u8],
}

/// What stands before a bundled picture's name where a path is expected.
const PREFIX: &str = "bundled:";

macro_rules! background {
    ($name:literal, $title:literal) => {
        BundledPicture {
            name: $name,
            title: $title,
            bytes: include_bytes!(concat!("../../../assets/backgrounds/", $name, ".jpg")),
        }
    };
}

/// The backgrounds, the one for a first run first.
pub const BACKGROUNDS: &[BundledPicture] = &[
    background!("studio", "Studio"),
    background!("office", "Office"),
    background!("dusk", "Dusk"),
    background!("scrim", "Scrim"),
];

/// The bundled picture that a path names, if it names one; a file of such a name is written with `./` before it.
///
/// # Errors
/// The path begins with `bundled:`, but nothing of that name is in the program.
pub(crate) fn named(path: &Path) -> Result<Option<&'static BundledPicture>, CaptureError> {
    let Some(name) = path.to_str().and_then(|path| path.strip_prefix(PREFIX)) else {
        return Ok(None);
    };
    let found = BACKGROUNDS.iter().find(|picture| picture.name == name);
    found.map(Some).ok_or_else(|| {
        let names: Vec<_> = BACKGROUNDS
            .iter()
            .map(|picture| format!("{PREFIX}{}", picture.name))
            .collect();
        CaptureError::File {
            path: path.to_owned(),
            reason: "no picture of this name comes with the program".into(),
            try_this: format!(
                "Use {}, or the path of a picture or a video.",
                names.join(", ")
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_and_a_wrong_one_explained() {
        assert_eq!(
            named(Path::new("bundled:studio")).unwrap().unwrap().title,
            "Studio"
        );
        assert_eq!(named(Path::new("./bundled:studio")).unwrap(), None);
        let error = named(Path::new("bundled:beach")).unwrap_err();
        assert!(error.try_this().contains("bundled:studio"), "{error}");
    }

    #[test]
    fn every_background_can_be_shown() {
        for picture in BACKGROUNDS {
            let decoded = image::load_from_memory(picture.bytes).unwrap();
            assert_eq!(
                (decoded.width(), decoded.height()),
                (1920, 1080),
                "{}",
                picture.name
            );
        }
    }
}
