//! JPEG pictures, as cameras send them and as the sample clip holds them.
//!
//! Decoded to RGBA: zune-jpeg gives either RGB or interleaved YUV without subsampling, so keeping planes would cost a
//! second pass over the picture and soften the chroma once more.

mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind};

use scrim_frame::Size;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

pub(crate) use tables::TableFiller;

/// Why bytes are no JPEG picture that can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JpegError {
    /// No JPEG at all, or it ends before its end marker.
    #[error("the JPEG picture is cut off or damaged")]
    Incomplete,
    /// Another size than all others of the same source.
    #[error("a JPEG picture of {got} where {expected} was expected")]
    WrongSize {
        /// The size that every frame must have.
        expected: Size,
        /// `width×height` of this one.
        got: String,
    },
    /// What the decoder said.
    #[error("the JPEG picture cannot be decoded: {0}")]
    Decoder(String),
}

/// The size of a JPEG picture, from its header.
pub(crate) fn size_of(bytes: &[u8]) -> Result<Size, JpegError> {
    let mut decoder = decoder(bytes);
    guarded(|| {
        decoder
            .decode_headers()
            .map_err(|e| JpegError::Decoder(e.to_string()))
    })?;
    let (width, height) = decoder.dimensions().ok_or(JpegError::Incomplete)?;
    Size::new(width as u32, height as u32).map_err(|e| JpegError::Decoder(e.to_string()))
}

/// Decodes a picture of exactly `size` to packed RGBA rows with alpha 255.
///
/// A picture without Huffman tables is an error; [`TableFiller`] completes it.
///
/// `out` must hold width × height × 4 bytes. What it holds after an error is undefined. The decoder itself takes a few
/// row buffers from the heap for each picture (measured in `tests/allocations.rs`); nothing else is allocated.
pub(crate) fn decode_rgba(bytes: &[u8], size: Size, out: &mut [u8]) -> Result<(), JpegError> {
    // The decoder fills what is missing with grey; half a picture is worse than none.
    picture_len(bytes).ok_or(JpegError::Incomplete)?;
    let mut decoder = decoder(bytes);
    guarded(|| {
        let failed = |e: zune_jpeg::errors::DecodeErrors| JpegError::Decoder(e.to_string());
        decoder.decode_headers().map_err(failed)?;
        let (width, height) = decoder.dimensions().ok_or(JpegError::Incomplete)?;
        if (width, height) != (size.width() as usize, size.height() as usize) {
            return Err(JpegError::WrongSize {
                expected: size,
                got: format!("{width}×{height}"),
            });
        }
        decoder.decode_into(out).map_err(failed)
    })
}

fn decoder(bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_max_width(Size::MAX_SIDE as usize)
        .set_max_height(Size::MAX_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

/// Turns a panic of the decoder into an error: bytes from a cable must never end the program.
fn guarded(decode: impl FnOnce() -> Result<(), JpegError>) -> Result<(), JpegError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(JpegError::Decoder("the decoder panicked".into())))
}

/// How many bytes the first picture in `bytes` takes, from its start marker to its end marker; `None` where either is
/// missing.
///
/// Walks the markers (ITU-T T.81, annex B), so that an end marker inside an embedded thumbnail does not count.
pub(crate) fn picture_len(bytes: &[u8]) -> Option<usize> {
    const START: u8 = 0xD8;
    const END: u8 = 0xD9;
    if bytes.get(..2)? != [0xFF, START] {
        return None;
    }
    let mut at = 2;
    loop {
        // Entropy-coded data has 0xFF only before 0x00 and the restart markers; more 0xFF may pad before a marker.
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xFF)?;
        match *bytes.get(at + 1)? {
            END => return Some(at + 2),
            0x00 | 0x01 | 0xD0..=START => at += 2,
            0xFF => at += 1,
            _ => {
                let length = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use image::ExtendedColorType;
    use image::codecs::jpeg::JpegEncoder;

    use super::*;

    /// A JPEG whose left half is red and whose right half is blue.
    pub(crate) fn two_halves(width: u32, height: u32) -> Vec<u8> {
        let mut rgb = Vec::new();
        for _ in 0..height {
            for x in 0..width {
                rgb.extend(if x < width / 2 {
                    [220, 20, 20]
                } else {
                    [20, 20, 220]
                });
            }
        }
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, 95)
            .encode(&rgb, width, height, ExtendedColorType::Rgb8)
            .unwrap();
        out
    }

    /// The same picture without its segments of Huffman tables.
    pub(crate) fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut out = jpeg[..2].to_vec();
        let mut at = 2;
        while jpeg[at + 1] != 0xDA {
            let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            if jpeg[at + 1] != 0xC4 {
                out.extend(&jpeg[at..end]);
            }
            at = end;
        }
        out.extend(&jpeg[at..]);
        out
    }

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    #[test]
    fn colours_and_sides_are_right_also_where_they_are_odd() {
        for (w, h) in [(64, 48), (33, 17), (1, 1)] {
            let jpeg = two_halves(w, h);
            assert_eq!(size_of(&jpeg).unwrap(), size(w, h));
            let mut out = vec![0; (w * h * 4) as usize];
            decode_rgba(&jpeg, size(w, h), &mut out).unwrap();
            let last = &out[out.len() - 4..];
            assert!(
                last[2] > 200 && last[0] < 50 && last[3] == 255,
                "{w}×{h} {last:?}"
            );
            if w > 1 {
                assert!(out[0] > 200 && out[2] < 50, "{w}×{h} {:?}", &out[..4]);
            }
        }
    }

    #[test]
    fn grey_pictures_become_rgba() {
        let mut jpeg = Vec::new();
        JpegEncoder::new(&mut jpeg)
            .encode(&[90; 16 * 16], 16, 16, ExtendedColorType::L8)
            .unwrap();
        let mut out = vec![0; 16 * 16 * 4];
        decode_rgba(&jpeg, size(16, 16), &mut out).unwrap();
        assert!(
            out.chunks(4)
                .all(|p| p[0].abs_diff(90) < 3 && p[0] == p[2] && p[3] == 255)
        );
    }

    #[test]
    fn a_cut_picture_is_an_error_at_every_length() {
        let jpeg = two_halves(64, 48);
        let mut out = vec![0; 64 * 48 * 4];
        for length in 0..jpeg.len() {
            let error = decode_rgba(&jpeg[..length], size(64, 48), &mut out).unwrap_err();
            assert_eq!(error, JpegError::Incomplete, "{length} bytes");
        }
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let jpeg = two_halves(64, 48);
        let mut out = vec![0; 64 * 48 * 4];
        for at in 0..jpeg.len() {
            for value in [0x00, 0xFF, jpeg[at] ^ 0x55] {
                let mut damaged = jpeg.clone();
                damaged[at] = value;
                let _ = decode_rgba(&damaged, size(64, 48), &mut out);
            }
        }
    }

    #[test]
    fn another_size_is_refused_with_both() {
        let mut out = vec![0; 64 * 48 * 4];
        let error = decode_rgba(&two_halves(32, 48), size(64, 48), &mut out).unwrap_err();
        assert!(error.to_string().contains("32×48") && error.to_string().contains("64×48"));
    }

    #[test]
    fn pictures_in_a_row_are_told_apart() {
        let (a, b) = (two_halves(64, 48), two_halves(16, 16));
        let both = [a.clone(), b.clone()].concat();
        assert_eq!(picture_len(&both), Some(a.len()));
        assert_eq!(picture_len(&both[a.len()..]), Some(b.len()));
        assert_eq!(picture_len(b"GIF89a"), None);
        assert_eq!(picture_len(&[]), None);
    }
}
