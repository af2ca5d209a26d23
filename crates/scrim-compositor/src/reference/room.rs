//! The blurred room.

use super::cells::{Cells, Gauss};

/// Tiles a side in the first of the two steps that average the whole room.
pub const MEAN_TILES: u32 = 16;

/// Standard deviation of the weakest and the strongest blur, as a part of the frame's shorter side. At 720 lines: 18
/// and 72 pixels. Print of 40 pixels is gone in the weakest (looked at), faces on the wall too.
const SIGMA: std::ops::RangeInclusive<f32> = 0.025..=0.1;

/// The Gaussian for a strength within 0..=1; anything else is brought within, and no number counts as 1.
#[must_use]
pub fn gauss_for_strength(cells: Cells, strength: f32) -> Gauss {
    let strength = if strength.is_nan() {
        1.0
    } else {
        strength.clamp(0.0, 1.0)
    };
    let short = cells.size.width().min(cells.size.height()) as f32;
    let part = SIGMA.start() + (SIGMA.end() - SIGMA.start()) * strength;
    // Pictures of a few pixels, which only tests have, get one cell at least.
    Gauss::new((short * part).max(1.0))
}
