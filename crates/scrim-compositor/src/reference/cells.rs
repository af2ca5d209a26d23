//! Reduced pictures, in which one cell stands for a square of frame pixels.

use scrim_frame::Size;

/// Cells along the frame's shorter side, roughly: fine enough for the narrowest blur, coarse enough to be cheap.
const CELLS_ON_SHORT_SIDE: u32 = 90;

/// The grid of cells over a frame. The last column and row may reach beyond the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Pixels a side of a cell.
    pub cell_px: u32,
    /// In cells.
    pub size: Size,
}

impl Cells {
    /// The grid for a frame of this size.
    ///
    /// # Panics
    /// Never: a grid is no larger than its frame.
    #[must_use]
    pub fn of(frame: Size) -> Self {
        let short = frame.width().min(frame.height());
        let cell_px = (short / CELLS_ON_SHORT_SIDE).max(1);
        let size = Size::new(
            frame.width().div_ceil(cell_px),
            frame.height().div_ceil(cell_px),
        )
        .expect("no larger than the frame");
        Self { cell_px, size }
    }

    /// Every how many pixels, in both directions, a cell looks at the frame: about four times a side, which a Gaussian
    /// of more than one cell hides and which costs a quarter of looking at all of 720 lines.
    #[must_use]
    pub fn step_px(self) -> u32 {
        (self.cell_px / 4).max(1)
    }
}

/// A Gaussian over cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauss {
    /// Standard deviation, in cells.
    pub sigma: f32,
    /// How far it is followed, in cells: three deviations, beyond which lie 0.3 % of its area.
    pub radius: u32,
}

impl Gauss {
    /// A Gaussian followed to three deviations.
    #[must_use]
    pub fn new(sigma: f32) -> Self {
        Self {
            sigma,
            radius: (3.0 * sigma).ceil() as u32,
        }
    }

    /// The weight at a distance in cells.
    #[must_use]
    pub fn weight(self, distance: i32) -> f32 {
        let d = distance as f32 / self.sigma;
        (-0.5 * d * d).exp()
    }
}
