//! The matte at the frame's resolution.

use scrim_frame::Size;

/// How closely alpha follows the frame's luma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guided {
    /// Matte samples to each side of a window's middle.
    pub radius: u32,
    /// Added to the variance of luma (0..=1) in a window: areas flatter than this get no slope.
    pub epsilon: f32,
    /// Luma is looked at on a grid of this many positions a side in each sample's area.
    pub taps: u32,
}

impl Guided {
    /// The parameters for a matte over a frame.
    #[must_use]
    pub fn for_sizes(matte: Size, frame: Size) -> Self {
        Self {
            radius: 2,
            epsilon: 1e-3,
            taps: (frame.width() / matte.width()).clamp(1, 4),
        }
    }
}
