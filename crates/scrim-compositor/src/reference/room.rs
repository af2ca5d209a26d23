//! The blurred room.

use super::cells::{Cells, Gauss, blur, reduce};
use super::color::{encoded_from_linear, linear_from_encoded};
use super::image::{Image, lerp, smooth_step};

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

/// What is shown behind a person who covers the whole frame: a dark grey, linear.
const UNSEEN: f32 = 0.02;
/// How much the mean of the whole room counts beside what is seen nearby: enough to take over where nothing is.
const FAR_WEIGHT: f32 = 1e-3;

/// The blurred room in encoded colour, one pixel for each cell.
///
/// Colour is linear while it is averaged, and weighted by how much of the room a pixel shows. A pixel that is an eighth
/// person or more does not count: weights of 1 − α alone would let the colour of soft edges bleed into the room beside
/// them. Where the person covers everything nearby, the mean of all that is seen of the room takes over; where nothing
/// is seen at all, a dark grey.
#[must_use]
pub fn blur_room(frame: &Image, alpha: &Image, strength: f32) -> Image {
    let cells = Cells::of(frame.size());
    let reduced = reduce(frame, alpha, cells, |color, alpha| {
        let weight = (1.0 - 8.0 * alpha).max(0.0);
        let [r, g, b] = color.map(|c| weight * linear_from_encoded(c));
        [r, g, b, weight]
    });
    let [r, g, b, weight] = mean(&mean_tiles(&reduced));
    let seen = [r, g, b].map(|c| c / weight.max(1e-4));
    let far = lerp([UNSEEN; 3], seen, smooth_step(1e-3, weight));
    blur(&reduced, gauss_for_strength(cells, strength)).map(|[r, g, b, weight]| {
        let near = [r, g, b];
        let [r, g, b] = std::array::from_fn(|i| {
            encoded_from_linear((near[i] + FAR_WEIGHT * far[i]) / (weight + FAR_WEIGHT))
        });
        [r, g, b, 1.0]
    })
}

/// Means of equal tiles: on the GPU one texel that read every cell would keep all others waiting.
fn mean_tiles(cells: &Image) -> Image {
    let (width, height) = (cells.size().width(), cells.size().height());
    let (tiles_x, tiles_y) = (width.min(MEAN_TILES), height.min(MEAN_TILES));
    let size = scrim_frame::Size::new(tiles_x, tiles_y).unwrap_or(cells.size());
    Image::from_fn(size, |tx, ty| {
        let (x0, x1) = (tx * width / tiles_x, (tx + 1) * width / tiles_x);
        let (y0, y1) = (ty * height / tiles_y, (ty + 1) * height / tiles_y);
        let tile = scrim_frame::Size::new(x1 - x0, y1 - y0).unwrap_or(size);
        mean(&Image::from_fn(tile, |x, y| {
            cells.at((x0 + x).into(), (y0 + y).into())
        }))
    })
}

fn mean(image: &Image) -> [f32; 4] {
    let mut sum = [0.0; 4];
    for y in 0..image.size().height() {
        for x in 0..image.size().width() {
            let p = image.at(x.into(), y.into());
            sum = std::array::from_fn(|i| sum[i] + p[i]);
        }
    }
    sum.map(|s| s / image.size().pixels() as f32)
}

#[cfg(test)]
mod tests {
    use scrim_frame::Size;

    use super::*;

    fn size() -> Size {
        Size::new(270, 180).unwrap()
    }

    /// A white person with soft edges in the middle of a dark room.
    #[test]
    fn a_bright_person_does_not_brighten_the_room() {
        let alpha_of = |x: u32| ((60.0 - (x as f32 - 135.0).abs()) / 8.0).clamp(0.0, 1.0);
        let alpha = Image::from_fn(size(), |x, _| [alpha_of(x); 4]);
        let frame = Image::from_fn(size(), |x, _| [0.1 + 0.9 * alpha_of(x); 4]);
        for strength in [0.0, 1.0] {
            let room = blur_room(&frame, &alpha, strength);
            for y in 0..room.size().height() {
                for x in 0..room.size().width() {
                    let [r, ..] = room.at(x.into(), y.into());
                    // 0.1, and at most 3 codes of 255 more.
                    assert!((0.09..0.112).contains(&r), "{r} at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn behind_a_person_who_fills_the_frame_lies_grey() {
        let ones = Image::from_fn(size(), |_, _| [1.0; 4]);
        let grey = encoded_from_linear(UNSEEN);
        for c in blur_room(&ones, &ones, 0.5).at(10, 10).iter().take(3) {
            assert!((c - grey).abs() < 1e-3, "{c}");
        }
    }

    #[test]
    fn strength_is_brought_within_its_range() {
        let cells = Cells::of(size());
        assert_eq!(
            gauss_for_strength(cells, -1.0),
            gauss_for_strength(cells, 0.0)
        );
        assert_eq!(
            gauss_for_strength(cells, 7.0),
            gauss_for_strength(cells, 1.0)
        );
        assert_eq!(
            gauss_for_strength(cells, f32::NAN),
            gauss_for_strength(cells, 1.0)
        );
    }
}
