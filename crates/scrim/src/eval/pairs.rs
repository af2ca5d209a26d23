//! Folders of pictures with a known matte.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader, RgbImage};

use super::{Alpha, unusable};
use crate::exit::Failure;

const ALPHA_SUFFIX: &str = ".alpha.png";
const PICTURE_SUFFIXES: [&str; 3] = ["png", "jpg", "jpeg"];
/// The subfolder that holds clips.
const CLIPS: &str = "clips";
/// What the set of the folder's own pictures is called.
const ROOT_SET: &str = "pictures";
/// What a PNG file begins with, up to the depth of its samples and their kind.
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const PNG_HEADER_BYTES: usize = 26;
const PNG_PALETTE: u8 = 3;

/// A set of pictures, or the frames of a clip.
#[derive(Debug)]
pub struct Group {
    /// The folder's name.
    pub name: String,
    /// In order of name.
    pub pairs: Vec<Pair>,
}

/// A picture's file and its truth's, not read yet.
#[derive(Debug)]
pub struct Pair {
    /// Unique in its folder.
    pub name: String,
    /// PNG or JPEG.
    pub picture: PathBuf,
    /// PNG.
    pub alpha: PathBuf,
}

impl Pair {
    /// The picture, encoded sRGB, and the true matte.
    ///
    /// # Errors
    /// A file cannot be read or is not of eight bits a sample, or the two have different sides.
    pub fn read(&self) -> Result<(RgbImage, Alpha), Failure> {
        let picture = decoded(&self.picture)?.into_rgb8();
        let truth = first_channel(decoded(&self.alpha)?);
        let (width, height) = picture.dimensions();
        let (have_width, have_height) = (truth.width(), truth.height());
        if (have_width, have_height) != (width as usize, height as usize) {
            return Err(unusable(
                format!("{} is no matte of its picture:", self.alpha.display()),
                format!("it is {have_width}×{have_height}, the picture {width}×{height}."),
                "Give both the same sides.",
            ));
        }
        Ok((picture, truth))
    }
}

/// The folder's own pictures, as one set, then each subfolder's; `clips` apart.
///
/// # Errors
/// The folder cannot be read, or a picture in it has no truth or a truth no picture.
pub fn sets_of(root: &Path) -> Result<Vec<Group>, Failure> {
    let mut found = vec![Group {
        name: ROOT_SET.into(),
        pairs: pairs_of(root)?,
    }];
    for (name, folder) in subfolders(root)? {
        if name != CLIPS {
            let pairs = pairs_of(&folder)?;
            found.push(Group { name, pairs });
        }
    }
    found.retain(|group| !group.pairs.is_empty());
    Ok(found)
}

/// The clips in `clips`.
///
/// # Errors
/// As for sets; or a clip has one frame.
pub fn clips_of(root: &Path) -> Result<Vec<Group>, Failure> {
    let folder = root.join(CLIPS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (name, folder) in subfolders(&folder)? {
        let pairs = pairs_of(&folder)?;
        match pairs.len() {
            0 => {}
            1 => {
                return Err(unusable(
                    format!("{} is no clip:", folder.display()),
                    "it has one frame.",
                    "A clip has at least two frames.",
                ));
            }
            _ => found.push(Group { name, pairs }),
        }
    }
    Ok(found)
}

/// The pairs directly in a folder; none where it holds no truth.
fn pairs_of(folder: &Path) -> Result<Vec<Pair>, Failure> {
    let (mut pictures, mut truths) = (BTreeMap::new(), BTreeMap::new());
    for (name, path) in entries(folder)? {
        if !path.is_file() {
            continue;
        }
        if let Some(stem) = name.strip_suffix(ALPHA_SUFFIX) {
            truths.insert(stem.to_owned(), path);
        } else if let Some((stem, suffix)) = name.rsplit_once('.')
            && PICTURE_SUFFIXES.contains(&suffix.to_lowercase().as_str())
            && let Some(other) = pictures.insert(stem.to_owned(), path)
        {
            return Err(unusable(
                format!("{} cannot be paired:", folder.join(&name).display()),
                format!("{} has the same name.", other.display()),
                "Keep one of the two.",
            ));
        }
    }
    if truths.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeSet<_> = pictures.keys().chain(truths.keys()).cloned().collect();
    let mut pairs = Vec::new();
    for name in names {
        let (picture, alpha) = match (pictures.remove(&name), truths.remove(&name)) {
            (Some(picture), Some(alpha)) => (picture, alpha),
            (picture, _) => {
                let missing = if picture.is_some() {
                    "truth"
                } else {
                    "picture"
                };
                return Err(unusable(
                    format!("{} is no folder of pairs:", folder.display()),
                    format!("{name} has no {missing}."),
                    format!("Put NAME.png and NAME{ALPHA_SUFFIX} side by side."),
                ));
            }
        };
        pairs.push(Pair {
            name,
            picture,
            alpha,
        });
    }
    Ok(pairs)
}

fn subfolders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut found = entries(folder)?;
    found.retain(|(_, path)| path.is_dir());
    Ok(found)
}

/// What lies in a folder, in order of name; names that begin with a dot are passed over.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let unreadable = |error: std::io::Error| {
        unusable(
            format!("{} cannot be judged on:", folder.display()),
            format!("{error}."),
            format!("Give a folder of NAME.png and NAME{ALPHA_SUFFIX}."),
        )
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn decoded(path: &Path) -> Result<DynamicImage, Failure> {
    let unreadable = |error: String| {
        unusable(
            format!("{} cannot be read:", path.display()),
            format!("{error}."),
            "Give a PNG or JPEG picture.",
        )
    };
    let depth = png_depth(path).map_err(|error| unreadable(error.to_string()))?;
    if let Some(bits) = depth.filter(|bits| *bits != 8) {
        return Err(unusable(
            format!("{} cannot be judged on:", path.display()),
            format!("it has {bits}-bit samples."),
            "Save it with eight bits a channel.",
        ));
    }
    ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| unreadable(error.to_string()))?
        .decode()
        .map_err(|error| unreadable(error.to_string()))
}

/// How many bits a PNG file's samples have, asked of the file itself: a decoded picture says it only of deeper ones.
/// None of other formats, and of palettes, whose colours always have eight.
fn png_depth(path: &Path) -> std::io::Result<Option<u8>> {
    let mut header = Vec::new();
    File::open(path)?
        .take(PNG_HEADER_BYTES as u64)
        .read_to_end(&mut header)?;
    Ok(match header[..] {
        [.., depth, kind]
            if header.len() == PNG_HEADER_BYTES
                && header.starts_with(PNG_SIGNATURE)
                && kind != PNG_PALETTE =>
        {
            Some(depth)
        }
        _ => None,
    })
}

/// Grey as it is; of colours the first, unweighted.
fn first_channel(picture: DynamicImage) -> Alpha {
    let width = picture.width() as usize;
    let codes = match picture {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        colours => colours.into_rgb8().pixels().map(|p| p.0[0]).collect(),
    };
    Alpha::new(width, codes.iter().map(|c| f64::from(*c) / 255.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_of_samples_is_that_of_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let depth_of = |header: &[u8], depth_and_kind: [u8; 2]| {
            fs::write(&path, [header, &depth_and_kind, b"more"].concat()).unwrap();
            png_depth(&path).unwrap()
        };
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20";
        assert_eq!(depth_of(png, [16, 0]), Some(16));
        assert_eq!(depth_of(png, [8, 2]), Some(8));
        assert_eq!(depth_of(png, [4, 3]), None, "colours of a palette");
        assert_eq!(depth_of(&png[1..], [16, 0]), None, "another format");
        assert_eq!(depth_of(b"", [16, 0]), None, "a short file");
    }
}
