//! The bytes that an encoder reads: raw pictures, alone or each with its time.
//!
//! Pictures a constant distance apart go as they are. Pictures with times of their own are wrapped in Matroska
//! (RFC 9559), because raw video has no place for a time, and FFmpeg's own clock would stamp them when it gets round to
//! reading them.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use scrim_frame::{Composite, PixelFormat, Size};

/// Turns composites into what FFmpeg reads. Allocates only when made.
pub(crate) struct PictureStream {
    size: Size,
    /// Size after padding.
    coded: Size,
    /// A padded picture; empty when none is needed.
    padded: Vec<u8>,
    clock: Option<Clock>,
}

/// The times of a live recording, in milliseconds: the clock of `.mkv` and `.webm`, and finer than any camera is steady.
struct Clock {
    start: Option<Instant>,
    previous: u64,
}

impl Clock {
    /// Counted from the first one. Never twice the same: a player would drop one of the two.
    fn milliseconds(&mut self, at: Instant) -> u64 {
        let Some(start) = self.start else {
            self.start = Some(at);
            return 0;
        };
        let since = (at.saturating_duration_since(start) + Duration::from_micros(500)).as_millis();
        self.previous = (since as u64).max(self.previous + 1);
        self.previous
    }
}

impl PictureStream {
    /// `coded` is at least `size`; what is added on the right and below repeats the edge.
    pub(crate) fn new(size: Size, coded: Size, is_timed: bool) -> Self {
        Self {
            size,
            coded,
            padded: vec![0; coded.pixels() * 4],
            clock: is_timed.then_some(Clock {
                start: None,
                previous: 0,
            }),
        }
    }

    /// Writes what comes before the first picture.
    pub(crate) fn begin(&self, out: &mut impl Write, nominal: Duration) -> io::Result<()> {
        if self.clock.is_some() {
            out.write_all(&header(self.coded, nominal))?;
        }
        Ok(())
    }

    /// Writes one picture; its time is that of its capture.
    pub(crate) fn write(&mut self, out: &mut impl Write, composite: &Composite) -> io::Result<()> {
        if let Some(clock) = &mut self.clock {
            let time = clock.milliseconds(composite.captured_at());
            let payload = self.coded.pixels() * 4;
            out.write_all(&block_header(time, payload))?;
        }
        let plane = composite.plane(0);
        let row_bytes = PixelFormat::Rgba8.row_bytes(0, self.size.width());
        if self.coded == self.size && plane.stride == row_bytes {
            return out.write_all(plane.bytes);
        }
        let coded_bytes = PixelFormat::Rgba8.row_bytes(0, self.coded.width());
        let mut rows = plane.rows(row_bytes);
        let mut row = rows.next().unwrap_or_default();
        for target in self.padded.chunks_exact_mut(coded_bytes) {
            target[..row_bytes].copy_from_slice(row);
            let (inside, outside) = target.split_at_mut(row_bytes);
            for pixel in outside.as_chunks_mut::<4>().0 {
                pixel.copy_from_slice(&inside[row_bytes - 4..]);
            }
            row = rows.next().unwrap_or(row);
        }
        out.write_all(&self.padded)
    }
}

/// EBML header, and the start of a segment without end. Element identifiers are RFC 9559's.
fn header(size: Size, nominal: Duration) -> Vec<u8> {
    let ebml = master(
        &[0x1A, 0x45, 0xDF, 0xA3],
        &[
            unsigned(&[0x42, 0x86], 1),
            unsigned(&[0x42, 0xF7], 1),
            unsigned(&[0x42, 0xF2], 4),
            unsigned(&[0x42, 0xF3], 8),
            element(&[0x42, 0x82], b"matroska"),
            unsigned(&[0x42, 0x87], 4),
            unsigned(&[0x42, 0x85], 2),
        ],
    );
    let info = master(
        &[0x15, 0x49, 0xA9, 0x66],
        &[
            // Nanoseconds in one tick.
            unsigned(&[0x2A, 0xD7, 0xB1], 1_000_000),
            element(&[0x4D, 0x80], b"scrim"),
            element(&[0x57, 0x41], b"scrim"),
        ],
    );
    let video = master(
        &[0xE0],
        &[
            unsigned(&[0xB0], u64::from(size.width())),
            unsigned(&[0xBA], u64::from(size.height())),
            element(&[0x2E, 0xB5, 0x24], b"RGBA"),
        ],
    );
    let track = master(
        &[0xAE],
        &[
            unsigned(&[0xD7], 1),
            unsigned(&[0x73, 0xC5], 1),
            unsigned(&[0x83], 1),
            unsigned(&[0x9C], 0),
            element(&[0x86], b"V_UNCOMPRESSED"),
            unsigned(&[0x23, 0xE3, 0x83], nominal.as_nanos() as u64),
            video,
        ],
    );
    let mut out = ebml;
    out.extend([
        0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ]);
    out.extend(info);
    out.extend(master(&[0x16, 0x54, 0xAE, 0x6B], &[track]));
    out
}

/// A cluster with one block, up to the pixels.
fn block_header(time: u64, payload: usize) -> [u8; 35] {
    // Track 1, no time relative to the cluster's, keyframe.
    const BLOCK: [u8; 4] = [0x81, 0, 0, 0x80];
    let block_bytes = (BLOCK.len() + payload) as u64;
    // The time is 10 bytes with its identifier and length, the block 9 and its contents.
    let cluster_bytes = 10 + 9 + block_bytes;
    let mut out = [0; 35];
    out[..4].copy_from_slice(&[0x1F, 0x43, 0xB6, 0x75]);
    out[4..12].copy_from_slice(&length(cluster_bytes));
    out[12..14].copy_from_slice(&[0xE7, 0x88]);
    out[14..22].copy_from_slice(&time.to_be_bytes());
    out[22] = 0xA3;
    out[23..31].copy_from_slice(&length(block_bytes));
    out[31..].copy_from_slice(&BLOCK);
    out
}

/// A length in EBML's eight-byte form.
fn length(bytes: u64) -> [u8; 8] {
    (bytes | 1 << 56).to_be_bytes()
}

fn element(id: &[u8], contents: &[u8]) -> Vec<u8> {
    [id, &length(contents.len() as u64), contents].concat()
}

fn unsigned(id: &[u8], value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

fn master(id: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    element(id, &children.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_start_at_zero_and_always_increase() {
        let start = Instant::now();
        let mut clock = Clock {
            start: None,
            previous: 0,
        };
        let mut at = |micros| clock.milliseconds(start + Duration::from_micros(micros));
        assert_eq!(at(0), 0);
        assert_eq!(at(33_400), 33);
        assert_eq!(at(33_400), 34, "shown again");
        assert_eq!(at(10_000), 35, "out of order");
        assert_eq!(at(99_600), 100, "and back on time");
    }

    #[test]
    fn lengths_in_the_block_header_add_up() {
        let header = block_header(5, 100);
        assert_eq!(u64::from_be_bytes(length(123)) & 0xFF, 123);
        let cluster = header.len() - 12 + 100;
        assert_eq!(header[11] as usize, cluster);
        assert_eq!(header[30] as usize, 104);
    }
}
