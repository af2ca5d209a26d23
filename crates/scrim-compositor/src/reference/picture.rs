//! Background pictures at the output's size.

use scrim_frame::Size;

use crate::Fit;

/// Where a picture lies behind the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Picture pixels for each output pixel, across and down.
    pub scale: [f32; 2],
    /// Where the output's top left corner lies in the picture, in picture pixels.
    pub origin: [f32; 2],
}

impl Placement {
    /// The placement that a fit asks for: centred, aspect kept; tiles start at the top left.
    #[must_use]
    pub fn new(picture: Size, output: Size, fit: Fit) -> Self {
        let picture = [picture.width() as f32, picture.height() as f32];
        let output = [output.width() as f32, output.height() as f32];
        let ratios = [picture[0] / output[0], picture[1] / output[1]];
        let scale = match fit {
            Fit::Fill => ratios[0].min(ratios[1]),
            Fit::Fit => ratios[0].max(ratios[1]),
            Fit::Tile => {
                return Self {
                    scale: [1.0; 2],
                    origin: [0.0; 2],
                };
            }
        };
        Self {
            scale: [scale; 2],
            origin: [0, 1].map(|i| (picture[i] - output[i] * scale) / 2.0),
        }
    }
}
