//! Which size the model sees.

use scrim_frame::Size;

use crate::InputSize;

/// The most pixels that a model is given: a megapixel, twice what the largest preset asks for on a 16:9 frame. Past
/// it, one frame takes seconds on a CPU and gigabytes of activations.
pub(crate) const MAX_PIXELS: u32 = 1024 * 1024;

/// The most that the longer side may be, in shorter sides. Narrower pictures are squeezed to it; a person in a picture
/// ten times as wide as it is high is no case that any matting model was trained for.
const MAX_ASPECT: f64 = 4.0;

/// How a model's input size follows from a frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SizePolicy {
    /// What the user chose.
    pub(crate) wanted: InputSize,
    /// Sides are multiples of this.
    pub(crate) multiple: u32,
    /// Width and height that the model itself fixes.
    pub(crate) fixed: (Option<u32>, Option<u32>),
}

impl SizePolicy {
    /// The input size for a frame: the shorter side as chosen, the aspect kept as nearly as the multiple, the largest
    /// aspect and the largest area allow.
    pub(crate) fn input_size(&self, frame: Size) -> Size {
        let short = f64::from(self.wanted.short_side());
        let (width, height) = (f64::from(frame.width()), f64::from(frame.height()));
        let aspect = (width / height).clamp(1.0 / MAX_ASPECT, MAX_ASPECT);
        let (mut width, mut height) = if aspect >= 1.0 {
            (short * aspect, short)
        } else {
            (short, short / aspect)
        };
        let shrink = (f64::from(MAX_PIXELS) / (width * height)).sqrt().min(1.0);
        width *= shrink;
        height *= shrink;
        let (mut width, mut height) = (self.round(width), self.round(height));
        while width * height > MAX_PIXELS && width.max(height) > self.multiple {
            if width >= height {
                width -= self.multiple;
            } else {
                height -= self.multiple;
            }
        }
        let width = self.fixed.0.unwrap_or(width);
        let height = self.fixed.1.unwrap_or(height);
        Size::new(width, height).unwrap_or(frame)
    }

    fn round(&self, side: f64) -> u32 {
        let multiple = f64::from(self.multiple);
        ((side / multiple).round().max(1.0) * multiple) as u32
    }
}

impl InputSize {
    /// The shorter side of the model's input in pixels, before rounding.
    #[must_use]
    pub const fn short_side(self) -> u32 {
        match self {
            Self::Fast => 160,
            Self::Balanced => 256,
            Self::Quality => 288,
            Self::Reference => 512,
            Self::ShortSide(side) => side,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(wanted: InputSize, width: u32, height: u32) -> (u32, u32) {
        let policy = SizePolicy {
            wanted,
            multiple: 32,
            fixed: (None, None),
        };
        let size = policy.input_size(Size::new(width, height).unwrap());
        (size.width(), size.height())
    }

    #[test]
    fn presets_follow_their_table() {
        use InputSize::{Balanced, Fast, Quality, Reference, ShortSide};
        for (wanted, frame, expected) in [
            (Fast, (1280, 720), (288, 160)),
            (Balanced, (1280, 720), (448, 256)),
            (Quality, (1280, 720), (512, 288)),
            (Reference, (1280, 720), (896, 512)),
            (Balanced, (1920, 1080), (448, 256)),
            (Balanced, (640, 480), (352, 256)),
            (Balanced, (720, 1280), (256, 448)),
            (Balanced, (1366, 768), (448, 256)),
            (Balanced, (500, 500), (256, 256)),
            (Balanced, (1, 1), (256, 256)),
            (ShortSide(100), (1280, 720), (192, 96)),
            (ShortSide(32), (1280, 720), (64, 32)),
        ] {
            assert_eq!(
                sides(wanted, frame.0, frame.1),
                expected,
                "{wanted} {frame:?}"
            );
        }
    }

    #[test]
    fn extreme_aspects_and_areas_are_bounded() {
        assert_eq!(sides(InputSize::Balanced, 16384, 1), (1024, 256));
        assert_eq!(sides(InputSize::Balanced, 1, 16384), (256, 1024));
        for wanted in [InputSize::ShortSide(2048), InputSize::Reference] {
            for (width, height) in [
                (1280, 720),
                (16384, 16384),
                (16384, 1),
                (3, 16384),
                (1366, 768),
            ] {
                let (w, h) = sides(wanted, width, height);
                assert!(w * h <= MAX_PIXELS, "{wanted}: {w}×{h}");
                assert!(w % 32 == 0 && h % 32 == 0 && w > 0 && h > 0, "{w}×{h}");
            }
        }
        assert_eq!(sides(InputSize::ShortSide(2048), 500, 500), (1024, 1024));
    }

    #[test]
    fn a_fixed_model_decides() {
        let policy = SizePolicy {
            wanted: InputSize::Balanced,
            multiple: 32,
            fixed: (Some(512), Some(512)),
        };
        let size = policy.input_size(Size::new(1280, 720).unwrap());
        assert_eq!((size.width(), size.height()), (512, 512));
    }
}
