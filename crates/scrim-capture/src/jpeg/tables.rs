//! Pictures without Huffman tables, as many cameras send them.
//!
//! A motion-JPEG camera may leave the tables out, for all its pictures mean the standard ones; a decoder needs them.

use super::picture_len;

/// The marker segment with the four tables of ITU-T T.81, annex K.3.
#[rustfmt::skip]
const STANDARD: [u8; 420] = [
    // "Define Huffman tables", and the length of what follows.
    0xFF, 0xC4, 0x01, 0xA2,
    // DC of luminance (K.3): how many codes there are of each length from 1 to 16, then the values in their order.
    0x00,
    0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    // DC of chrominance (K.4).
    0x01,
    0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    // AC of luminance (K.5).
    0x10,
    0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125,
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3,
    0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    // AC of chrominance (K.6).
    0x11,
    0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119,
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1,
    0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
    0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A,
    0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA,
    0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
    0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

/// Puts the standard tables into pictures that have none. Keeps its buffer from one picture to the next.
#[derive(Debug, Default)]
pub(crate) struct TableFiller {
    filled: Vec<u8>,
}

impl TableFiller {
    /// The picture with tables: `bytes` themselves where a table comes before the first scan, else a copy of the first
    /// picture in them with the standard ones. What is no whole picture is left as it is, for the decoder to refuse.
    pub(crate) fn fill<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (Some(scan), Some(length)) = (scan_without_tables(bytes), picture_len(bytes)) else {
            return bytes;
        };
        self.filled.clear();
        self.filled.reserve(length + STANDARD.len());
        self.filled.extend_from_slice(&bytes[..scan]);
        self.filled.extend_from_slice(&STANDARD);
        self.filled.extend_from_slice(&bytes[scan..length]);
        &self.filled
    }
}

/// Where the first scan begins, in a picture that has no table before it.
fn scan_without_tables(bytes: &[u8]) -> Option<usize> {
    const TABLES: u8 = 0xC4;
    const SCAN: u8 = 0xDA;
    if bytes.get(..2)? != [0xFF, 0xD8] {
        return None;
    }
    let mut at = 2;
    loop {
        match *bytes.get(at..at + 2)? {
            [0xFF, SCAN] => return Some(at),
            // More 0xFF may pad before a marker.
            [0xFF, 0xFF] => at += 1,
            [0xFF, marker] if marker != TABLES => {
                let length = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use scrim_frame::Size;

    use super::*;
    use crate::jpeg::decode_rgba;
    use crate::jpeg::tests::{two_halves, without_tables};

    fn pixels(jpeg: &[u8], size: Size) -> Vec<u8> {
        let mut out = vec![0; size.pixels() * 4];
        decode_rgba(jpeg, size, &mut out).unwrap();
        out
    }

    #[test]
    fn a_picture_without_tables_has_the_same_pixels() {
        let mut filler = TableFiller::default();
        for (w, h) in [(64, 48), (33, 17), (8, 8)] {
            let size = Size::new(w, h).unwrap();
            let whole = two_halves(w, h);
            let bare = without_tables(&whole);
            assert!(bare.len() < whole.len());
            let mut out = vec![0; size.pixels() * 4];
            assert!(
                decode_rgba(&bare, size, &mut out).is_err(),
                "the decoder alone needs the tables"
            );
            assert_eq!(pixels(filler.fill(&bare), size), pixels(&whole, size));
            // Buffers are larger than the picture, and what follows it is left over from others.
            let padded = [bare, vec![0xFF; 99]].concat();
            assert_eq!(pixels(filler.fill(&padded), size), pixels(&whole, size));
        }
    }

    #[test]
    fn the_tables_are_those_that_another_encoder_calls_standard() {
        let jpeg = two_halves(8, 8);
        let mut at = 4;
        for length in [29, 29, 179, 179] {
            let table = &STANDARD[at..at + length];
            assert!(jpeg.windows(length).any(|part| part == table), "{at}");
            at += length;
        }
        assert_eq!(at, STANDARD.len());
    }

    #[test]
    fn a_picture_with_tables_is_not_copied() {
        let jpeg = two_halves(64, 48);
        let mut filler = TableFiller::default();
        assert!(std::ptr::eq(filler.fill(&jpeg), jpeg.as_slice()));
        assert_eq!(filler.filled.capacity(), 0);
    }

    #[test]
    fn the_buffer_is_kept() {
        let bare = without_tables(&two_halves(64, 48));
        let mut filler = TableFiller::default();
        let first = filler.fill(&bare).as_ptr();
        for _ in 0..5 {
            assert_eq!(filler.fill(&bare).as_ptr(), first);
        }
    }

    #[test]
    fn what_is_no_whole_picture_is_left_alone() {
        let bare = without_tables(&two_halves(64, 48));
        let mut filler = TableFiller::default();
        for length in 0..bare.len() {
            assert_eq!(filler.fill(&bare[..length]).len(), length);
        }
        for at in 0..bare.len() {
            let mut damaged = bare.clone();
            damaged[at] ^= 0x55;
            let _ = filler.fill(&damaged);
        }
    }
}
