//! A temporal filter without delay: alpha is averaged over time, with a memory that each pixel's own colour switches off.
//!
//! Flicker is seen where the picture stands still, and a trail where it moves. `models/training` holds the same filter in
//! Python (`motion_gate.py`), where its numbers were chosen and its effect is measured (`scrim-training ofd`).

use std::time::{Duration, Instant};

use ndarray::ArrayView4;
use scrim_frame::Size;

/// Share of the held alpha where nothing changed: a wrong alpha halves every three frames.
const MEMORY: f32 = 0.8;
/// Differences of colour up to this, in codes of 255, are noise: that of 4 codes, averaged over 3×3 pixels, is 1.9 from
/// frame to frame.
const STILL: f32 = 2.0;
/// From this difference on, nothing is remembered.
const MOVED: f32 = 6.0;
/// The largest change in a window of 5×5 pixels counts: edges of what moves are open as well.
const REACH: usize = 2;
/// After a gap of this length the picture before says nothing of this one.
const LONGEST_GAP: Duration = Duration::from_secs(1);

/// The filter and what it holds. Allocates when the size changes and after a reset, and never else.
#[derive(Debug)]
pub(crate) struct MotionGate {
    /// Codes per unit of the tensor, for red, green and blue.
    codes: [f32; 3],
    held: Option<Held>,
    /// Colour of this frame, averaged over 3×3 pixels, in codes; three planes.
    colour: Vec<f32>,
    change: Vec<f32>,
    row: Vec<f32>,
}

#[derive(Debug)]
struct Held {
    size: Size,
    at: Instant,
    alpha: Vec<f32>,
    colour: Vec<f32>,
}

impl MotionGate {
    /// `codes`: how many codes of 255 one unit of the input tensor is, for each channel.
    pub(crate) fn new(codes: [f32; 3]) -> Self {
        Self {
            codes,
            held: None,
            colour: Vec::new(),
            change: Vec::new(),
            row: Vec::new(),
        }
    }

    /// Forgets: the next matte has none before it.
    pub(crate) fn reset(&mut self) {
        self.held = None;
    }

    /// Steadies `alpha` (row by row, `size`) in place; `input` is what the model saw, `[1, 3, height, width]`, of the frame
    /// captured `at`. Alpha that is not within 0 to 1 is left alone, and nothing is remembered.
    pub(crate) fn step(
        &mut self,
        alpha: &mut [f32],
        input: &ArrayView4<'_, f32>,
        size: Size,
        at: Instant,
    ) {
        if !alpha.iter().all(|value| (0.0..=1.0).contains(value)) {
            return self.reset();
        }
        self.average(input, size);
        let held = self.held.as_mut().filter(|held| {
            held.size == size && at.saturating_duration_since(held.at) <= LONGEST_GAP
        });
        let Some(held) = held else {
            return self.start(alpha, size, at);
        };
        held.at = at;
        changes(&mut self.change, &self.colour, &held.colour);
        widen(&mut self.change, size, &mut self.row);
        let pixels = size.pixels();
        let (red, rest) = held.colour.split_at_mut(pixels);
        let (green, blue) = rest.split_at_mut(pixels);
        for (index, change) in self.change.iter().enumerate() {
            let memory = MEMORY * ((MOVED - change) / (MOVED - STILL)).clamp(0.0, 1.0);
            let mix = |old: &mut f32, new: f32| *old = memory * *old + (1.0 - memory) * new;
            mix(&mut held.alpha[index], alpha[index]);
            // The colour is held along with alpha, so that slow motion adds up until it opens the gate.
            mix(&mut red[index], self.colour[index]);
            mix(&mut green[index], self.colour[pixels + index]);
            mix(&mut blue[index], self.colour[2 * pixels + index]);
        }
        alpha.copy_from_slice(&held.alpha);
    }

    fn start(&mut self, alpha: &[f32], size: Size, at: Instant) {
        let mut held = self.held.take().unwrap_or_else(|| Held {
            size,
            at,
            alpha: Vec::new(),
            colour: Vec::new(),
        });
        (held.size, held.at) = (size, at);
        held.alpha.clear();
        held.alpha.extend_from_slice(alpha);
        held.colour.clear();
        held.colour.extend_from_slice(&self.colour);
        self.held = Some(held);
    }

    /// Writes `colour`: means over 3×3 pixels, the nearest pixel standing in for those beyond the edges.
    fn average(&mut self, input: &ArrayView4<'_, f32>, size: Size) {
        let (width, height) = (size.width() as usize, size.height() as usize);
        self.colour.resize(3 * width * height, 0.0);
        self.change.resize(width * height, 0.0);
        self.row.resize(width, 0.0);
        for (channel, plane) in self.colour.chunks_exact_mut(width * height).enumerate() {
            let gain = self.codes[channel] / 9.0;
            for y in 0..height {
                let rows = [y.saturating_sub(1), y, (y + 1).min(height - 1)];
                self.row.fill(0.0);
                for source in rows {
                    let source = input.slice(ndarray::s![0, channel, source, ..]);
                    for (sum, value) in self.row.iter_mut().zip(source) {
                        *sum += value;
                    }
                }
                let out = &mut plane[y * width..(y + 1) * width];
                neighbours(&self.row, out, 1, |a, b| a + b);
                for value in out {
                    *value *= gain;
                }
            }
        }
    }
}

/// Joins each value of a row with those up to `reach` beside it, the outermost value standing in beyond the ends.
fn neighbours(row: &[f32], out: &mut [f32], reach: usize, join: impl Fn(f32, f32) -> f32) {
    let last = row.len() - 1;
    for (x, out) in out.iter_mut().enumerate() {
        let mut joined = row[x];
        for step in 1..=reach {
            joined = join(joined, row[x.saturating_sub(step)]);
            joined = join(joined, row[(x + step).min(last)]);
        }
        *out = joined;
    }
}

/// The largest of the three channels' differences, for each pixel.
fn changes(change: &mut [f32], now: &[f32], before: &[f32]) {
    let pixels = change.len();
    change.fill(0.0);
    for channel in 0..3 {
        let planes = now[channel * pixels..]
            .iter()
            .zip(&before[channel * pixels..]);
        for (change, (now, before)) in change.iter_mut().zip(planes) {
            *change = change.max((now - before).abs());
        }
    }
}

/// The largest change within `REACH` pixels, in place.
fn widen(change: &mut [f32], size: Size, row: &mut [f32]) {
    let (width, height) = (size.width() as usize, size.height() as usize);
    for line in change.chunks_exact_mut(width) {
        row.copy_from_slice(line);
        neighbours(row, line, REACH, f32::max);
    }
    // Columns: a window of 2·REACH + 1 rows as one of REACH + 1 rows downwards, then one upwards, so that no second
    // picture is needed.
    for y in 0..height {
        for below in 1..=REACH.min(height - 1 - y) {
            let (upper, lower) = change.split_at_mut((y + below) * width);
            let upper = &mut upper[y * width..(y + 1) * width];
            for (here, there) in upper.iter_mut().zip(&lower[..width]) {
                *here = here.max(*there);
            }
        }
    }
    for y in (0..height).rev() {
        for above in 1..=REACH.min(y) {
            let (upper, lower) = change.split_at_mut(y * width);
            let upper = &upper[(y - above) * width..(y - above + 1) * width];
            for (here, there) in lower[..width].iter_mut().zip(upper) {
                *here = here.max(*there);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    const SIDE: usize = 12;

    fn size() -> Size {
        Size::new(SIDE as u32, SIDE as u32).unwrap()
    }

    /// A picture of one code, but for a square of another.
    fn picture(code: f32, square: Option<(usize, usize, f32)>) -> Array4<f32> {
        let mut picture = Array4::from_elem((1, 3, SIDE, SIDE), code / 127.5 - 1.0);
        if let Some((x, y, code)) = square {
            for c in 0..3 {
                picture[[0, c, y, x]] = code / 127.5 - 1.0;
            }
        }
        picture
    }

    fn gate() -> MotionGate {
        MotionGate::new([127.5; 3])
    }

    struct Clip(MotionGate, Instant);

    impl Clip {
        fn new() -> Self {
            Self(gate(), Instant::now())
        }

        fn step(&mut self, alpha: f32, picture: &Array4<f32>) -> Vec<f32> {
            let mut alpha = vec![alpha; SIDE * SIDE];
            self.1 += Duration::from_millis(33);
            self.0.step(&mut alpha, &picture.view(), size(), self.1);
            alpha
        }
    }

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn where_nothing_moves_alpha_is_averaged() {
        let mut clip = Clip::new();
        let still = picture(90.0, None);
        assert!(clip.step(1.0, &still).iter().all(|a| near(*a, 1.0)));
        // 0.8 · 1 + 0.2 · 0, then 0.8 · 0.8.
        assert!(clip.step(0.0, &still).iter().all(|a| near(*a, 0.8)));
        assert!(clip.step(0.0, &still).iter().all(|a| near(*a, 0.64)));
    }

    #[test]
    fn what_moves_is_not_remembered_and_its_surroundings_neither() {
        let mut clip = Clip::new();
        clip.step(1.0, &picture(90.0, None));
        // One pixel differs by 90 codes: its 3×3 means by 10, which is past the gate, as far as 1 + 2 pixels around.
        let alpha = clip.step(0.0, &picture(90.0, Some((5, 5, 180.0))));
        for y in 0..SIDE {
            for x in 0..SIDE {
                let is_open = x.abs_diff(5) <= 3 && y.abs_diff(5) <= 3;
                let wanted = if is_open { 0.0 } else { 0.8 };
                assert!(near(alpha[y * SIDE + x], wanted), "{x} {y}");
            }
        }
    }

    #[test]
    fn a_change_between_noise_and_motion_forgets_in_part() {
        let mut clip = Clip::new();
        clip.step(1.0, &picture(90.0, None));
        // 4 codes: halfway from 2 to 6, so half of 0.8 is remembered.
        assert!(
            clip.step(0.0, &picture(94.0, None))
                .iter()
                .all(|a| near(*a, 0.4))
        );
    }

    #[test]
    fn slow_motion_adds_up() {
        let mut clip = Clip::new();
        clip.step(1.0, &picture(60.0, None));
        let mut last = 1.0;
        for frame in 1..20 {
            // 1.5 codes a frame would pass for noise if it were held against the frame before.
            last = clip.step(0.0, &picture(60.0 + 1.5 * frame as f32, None))[0];
        }
        assert!(last < 1e-3, "{last}");
    }

    #[test]
    fn a_gap_another_size_and_a_reset_start_anew() {
        let still = picture(90.0, None);
        let mut clip = Clip::new();
        clip.step(1.0, &still);
        clip.1 += Duration::from_secs(2);
        assert!(near(clip.step(0.0, &still)[0], 0.0));
        clip.step(1.0, &still);
        clip.0.reset();
        assert!(near(clip.step(0.0, &still)[0], 0.0));
        let other = Array4::from_elem((1, 3, 4, 6), 0.0);
        let mut alpha = vec![1.0; 24];
        let size = Size::new(6, 4).unwrap();
        clip.0.step(&mut alpha, &other.view(), size, clip.1);
        assert!(alpha.iter().all(|a| near(*a, 1.0)));
    }

    #[test]
    fn nonsense_passes_through_and_is_forgotten() {
        let still = picture(90.0, None);
        let mut clip = Clip::new();
        clip.step(1.0, &still);
        assert!(clip.step(f32::NAN, &still)[0].is_nan());
        assert!(near(clip.step(0.25, &still)[0], 0.25), "NaN was not held");
    }
}
