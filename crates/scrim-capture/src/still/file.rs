//! Picture files: told from clips by their first bytes, and decoded.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use scrim_frame::{PixelBuffer, PixelFormat, PixelLayout, Size};

use crate::limits::{MAX_PIXELS, checked_size};
use crate::{CaptureError, jpeg};

/// Bytes that the decoder may take: the largest picture at 16 bits a channel.
const MAX_DECODER_BYTES: u64 = MAX_PIXELS * 8;

/// The longest JPEG that is read: more than five bytes for each of the most pixels. Longer ones are something else that
/// begins alike, such as a motion-JPEG stream.
const MAX_JPEG_BYTES: u64 = 1 << 30;

/// Enough of a file to know every picture format by.
const MAGIC_BYTES: usize = 64;

/// Formats that this crate decodes itself; named in errors.
const READABLE: &str = "PNG, JPEG or WebP";

/// Whether a file is a still picture, by its first bytes.
///
/// A GIF is a clip; everything that is not known as a picture is left to ffmpeg.
///
/// # Errors
/// The file is missing, empty, unreadable, or a picture in a format that cannot be read.
pub(crate) fn is_still(path: &Path) -> Result<bool, CaptureError> {
    let failed = |e: std::io::Error| cannot_open(path, &e);
    let kind = std::fs::metadata(path).map_err(failed)?.file_type();
    if kind.is_dir() {
        return Err(refused(
            path,
            "this is a folder",
            "Name a picture or a video file.",
        ));
    }
    if !kind.is_file() {
        // Reading a device or a pipe might wait for ever.
        let try_this = format!("If it is a camera, write camera:{}.", path.display());
        return Err(refused(path, "this is a device, not a file", &try_this));
    }
    let mut start = [0; MAGIC_BYTES];
    let mut have = 0;
    let mut file = File::open(path).map_err(failed)?;
    while have < start.len() {
        match file.read(&mut start[have..]) {
            Ok(0) => break,
            Ok(more) => have += more,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(failed(e)),
        }
    }
    if have == 0 {
        return Err(refused(
            path,
            "the file is empty",
            "Get the file again, or choose another.",
        ));
    }
    match image::guess_format(&start[..have]) {
        Ok(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) => Ok(true),
        Ok(ImageFormat::Gif) | Err(_) => Ok(false),
        Ok(other) => Err(refused(
            path,
            &format!("{other:?} pictures cannot be read"),
            &format!("Save the picture as {READABLE}."),
        )),
    }
}

fn refused(path: &Path, reason: &str, try_this: &str) -> CaptureError {
    CaptureError::File {
        path: path.to_owned(),
        reason: reason.to_owned(),
        try_this: try_this.to_owned(),
    }
}

fn cannot_open(path: &Path, error: &std::io::Error) -> CaptureError {
    match error.kind() {
        ErrorKind::NotFound => refused(
            path,
            "there is no such file",
            "Check the path. Not files: the sources camera, camera:ID, sample, pattern; the backgrounds blur, color:, \
             gradient:, bundled:NAME, transparent.",
        ),
        ErrorKind::PermissionDenied => refused(
            path,
            "it may not be read by this user",
            "Change the file's permissions, or copy it to your own folder.",
        ),
        _ => refused(path, &error.to_string(), "Choose another file."),
    }
}

/// Reads the whole picture at `path`.
pub(super) fn read(path: &Path) -> Result<PixelBuffer, CaptureError> {
    let mut file = BufReader::new(File::open(path).map_err(|e| cannot_open(path, &e))?);
    check_complete(&mut file, path)?;
    decode(file, path)
}

/// Decodes a picture: upright as its EXIF orientation says, eight bits a channel, straight alpha. `path` is for errors.
pub(super) fn decode(file: impl BufRead + Seek, path: &Path) -> Result<PixelBuffer, CaptureError> {
    let damaged = |reason: &str| {
        refused(
            path,
            &format!("the picture cannot be read: {reason}"),
            "Get the file again, or save it anew from another program.",
        )
    };
    let reader = ImageReader::new(file)
        .with_guessed_format()
        .map_err(|e| cannot_open(path, &e))?;
    let mut decoder = reader.into_decoder().map_err(|e| damaged(&words(&e)))?;
    let size = check_size(path, decoder.dimensions())?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder
        .set_limits(limits)
        .map_err(|e| damaged(&words(&e)))?;
    let orientation = decoder.orientation().map_err(|e| damaged(&words(&e)))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| damaged(&words(&e)))?;
    picture.apply_orientation(orientation);
    let picture = picture.into_rgba8();
    let upright = check_size(path, picture.dimensions())?;
    debug_assert_eq!(upright.pixels(), size.pixels());
    let layout = PixelLayout::packed(PixelFormat::Rgba8, upright);
    PixelBuffer::new(layout, picture.into_raw()).map_err(|e| damaged(&e.to_string()))
}

/// Refuses a JPEG that ends too early: its decoder would fill the rest with grey and say nothing.
fn check_complete(file: &mut BufReader<File>, path: &Path) -> Result<(), CaptureError> {
    let failed = |e: std::io::Error| cannot_open(path, &e);
    let mut start = [0; 2];
    let is_jpeg = file.read_exact(&mut start).is_ok() && start == [0xFF, 0xD8];
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    if !is_jpeg {
        return Ok(());
    }
    let length = file.get_ref().metadata().map_err(failed)?.len();
    if length > MAX_JPEG_BYTES {
        return Err(refused(
            path,
            &format!(
                "the picture has {length} bytes, and {MAX_JPEG_BYTES} are the most for a JPEG"
            ),
            "If it is a video (motion JPEG), convert it to MP4 or Matroska; else save the picture smaller.",
        ));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    if jpeg::picture_len(&bytes).is_none() {
        return Err(refused(
            path,
            &format!(
                "the picture is cut off: its {} bytes have no end marker",
                bytes.len()
            ),
            "Get the file again: it was not copied or downloaded to its end.",
        ));
    }
    Ok(())
}

fn check_size(path: &Path, (width, height): (u32, u32)) -> Result<Size, CaptureError> {
    let try_this = "Make the picture smaller with another program.";
    checked_size(width, height).map_err(|reason| refused(path, &reason, try_this))
}

/// The innermost words of an error: image's own wrapping names the format twice.
fn words(error: &ImageError) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    source.to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use image::{ImageBuffer, Luma, Rgba, RgbaImage};
    use tempfile::TempDir;

    use super::*;
    use crate::jpeg::tests::two_halves;

    fn written(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn reason(result: Result<PixelBuffer, CaptureError>) -> String {
        match result {
            Err(CaptureError::File {
                reason, try_this, ..
            }) => {
                assert!(!try_this.is_empty());
                reason
            }
            Err(other) => panic!("another error: {other}"),
            Ok(_) => panic!("it was opened"),
        }
    }

    #[test]
    fn sixteen_bits_and_grey_become_eight_bit_rgba() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("deep.png");
        ImageBuffer::<Luma<u16>, _>::from_pixel(4, 4, Luma([0x8000]))
            .save(&path)
            .unwrap();
        let picture = read(&path).unwrap();
        assert_eq!(picture.layout().format(), PixelFormat::Rgba8);
        assert_eq!(picture.bytes()[..4], [128, 128, 128, 255]);
    }

    #[test]
    fn the_exif_orientation_is_applied() {
        // The smallest EXIF block: big-endian TIFF, one entry: Orientation = 6 (turn by 90 degrees clockwise).
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let plain = two_halves(16, 8);
        let mut turned = plain[..2].to_vec();
        turned.extend([0xFF, 0xE1]);
        turned.extend((exif.len() as u16 + 2).to_be_bytes());
        turned.extend(exif);
        turned.extend(&plain[2..]);
        let dir = TempDir::new().unwrap();
        let path = written(&dir, "turned.jpg", &turned);
        let picture = read(&path).unwrap();
        assert_eq!(picture.layout().size(), Size::new(8, 16).unwrap());
        let bytes = picture.bytes();
        assert!(bytes[0] > 150, "red, the left half, is above");
        assert!(bytes[bytes.len() - 2] > 150, "blue is below");
    }

    #[test]
    fn bad_files_are_refused_in_words() {
        let dir = TempDir::new().unwrap();
        assert!(reason(read(&dir.path().join("none.png"))).contains("no such file"));
        let error = is_still(&written(&dir, "empty.png", b"")).unwrap_err();
        assert!(error.to_string().contains("empty"), "{error}");
        assert!(
            is_still(dir.path())
                .unwrap_err()
                .to_string()
                .contains("folder")
        );
        let bmp = is_still(&written(&dir, "a.bmp", b"BM\0\0\0\0\0\0\0\0\0\0")).unwrap_err();
        assert!(bmp.try_this().contains("PNG"), "{bmp}");
        assert!(!is_still(&written(&dir, "t.png", b"just text, no picture")).unwrap());

        let jpeg = two_halves(64, 64);
        let cut = written(&dir, "cut.jpg", &jpeg[..jpeg.len() - 100]);
        assert!(is_still(&cut).unwrap());
        assert!(reason(read(&cut)).contains("cut off"));

        let png = dir.path().join("whole.png");
        RgbaImage::from_fn(64, 64, |x, y| Rgba([x as u8, y as u8, (x * y) as u8, 255]))
            .save(&png)
            .unwrap();
        let png = fs::read(png).unwrap();
        for length in [8, 20, 33, png.len() / 2, png.len() - 20] {
            let why = reason(read(&written(&dir, "cut.png", &png[..length])));
            assert!(why.contains("cannot be read"), "{length}: {why}");
        }
        let mut damaged = png;
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xFF;
        assert!(reason(read(&written(&dir, "bad.png", &damaged))).contains("cannot be read"));
    }

    #[test]
    fn a_huge_picture_is_refused_with_its_numbers_and_not_decoded() {
        let dir = TempDir::new().unwrap();
        for ((w, h), part) in [((20000, 100), "20000×100"), ((16000, 16000), "256 million")] {
            let path = written(&dir, "huge.png", &png_header(w, h));
            let why = reason(read(&path));
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn a_huge_file_that_begins_as_a_jpeg_is_refused_unread() {
        let dir = TempDir::new().unwrap();
        let path = written(&dir, "huge.jpg", &[0xFF, 0xD8, 0xFF, 0xE0]);
        // A hole, which takes no room on the disk.
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(MAX_JPEG_BYTES + 1).unwrap();
        let why = reason(read(&path));
        assert!(why.contains("1073741825 bytes"), "{why}");
    }

    /// A PNG that has nothing but its header, which states any size.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([8, 6, 0, 0, 0]);
        let crc = chunk.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
            })
        });
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        png.extend(&chunk);
        png.extend((!crc).to_be_bytes());
        png.extend(b"\0\0\0\x01IDAT");
        png
    }
}
