//! What moves over the checkerboard: a soft-edged disc with hair-thin spokes.

use scrim_frame::Size;

/// Colours in RGB: the disc and its spokes.
pub(super) const SKIN: [u8; 3] = [224, 172, 140];
pub(super) const HAIR: [u8; 3] = [48, 32, 26];

/// The disc's radius and that of the spokes' tips, as parts of the smaller side.
const DISC: f32 = 0.22;
const TIPS: f32 = 0.34;
const SPOKES: f32 = 24.0;

/// The disc with its spokes, made once and moved by whole pixels.
pub(super) struct Sprite {
    side: u32,
    alpha: Vec<f32>,
    pub(super) colours: Vec<[u8; 3]>,
}

impl Sprite {
    pub(super) fn new(size: Size) -> Self {
        let smaller = size.width().min(size.height()) as f32;
        let (disc, tips) = (smaller * DISC, smaller * TIPS);
        let side = (2.0 * tips).ceil() as u32 + 2;
        let centre = side as f32 / 2.0;
        let softness = (smaller * 0.01).max(1.0);
        let mut sprite = Self {
            side,
            alpha: Vec::with_capacity((side * side) as usize),
            colours: Vec::with_capacity((side * side) as usize),
        };
        for y in 0..side {
            for x in 0..side {
                let (dx, dy) = (x as f32 + 0.5 - centre, y as f32 + 0.5 - centre);
                let radius = dx.hypot(dy);
                let body = ((disc - radius) / softness + 0.5).clamp(0.0, 1.0);
                let hair = hair_alpha(dx, dy, radius, tips);
                sprite.alpha.push(body.max(hair));
                sprite.colours.push(if body >= hair { SKIN } else { HAIR });
            }
        }
        sprite
    }

    /// Top left corner at frame `index`: a bounce between the edges with periods that do not divide each other.
    fn corner(&self, index: u64, size: Size) -> (u32, u32) {
        let bounce = |room: u32, period: u64, phase: u64| {
            let half = period / 2;
            let at = (index + phase) % period;
            let up = if at < half { at } else { period - at };
            (u64::from(room) * up / half) as u32
        };
        (
            bounce(size.width().saturating_sub(self.side), 180, 25),
            bounce(size.height().saturating_sub(self.side), 140, 60),
        )
    }

    /// Calls with each covered pixel's place in the picture and in the sprite, and its alpha.
    pub(super) fn place(&self, index: u64, size: Size, mut each: impl FnMut(usize, usize, f32)) {
        let (left, top) = self.corner(index, size);
        let columns = self.side.min(size.width() - left);
        for y in 0..self.side.min(size.height() - top) {
            let from = (y * self.side) as usize;
            let to = ((top + y) * size.width() + left) as usize;
            for x in 0..columns as usize {
                each(to + x, from + x, self.alpha[from + x]);
            }
        }
    }
}

/// A spoke is two pixels wide where it leaves the disc and fades to its tip, half covering the pixels beside it.
fn hair_alpha(dx: f32, dy: f32, radius: f32, tips: f32) -> f32 {
    if radius >= tips || radius < 1.0 {
        return 0.0;
    }
    let turn = dy.atan2(dx) / std::f32::consts::TAU * SPOKES;
    let off_axis = (turn - turn.round()).abs() / SPOKES * std::f32::consts::TAU * radius;
    let fade = ((tips - radius) / (tips * 0.35)).clamp(0.0, 1.0);
    (1.5 - off_axis).clamp(0.0, 1.0) * fade
}
