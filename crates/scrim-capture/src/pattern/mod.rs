//! A moving test pattern whose matte is known exactly.
//!
//! A soft-edged disc with hair-thin spokes travels over a checkerboard. In the top left corner stands the index of the
//! frame as black and white blocks; it belongs to the foreground, so that it survives a new background and tells, at
//! the far end, which frame came out. Everything is a function of the size and the index, the same on every machine.

mod code;
mod sprite;

use std::time::{Duration, Instant, SystemTime};

use scrim_frame::{FramePool, PixelFormat, PixelLayout, Size};

use crate::schedule::{MIN_RATE, Schedule, deadline_after};
use crate::{CaptureError, Delivery, SourceFormat, VideoSource};

pub use code::read_index;

use code::Code;
use sprite::Sprite;

/// The two colours of the checkerboard in RGB.
const LIGHT_SQUARE: [u8; 3] = [198, 204, 212];
const DARK_SQUARE: [u8; 3] = [58, 92, 70];

/// The alpha of every pixel of frame `index` at `size`: 0 background, 1 foreground, row by row from the top.
///
/// What [`crate::SourceSpec::Pattern`] shows is, in encoded values, `alpha × foreground + (1 − alpha) × checkerboard`,
/// rounded to eight bits.
pub fn known_alpha(index: u64, size: Size) -> Vec<f32> {
    let sprite = Sprite::new(size);
    let mut alpha = vec![0.0; size.pixels()];
    sprite.place(index, size, |at, _, value| alpha[at] = value);
    let code = Code::new(size);
    code.cells(index, |x, y, _| {
        for row in y..y + code.block {
            let start = (row * size.width() + x) as usize;
            alpha[start..start + code.block as usize].fill(1.0);
        }
    });
    alpha
}

fn mix(alpha: f32, over: u8, under: u8) -> u8 {
    (f32::from(over) * alpha + f32::from(under) * (1.0 - alpha)).round() as u8
}

/// The pattern as a source: RGBA, opaque.
pub(crate) struct Pattern {
    description: String,
    size: Size,
    interval: Option<Duration>,
    board: Vec<u8>,
    sprite: Sprite,
    code: Code,
    pool: FramePool,
    schedule: Schedule,
    next: u64,
    skipped: u64,
}

impl Pattern {
    /// `rate` in frames a second, where one below 0.01 counts as 0.01; infinite means as fast as it is asked for.
    pub(crate) fn new(size: Size, rate: f32, pool_frames: usize) -> Self {
        // A rate that is no number counts as the lowest too: `max` takes the other one.
        let rate = rate.max(MIN_RATE);
        let interval = rate
            .is_finite()
            .then(|| Duration::from_secs_f64(1.0 / f64::from(rate)));
        let square = (size.height() / 12).max(1);
        let board = (0..size.height())
            .flat_map(|y| (0..size.width()).map(move |x| (x, y)))
            .flat_map(|(x, y)| {
                let light = (x / square + y / square).is_multiple_of(2);
                let [r, g, b] = if light { LIGHT_SQUARE } else { DARK_SQUARE };
                [r, g, b, 255]
            })
            .collect();
        Self {
            description: format!("test pattern {size}"),
            size,
            interval,
            board,
            sprite: Sprite::new(size),
            code: Code::new(size),
            pool: FramePool::new(pool_frames + 1),
            schedule: Schedule::new(interval),
            next: 0,
            skipped: 0,
        }
    }

    /// Logs when frame 0 is due. With the index that stands in a frame, whoever sees it elsewhere can tell how long it
    /// was on its way.
    fn tell_start(&mut self) {
        let late = self.schedule.lateness(0, Instant::now());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        if let (Some(interval), Ok(now)) = (self.interval, now) {
            let start_ms = now.saturating_sub(late).as_secs_f64() * 1e3;
            let interval_ms = interval.as_secs_f64() * 1e3;
            tracing::debug!(start_ms, interval_ms, "the pattern starts");
        }
    }

    fn draw(&mut self, index: u64) -> Option<scrim_frame::Frame> {
        let size = self.size;
        let layout = PixelLayout::packed(PixelFormat::Rgba8, size);
        let mut draft = self.pool.draft(layout).ok()?;
        let pixels = draft.buffer_mut().bytes_mut();
        pixels.copy_from_slice(&self.board);
        let sprite = &self.sprite;
        sprite.place(index, size, |to, from, alpha| {
            if alpha > 0.0 {
                let pixel = &mut pixels[to * 4..to * 4 + 3];
                for (under, &over) in pixel.iter_mut().zip(&sprite.colours[from]) {
                    *under = mix(alpha, over, *under);
                }
            }
        });
        let block = self.code.block;
        self.code.cells(index, |x, y, one| {
            for row in y..y + block {
                let start = (row * size.width() + x) as usize * 4;
                for pixel in pixels[start..start + block as usize * 4].chunks_exact_mut(4) {
                    pixel[..3].fill(if one { 255 } else { 0 });
                }
            }
        });
        Some(draft.finish(Instant::now()))
    }
}

impl VideoSource for Pattern {
    fn description(&self) -> &str {
        &self.description
    }

    fn format(&self) -> SourceFormat {
        SourceFormat {
            size: self.size,
            pixels: PixelFormat::Rgba8,
            interval: self.interval,
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn next_frame(&mut self, timeout: Duration) -> Result<Delivery, CaptureError> {
        if !self.schedule.wait_for(self.next, deadline_after(timeout)) {
            return Ok(Delivery::Nothing);
        }
        if self.next == 0 {
            self.tell_start();
        }
        let index = self.schedule.newest_due(self.next, Instant::now());
        self.skipped += index - self.next;
        self.next = index + 1;
        let Some(frame) = self.draw(index) else {
            self.skipped += 1;
            return Ok(Delivery::Nothing);
        };
        Ok(Delivery::Frame(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::sprite::{HAIR, SKIN};
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    fn size(w: u32, h: u32) -> Size {
        Size::new(w, h).unwrap()
    }

    fn pixels(source: &mut Pattern) -> Vec<u8> {
        match source.next_frame(SOON).unwrap() {
            Delivery::Frame(frame) => frame.plane(0).bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    fn luma(pixels: &[u8], size: Size) -> impl Fn(u32, u32) -> u8 {
        move |x, y| pixels[((y * size.width() + x) * 4 + 1) as usize]
    }

    #[test]
    fn the_picture_is_the_disc_over_the_board_by_the_known_alpha() {
        for size in [size(320, 180), size(97, 61), size(40, 300)] {
            let mut source = Pattern::new(size, f32::INFINITY, 1);
            for index in 0..200 {
                let shown = pixels(&mut source);
                let alpha = known_alpha(index, size);
                if index % 37 != 0 {
                    continue;
                }
                let mut soft = 0;
                for (at, &alpha) in alpha.iter().enumerate() {
                    let (pixel, board) = (&shown[at * 4..at * 4 + 4], &source.board[at * 4..]);
                    assert_eq!(pixel[3], 255);
                    if alpha == 0.0 {
                        assert_eq!(pixel[..3], board[..3]);
                    } else if alpha < 1.0 {
                        soft += 1;
                        let fits = |over: [u8; 3]| {
                            (0..3).all(|c| pixel[c] == mix(alpha, over[c], board[c]))
                        };
                        assert!(fits(SKIN) || fits(HAIR), "{size} frame {index} pixel {at}");
                    }
                }
                assert!(soft > 20, "the edges are soft");
            }
        }
    }

    #[test]
    fn it_moves_and_is_the_same_every_time() {
        let size = size(320, 180);
        let mut a = Pattern::new(size, f32::INFINITY, 1);
        let mut b = Pattern::new(size, f32::INFINITY, 1);
        let first = pixels(&mut a);
        assert_eq!(first, pixels(&mut b));
        assert_ne!(known_alpha(0, size), known_alpha(5, size));
        assert_ne!(first, pixels(&mut a));
    }

    #[test]
    fn the_index_can_be_read_from_the_pixels() {
        for size in [size(1280, 720), size(64, 36), size(17, 9)] {
            let mut source = Pattern::new(size, f32::INFINITY, 1);
            source.next = 0x00AB_CDEF - 1;
            for index in [0x00AB_CDEE, 0x00AB_CDEF, 0x00AB_CDF0] {
                let shown = pixels(&mut source);
                assert_eq!(
                    read_index(size, size, luma(&shown, size)),
                    Some(index),
                    "{size}"
                );
            }
        }
        let full = size(1280, 720);
        let shown = pixels(&mut Pattern::new(full, f32::INFINITY, 1));
        let half = |x: u32, y: u32| luma(&shown, full)(x * 2, y * 2);
        assert_eq!(read_index(size(640, 360), full, half), Some(0));
        assert_eq!(read_index(full, full, |_, _| 255), None);
        assert_eq!(read_index(size(1, 1), size(1, 1), |_, _| 255), None);
    }

    #[test]
    fn every_size_can_be_drawn() {
        for (w, h) in [(1, 1), (2, 1), (1, 9), (3, 3), (16, 8), (101, 7)] {
            let size = size(w, h);
            let mut source = Pattern::new(size, f32::INFINITY, 1);
            assert_eq!(pixels(&mut source).len(), size.pixels() * 4);
            let alpha = known_alpha(70, size);
            assert!(alpha.iter().all(|a| (0.0..=1.0).contains(a)));
        }
    }

    #[test]
    fn every_rate_can_be_opened() {
        let interval = |rate| Pattern::new(size(8, 8), rate, 1).format().interval;
        let slowest = Duration::from_secs_f64(1.0 / f64::from(MIN_RATE));
        for rate in [
            1e-30,
            0.0,
            -5.0,
            f32::MIN_POSITIVE,
            f32::NAN,
            f32::NEG_INFINITY,
        ] {
            assert_eq!(interval(rate), Some(slowest), "{rate}");
        }
        assert_eq!(interval(f32::MAX), Some(Duration::ZERO));
        assert_eq!(interval(f32::INFINITY), None);
    }

    #[test]
    fn a_late_consumer_gets_the_newest_frame() {
        let size = size(64, 36);
        let mut source = Pattern::new(size, 0.5, 1);
        let read = |source: &mut Pattern| {
            let shown = pixels(source);
            read_index(size, size, luma(&shown, size)).unwrap()
        };
        assert_eq!(read(&mut source), 0);
        assert!(matches!(
            source.next_frame(Duration::ZERO).unwrap(),
            Delivery::Nothing
        ));
        // Time passes without a wait: the schedule is moved instead.
        source.schedule.start_again_at(1, Instant::now());
        assert_eq!(read(&mut source), 1);
        let earlier = Instant::now().checked_sub(Duration::from_secs(21)).unwrap();
        source.schedule.start_again_at(2, earlier);
        let late = read(&mut source);
        assert!(late >= 12, "{late}");
        assert_eq!(source.skipped() + 3, late + 1);
    }
}
